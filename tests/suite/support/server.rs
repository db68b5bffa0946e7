//! An authorization server that does what a test says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::TOKENS;

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

/// A connection on which a request came.
pub struct Connection {
    /// Head and body of the request.
    pub request: String,
    stream: Box<dyn ReadWrite>,
}

impl Connection {
    /// Sends bytes. The other side may be gone.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref());
        let _ = self.stream.flush();
    }

    /// Sends a response; `headers` are lines that end in CR LF.
    pub fn respond(&mut self, status: &str, headers: &str, body: impl AsRef<[u8]>) {
        let length = body.as_ref().len();
        self.send(format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{headers}\r\n"
        ));
        self.send(body);
    }

    /// Waits until the other side has closed the connection.
    pub fn wait_for_close(&mut self) {
        let _ = self.stream.read_to_end(&mut Vec::new());
    }
}

/// A server on a free loopback port.
pub struct Server {
    pub address: SocketAddr,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Does the same for each request.
    pub fn new(act: impl Fn(&mut Connection) + Send + Sync + 'static) -> Self {
        Self::serve(None, act)
    }

    /// The same behind TLS.
    pub fn tls(
        tls: Arc<ServerConfig>,
        act: impl Fn(&mut Connection) + Send + Sync + 'static,
    ) -> Self {
        Self::serve(Some(tls), act)
    }

    /// Responds to each request with a status and a body.
    pub fn responding(status: &'static str, body: &'static str) -> Self {
        Self::new(move |connection| connection.respond(status, "", body))
    }

    /// Responds to each request with tokens.
    pub fn good() -> Self {
        Self::responding("200 OK", TOKENS)
    }

    fn serve(
        tls: Option<Arc<ServerConfig>>,
        act: impl Fn(&mut Connection) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (act, seen) = (Arc::new(act), Arc::clone(&requests));
        thread::spawn(move || {
            for tcp in listener.incoming().map_while(Result::ok) {
                let (act, seen, tls) = (Arc::clone(&act), Arc::clone(&seen), tls.clone());
                thread::spawn(move || {
                    let mut stream = wrap(tcp, tls);
                    // A client that does not trust the certificate sends no request.
                    if let Some(request) = read_request(&mut *stream) {
                        seen.lock().unwrap().push(request.clone());
                        act(&mut Connection { request, stream });
                    }
                });
            }
        });
        Self {
            address,
            scheme,
            requests,
        }
    }

    /// The URL, for `AUTH_URL`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Heads and bodies of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn wrap(tcp: TcpStream, tls: Option<Arc<ServerConfig>>) -> Box<dyn ReadWrite> {
    match tls {
        Some(config) => Box::new(StreamOwned::new(
            ServerConnection::new(config).unwrap(),
            tcp,
        )),
        None => Box::new(tcp),
    }
}

/// Reads a request with a length; `None` if the connection ends before it does.
pub fn read_request(stream: &mut (impl Read + ?Sized)) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .split_once("content-length: ")
                .map_or("0", |(_, rest)| rest);
            let length = length.split("\r\n").next()?.parse().ok()?;
            if body.len() >= length {
                return Some(text);
            }
        }
        let n = stream.read(&mut chunk).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&chunk[..n]);
    }
}
