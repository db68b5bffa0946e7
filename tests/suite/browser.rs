//! A login in a real browser.
#![cfg(unix)]

use serde_json::json;

use crate::support::Program;
use crate::support::webdriver::Chromium;

/// Goes from the login page to the tokens.
fn log_in(chromium: &Chromium) {
    chromium.wait_for_title("Log in");
    chromium.click("a.button");
    chromium.wait_for_title("Sandbox: log in");
    chromium.click("a.button");
    chromium.wait_for_title("You are logged in");
}

#[test]
fn a_login_works_with_copy_and_back_and_without_a_message_in_the_console() {
    let Some(chromium) = Chromium::open() else {
        return;
    };
    let program = Program::start(&[]);
    let own_url = format!("http://{}", program.address);
    let permissions = json!({
        "origin": own_url,
        "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"],
    });
    chromium.devtools("Browser.grantPermissions", &permissions);
    let india = json!({ "timezoneId": "Asia/Kolkata" });
    chromium.devtools("Emulation.setTimezoneOverride", &india);

    // The other name is redirected, so that the login ends where it began.
    chromium.go(&format!("http://localhost:{}", program.address.port()));
    log_in(&chromium);
    let address_bar = chromium.evaluate("location.href");
    assert_eq!(address_bar, format!("{own_url}/"));

    // India is five and a half hours ahead of UTC.
    let expiry = chromium.evaluate("Number(document.getElementById('expiry').dataset.seconds)");
    let minutes = (expiry.as_u64().unwrap() / 60 + 330) % (24 * 60);
    let hour = (minutes / 60 + 11) % 12 + 1;
    let local_time = format!("{hour:02}:{:02}", minutes % 60);
    let text = chromium.text();
    assert!(text.contains(&local_time), "{local_time}: {text}");
    assert!(text.contains("(your time)"), "{text}");
    assert!(!text.contains("UTC"), "{text}");

    chromium.click("summary h2");
    let ids = "access-token user cameras refresh-token refresh revoke";
    for id in ids.split(' ') {
        chromium.click(&format!("[data-copy={id}]"));
        let says_copied =
            format!("document.querySelector('[data-copy={id}]').innerText.startsWith('Copied')");
        chromium.wait_until(&says_copied);
        let copied = chromium.evaluate("navigator.clipboard.readText()");
        let shown = chromium.evaluate(&format!("document.getElementById('{id}').textContent"));
        assert_eq!(copied, shown, "{id}");
    }

    // The API reference opens in another tab, so that the tokens stay.
    let token = chromium.evaluate("document.getElementById('access-token').innerText");
    let token = token.as_str().unwrap();
    assert!(token.starts_with("sandbox_access_"), "{token}");
    assert_eq!(chromium.tabs(), 1);
    chromium.click("a[href^='https://developer.eagleeyenetworks.com/']");
    assert_eq!(chromium.tabs(), 2);
    assert!(chromium.text().contains(token));

    // Neither Back nor Forward brings the tokens back.
    chromium.back();
    chromium.wait_for_title("Sandbox: log in");
    chromium.forward();
    chromium.wait_for_title("Log in");
    assert!(!chromium.text().contains(token));
    log_in(&chromium);
    chromium.go("about:blank");
    chromium.back();
    chromium.wait_for_title("Log in");
    assert!(!chromium.text().contains("sandbox_access_"));
    assert_eq!(chromium.console(), [""; 0]);

    // On the page of a failure, the one message is the browser's own about the status.
    for path in ["/x", "/?code=a&code=b", "/?code=a&state=b"] {
        chromium.go(&format!("{own_url}{path}"));
        let messages = chromium.console();
        assert_eq!(messages.len(), 1, "{path}: {messages:?}");
        assert!(messages[0].contains("a status of 4"), "{messages:?}");
    }

    // Without JavaScript, only the copy buttons, the local time and the clean address are missing.
    let disabled = json!({ "value": true });
    chromium.devtools("Emulation.setScriptExecutionDisabled", &disabled);
    chromium.go(&own_url);
    log_in(&chromium);
    let text = chromium.text();
    assert!(text.contains(" UTC"), "{text}");
    assert!(text.contains("sandbox_access_"), "{text}");
    assert!(!text.contains("Copy"), "{text}");
    assert_eq!(chromium.console(), [""; 0]);
}
