//! An HTTP proxy that does what a test says.

use std::io::{self, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::server::read_request;

/// A proxy on a free loopback port.
pub struct Proxy {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Does the same for each `CONNECT`.
    pub fn new(act: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (act, seen) = (Arc::new(act), Arc::clone(&requests));
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let (act, seen) = (Arc::clone(&act), Arc::clone(&seen));
                thread::spawn(move || {
                    if let Some(request) = read_request(&mut stream) {
                        seen.lock().unwrap().push(request);
                        act(stream);
                    }
                });
            }
        });
        Self { address, requests }
    }

    /// Responds to each `CONNECT` with these bytes, and closes.
    pub fn responding(bytes: &'static str) -> Self {
        Self::new(move |mut stream| {
            let _ = stream.write_all(bytes.as_bytes());
        })
    }

    /// Opens tunnels to a server, whatever server it is asked for.
    pub fn to(server: SocketAddr) -> Self {
        Self::new(move |mut stream| {
            stream
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .unwrap();
            let upstream = TcpStream::connect(server).unwrap();
            let (from_client, to_server) =
                (stream.try_clone().unwrap(), upstream.try_clone().unwrap());
            thread::spawn(move || copy(from_client, to_server));
            copy(upstream, stream);
        })
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
