//! Many connections that are kept alive, each with one request at a time.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime;

/// How many connections there are at a time.
pub const CONNECTIONS: usize = 32;

/// One request, over and over.
pub struct Load {
    address: SocketAddr,
    request: String,
}

impl Load {
    pub fn new(address: SocketAddr, target: &str, cookie: &str) -> Self {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\n\r\n");
        Self { address, request }
    }

    /// Sends for a while, on one thread, and gives how many answers came. Each has to be 200.
    pub fn run(&self, time: Duration) -> u32 {
        let end = Instant::now() + time;
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        runtime
            .unwrap()
            .block_on(async {
                let connections = (0..CONNECTIONS).map(|_| self.use_connection(end));
                futures_util::future::join_all(connections).await
            })
            .into_iter()
            .sum()
    }

    async fn use_connection(&self, end: Instant) -> u32 {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let mut buffer = vec![0; 64 * 1024];
        let mut answers = 0;
        while Instant::now() < end {
            stream.write_all(self.request.as_bytes()).await.unwrap();
            read_answer(&mut stream, &mut buffer).await;
            answers += 1;
        }
        answers
    }
}

async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) {
    let mut filled = 0;
    let mut expected = usize::MAX;
    while filled < expected {
        let n = stream.read(&mut buffer[filled..]).await.unwrap();
        assert_ne!(n, 0, "the connection ended");
        filled += n;
        if expected == usize::MAX {
            expected = size(&buffer[..filled]).unwrap_or(usize::MAX);
        }
    }
    assert_eq!(filled, expected, "more than an answer");
}

/// The size of an answer, once its head is there.
fn size(answer: &[u8]) -> Option<usize> {
    let end = answer.windows(4).position(|end| end == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let (_, from_length) = head.split_once("content-length: ").unwrap();
    let length = from_length.split("\r\n").next().unwrap();
    Some(end + 4 + length.parse::<usize>().unwrap())
}
