//! The web server around the one route.

use std::future::Future;
use std::io::{self, ErrorKind::AddrInUse};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Server, Service, ServiceResponse};
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
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
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
        let root = web::resource("/")
            .route(web::get().to(index::index))
            .route(web::head().to(index::index))
            .default_service(web::to(index::method_not_allowed));
        App::new()
            .app_data(Data::new(index))
            .wrap_fn(|request, service| {
                // actix-web's Logger knows no method without the query, and the code is in that.
                let begin = Instant::now();
                let (method, path) = (request.method().clone(), request.path().to_owned());
                let response = service.call(request);
                async move {
                    let response = response.await?;
                    let (status, size) = (response.status().as_u16(), size(&response));
                    let seconds = begin.elapsed().as_secs_f32();
                    log::info!("{method} {path} {status} {size} bytes {seconds:.6} s");
                    Ok(response)
                }
            })
            .service(root)
            .default_service(web::to(index::not_found))
    });
    let mut server = server.shutdown_signal(shutdown);
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}

fn size(response: &ServiceResponse<impl MessageBody>) -> u64 {
    match response.response().body().size() {
        BodySize::Sized(size) => size,
        BodySize::None | BodySize::Stream => 0,
    }
}
