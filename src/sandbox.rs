//! A stand-in for Eagle Eye Networks, so that the whole flow works without an account: the
//! authorization server and the one request to the API that the token page offers.
//!
//! It keeps the rules of the real one: the redirect URI is compared as a string, the client
//! authenticates with Basic authentication, a code works once and expires after 5 minutes. It listens
//! on a free loopback port, so only this machine reaches it, and it guards nothing.

mod answer;
mod authorize;
mod client;
mod page;
mod revoke;
mod store;
mod token;
mod users;

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::web::{self, Data};
use actix_web::{App, HttpServer, rt};

use crate::oauth::Client;
use crate::origin::Origin;
use crate::page::Site;
use crate::secret::Secret;
use store::Store;

/// The client that is registered at the sandbox.
pub const CLIENT_ID: &str = "sandbox-client";

/// Its secret, which is none: the sandbox is reached from this machine only and guards nothing.
pub const CLIENT_SECRET: &str = "sandbox-secret";

/// What the pages of a program say that logs in at the sandbox.
pub const SITE: Site = Site {
    banner: true,
    // The sandbox has no TLS.
    api_scheme: "http",
    curl_password: Some(CLIENT_SECRET),
};

/// What the endpoints share.
struct Shared {
    client: Client,
    /// Where the sandbox listens, which is also where its API is.
    port: u16,
    store: Mutex<Store>,
}

impl Shared {
    fn store(&self) -> MutexGuard<'_, Store> {
        // A call that panicked may have left a token too many or too few, which does no harm here.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts a sandbox, within an actix runtime, and gives the client that is registered there, with this
/// redirect URI. It ends with the program.
///
/// # Errors
///
/// When there is no loopback port to listen on.
pub fn start(redirect_uri: &Origin) -> io::Result<Client> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let auth_server = Origin::parse(&format!("http://{address}")).map_err(io::Error::other)?;
    let client = Client::new(
        auth_server,
        CLIENT_ID.to_owned(),
        Secret::new(CLIENT_SECRET.to_owned()),
        redirect_uri.clone(),
    );
    let shared = Data::new(Shared {
        client: client.clone(),
        port: address.port(),
        store: Mutex::default(),
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .service(
                web::resource("/oauth2/authorize")
                    .route(web::get().to(authorize::endpoint))
                    .default_service(web::to(page::get_only)),
            )
            .service(
                web::resource("/oauth2/token")
                    .route(web::post().to(token::endpoint))
                    .default_service(web::to(page::post_only)),
            )
            .service(
                web::resource("/oauth2/revoke")
                    .route(web::post().to(revoke::endpoint))
                    .default_service(web::to(page::post_only)),
            )
            .service(
                web::resource("/api/v3.0/users/self")
                    .route(web::get().to(users::endpoint))
                    .default_service(web::to(page::get_only)),
            )
            .default_service(web::to(page::not_found))
    });
    let running = server.workers(1).disable_signals().listen(listener)?.run();
    rt::spawn(running);
    Ok(client)
}
