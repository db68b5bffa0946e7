use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;

use nix::sys::signal::Signal;

use crate::support::stand_in::{StandIn, TOKENS};
use crate::support::{PATIENCE, Program};

#[test]
fn a_signal_ends_the_program_with_0_although_connections_are_idle() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut program = Program::start(&[]);
        let silent = TcpStream::connect(program.address).unwrap();
        let mut idle = TcpStream::connect(program.address).unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            .unwrap();
        program.wait_for("GET / 200 ");
        let begin = std::time::Instant::now();
        program.signal(signal);
        assert_eq!(program.wait().code(), Some(0), "{}", program.log());
        assert!(
            begin.elapsed().as_secs() < 4,
            "an idle connection held it up"
        );
        drop((silent, idle));
    }
}

#[test]
fn an_exchange_in_flight_is_finished_and_no_new_connection_is_taken() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let opened = Arc::clone(&gate);
        let (arrived, has_arrived) = mpsc::channel();
        let arrived = Mutex::new(arrived);
        let server = StandIn::new(move |connection| {
            arrived.lock().unwrap().send(()).unwrap();
            let open = opened
                .1
                .wait_timeout_while(opened.0.lock().unwrap(), PATIENCE, |open| !*open);
            drop(open);
            connection.json(TOKENS);
        });
        let mut program = Program::against(&server.url());
        let mut browser = program.browser();
        let login = thread::spawn(move || browser.log_in("c"));
        has_arrived.recv_timeout(PATIENCE).unwrap();
        program.signal(signal);
        program.wait_for("accept thread stopped");
        // The sockets are closed a moment after that line.
        let begin = std::time::Instant::now();
        while TcpStream::connect(program.address).is_ok() {
            assert!(begin.elapsed() < PATIENCE, "it still listens");
        }
        assert!(program.is_running());
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        assert_eq!(login.join().unwrap().status, 200);
        assert_eq!(program.wait().code(), Some(0));
    }
}

#[test]
fn a_signal_right_after_the_line_running_on_stops_it_in_order() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        for _ in 0..5 {
            let mut program = Program::start(&[("RUST_LOG", "een_login=info")]);
            program.signal(signal);
            assert_eq!(program.wait().code(), Some(0), "{}", program.log());
        }
    }
}
