//! A server that cannot be reached, or that hangs before it has read the request.

use std::io::Write;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::authority::Authority;
use crate::support::stand_in::{StandIn, TOKENS};
use crate::support::{Program, Response, begin, free_port, wait_until};

/// The page of a login at a server that cannot be reached, and the log.
fn unreachable(auth_url: &str) -> (Response, String) {
    let program = Program::against(auth_url);
    let page = program.browser().log_in("c");
    let log = program.wait_for(&format!("GET / {} ", page.status));
    (page, log)
}

#[test]
fn a_port_that_nobody_listens_on_is_a_502_that_says_so() {
    let (page, log) = unreachable(&format!("http://127.0.0.1:{}", free_port()));
    assert_eq!(page.status, 502);
    assert!(
        page.title().contains("cannot be reached"),
        "{}",
        page.title()
    );
    assert!(page.text().contains("refused"), "{}", page.text());
    let warning = "no tokens: The authorization server cannot be reached: ";
    assert!(log.contains(warning), "{log}");
}

#[test]
fn a_name_without_an_address_is_a_502_that_says_so() {
    let (page, log) = unreachable("https://no-such-name.invalid");
    assert_eq!(page.status, 502);
    assert!(page.title().contains("was not found"), "{}", page.title());
    assert!(
        log.contains("no tokens: The authorization server was not found"),
        "{log}"
    );
}

#[test]
fn a_server_that_does_not_speak_tls_is_a_502() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    });
    let authority = Authority::new();
    let file = authority.file();
    let settings = [("SSL_CERT_FILE", file.to_str().unwrap())];
    let program = Program::with(&format!("https://{address}"), &settings);
    let page = program.browser().log_in("c");
    assert_eq!(page.status, 502);
    assert!(
        page.title().contains("The connection broke"),
        "{}",
        page.title()
    );
}

#[test]
fn exchanges_that_hang_do_not_make_a_good_one_wait() {
    let server = StandIn::new(|connection| {
        if connection.parameter("code") == "good" {
            connection.json(TOKENS);
        } else {
            connection.closed_by_peer();
        }
    });
    let program = Program::against(&server.url());
    let state = program.browser().begin();
    let started = Instant::now();
    let held: Vec<_> = (0..300)
        .map(|_| begin(program.address, &state, "hang"))
        .collect();
    wait_until("300 exchanges that hang", || server.requests().len() == 300);
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "some hang no longer"
    );
    let started = Instant::now();
    assert_eq!(program.browser().log_in("good").status, 200);
    let took = started.elapsed();
    assert!(took < Duration::from_secs(1), "it took {took:?}");
    drop(held);
}
