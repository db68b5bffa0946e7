//! The built program, run as its user runs it.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(unix)]
use nix::sys::signal::{Signal, kill};
#[cfg(unix)]
use nix::unistd::Pid;
use tempfile::TempDir;

use super::browser::Browser;
use super::http::{Response, request};
use super::{CLIENT_ID, CLIENT_SECRET, PATIENCE, free_port, wait_until};

/// The built program with no settings but those given, in a folder of its own.
pub fn command(folder: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_een-login"));
    command.env_clear();
    // Sockets on Windows do not work without it.
    #[cfg(windows)]
    command.envs(std::env::var_os("SystemRoot").map(|value| ("SystemRoot", value)));
    command.current_dir(folder).envs(settings.iter().copied());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs the program to its end: exit code, standard output, standard error.
pub fn run(settings: &[(&str, &str)], dotenv: Option<&str>) -> (Option<i32>, String, String) {
    let folder = TempDir::new().unwrap();
    if let Some(dotenv) = dotenv {
        std::fs::write(folder.path().join(".env"), dotenv).unwrap();
    }
    let mut child = command(folder.path(), settings).spawn().unwrap();
    // One that takes what it should refuse would run for ever.
    let deadline = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(1));
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The running program.
pub struct Program {
    child: Child,
    log: Arc<(Mutex<String>, Condvar)>,
    pub address: SocketAddr,
    reader: Option<thread::JoinHandle<()>>,
    /// Kept as long as the program runs in it.
    folder: Option<TempDir>,
}

impl Program {
    /// Starts it on a free port and waits until it listens.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let mut program = Self::start_in(folder.path(), settings);
        program.folder = Some(folder);
        program
    }

    /// The same in a folder, where a `.env` may be.
    pub fn start_in(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let port = free_port();
        let text = port.to_string();
        let with_port = [settings, &[("PORT", text.as_str())]].concat();
        Self::spawn(command(folder, &with_port), ([127, 0, 0, 1], port).into())
    }

    /// Starts it with the credentials of the tests, against an authorization server.
    pub fn against(auth_url: &str) -> Self {
        Self::with(auth_url, &[])
    }

    /// The same with more settings.
    pub fn with(auth_url: &str, settings: &[(&str, &str)]) -> Self {
        let credentials = [("CLIENT_ID", CLIENT_ID), ("CLIENT_SECRET", CLIENT_SECRET)];
        Self::start(&[&credentials[..], &[("AUTH_URL", auth_url)], settings].concat())
    }

    /// The same at a level of the log. Below `info` no line says that it listens.
    pub fn with_level(auth_url: &str, level: &str) -> Self {
        let port = free_port();
        let text = port.to_string();
        let settings = [
            ("CLIENT_ID", CLIENT_ID),
            ("CLIENT_SECRET", CLIENT_SECRET),
            ("AUTH_URL", auth_url),
            ("RUST_LOG", level),
            ("PORT", &text),
        ];
        let folder = TempDir::new().unwrap();
        let command = command(folder.path(), &settings);
        let mut program = Self::run_in_background(command, ([127, 0, 0, 1], port).into());
        program.folder = Some(folder);
        wait_until("it listens", || {
            assert!(program.is_running(), "{}", program.log());
            TcpStream::connect(program.address).is_ok()
        });
        program
    }

    /// Stops it, and gives the whole log.
    pub fn stop(mut self) -> String {
        #[cfg(unix)]
        self.signal(Signal::SIGTERM);
        #[cfg(not(unix))]
        self.child.kill().unwrap();
        self.wait();
        self.reader.take().unwrap().join().unwrap();
        self.log()
    }

    /// Starts a command that becomes the program, and waits until it listens.
    pub fn spawn(command: Command, address: SocketAddr) -> Self {
        let program = Self::run_in_background(command, address);
        program.wait_for("Running on ");
        program
    }

    fn run_in_background(mut command: Command, address: SocketAddr) -> Self {
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let written = Arc::clone(&log);
        let reader = thread::spawn(move || {
            for line in stderr.split(b'\n').map_while(Result::ok) {
                let mut text = written.0.lock().unwrap();
                text.push_str(&String::from_utf8_lossy(&line));
                text.push('\n');
                written.1.notify_all();
            }
        });
        Self {
            child,
            log,
            address,
            reader: Some(reader),
            folder: None,
        }
    }

    /// Waits until the log has a text, and gives the log.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |log| log.contains(text))
    }

    /// Waits until the log is as wanted, and gives the log.
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let (written, changed) = &*self.log;
        let (log, timeout) = changed
            .wait_timeout_while(written.lock().unwrap(), PATIENCE, |log| !wanted(log))
            .unwrap();
        assert!(!timeout.timed_out(), "the log never had {what:?}:\n{log}");
        log.clone()
    }

    /// What was logged so far.
    pub fn log(&self) -> String {
        self.log.0.lock().unwrap().clone()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    #[cfg(unix)]
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid().try_into().unwrap());
        kill(pid, signal).unwrap();
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "the program does not end:\n{}",
                self.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The redirect URI that it has by default.
    pub fn redirect_uri(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where its sandbox is.
    pub fn sandbox(&self) -> String {
        let log = self.wait_for("Sandbox at http://");
        let (_, rest) = log.split_once("Sandbox at http://").unwrap();
        rest.split_once(',').unwrap().0.to_owned()
    }

    /// One request with no cookie.
    pub fn get(&self, target: &str) -> Response {
        request(self.address, "GET", target, &[])
    }

    pub fn browser(&self) -> Browser {
        Browser {
            address: self.address,
            cookie: None,
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
