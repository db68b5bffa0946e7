//! The web server with its one route.

use std::io;

use actix_web::dev::Server;
use actix_web::middleware::Logger;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};

use crate::login;
use crate::oauth::{Client, http_client, tls_config};
use crate::origin::Origin;

/// How long a graceful stop waits for what is in flight, in seconds: an exchange may take 10.
const SHUTDOWN_TIMEOUT: u64 = 11;

/// Listens on the host and the port of a URL. The server runs while it is awaited.
///
/// # Errors
///
/// If the address cannot be bound.
pub fn bind(own_url: &Origin, client: Client) -> io::Result<Server> {
    let tls = client.auth_url.is_https().then(tls_config);
    let client = Data::new(client);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(client.clone())
            // awc's client stays on its thread, so each worker has its own.
            .app_data(Data::new(http_client(&client, tls.clone())))
            .wrap(access_log("een_login"))
            .service(
                web::resource("/")
                    .route(web::get().to(login::get))
                    .route(web::head().to(login::head))
                    .default_service(web::to(login::method_not_allowed)),
            )
            .default_service(web::to(login::not_found))
    });
    let server = server.shutdown_timeout(SHUTDOWN_TIMEOUT);
    Ok(server.bind(own_url.authority())?.run())
}

/// A line for each request. It leaves out the query, which holds the code; the path is visible ASCII.
pub fn access_log(target: &'static str) -> Logger {
    Logger::new("%{method}xi %U %s %b bytes %T s")
        .custom_request_replace("method", |request| request.method().to_string())
        .log_target(target)
}
