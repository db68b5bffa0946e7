//! The built program.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use tempfile::TempDir;

use super::{Browser, CLIENT_ID, CLIENT_SECRET, PATIENCE, Server};

/// The running program. It is killed when it is dropped.
pub struct Program {
    pub address: SocketAddr,
    child: Child,
    log: Arc<(Mutex<String>, Condvar)>,
}

impl Program {
    /// Starts the program with these settings, by default on a free port, and waits until it runs.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_in(TempDir::new().unwrap().path(), settings)
    }

    /// The same in a directory, where a `.env` may be.
    pub fn start_in(directory: &Path, settings: &[(&str, &str)]) -> Self {
        let chosen = settings.iter().find(|(name, _)| *name == "PORT");
        let port = chosen.map_or_else(free_port, |(_, port)| port.parse().unwrap());
        let mut command = command(directory, settings);
        let mut child = command.env("PORT", port.to_string()).spawn().unwrap();
        let log = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let written = Arc::clone(&log);
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                *written.0.lock().unwrap() += &(line + "\n");
                written.1.notify_all();
            }
        });
        let program = Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            child,
            log,
        };
        program.wait_for_log("Running on ");
        program
    }

    /// Starts the program with credentials, against an authorization server.
    pub fn against(server: &Server, settings: &[(&str, &str)]) -> Self {
        let auth_url = server.url();
        let credentials = [
            ("CLIENT_ID", CLIENT_ID),
            ("CLIENT_SECRET", CLIENT_SECRET),
            ("AUTH_URL", &auth_url),
        ];
        Self::start(&[&credentials, settings].concat())
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    /// What was logged so far.
    pub fn log(&self) -> String {
        self.log.0.lock().unwrap().clone()
    }

    /// Waits until the log has a text, and returns the log.
    pub fn wait_for_log(&self, text: &str) -> String {
        let (log, changed) = &*self.log;
        let is_missing = |log: &mut String| !log.contains(text);
        let locked = log.lock().unwrap();
        let (log, timeout) = changed
            .wait_timeout_while(locked, PATIENCE, is_missing)
            .unwrap();
        assert!(!timeout.timed_out(), "the log never had {text:?}:\n{log}");
        log.clone()
    }

    /// The URL of its sandbox.
    pub fn sandbox(&self) -> String {
        let log = self.log();
        let (_, rest) = log.split_once("Sandbox at ").unwrap();
        rest.split_once(',').unwrap().0.to_owned()
    }

    #[cfg(unix)]
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for its end.
    #[cfg(unix)]
    pub fn wait(mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the program in a directory to its end.
pub fn run(directory: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    command(directory, settings)
        .args(arguments)
        .output()
        .unwrap()
}

/// The program with these settings alone. Windows needs `SystemRoot` for its sockets.
fn command(directory: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_een-login"));
    command
        .current_dir(directory)
        .env_clear()
        .envs(std::env::var_os("SystemRoot").map(|value| ("SystemRoot", value)))
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A port that is free, and so is the next one, for the sandbox. Each call returns others, below those
/// that the system gives to connections.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 20).unwrap() * 1_000;
    loop {
        let port = first + NEXT.fetch_add(2, Ordering::Relaxed) % 1_000;
        let is_free = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        if is_free(port) && is_free(port + 1) {
            return port;
        }
    }
}
