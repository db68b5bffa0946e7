//! The web server around the one route.

use std::collections::BTreeSet;
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
/// IPv6 addresses are left out on a machine without IPv6. Call it within a runtime.
///
/// # Errors
///
/// When the host has no address, or one that cannot be listened on.
pub fn listen(host: &str, port: u16) -> Result<Vec<TcpListener>, ListenError> {
    let addresses = (host, port).to_socket_addrs();
    addresses
        .and_then(listen_on_each)
        .map_err(|error| ListenError {
            host: host.to_owned(),
            port,
            error,
        })
}

/// Bound by hand, since the library is content with one address of several.
fn listen_on_each(addresses: impl Iterator<Item = SocketAddr>) -> io::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    let mut last_error = io::ErrorKind::AddrNotAvailable.into();
    // The system gives an address twice that its table of hosts has twice.
    let unique: BTreeSet<_> = addresses.collect();
    for address in unique {
        match listen_on(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // A machine without IPv6 can still have the name localhost for ::1.
            Err(error) if address.is_ipv6() => last_error = error,
            Err(error) => return Err(error),
        }
    }
    if listeners.is_empty() {
        return Err(last_error);
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
    bound_clients_that_never_read(&socket)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Bounds what a client costs that sends requests and never reads the answers. The connections inherit
/// the timeout and the size of the buffer from the listener.
///
/// Without the timeout, the client would hold its connection and, in actix-http, a whole core for as
/// long as it likes. The buffer saves a third of its memory: actix-http reads up to 128 KiB at once, and
/// takes some 5 KiB for each request in them.
#[cfg(target_os = "linux")]
fn bound_clients_that_never_read(socket: &TcpSocket) -> io::Result<()> {
    /// How long the other side may take no byte.
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
    /// How many bytes may wait to be read; the rest of a longer request is read afterwards. With a
    /// smaller buffer, Linux ends the connection several seconds later.
    const RECEIVE_BUFFER: u32 = 32 * 1024;

    socket2::SockRef::from(socket).set_tcp_user_timeout(Some(PATIENCE))?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)
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

#[cfg(test)]
mod tests {
    use actix_web::rt::System;

    use super::*;

    /// How many of some addresses are listened on, or why none is.
    fn listen_on_all(addresses: &[&str]) -> Result<usize, io::ErrorKind> {
        let parsed: Vec<SocketAddr> = addresses
            .iter()
            .map(|address| address.parse().expect("an address"))
            .collect();
        let listening = async { listen_on_each(parsed.into_iter()) };
        let listeners = System::new().block_on(listening);
        listeners
            .map(|listeners| listeners.len())
            .map_err(|error| error.kind())
    }

    #[test]
    fn every_address_is_listened_on_but_for_those_of_an_ipv6_that_is_not_there() {
        // Addresses that no machine has (RFC 5737 and RFC 3849).
        let (no_ipv4, no_ipv6) = ("192.0.2.1:0", "[2001:db8::1]:0");
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let in_use = taken.local_addr().expect("an address").to_string();
        let table: [(&[&str], _); 7] = [
            (&["127.0.0.1:0", "127.0.0.2:0"], Ok(2)),
            (&["127.0.0.1:0", "127.0.0.1:0"], Ok(1)),
            (&[no_ipv6, "127.0.0.1:0"], Ok(1)),
            (&[no_ipv6], Err(io::ErrorKind::AddrNotAvailable)),
            (
                &[no_ipv4, "127.0.0.1:0"],
                Err(io::ErrorKind::AddrNotAvailable),
            ),
            (&[&in_use, "127.0.0.1:0"], Err(io::ErrorKind::AddrInUse)),
            (&[], Err(io::ErrorKind::AddrNotAvailable)),
        ];
        for (addresses, expected) in table {
            assert_eq!(listen_on_all(addresses), expected, "{addresses:?}");
        }
    }

    #[test]
    fn an_ipv6_address_in_use_is_an_error_although_others_are_free() {
        let Ok(taken) = TcpListener::bind("[::1]:0") else {
            return; // There is no IPv6 here.
        };
        let in_use = taken.local_addr().expect("an address").to_string();
        let both = [in_use.as_str(), "127.0.0.1:0"];
        assert_eq!(listen_on_all(&both), Err(io::ErrorKind::AddrInUse));
    }
}
