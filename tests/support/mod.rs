//! What the tests share: the built program, a browser's side of HTTP, and stand-ins for the
//! authorization server, all over real sockets.
#![allow(dead_code, reason = "each test program uses its own part")]

pub mod authority;
pub mod stand_in;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

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

/// The built program with no settings but those given, in a folder of its own.
pub fn command(folder: &Path, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_een-login"));
    command
        .env_clear()
        .current_dir(folder)
        .envs(settings.iter().copied());
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
        let port = free_port();
        let mut settings = settings.to_vec();
        let text = port.to_string();
        settings.push(("PORT", &text));
        let folder = TempDir::new().unwrap();
        let command = command(folder.path(), &settings);
        let mut program = Self::spawn(command, ([127, 0, 0, 1], port).into());
        program.folder = Some(folder);
        program
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

    /// The same at a level of the log; `off` and `error` do not even say that it listens.
    pub fn with_level(auth_url: &str, level: &str) -> Self {
        // A later directive counts for its part only.
        let filter = if ["off", "error", "warn"].contains(&level) {
            format!("{level},een_login=info,een_login::index={level},een_login::oauth={level}")
        } else {
            level.to_owned()
        };
        Self::with(auth_url, &[("RUST_LOG", &filter)])
    }

    /// Stops it, and gives the whole log.
    pub fn stop(mut self) -> String {
        self.signal(Signal::SIGTERM);
        self.wait();
        self.reader.take().unwrap().join().unwrap();
        self.log()
    }

    /// Starts a command that becomes the program.
    pub fn spawn(mut command: Command, address: SocketAddr) -> Self {
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
        let program = Self {
            child,
            log,
            address,
            reader: Some(reader),
            folder: None,
        };
        program.wait_for("Running on ");
        program
    }

    /// Waits until the log has a text, and gives the log.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |log| log.contains(text))
    }

    /// Waits until the log is as wanted, and gives the log.
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let (log, changed) = &*self.log;
        let log = log.lock().unwrap();
        let (log, timeout) = changed
            .wait_timeout_while(log, PATIENCE, |log| !wanted(log))
            .unwrap();
        assert!(!timeout.timed_out(), "the log never had {what:?}:\n{log}");
        log.clone()
    }

    /// What was logged so far.
    pub fn log(&self) -> String {
        self.log.0.lock().unwrap().clone()
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }

    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
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

/// An HTTP response.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    /// The value of a header that comes once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} comes twice");
        value
    }

    pub fn title(&self) -> &str {
        between(&self.body, "<title>", "</title>")
    }

    /// The targets of all links, unescaped.
    pub fn links(&self) -> Vec<String> {
        let links = self.body.split("<a ").skip(1);
        links
            .map(|link| between(link, "href=\"", "\"").replace("&amp;", "&"))
            .collect()
    }
}

/// What stands between two texts.
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after)
        .unwrap_or_else(|| panic!("no {after} after {before} in {text}"))
        .0
}

/// The text of HTML in which only our own escapes stand.
pub fn unescaped(html: &str) -> String {
    let html = html
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    html.replace("&#39;", "'").replace("&amp;", "&")
}

/// Sends one request on a connection of its own.
pub fn request(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
) -> Response {
    let mut text = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        text += &format!("Host: {address}\r\n");
    }
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    let answer = raw(address, format!("{text}\r\n").as_bytes());
    parse(&answer).unwrap_or_else(|| panic!("not an HTTP response: {answer:?}"))
}

/// Begins an exchange and does not wait for its end. The server keeps no state, so one serves all.
pub fn begin(address: SocketAddr, state: &str, code: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "GET /?code={code}&state={state} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n"
    );
    write!(stream, "{head}Cookie: een_login_state={state}\r\n\r\n").unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Waits for what no event tells of.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Sends bytes and gives all bytes that come back until the connection ends.
pub fn raw(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The other side may close before it has read everything.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

/// Takes a response apart.
pub fn parse(bytes: &[u8]) -> Option<Response> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let pair = |line: &str| {
        line.split_once(": ")
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
    };
    Some(Response {
        status,
        headers: lines.filter_map(pair).collect(),
        body: body.to_owned(),
    })
}

/// A browser with its state cookie.
pub struct Browser {
    pub address: SocketAddr,
    pub cookie: Option<String>,
}

impl Browser {
    pub fn get(&mut self, target: &str) -> Response {
        self.request("GET", target)
    }

    pub fn request(&mut self, method: &str, target: &str) -> Response {
        let cookie = self
            .cookie
            .as_ref()
            .map(|value| format!("een_login_state={value}"));
        let headers: Vec<_> = cookie
            .iter()
            .map(|cookie| ("Cookie", cookie.as_str()))
            .collect();
        let response = request(self.address, method, target, &headers);
        if let Some(set) = response.header("set-cookie") {
            let value = between(set, "een_login_state=", ";");
            self.cookie = Some(value.to_owned()).filter(|_| !set.contains("Max-Age=0"));
        }
        response
    }

    /// Opens the page, and gives the state of the login that it begins.
    pub fn begin(&mut self) -> String {
        let page = self.get("/");
        assert_eq!(page.status, 200, "{page:?}");
        let link = &page.links()[0];
        link.rsplit_once("&state=").unwrap().1.to_owned()
    }

    /// Begins a login and comes back with a code, percent-encoded.
    pub fn log_in(&mut self, code: &str) -> Response {
        let state = self.begin();
        self.get(&format!("/?code={code}&state={state}"))
    }
}
