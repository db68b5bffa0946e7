//! What the tests share: the built program, a browser's side of HTTP, and stand-ins for the
//! authorization server, all over real sockets.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test program uses its own part"
)]

pub mod authority;
pub mod browser;
pub mod html;
pub mod http;
pub mod process;
pub mod program;
pub mod stand_in;

use std::io::Write;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub use browser::Browser;
pub use http::{Response, begin, between, parse, raw, request, unescaped};
pub use program::{Program, command, run};

pub const CLIENT_ID: &str = "test-client";
pub const CLIENT_SECRET: &str = "test-secret-0123456789";
/// `CLIENT_ID:CLIENT_SECRET` in base64.
pub const CREDENTIALS: &str = "dGVzdC1jbGllbnQ6dGVzdC1zZWNyZXQtMDEyMzQ1Njc4OQ==";

/// How long a test waits for what must come at once.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Says that a test was left out, past the harness, which hides what a test prints that passes.
pub fn left_out(why: &str) {
    let name = thread::current().name().unwrap_or_default().to_owned();
    let _ = writeln!(std::io::stderr(), "{name} was left out: {why}");
}

/// A port that is free and stays so: below those that the system gives to connections, and another
/// one for each call.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id() % 20;
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed) % 1000;
        let port = 10_000 + u16::try_from(first).unwrap() * 1000 + next;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Waits for what no event tells of.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
