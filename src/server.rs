//! The web server around the one route.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Server, Service, ServiceResponse};
use actix_web::rt::net::TcpSocket;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};

use crate::index::{self, Login};
use crate::oauth::{Client, Transport};
use crate::page::Site;
use crate::settings::HostName;

/// How many connections may wait to be accepted. The standard library lets 128 wait, and a burst of
/// logins loses some then.
const BACKLOG: u32 = 2048;

/// How long a stop waits for what is in flight, in seconds: an exchange may take 10.
const SHUTDOWN_TIMEOUT: u64 = 11;

/// Why the server cannot listen. The message names the address and says what to set.
#[derive(Debug)]
pub struct ListenError {
    host: String,
    port: u16,
    error: io::Error,
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, error } = self;
        if error.kind() == io::ErrorKind::AddrInUse {
            write!(
                f,
                "{host}:{port} is already in use; set PORT to a free port"
            )
        } else {
            write!(
                f,
                "cannot listen on {host}:{port}: {error}; set HOST_NAME to an address of this machine \
                 and PORT to a free port"
            )
        }
    }
}

impl std::error::Error for ListenError {}

/// Listens on every address of a host: with only some of them, others could be another program's.
/// Call it within a runtime.
///
/// Bound by hand, since the library is content with one address of several.
///
/// # Errors
///
/// When an address cannot be listened on.
pub fn listen(host_name: &HostName, port: u16) -> Result<Vec<TcpListener>, ListenError> {
    let host = host_name.as_str();
    let failed = |error| ListenError {
        host: host.to_owned(),
        port,
        error,
    };
    let mut listeners = Vec::new();
    // That of the last IPv6 address, or that there is no address at all.
    let mut last_error = io::ErrorKind::AddrNotAvailable.into();
    for address in (host, port).to_socket_addrs().map_err(failed)? {
        match listen_on(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(failed(error)),
            // A machine without IPv6 can still have the name localhost for ::1.
            Err(error) if address.is_ipv6() => last_error = error,
            Err(error) => return Err(failed(error)),
        }
    }
    if listeners.is_empty() {
        return Err(failed(last_error));
    }
    Ok(listeners)
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // Without this, the port of a server that has just ended counts as in use for a minute. On Windows
    // it does not, and there the option would let two programs share the port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    #[cfg(target_os = "linux")]
    end_clients_that_never_read(&socket)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Ends a connection whose other side takes no byte for 10 seconds. The connections inherit this from
/// the listener.
///
/// A client that sends requests and never reads the answers would otherwise hold its connection, the
/// answers and, in actix-http, a whole core for as long as it likes.
#[cfg(target_os = "linux")]
fn end_clients_that_never_read(socket: &TcpSocket) -> io::Result<()> {
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

    socket2::SockRef::from(socket).set_tcp_user_timeout(Some(PATIENCE))
}

/// Serves on the listeners. The server runs while it is awaited, until it is told to stop by its
/// handle; a graceful stop finishes what is in flight.
///
/// # Errors
///
/// When a listener cannot be used.
pub fn run(
    listeners: Vec<TcpListener>,
    client: Arc<Client>,
    transport: Transport,
    site: Site,
) -> io::Result<Server> {
    let workers = HttpServer::new(move || {
        let login = Login::new(client.clone(), transport.clone(), site);
        let root = web::resource("/")
            .route(web::get().to(index::get))
            .route(web::head().to(index::head))
            .default_service(web::to(index::method_not_allowed));
        App::new()
            .app_data(Data::new(login))
            // Written by hand for its speed: the library's Logger, told to leave out the query, which
            // holds the code, has to render its format for each request.
            .wrap_fn(|request, service| {
                let begin = Instant::now();
                let answer = service.call(request);
                async move {
                    let response = answer.await?;
                    let method = response.request().method();
                    let path = response.request().path();
                    let number = response.status().as_u16();
                    let bytes = body_size(&response);
                    let seconds = begin.elapsed().as_secs_f32();
                    log::info!("{method} {path} {number} {bytes} bytes {seconds:.6} s");
                    Ok(response)
                }
            })
            .service(root)
            .default_service(web::to(index::not_found))
    });
    let mut server = workers
        // Its own reaction to Ctrl-C is a stop that drops what is in flight.
        .disable_signals()
        .shutdown_timeout(SHUTDOWN_TIMEOUT);
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}

fn body_size(response: &ServiceResponse<impl MessageBody>) -> u64 {
    match response.response().body().size() {
        BodySize::Sized(size) => size,
        BodySize::None | BodySize::Stream => 0,
    }
}
