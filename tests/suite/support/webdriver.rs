//! A real browser: headless Chromium, driven through chromedriver by the `WebDriver` protocol.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::PATIENCE;
use super::http::request;
use super::program::free_port;

/// For a browser in a container, where the user may be root.
const ARGUMENTS: &str = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --lang=en-US";
/// Nothing leaves this machine, whatever is clicked.
const OFFLINE: &str = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1";

pub struct Chromium {
    driver: Child,
    address: SocketAddr,
    session: String,
    profile: TempDir,
}

impl Chromium {
    /// Opens a browser; `None`, with a line that says so, if there is none.
    pub fn open() -> Option<Self> {
        for program in ["chromium", "chromedriver"] {
            if Command::new(program).arg("--version").output().is_err() {
                let line = format!("the browser test was left out: there is no {program}");
                let _ = writeln!(std::io::stderr(), "{line}");
                return None;
            }
        }
        let port = free_port();
        let mut driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(driver.stdout.take().unwrap());
        let is_ready = |line: &String| line.contains("started successfully");
        stdout.lines().map_while(Result::ok).find(is_ready).unwrap();
        let profile = TempDir::new().unwrap();
        let mut chromium = Self {
            driver,
            address: (Ipv4Addr::LOCALHOST, port).into(),
            session: "/session".to_owned(),
            profile,
        };
        let profile = format!("--user-data-dir={}", chromium.profile.path().display());
        let mut arguments: Vec<&str> = ARGUMENTS.split(' ').collect();
        arguments.extend([OFFLINE, &profile]);
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let session = chromium.command("", &body);
        chromium.session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        Some(chromium)
    }

    fn command(&self, path: &str, body: &Value) -> Value {
        let path = format!("{}{path}", self.session);
        let response = request(self.address, "POST", &path, &[], &body.to_string());
        let json: Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!(response.status, 200, "{path} {body}: {json}");
        json["value"].clone()
    }

    pub fn go(&self, url: &str) {
        self.command("/url", &json!({ "url": url }));
    }

    pub fn back(&self) {
        self.command("/back", &json!({}));
    }

    pub fn forward(&self) {
        self.command("/forward", &json!({}));
    }

    /// Clicks the first element of a selector.
    pub fn click(&self, selector: &str) {
        let body = json!({ "using": "css selector", "value": selector });
        let element = self.command("/element", &body);
        let mut ids = element.as_object().unwrap().values();
        let id = ids.next().unwrap().as_str().unwrap();
        self.command(&format!("/element/{id}/click"), &json!({}));
    }

    /// The value of an expression, or of its promise.
    pub fn evaluate(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        self.command("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What one sees on the page.
    pub fn text(&self) -> String {
        self.evaluate("document.querySelector('main').innerText")
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub fn wait_for_title(&self, title: &str) {
        self.wait_until(&format!("document.title === '{title} – een-login'"));
    }

    /// Waits until an expression is true, which no event tells.
    pub fn wait_until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.evaluate(expression) != true {
            assert!(Instant::now() < deadline, "not in time: {expression}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// How many tabs are open.
    pub fn tabs(&self) -> usize {
        let targets = self.devtools("Target.getTargets", &json!({}));
        let targets = targets["targetInfos"].as_array().unwrap();
        targets
            .iter()
            .filter(|target| target["type"] == "page")
            .count()
    }

    /// A command of the developer tools.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.command("/goog/cdp/execute", &body)
    }

    /// The messages of the console since the last call.
    pub fn console(&self) -> Vec<String> {
        let entries = self.command("/se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().unwrap();
        entries
            .iter()
            .map(|entry| entry["message"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // This ends the browser too, and may fail without a second panic, as it has a thread of its own.
        let (address, session) = (self.address, self.session.clone());
        let end = thread::spawn(move || request(address, "DELETE", &session, &[], ""));
        let _ = end.join();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
