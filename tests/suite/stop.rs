//! How the program stops.
#![cfg(unix)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Program, Server, TOKENS, assert_page};

/// A server that reports that a request came, and responds when it is told to.
fn controlled() -> (Server, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (came, has_come) = mpsc::channel();
    let (respond, may_respond) = mpsc::channel();
    let may_respond = std::sync::Mutex::new(may_respond);
    let server = Server::new(move |connection| {
        came.send(()).unwrap();
        // The other end is dropped when the test does not want a response.
        if may_respond.lock().unwrap().recv().is_ok() {
            connection.respond("200 OK", "", TOKENS);
        }
    });
    (server, has_come, respond)
}

#[test]
fn sigterm_finishes_an_exchange_and_then_ends_the_program() {
    let (server, has_come, respond) = controlled();
    let program = Program::against(&server, &[]);
    let address = program.address;
    // An idle connection does not hold the stop up.
    let mut idle = TcpStream::connect(address).unwrap();
    write!(idle, "GET / HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
    assert!(idle.read(&mut [0; 1024]).unwrap() > 0);

    let mut browser = program.browser();
    let state = browser.begin();
    let login = thread::spawn(move || browser.get(&format!("/?code=c&state={state}")));
    has_come.recv().unwrap();
    program.signal("TERM");
    while TcpStream::connect(address).is_ok() {
        thread::sleep(Duration::from_millis(5));
    }
    respond.send(()).unwrap();
    let page = login.join().unwrap();
    assert_page(&page, 200, "You are logged in");
    let begin = Instant::now();
    let status = program.wait();
    assert_eq!(status.code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn ctrl_c_ends_the_program_at_once() {
    let (server, has_come, _respond) = controlled();
    let program = Program::against(&server, &[]);
    let mut browser = program.browser();
    let state = browser.begin();
    let address = program.address;
    let mut hanging = TcpStream::connect(address).unwrap();
    let cookie = browser.cookie.unwrap();
    write!(
        hanging,
        "GET /?code=c&state={state} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\n\r\n"
    )
    .unwrap();
    has_come.recv().unwrap();
    let begin = Instant::now();
    program.signal("INT");
    let status = program.wait();
    assert_eq!(status.code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(2));
}
