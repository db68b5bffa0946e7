//! How the program stops.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal::{SIGINT, SIGTERM};

use crate::support::stand_in::{StandIn, TOKENS};
use crate::support::{PATIENCE, Program, begin, parse, wait_until};

/// A program with an exchange in flight, which goes on when it is told to.
struct InFlight {
    program: Program,
    go_on: Sender<()>,
    login: TcpStream,
    /// Answers as long as it is kept.
    _server: StandIn,
}

fn exchange_in_flight() -> InFlight {
    let (arrived, has_arrived) = mpsc::channel();
    let (go_on, may_go_on): (_, Receiver<()>) = mpsc::channel();
    let shared = Mutex::new((arrived, may_go_on));
    let server = StandIn::new(move |connection| {
        let (arrived, may_go_on) = &*shared.lock().unwrap();
        arrived.send(()).unwrap();
        // An error means that the test is over.
        if may_go_on.recv_timeout(PATIENCE).is_ok() {
            connection.json(TOKENS);
        }
    });
    let program = Program::against(&server.url());
    let state = program.browser().begin();
    let login = begin(program.address, &state, "c");
    has_arrived.recv_timeout(PATIENCE).unwrap();
    InFlight {
        program,
        go_on,
        login,
        _server: server,
    }
}

fn wait_until_it_listens_no_more(program: &Program) {
    wait_until("it listens no more", || {
        TcpStream::connect(program.address).is_err()
    });
}

#[test]
fn a_signal_ends_the_program_with_0_although_connections_are_idle() {
    for signal in [SIGTERM, SIGINT] {
        let mut program = Program::start(&[]);
        let silent = TcpStream::connect(program.address).unwrap();
        let mut idle = TcpStream::connect(program.address).unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        program.wait_for("GET / 200 ");
        let begin = Instant::now();
        program.signal(signal);
        assert_eq!(program.wait().code(), Some(0), "{}", program.log());
        assert!(
            begin.elapsed() < Duration::from_secs(4),
            "an idle connection held it up"
        );
        drop((silent, idle));
    }
}

#[test]
fn an_exchange_in_flight_is_finished_and_no_new_connection_is_taken() {
    for signal in [SIGTERM, SIGINT] {
        let mut flight = exchange_in_flight();
        flight.program.signal(signal);
        wait_until_it_listens_no_more(&flight.program);
        assert!(flight.program.is_running());
        flight.go_on.send(()).unwrap();
        let mut answer = Vec::new();
        flight.login.read_to_end(&mut answer).unwrap();
        let page = parse(&answer).expect("an answer");
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.title().starts_with("You are logged in"), "{page:?}");
        assert!(page.body.trim_end().ends_with("</html>"), "{page:?}");
        assert_eq!(flight.program.wait().code(), Some(0));
    }
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    for first in [SIGTERM, SIGINT] {
        for second in [SIGTERM, SIGINT] {
            let mut flight = exchange_in_flight();
            flight.program.signal(first);
            wait_until_it_listens_no_more(&flight.program);
            let begin = Instant::now();
            flight.program.signal(second);
            let signals = [first, second];
            assert_eq!(flight.program.wait().code(), Some(130), "{signals:?}");
            assert!(begin.elapsed() < Duration::from_secs(4), "{signals:?}");
        }
    }
}

#[test]
fn two_signals_at_the_same_time_count_as_two() {
    let mut flight = exchange_in_flight();
    flight.program.signal(SIGINT);
    flight.program.signal(SIGTERM);
    assert_eq!(flight.program.wait().code(), Some(130));
}

#[test]
fn a_signal_right_after_the_line_running_on_stops_it_in_order() {
    for signal in [SIGTERM, SIGINT] {
        for _ in 0..5 {
            let mut program = Program::start(&[("RUST_LOG", "een_login=info")]);
            program.signal(signal);
            assert_eq!(program.wait().code(), Some(0), "{}", program.log());
        }
    }
}
