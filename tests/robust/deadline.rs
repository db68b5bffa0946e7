//! The deadline: whatever a server or a proxy leaves undone, a login ends after 10 seconds.

use std::net::TcpListener;
#[cfg(target_os = "linux")]
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::faults::{Act, Fault, check};
use crate::proxy::failures::proxies_that_hang;
use crate::support::Program;
use crate::support::authority::Authority;

/// How long a login may take that waits for nobody.
pub const AT_ONCE: Duration = Duration::from_secs(5);

/// Whether a login took 10 seconds, or a little more.
pub fn is_at_the_deadline(took: Duration) -> bool {
    took > Duration::from_millis(9_900) && took < Duration::from_millis(10_900)
}

/// Logs in at a server that hangs: a 504 at the deadline.
fn hangs(auth_url: &str) {
    let authority = Authority::new();
    let file = authority.file();
    let settings = [("SSL_CERT_FILE", file.to_str().unwrap())];
    let program = Program::with(auth_url, &settings);
    let begin = Instant::now();
    assert_eq!(program.browser().log_in("c").status, 504, "{auth_url}");
    let took = begin.elapsed();
    assert!(is_at_the_deadline(took), "{auth_url}: {took:?}");
}

/// A listener whose queue is full, and from which nobody takes.
// How a full queue is told differs from system to system.
#[cfg(target_os = "linux")]
fn full_listener() -> (TcpListener, Vec<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    socket2::SockRef::from(&listener).listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let fill = || TcpStream::connect_timeout(&address, Duration::from_millis(200));
    let held: Vec<_> = std::iter::from_fn(|| fill().ok()).take(16).collect();
    assert!(held.len() < 16, "the queue does not fill");
    (listener, held)
}

/// Servers that take the request and never end the answer.
fn answers_without_end() -> Vec<Fault> {
    let late = |name, act: Act| {
        Fault::new(
            name,
            504,
            &["There was no complete answer within 10 seconds"],
            act,
        )
    };
    let drip = |name, head: &'static str, drop: &'static str| {
        late(
            name,
            Box::new(move |connection| {
                connection.send(head);
                while connection.send(drop) {
                    thread::sleep(Duration::from_secs(1));
                }
            }),
        )
    };
    let stop = |name, part: &'static str| {
        late(
            name,
            Box::new(move |connection| {
                connection.send(part);
                assert!(connection.closed_by_peer());
            }),
        )
    };
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let error = "HTTP/1.1 400 Bad Request\r\ncontent-length: 1000\r\n\r\n";
    vec![
        stop("no answer", ""),
        stop(
            "a body that stops",
            "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{",
        ),
        drip("a head that drips", "HTTP/1.1 200 OK\r\nx: ", "x"),
        drip(
            "a body that drips",
            "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n",
            " ",
        ),
        drip("chunks that drip", chunked, "1\r\n \r\n"),
        drip("an error that drips", error, " "),
    ]
}

#[test]
fn what_is_not_complete_within_10_seconds_is_a_504_wherever_it_hangs() {
    // This one takes connections and says nothing, so the TLS handshake hangs.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url_of_silent = format!("https://{}", silent.local_addr().unwrap());
    thread::scope(|scope| {
        scope.spawn(|| hangs(&url_of_silent));
        #[cfg(target_os = "linux")]
        scope.spawn(|| {
            let (listener, held) = full_listener();
            hangs(&format!("http://{}", listener.local_addr().unwrap()));
            drop(held);
        });
        scope.spawn(|| check(answers_without_end()));
        scope.spawn(proxies_that_hang);
    });
}
