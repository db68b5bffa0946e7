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

pub struct Chromium {
    driver: Child,
    address: SocketAddr,
    session: String,
    profile: TempDir,
}

impl Chromium {
    /// Opens a browser; `None`, with a line that says so, if there is none.
    pub fn open() -> Option<Self> {
        let is_missing = |program: &str| Command::new(program).arg("--version").output().is_err();
        if let Some(program) = ["chromium", "chromedriver"]
            .into_iter()
            .find(|program| is_missing(program))
        {
            let _ = writeln!(
                std::io::stderr(),
                "the browser tests were left out: there is no {program}"
            );
            return None;
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
            session: String::new(),
            profile,
        };
        let profile = format!("--user-data-dir={}", chromium.profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &profile,
        ];
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let session = chromium.call("POST", "/session", &body);
        chromium.session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        Some(chromium)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        let response = request(self.address, method, path, &[], &body);
        let json: Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!(response.status, 200, "{path} {body}: {json}");
        json["value"].clone()
    }

    fn command(&self, path: &str, body: &Value) -> Value {
        self.call("POST", &format!("{}{path}", self.session), body)
    }

    pub fn go(&self, url: &str) {
        self.command("/url", &json!({ "url": url }));
    }

    pub fn back(&self) {
        self.command("/back", &json!({}));
    }

    /// Clicks the first element of a selector.
    pub fn click(&self, selector: &str) {
        let body = json!({ "using": "css selector", "value": selector });
        let element = self.command("/element", &body);
        let id = element
            .as_object()
            .unwrap()
            .values()
            .next()
            .unwrap()
            .as_str()
            .unwrap();
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

    /// A command of the developer tools.
    pub fn devtools(&self, command: &str, parameters: &Value) {
        self.command(
            "/goog/cdp/execute",
            &json!({ "cmd": command, "params": parameters }),
        );
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
        if !thread::panicking() {
            // This ends the browser too.
            self.call("DELETE", &self.session, &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
