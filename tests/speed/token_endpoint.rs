//! A token endpoint that is faster than what is measured, and that says whether it was.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::support::stand_in::TOKENS;

/// Answers one connection after the other, on one thread.
pub struct TokenEndpoint {
    pub address: SocketAddr,
    watch: Arc<Mutex<Watch>>,
}

/// How long it waited for a connection, and since when that is counted.
struct Watch {
    begin: Instant,
    waited: Duration,
}

impl Watch {
    fn new() -> Self {
        let waited = Duration::ZERO;
        let begin = Instant::now();
        Self { begin, waited }
    }
}

impl TokenEndpoint {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        SockRef::from(&listener).listen(4096).unwrap();
        let address = listener.local_addr().unwrap();
        let watch = Arc::new(Mutex::new(Watch::new()));
        let counted = Arc::clone(&watch);
        thread::spawn(move || serve(&listener, &counted));
        Self { address, watch }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn begin_to_watch(&self) {
        *self.watch.lock().unwrap() = Watch::new();
    }

    /// The part of the time in which it had nothing to do. Without any it would be what is measured.
    pub fn waited(&self) -> f64 {
        let watch = self.watch.lock().unwrap();
        watch.waited.as_secs_f64() / watch.begin.elapsed().as_secs_f64()
    }
}

fn serve(listener: &TcpListener, watch: &Mutex<Watch>) {
    let length = TOKENS.len();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    let answer = format!("{head}content-length: {length}\r\n\r\n{TOKENS}");
    let mut request = [0; 4096];
    loop {
        let begin = Instant::now();
        let (mut stream, _) = listener.accept().unwrap();
        // Over loopback a request comes in one piece.
        let n = stream.read(&mut request).unwrap();
        let mut seen = watch.lock().unwrap();
        // It waited for long before anybody watched.
        let since = begin.max(seen.begin);
        seen.waited += since.elapsed();
        drop(seen);
        assert!(request[..n].ends_with(b"\r\n\r\n"), "not a whole request");
        stream.write_all(answer.as_bytes()).unwrap();
    }
}
