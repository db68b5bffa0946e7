//! A stand-in for Eagle Eye Networks, so that the whole login works without an account: the
//! authorization server, and two calls of the API.
//!
//! It keeps the rules of the real one. It listens on a loopback port, so only this machine reaches it,
//! and it guards nothing.

mod api;
mod authorize;
mod store;
mod token;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpResponseBuilder, HttpServer, rt};
use serde_json::Value;

use crate::oauth::Client;
use crate::origin::Origin;
use crate::server::access_log;
use crate::text::Secret;
use store::Store;

/// The client that is registered here, and its secret, which is none.
const CLIENT_ID: &str = "sandbox-client";
const CLIENT_SECRET: &str = "sandbox-secret";

/// What the endpoints share.
struct Sandbox {
    /// Where it listens.
    auth_url: Origin,
    /// The registered redirect URI.
    redirect_uri: Origin,
    store: Mutex<Store>,
}

impl Sandbox {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a sandbox on the port after `port`, or on a free one if that is in use, and returns the client
/// that is registered there. It ends with the program.
///
/// # Errors
///
/// If there is no loopback port to listen on.
pub fn start(port: u16, redirect_uri: Origin) -> io::Result<Client> {
    let bind = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    // The port 0 stands for a free one.
    let next_port = port.checked_add(1).unwrap_or(0);
    let listener = bind(next_port).or_else(|_| bind(0))?;
    let address = listener.local_addr()?;
    let auth_url = Origin::parse(&format!("http://{address}")).ok_or(io::ErrorKind::Unsupported)?;
    let sandbox = Data::new(Sandbox {
        auth_url: auth_url.clone(),
        redirect_uri: redirect_uri.clone(),
        store: Mutex::default(),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(sandbox.clone())
            .wrap(access_log("een_login::sandbox"))
            .route("/oauth2/authorize", web::get().to(authorize::get))
            .route("/oauth2/token", web::post().to(token::token))
            .route("/oauth2/revoke", web::post().to(token::revoke))
            .route("/api/v3.0/users/self", web::get().to(api::user))
            .route("/api/v3.0/cameras", web::get().to(api::cameras))
            .default_service(web::to(api::not_found))
    });
    rt::spawn(server.workers(1).disable_signals().listen(listener)?.run());
    Ok(Client {
        auth_url,
        id: CLIENT_ID.to_owned(),
        secret: Secret::new(CLIENT_SECRET),
        redirect_uri,
        proxy: None,
        is_sandbox: true,
    })
}

/// A response in JSON that must not be stored (RFC 6749, section 5.1). A line feed ends it, so that the
/// prompt of a terminal stands on its own line.
fn json_response(mut response: HttpResponseBuilder, value: &Value) -> HttpResponse {
    response
        .content_type("application/json")
        .insert_header(("Cache-Control", "no-store"))
        .body(format!("{value}\n"))
}
