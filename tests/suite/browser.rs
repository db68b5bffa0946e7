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

    // The other name is redirected, so that the login ends where it began.
    chromium.go(&format!("http://localhost:{}", program.address.port()));
    log_in(&chromium);
    assert_eq!(
        chromium.evaluate("location.href"),
        format!("{own_url}/"),
        "no code in the address"
    );
    let text = chromium.text();
    assert!(
        text.contains("(your time)") && !text.contains("UTC"),
        "{text}"
    );
    let token = chromium.evaluate("document.getElementById('access-token').innerText");
    assert!(
        token.as_str().unwrap().starts_with("sandbox_access_"),
        "{token}"
    );

    chromium.click("summary h2");
    for id in [
        "access-token",
        "user",
        "cameras",
        "refresh-token",
        "refresh",
        "revoke",
    ] {
        chromium.click(&format!("[data-copy={id}]"));
        let says_copied =
            format!("document.querySelector('[data-copy={id}]').innerText.startsWith('Copied')");
        chromium.wait_until(&says_copied);
        let copied = chromium.evaluate("navigator.clipboard.readText()");
        let shown = chromium.evaluate(&format!("document.getElementById('{id}').textContent"));
        assert_eq!(copied, shown, "{id}");
    }

    // The Back button does not bring the tokens back.
    let token = token.as_str().unwrap();
    chromium.go("about:blank");
    chromium.back();
    chromium.wait_for_title("Log in");
    assert!(!chromium.text().contains(token));
    assert_eq!(chromium.console(), [""; 0]);

    // Without JavaScript, only the copy buttons, the local time and the clean address are missing.
    chromium.devtools(
        "Emulation.setScriptExecutionDisabled",
        &json!({ "value": true }),
    );
    chromium.go(&own_url);
    chromium.wait_for_title("Log in");
    log_in(&chromium);
    let text = chromium.text();
    assert!(
        text.contains("(UTC)") && text.contains("sandbox_access_"),
        "{text}"
    );
    assert!(!text.contains("Copy"), "{text}");
}
