//! The web server with its one route.

use std::io;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::middleware::Logger;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};
use rustls::ClientConfig;

use crate::login;
use crate::oauth::{Client, http_client};

/// How long a graceful stop waits for what is in flight, in seconds: an exchange may take 10.
const SHUTDOWN_TIMEOUT: u64 = 11;

/// Listens on a host and a port. The server runs while it is awaited.
///
/// # Errors
///
/// If the host and the port cannot be listened on.
pub fn bind(
    host: &str,
    port: u16,
    client: Client,
    tls: Option<Arc<ClientConfig>>,
) -> io::Result<Server> {
    let proxy = client.proxy.clone();
    let client = Data::new(client);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(client.clone())
            // Each worker has an HTTP client of its own.
            .app_data(Data::new(http_client(tls.clone(), proxy.clone())))
            .wrap(access_log("een_login"))
            .service(
                web::resource("/")
                    .route(web::get().to(login::get))
                    .route(web::head().to(login::head))
                    .default_service(web::to(login::method_not_allowed)),
            )
            .default_service(web::to(login::not_found))
    });
    Ok(server
        .shutdown_timeout(SHUTDOWN_TIMEOUT)
        .bind((host, port))?
        .run())
}

/// A line for each request. It leaves out the query, which holds the code; the path is visible ASCII.
pub fn access_log(target: &'static str) -> Logger {
    Logger::new("%{method}xi %U %s %b bytes %T s")
        .custom_request_replace("method", |request| request.method().to_string())
        .log_target(target)
}
