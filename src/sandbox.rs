//! A stand-in for Eagle Eye Networks, so that the whole login works without an account: the
//! authorization server, and two API calls.
//!
//! It follows the rules of the real one. It listens on a loopback port, so only this machine reaches it,
//! and it guards nothing.

mod api;
mod authorize;
mod store;
mod token;

use std::fmt::Display;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};

use crate::oauth::Client;
use crate::origin::Origin;
use crate::server::access_log;
use store::Store;

/// What the endpoints share.
struct Sandbox {
    /// The client that is registered here.
    client: Client,
    store: Mutex<Store>,
}

impl Sandbox {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a sandbox on the port after `port`, or on a free one if that is in use. It ends with the
/// program. Returns the client with the URL of the sandbox.
///
/// # Errors
///
/// If there is no loopback port to listen on.
pub fn start(mut client: Client, port: u16) -> io::Result<Client> {
    let bind = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    // With port 0, the operating system chooses.
    let listener = bind(port.wrapping_add(1)).or_else(|_| bind(0))?;
    let url = format!("http://{}", listener.local_addr()?);
    client.auth_url = Origin::parse(&url).expect("a socket address makes a URL");
    let sandbox = Data::new(Sandbox {
        client: client.clone(),
        store: Mutex::default(),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(sandbox.clone())
            .wrap(access_log("een_login::sandbox"))
            // Another method is a 404 too: with `App::route`, the method is a part of what is matched.
            .route("/oauth2/authorize", web::get().to(authorize::get))
            .route("/oauth2/token", web::post().to(token::token))
            .route("/oauth2/revoke", web::post().to(token::revoke))
            .route("/api/v3.0/users/self", web::get().to(api::user))
            .route("/api/v3.0/cameras", web::get().to(api::cameras))
            .default_service(web::to(api::not_found))
    });
    rt::spawn(server.workers(1).disable_signals().listen(listener)?.run());
    Ok(client)
}

/// The credentials that follow a scheme in `Authorization`. The case of the scheme does not matter (RFC
/// 9110, section 11.1).
fn authorization<'a>(request: &'a HttpRequest, scheme: &str) -> Option<&'a str> {
    let value = request.headers().get(header::AUTHORIZATION)?;
    let (given, credentials) = value.to_str().ok()?.split_once(' ')?;
    given
        .eq_ignore_ascii_case(scheme)
        .then(|| credentials.trim())
}

/// A response in JSON that must not be stored (RFC 6749, section 5.1). It is indented, and a line
/// feed ends it, for people who read it in a terminal.
fn json_response(status: StatusCode, json: impl Display) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(format!("{json:#}\n"))
}

/// A 401 names the scheme that it asks for (RFC 9110, section 11.6.1).
fn with_challenge(mut response: HttpResponse, challenge: &'static str) -> HttpResponse {
    let challenge = HeaderValue::from_static(challenge);
    let headers = response.headers_mut();
    headers.insert(header::WWW_AUTHENTICATE, challenge);
    response
}
