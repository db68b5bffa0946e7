//! The whole flow in a real browser: headless Chromium, driven through its driver.
//!
//! They need `chromium` and `chromedriver`; on Debian: `apt-get install chromium chromium-driver`.

mod support;

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

use support::stand_in::StandIn;
use support::{PATIENCE, Program, free_port, left_out};

/// A browser with a profile of its own.
struct Browser {
    client: Client,
    driver: Child,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = killpg(
            Pid::from_raw(self.driver.id().try_into().unwrap()),
            Signal::SIGKILL,
        );
        let _ = self.driver.wait();
    }
}

impl Browser {
    /// Opens a browser; `None`, with a line that says so, where there is none to open.
    async fn open(preferences: Value) -> Option<Self> {
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
        let capabilities = json!({
            "goog:chromeOptions": { "args": args, "prefs": preferences },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!()
        };
        let capabilities: Capabilities = capabilities;
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

    async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Clicks the link with this text.
    async fn follow(&self, text: &str) {
        self.client
            .find(Locator::LinkText(text))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
    }

    /// Waits for a page with this title.
    async fn arrives(&self, title: &str) {
        let arrived = async {
            while !self.client.title().await.unwrap().contains(title) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, arrived).await;
        assert!(
            in_time.is_ok(),
            "not {title:?} but {:?}",
            self.client.title().await
        );
    }

    async fn address(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    async fn run(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    /// The text of the page as a person sees it.
    async fn text(&self) -> String {
        self.client
            .find(Locator::Css("main"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    async fn press(&self, keys: &str) {
        let active = self.client.active_element().await.unwrap();
        active.send_keys(keys).await.unwrap();
    }

    /// The browser's own log since the last call: console, or network.
    async fn log(&self, kind: &str) -> Vec<Value> {
        let command = Raw("se/log", json!({ "type": kind }));
        self.client
            .issue_cmd(command)
            .await
            .unwrap()
            .as_array()
            .unwrap()
            .clone()
    }

    async fn devtools(&self, command: &str, parameters: Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.client
            .issue_cmd(Raw("goog/cdp/execute", body))
            .await
            .unwrap();
    }

    /// Waits until a button says this, for less time than it says it.
    async fn says(&self, button: &Element, text: &str) {
        let says = async {
            while !button.text().await.unwrap().starts_with(text) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(3), says).await;
        assert!(in_time.is_ok(), "it does not say {text:?}");
    }

    /// Follows the link of the login page.
    async fn leave(&self) {
        self.follow("Login with Eagle Eye Networks").await;
        self.arrives("Sandbox").await;
    }

    /// Goes on from the login page to the tokens.
    async fn log_in(&self) {
        self.leave().await;
        self.follow("Sign in").await;
        self.arrives("You are logged in").await;
    }

    async fn sign_in(&self, url: &str) {
        self.go(url).await;
        self.log_in().await;
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

#[tokio::test]
async fn the_whole_flow_from_localhost_ends_at_the_tokens_with_a_clean_address_and_no_message() {
    let Some(browser) = Browser::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    let uri = program.redirect_uri();
    browser
        .go(&format!("http://localhost:{}/", program.address.port()))
        .await;
    assert_eq!(browser.address().await, format!("{uri}/"));
    assert!(browser.client.title().await.unwrap().contains("Log in"));
    browser.log_in().await;
    assert_eq!(
        browser.address().await,
        format!("{uri}/"),
        "the code is still in the address bar"
    );
    let text = browser.text().await;
    assert!(
        text.contains("sandbox-access-") && !text.contains("sandbox-refresh-"),
        "{text}"
    );

    let console = browser.log("browser").await;
    assert!(console.is_empty(), "{console:?}");
    let sandbox = format!("http://{}/", program.sandbox());
    let mut requests = 0;
    for entry in browser.log("performance").await {
        let message: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
        if message["message"]["method"] == "Network.requestWillBeSent" {
            let url = message["message"]["params"]["request"]["url"]
                .as_str()
                .unwrap();
            let own = [
                &format!("http://localhost:{}/", program.address.port()),
                &format!("{uri}/"),
                &sandbox,
            ];
            let ours = own.iter().any(|own| url.starts_with(own.as_str()))
                || url.starts_with("data:")
                || url.starts_with("chrome:");
            assert!(ours, "a request to {url}");
            assert!(!url.ends_with("/favicon.ico"), "{url}");
            requests += 1;
        }
    }
    assert!(requests >= 4, "only {requests} requests were seen");
}

#[tokio::test]
async fn refusals_and_failures_have_their_pages_and_a_way_back() {
    let Some(browser) = Browser::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    let uri = program.redirect_uri();
    for (link, title, text) in [
        ("Refuse", "The login was refused", "access_denied"),
        (
            "Sign in, and come back with an expired code",
            "The code was not accepted",
            "expired",
        ),
        (
            "Sign in, and let the client’s credentials be wrong",
            "credentials were not accepted",
            "invalid_client",
        ),
    ] {
        browser.go(&uri).await;
        browser.leave().await;
        browser.follow(link).await;
        browser.arrives(title).await;
        let page = browser.text().await;
        assert!(
            page.contains(text) && page.contains("What to check"),
            "{page}"
        );
        assert_eq!(browser.address().await, format!("{uri}/"));
        browser.follow("Log in again").await;
        browser.arrives("Log in").await;
    }
}

#[tokio::test]
async fn reload_back_and_forward_lead_to_no_error_and_spend_no_code_twice() {
    let Some(browser) = Browser::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.sign_in(&program.redirect_uri()).await;
    browser.client.refresh().await.unwrap();
    browser.arrives("Log in").await;
    browser.client.back().await.unwrap();
    browser.arrives("Sandbox").await;
    browser.client.back().await.unwrap();
    browser.arrives("Log in").await;
    browser.client.forward().await.unwrap();
    browser.arrives("Sandbox").await;
    browser.client.forward().await.unwrap();
    browser.arrives("Log in").await;
    assert_eq!(
        program.log().matches("the second request: POST").count(),
        1,
        "{}",
        program.log()
    );
}

#[tokio::test]
async fn a_second_tab_does_not_spoil_the_first() {
    let Some(browser) = Browser::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.go(&program.redirect_uri()).await;
    let first = browser.client.window().await.unwrap();
    let second = browser.client.new_window(true).await.unwrap();
    browser
        .client
        .switch_to_window(second.handle)
        .await
        .unwrap();
    browser.go(&program.redirect_uri()).await;
    browser.client.switch_to_window(first).await.unwrap();
    browser.log_in().await;
}

#[tokio::test]
async fn a_copy_button_copies_and_says_so() {
    let Some(browser) = Browser::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.sign_in(&program.redirect_uri()).await;
    let token = browser
        .run("return document.getElementById('token').textContent")
        .await;
    let button = browser
        .client
        .find(Locator::Css("button[data-copy=token]"))
        .await
        .unwrap();
    button.click().await.unwrap();
    browser.says(&button, "Copied").await;
    let status = browser
        .run("return document.getElementById('copied').textContent")
        .await;
    assert_eq!(status, "Copied");
    browser
        .run("document.body.append(Object.assign(document.createElement('textarea'), {id: 'x'}))")
        .await;
    let field = browser.client.find(Locator::Css("#x")).await.unwrap();
    field
        .send_keys(&format!("{}v", char::from(Key::Control)))
        .await
        .unwrap();
    assert_eq!(
        browser
            .run("return document.getElementById('x').value")
            .await,
        token
    );
}

#[tokio::test]
async fn where_the_browser_refuses_to_copy_the_button_says_what_to_do() {
    let Some(browser) = Browser::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.sign_in(&program.redirect_uri()).await;
    browser
        .run("navigator.clipboard.writeText = () => Promise.reject()")
        .await;
    let button = browser
        .client
        .find(Locator::Css("button[data-copy=self-curl]"))
        .await
        .unwrap();
    button.click().await.unwrap();
    browser.says(&button, "Selected: press Ctrl+C").await;
    let selected = browser.run("return getSelection().toString()").await;
    assert!(
        selected
            .as_str()
            .unwrap()
            .starts_with("curl -H 'Authorization: Bearer "),
        "{selected}"
    );
}

#[tokio::test]
async fn without_javascript_the_flow_works_and_no_button_is_dead() {
    let preferences = json!({ "profile.managed_default_content_settings.javascript": 2 });
    let Some(browser) = Browser::open(preferences).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.sign_in(&program.redirect_uri()).await;
    assert!(
        browser.address().await.contains("?code="),
        "JavaScript is on"
    );
    assert!(browser.text().await.contains("sandbox-access-"));
    for button in browser
        .client
        .find_all(Locator::Css("button"))
        .await
        .unwrap()
    {
        assert!(!button.is_displayed().await.unwrap());
    }
}

#[tokio::test]
async fn the_keyboard_alone_is_enough() {
    let Some(browser) = Browser::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.go(&program.redirect_uri()).await;
    let tab = char::from(Key::Tab).to_string();
    let enter = char::from(Key::Enter).to_string();
    for (page, link) in [
        ("Log in", "Login with Eagle Eye Networks"),
        ("Sandbox", "Sign in"),
    ] {
        browser.arrives(page).await;
        browser.press(&tab).await;
        let focus = "const s = getComputedStyle(document.activeElement); return [document.activeElement.textContent, s.outlineStyle]";
        assert_eq!(
            browser.run(focus).await,
            json!([link, "solid"]),
            "focus does not show on the first link"
        );
        browser.press(&enter).await;
    }
    browser.arrives("You are logged in").await;
    browser.press(&tab).await;
    assert_eq!(
        browser
            .run("return document.activeElement.dataset.copy")
            .await,
        "token"
    );
    let mut reached = Vec::new();
    for _ in 0..6 {
        browser.press(&tab).await;
        reached.push(browser.run("return document.activeElement.tagName").await);
    }
    assert_eq!(
        reached,
        ["BUTTON", "BUTTON", "SUMMARY", "SUMMARY", "A", "BODY"]
    );
}

#[tokio::test]
async fn at_320_px_no_page_scrolls_sideways() {
    let Some(browser) = Browser::open(json!({})).await else {
        return;
    };
    let token = "x".repeat(3000);
    let server = StandIn::new(move |connection| {
        connection.json(format!(
            r#"{{"access_token":"{token}","refresh_token":"{token}","expires_in":43198,"httpsBaseUrl":{{"hostname":"api.c001.eagleeyenetworks.com","port":443}}}}"#
        ));
    });
    let program = Program::start(&[]);
    let other = Program::against(&server.url());
    let metrics = json!({ "width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": true });
    browser
        .devtools("Emulation.setDeviceMetricsOverride", metrics)
        .await;
    let fits = async |page: &str| {
        let widths = browser
            .run("return [innerWidth, document.documentElement.scrollWidth]")
            .await;
        assert_eq!(widths, json!([320, 320]), "{page}");
    };
    browser.go(&program.redirect_uri()).await;
    fits("login").await;
    browser.leave().await;
    fits("sign in").await;
    browser.go(&other.redirect_uri()).await;
    let state = browser
        .run("return document.querySelector('a.button').href.split('state=')[1]")
        .await;
    let callback = format!(
        "{}/?code=c&state={}",
        other.redirect_uri(),
        state.as_str().unwrap()
    );
    browser.go(&callback).await;
    browser.arrives("You are logged in").await;
    browser
        .run("document.querySelectorAll('details').forEach(d => { d.open = true })")
        .await;
    fits("tokens").await;
    browser.go(&callback).await;
    browser.arrives("did not begin").await;
    fits("failure").await;
}
