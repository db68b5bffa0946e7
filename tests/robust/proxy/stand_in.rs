//! A proxy of the tests' own, which does as a test says.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use socket2::SockRef;

use crate::support::PATIENCE;
use crate::support::stand_in::{read_head, reads_to_the_end};

/// What opens a tunnel.
pub const ESTABLISHED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

/// All that a proxy saw.
#[derive(Default)]
pub struct Seen {
    /// How many connections came.
    pub connections: usize,
    /// The head of the request on each of them.
    pub heads: Vec<String>,
    /// What went through the tunnels, both ways.
    pub tunnelled: Vec<u8>,
}

/// One connection to the proxy, on which a request has come.
pub struct Visit {
    tcp: TcpStream,
    /// Where every tunnel leads, whatever name was asked for.
    server: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Visit {
    /// Writes bytes. The other side may be gone.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.tcp.write_all(bytes.as_ref()).is_ok()
    }

    /// Carries bytes both ways until both sides have closed.
    pub fn tunnel(&mut self) {
        self.tunnel_to(self.server);
    }

    /// The same to another server.
    pub fn tunnel_to(&mut self, address: SocketAddr) {
        let server = TcpStream::connect(address).unwrap();
        let (from, to) = (copy(&self.tcp), copy(&server));
        let seen = Arc::clone(&self.seen);
        let upward = thread::spawn(move || carry(from, to, &seen));
        carry(server, copy(&self.tcp), &self.seen);
        upward.join().unwrap();
    }

    /// Ends the connection with a reset.
    pub fn reset(&mut self) {
        let socket = SockRef::from(&self.tcp);
        socket.set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Waits until the other side has closed.
    pub fn wait_for_close(&mut self) {
        self.tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        let has_closed = reads_to_the_end(&mut self.tcp);
        assert!(has_closed, "the connection is never closed");
    }
}

fn copy(stream: &TcpStream) -> TcpStream {
    stream.try_clone().unwrap()
}

fn carry(mut from: TcpStream, mut to: TcpStream, seen: &Mutex<Seen>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..count];
        seen.lock().unwrap().tunnelled.extend_from_slice(bytes);
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// A proxy on a free loopback port. It stops when the test's process does.
pub struct Proxy {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Proxy {
    /// Does the same for each connection on which a request comes.
    pub fn new(server: SocketAddr, act: impl Fn(&mut Visit) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        SockRef::from(&listener).listen(4096).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (shared_act, all_seen) = (Arc::new(act), Arc::clone(&seen));
        thread::spawn(move || {
            for tcp in listener.incoming().map_while(Result::ok) {
                all_seen.lock().unwrap().connections += 1;
                let (own_act, seen) = (Arc::clone(&shared_act), Arc::clone(&all_seen));
                let mut visit = Visit { tcp, server, seen };
                let serve = move || {
                    if let Some(head) = read_head(&mut visit.tcp) {
                        visit.seen.lock().unwrap().heads.push(head);
                        own_act(&mut visit);
                    }
                };
                let builder = thread::Builder::new().stack_size(256 * 1024);
                builder.spawn(serve).unwrap();
            }
        });
        Self { address, seen }
    }

    /// Opens every tunnel that it is asked for.
    pub fn open(server: SocketAddr) -> Self {
        Self::established_by(server, ESTABLISHED)
    }

    /// The same with another head.
    pub fn established_by(server: SocketAddr, head: impl Into<Vec<u8>>) -> Self {
        let bytes = head.into();
        Self::new(server, move |visit| {
            visit.send(&bytes);
            visit.tunnel();
        })
    }

    /// Does something else for the first request than to open a tunnel.
    pub fn bad_once(server: SocketAddr, act: impl Fn(&mut Visit) + Send + Sync + 'static) -> Self {
        Self::new(server, move |visit| {
            let is_first = visit.seen.lock().unwrap().heads.len() == 1;
            if is_first {
                act(visit);
            } else {
                visit.send(ESTABLISHED);
                visit.tunnel();
            }
        })
    }

    /// Its URL, for the settings.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its host and port.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// What it saw so far.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}
