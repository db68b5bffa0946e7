use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use tempfile::TempDir;

#[cfg(target_os = "linux")]
use crate::support::process::open_files;
use crate::support::stand_in::StandIn;
use crate::support::{Browser, Program, begin, command, free_port, parse, wait_until};
#[cfg(target_os = "linux")]
use crate::unread::by_a_shell;
use crate::unread::{STOP, Unread};

fn send(address: SocketAddr, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

/// Sends requests until the program takes no more, and reads no answer.
fn never_reads(address: SocketAddr) -> Vec<TcpStream> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_write_timeout(Some(Duration::from_secs(1)))
        .unwrap();
    let requests = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(10_000);
    while stream.write_all(requests.as_bytes()).is_ok() {}
    vec![stream]
}

/// Opens connections and leaves them as they are.
type Open = fn(SocketAddr) -> Vec<TcpStream>;

/// What a stop must not wait for, by name.
const LEFT_OPEN: [(&str, Open); 7] = [
    ("nothing sent", |address| vec![send(address, "")]),
    ("half a request", |address| {
        vec![send(address, "GET / HTTP/1.1\r\nHos")]
    }),
    ("a request, and half another", |address| {
        vec![send(
            address,
            "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHos",
        )]
    }),
    ("half a body", |address| {
        let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
        vec![send(address, &format!("{head}half"))]
    }),
    ("half a body in chunks", |address| {
        let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
        vec![send(address, &format!("{head}5\r\nha"))]
    }),
    ("kept alive", |address| {
        vec![send(address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    }),
    ("answers that nobody reads", never_reads),
];

/// An exchange that its server leaves without an answer.
fn hanging_exchange(address: SocketAddr) -> Vec<TcpStream> {
    let mut browser = Browser {
        address,
        cookie: None,
    };
    let state = browser.begin();
    vec![begin(address, &state, "c")]
}

fn everything(address: SocketAddr) -> Vec<TcpStream> {
    LEFT_OPEN
        .iter()
        .flat_map(|(_, open)| open(address))
        .collect()
}

/// Stops a program whose connections are left open, and gives them.
fn stop_with(
    name: &str,
    auth_url: &str,
    open: impl Fn(SocketAddr) -> Vec<TcpStream>,
) -> Vec<TcpStream> {
    let mut program = Program::against(auth_url);
    let streams = open(program.address);
    program.get("/");
    let begin = Instant::now();
    program.signal(Signal::SIGTERM);
    let status = program.wait();
    let took = begin.elapsed();
    assert_eq!(status.code(), Some(0), "{name}: {}", program.log());
    assert!(took < STOP, "{name}: {took:?}");
    streams
}

/// Stops a program whose log nobody reads: that blocks each of its threads that writes to the log, as
/// soon as the pipe is full.
fn stop_with_an_unread_log(signals: &[Signal], code: i32) {
    let folder = TempDir::new().unwrap();
    let port = free_port();
    let (unread, writer) = std::io::pipe().unwrap();
    let mut command = command(folder.path(), &[("PORT", &port.to_string())]);
    command.stderr(writer);
    let program = Unread::start(command, port);
    // 64 KiB fill the pipe: after that no request is answered.
    let is_answered = || {
        let request = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(8000));
        let mut stream = send(program.address, &request);
        let patience = Some(Duration::from_millis(500));
        stream.set_read_timeout(patience).unwrap();
        stream.read_exact(&mut [0]).is_ok()
    };
    wait_until("the pipe is full", || !is_answered());
    program.ends_by(signals, code);
    drop(unread);
}

/// Stops a program that has no room in its log for the line on connections that it cannot accept: that
/// blocks the thread that accepts them, and no other.
#[cfg(target_os = "linux")]
fn stop_with_a_full_log(signals: &[Signal], code: i32) {
    /// How many files it may open.
    const FILES: usize = 80;

    let folder = TempDir::new().unwrap();
    let port = free_port();
    let text = port.to_string();
    let (unread, mut writer) = std::io::pipe().unwrap();
    // As much as a pipe takes.
    writer.write_all("\n".repeat(64 * 1024).as_bytes()).unwrap();
    let script = format!("ulimit -n {FILES}; exec \"$0\"");
    let settings = [("PORT", text.as_str()), ("RUST_LOG", "error")];
    let mut command = by_a_shell(&script, &folder, &settings);
    command.stderr(writer);
    let program = Unread::start(command, port);
    let connect = |_| TcpStream::connect(program.address);
    let too_many: Vec<_> = (0..FILES).map(connect).collect();
    wait_until("no file can be opened", || {
        open_files(program.pid()).unwrap() >= FILES
    });
    drop(too_many);
    program.ends_by(signals, code);
    drop(unread);
}

#[test]
fn nothing_holds_a_stop_up_for_more_than_12_seconds() {
    let server = StandIn::new(|connection| assert!(connection.closed_by_peer()));
    let url = server.url();
    thread::scope(|scope| {
        for (name, open) in LEFT_OPEN {
            let shared_url = &url;
            scope.spawn(move || stop_with(name, shared_url, open));
        }
        scope.spawn(|| stop_with("all of them", &url, everything));
        scope.spawn(|| stop_with_an_unread_log(&[Signal::SIGTERM], 0));
        scope.spawn(|| stop_with_an_unread_log(&[Signal::SIGTERM, Signal::SIGINT], 130));
        #[cfg(target_os = "linux")]
        scope.spawn(|| stop_with_a_full_log(&[Signal::SIGTERM], 0));
        #[cfg(target_os = "linux")]
        scope.spawn(|| stop_with_a_full_log(&[Signal::SIGTERM, Signal::SIGINT], 130));
        scope.spawn(|| {
            let in_flight = |address| {
                let streams = hanging_exchange(address);
                wait_until("the exchange", || !server.requests().is_empty());
                streams
            };
            let mut streams = stop_with("an exchange that hangs", &url, in_flight);
            let mut answer = Vec::new();
            streams[0].read_to_end(&mut answer).unwrap();
            let page = parse(&answer).expect("the exchange was finished");
            assert_eq!(page.status, 504, "{page:?}");
        });
    });
}
