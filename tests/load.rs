//! Load: many logins at once, a stop in the middle of them, and too few file descriptors.
// Memory and open files are counted as Linux does.
#![cfg(target_os = "linux")]

mod support;

use std::io::Read;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use tempfile::TempDir;

use support::process::peak_memory;
use support::stand_in::{StandIn, TOKENS};
use support::{CLIENT_ID, CLIENT_SECRET, Program, Response, begin, free_port, parse, wait_until};

/// One load at a time, and as many open files as the machine allows, which the program inherits.
fn alone() -> MutexGuard<'static, ()> {
    static LOAD: Mutex<()> = Mutex::new(());
    let guard = LOAD.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    assert!(hard >= 10_000, "this machine allows {hard} open files only");
    guard
}

fn finish(mut stream: TcpStream) -> Option<Response> {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    parse(&answer)
}

#[test]
fn two_thousand_logins_in_flight_all_succeed_in_under_100_mb() {
    let _alone = alone();
    let in_flight = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let (now, peak) = (Arc::clone(&in_flight), Arc::clone(&most));
    let server = StandIn::new(move |connection| {
        peak.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::sleep(Duration::from_secs(3));
        now.fetch_sub(1, Ordering::SeqCst);
        connection.json(TOKENS);
    });
    let program = Program::against(&server.url());
    let state = program.browser().begin();
    let streams: Vec<_> = (0..2000)
        .map(|n| begin(program.address, &state, &n.to_string()))
        .collect();
    for stream in streams {
        let page = finish(stream).expect("a login was lost");
        assert_eq!(page.status, 200, "{}", page.body);
    }
    assert!(most.load(Ordering::SeqCst) > 1500, "only {most:?} at once");
    let memory = peak_memory(program.pid()).unwrap();
    assert!(memory < 100_000, "{memory} kB");
}

#[test]
fn a_stop_in_the_middle_of_the_load_loses_no_login_that_was_accepted() {
    let _alone = alone();
    let server = StandIn::new(|connection| {
        thread::sleep(Duration::from_secs(2));
        connection.json(TOKENS);
    });
    let mut program = Program::against(&server.url());
    let state = program.browser().begin();
    let streams: Vec<_> = (0..500)
        .map(|n| begin(program.address, &state, &n.to_string()))
        .collect();
    wait_until("500 exchanges", || server.requests().len() == 500);
    program.signal(Signal::SIGTERM);
    for stream in streams {
        assert_eq!(finish(stream).expect("a login was lost").status, 200);
    }
    assert_eq!(program.wait().code(), Some(0));
}

#[test]
fn when_file_descriptors_run_out_the_log_says_so_and_the_program_recovers() {
    let _alone = alone();
    let server = StandIn::good();
    let folder = TempDir::new().unwrap();
    let port = free_port();
    let mut command = Command::new("sh");
    command.args([
        "-c",
        "ulimit -n 256; exec \"$0\"",
        env!("CARGO_BIN_EXE_een-login"),
    ]);
    command
        .env_clear()
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    command.envs([("CLIENT_ID", CLIENT_ID), ("CLIENT_SECRET", CLIENT_SECRET)]);
    command.envs([("AUTH_URL", server.url()), ("PORT", port.to_string())]);
    let mut program = Program::spawn(command, ([127, 0, 0, 1], port).into());
    let mut browser = program.browser();
    let state = browser.begin();

    let held: Vec<_> = (0..400)
        .map(|_| TcpStream::connect(program.address).unwrap())
        .collect();
    // In the words of the system.
    let too_many = std::io::Error::from_raw_os_error(Errno::EMFILE as i32).to_string();
    program.wait_for(&too_many);
    drop(held);
    wait_until("an answer again", || {
        let stream = begin(program.address, &state, "c");
        finish(stream).is_some_and(|page| page.status == 200)
    });
    assert!(program.is_running());
    assert!(!program.log().contains("panicked"), "{}", program.log());
}
