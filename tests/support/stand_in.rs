//! Stand-ins for the authorization server that do as a test says.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

/// A good answer, as Eagle Eye Networks documents it.
pub const TOKENS: &str = r#"{"access_token":"eyJhY2Nlc3M","expires_in":43198,"refresh_token":"refresh-1","httpsBaseUrl":{"hostname":"api.c001.eagleeyenetworks.com","port":443},"scope":"vms.all","token_type":"Bearer"}"#;

/// One connection to a stand-in, on which a request has come.
pub struct Connection {
    /// The head of the request.
    pub request: String,
    stream: Box<dyn ReadWrite>,
    tcp: TcpStream,
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

impl Connection {
    /// Writes bytes. The other side may be gone.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream
            .write_all(bytes.as_ref())
            .and_then(|()| self.stream.flush())
            .is_ok()
    }

    /// Answers with a status, a length and a body.
    pub fn answer(&mut self, status: &str, headers: &str, body: impl AsRef<[u8]>) {
        let length = body.as_ref().len();
        self.send(format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n"
        ));
        self.send(body);
    }

    /// Answers 200 with JSON.
    pub fn json(&mut self, body: impl AsRef<[u8]>) {
        self.answer("200 OK", "content-type: application/json\r\n", body);
    }

    /// Ends the connection with a reset.
    pub fn reset(&self) {
        SockRef::from(&self.tcp)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
        // The last copy of the socket sends the reset when it is dropped.
    }

    /// Waits until the other side has closed. False when it has not after the patience of a test.
    pub fn closed_by_peer(&mut self) -> bool {
        self.tcp.set_read_timeout(Some(super::PATIENCE)).unwrap();
        reads_to_the_end(&mut *self.stream)
    }

    /// A parameter of the request's query, as it came.
    pub fn parameter(&self, name: &str) -> String {
        let query = super::between(&self.request, "?", " ");
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .find(|(n, _)| *n == name)
            .map(|(_, value)| value.to_owned())
            .unwrap_or_default()
    }
}

/// A server on a free loopback port. It stops when the test's process does.
pub struct StandIn {
    pub address: SocketAddr,
    scheme: &'static str,
    requests: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    /// Does the same for each connection on which a request comes.
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

    /// Answers every request with good tokens.
    pub fn good() -> Self {
        Self::new(|connection| connection.json(TOKENS))
    }

    /// Answers every request with a status and a body.
    pub fn answering(status: &'static str, body: &'static str) -> Self {
        Self::new(move |connection| connection.answer(status, "", body))
    }

    fn serve(
        tls: Option<Arc<ServerConfig>>,
        act: impl Fn(&mut Connection) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        SockRef::from(&listener).listen(4096).unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (shared_act, seen) = (Arc::new(act), Arc::clone(&requests));
        thread::spawn(move || {
            for tcp in listener.incoming().map_while(Result::ok) {
                let (own_act, own_seen) = (Arc::clone(&shared_act), Arc::clone(&seen));
                let own_tls = tls.clone();
                let serve = move || {
                    let copy = tcp.try_clone().unwrap();
                    let mut stream: Box<dyn ReadWrite> = match own_tls {
                        Some(config) => Box::new(StreamOwned::new(
                            ServerConnection::new(config).unwrap(),
                            tcp,
                        )),
                        None => Box::new(tcp),
                    };
                    let Some(request) = read_head(&mut *stream) else {
                        return;
                    };
                    own_seen.lock().unwrap().push(request.clone());
                    let mut connection = Connection {
                        request,
                        stream,
                        tcp: copy,
                    };
                    own_act(&mut connection);
                    if SockRef::from(&connection.tcp).linger().unwrap().is_none() {
                        let _ = connection.tcp.shutdown(Shutdown::Write);
                    }
                };
                thread::Builder::new()
                    .stack_size(256 * 1024)
                    .spawn(serve)
                    .unwrap();
            }
        });
        Self {
            address,
            scheme,
            requests,
        }
    }

    /// Its URL, for `AUTH_URL`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// The heads of all requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Reads on until the other side has closed. False where the time that the socket has for it is over
/// first.
pub fn reads_to_the_end(stream: &mut (impl Read + ?Sized)) -> bool {
    let mut rest = [0; 1024];
    loop {
        match stream.read(&mut rest) {
            Ok(0) => return true,
            Ok(_) => {}
            // Systems tell in two ways that the time is over.
            Err(error) => {
                return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            }
        }
    }
}

/// Reads the head of a request; `None` where the connection ends before it does.
pub fn read_head(stream: &mut (impl Read + ?Sized)) -> Option<String> {
    let mut head = Vec::new();
    let mut chunk = [0; 4096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let n = stream.read(&mut chunk).ok().filter(|n| *n > 0)?;
        head.extend_from_slice(&chunk[..n]);
    }
    String::from_utf8(head).ok()
}
