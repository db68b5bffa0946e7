//! Headless Chromium, driven through its driver.

use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PATIENCE, Program, free_port, left_out};

/// A browser with a profile of its own.
pub struct Chromium {
    pub client: Client,
    driver: Child,
    _profile: TempDir,
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = killpg(
            Pid::from_raw(self.driver.id().try_into().unwrap()),
            Signal::SIGKILL,
        );
        let _ = self.driver.wait();
    }
}

impl Chromium {
    /// Opens a browser; `None`, with a line that says so, where there is none to open.
    pub async fn open(preferences: Value) -> Option<Self> {
        let missing = |program: &str| Command::new(program).arg("--version").output().is_err();
        if let Some(program) = ["chromium", "chromedriver"]
            .into_iter()
            .find(|program| missing(program))
        {
            left_out(&format!(
                "there is no {program}. On Debian: apt-get install chromium chromium-driver; then cargo test"
            ));
            return None;
        }
        let port = free_port();
        let mut driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It says so when it is ready.
        let mut said = String::new();
        let mut stdout = driver.stdout.take().unwrap();
        while !said.contains("started successfully") {
            let mut chunk = [0; 256];
            let n = stdout.read(&mut chunk).unwrap();
            assert!(n > 0, "chromedriver ended: {said}");
            said += &String::from_utf8_lossy(&chunk[..n]);
        }
        let profile = TempDir::new().unwrap();
        let data = format!("--user-data-dir={}", profile.path().display());
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &data,
        ];
        let capabilities_json = json!({
            "goog:chromeOptions": { "args": args, "prefs": preferences },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let capabilities: Capabilities = serde_json::from_value(capabilities_json).unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&url)
            .await
            .unwrap();
        Some(Self {
            client,
            driver,
            _profile: profile,
        })
    }

    pub async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Clicks the link with this text.
    pub async fn follow(&self, text: &str) {
        self.client
            .find(Locator::LinkText(text))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
    }

    /// Waits for what no event tells of.
    pub async fn waits_until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let waiting = async {
            while !holds().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, waiting).await;
        let title = self.client.title().await;
        assert!(in_time.is_ok(), "not in time: {what}, at {title:?}");
    }

    /// Waits for a page with this title.
    pub async fn arrives(&self, title: &str) {
        let arrived = async || self.client.title().await.unwrap().contains(title);
        self.waits_until(title, arrived).await;
    }

    pub async fn address(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    /// The text of the page as a person sees it.
    pub async fn text(&self) -> String {
        self.client
            .find(Locator::Css("main"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    pub async fn press(&self, keys: &str) {
        let active = self.client.active_element().await.unwrap();
        active.send_keys(keys).await.unwrap();
    }

    /// The browser's own log since the last call: console, or network.
    pub async fn log(&self, kind: &str) -> Vec<Value> {
        let command = Raw("se/log", json!({ "type": kind }));
        self.client
            .issue_cmd(command)
            .await
            .unwrap()
            .as_array()
            .unwrap()
            .clone()
    }

    /// A command of the browser's developer tools.
    pub async fn devtools(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.client
            .issue_cmd(Raw("goog/cdp/execute", body))
            .await
            .unwrap();
    }

    /// Waits until a button says this.
    pub async fn says(&self, button: &Element, text: &str) {
        let says = async || button.text().await.unwrap().starts_with(text);
        self.waits_until(text, says).await;
    }

    /// Follows the link of the login page.
    pub async fn leave(&self) {
        self.follow("Login with Eagle Eye Networks").await;
        self.arrives("Sandbox").await;
    }

    /// Goes on from the login page to the tokens.
    pub async fn log_in(&self) {
        self.leave().await;
        self.follow("Sign in").await;
        self.arrives("You are logged in").await;
    }

    pub async fn sign_in(&self, url: &str) {
        self.go(url).await;
        self.log_in().await;
    }

    /// Begins a login at a program and comes back with a code, past the authorization server.
    pub async fn come_back(&self, program: &Program) {
        self.go(&program.redirect_uri()).await;
        let link = "return document.querySelector('a.button').href.split('state=')[1]";
        let value = self.run(link).await;
        let state = value.as_str().unwrap();
        let callback = format!("{}/?code=c&state={state}", program.redirect_uri());
        self.go(&callback).await;
    }

    /// Emulates a medium and what the reader prefers.
    pub async fn emulate(&self, medium: &str, feature: &str, value: &str) {
        let features = json!([{ "name": feature, "value": value }]);
        let parameters = json!({ "media": medium, "features": features });
        self.devtools("Emulation.setEmulatedMedia", parameters)
            .await;
    }

    /// What a script gives for each element of a selector, as `e`.
    pub async fn each(&self, selector: &str, expression: &str) -> Vec<Value> {
        let script = format!(
            "return Array.from(document.querySelectorAll('{selector}'), e => ({expression}))"
        );
        let values = self.run(&script).await.as_array().unwrap().clone();
        assert!(!values.is_empty(), "there is no {selector}");
        values
    }

    /// Presses Tab.
    pub async fn tab(&self) {
        self.press(&char::from(Key::Tab).to_string()).await;
    }

    /// Presses Enter.
    pub async fn enter(&self) {
        self.press(&char::from(Key::Enter).to_string()).await;
    }
}

/// A command of Chromium's driver that is its own.
#[derive(Debug)]
struct Raw(&'static str, Value);

impl WebDriverCompatibleCommand for Raw {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.0
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.1.to_string()))
    }
}
