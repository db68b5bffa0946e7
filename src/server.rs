//! The web server around the one route.

use std::future::Future;
use std::io::{self, ErrorKind::AddrInUse};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::middleware::Logger;
use actix_web::rt::net::TcpSocket;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};
use rustls::ClientConfig;

use crate::index::{self, Index};
use crate::oauth::Client;

/// Listens on every address of a host, within a runtime: half a server would leave some browsers to
/// whoever has the other half.
///
/// # Errors
///
/// A line that says which address cannot be listened on, and what to set.
pub fn bind(host: &str, port: u16) -> Result<Vec<TcpListener>, String> {
    let failed = |error: io::Error| match error.kind() {
        AddrInUse => format!("{host}:{port} is taken by another program; set PORT to a free port"),
        _ => format!("HOST_NAME or PORT: cannot listen on {host}:{port}: {error}; set another"),
    };
    let mut listeners = Vec::new();
    let mut failure = io::ErrorKind::AddrNotAvailable.into();
    for address in (host, port).to_socket_addrs().map_err(failed)? {
        match listen(address) {
            Ok(listener) => listeners.push(listener),
            // A machine without IPv6 can still have the name localhost for ::1.
            Err(error) if address.is_ipv6() && error.kind() != AddrInUse => failure = error,
            Err(error) => return Err(failed(error)),
        }
    }
    if listeners.is_empty() {
        Err(failed(failure))
    } else {
        Ok(listeners)
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // The port of a server that has just ended counts as taken for a minute without this.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    // The standard library lets only 128 connections wait, and a burst of logins loses some.
    socket.listen(2048)?.into_std()
}

/// Serves until `shutdown` is ready, and then finishes what is in flight.
///
/// # Errors
///
/// When a listener cannot be used.
pub fn run(
    listeners: Vec<TcpListener>,
    client: Arc<Client>,
    tls: Option<Arc<ClientConfig>>,
    sandbox: bool,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        let index = Index::new(client.clone(), tls.clone(), sandbox);
        // Its own format has the request line, and the code is in that.
        let log = Logger::new("%{method}xi %U %s %b bytes %T s").log_target("een_login::server");
        let log = log.custom_request_replace("method", |request| request.method().to_string());
        let root = web::resource("/")
            .route(web::get().to(index::index))
            .route(web::head().to(index::index))
            .default_service(web::to(index::method_not_allowed));
        App::new()
            .app_data(Data::new(index))
            .wrap(log)
            .service(root)
            .default_service(web::to(index::not_found))
    });
    let server = server.shutdown_signal(shutdown);
    Ok(listeners
        .into_iter()
        .try_fold(server, HttpServer::listen)?
        .run())
}
