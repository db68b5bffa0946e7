//! The way through the pages.

use serde_json::{Value, json};

use crate::driver::Chromium;
use crate::support::Program;

const FINISHED: &str = "This login is finished or has expired";

#[tokio::test]
async fn the_whole_flow_from_localhost_ends_at_the_tokens_with_a_clean_address_and_no_message() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    let uri = program.redirect_uri();
    let localhost = format!("http://localhost:{}/", program.address.port());
    browser.go(&localhost).await;
    assert_eq!(browser.address().await, format!("{uri}/"));
    browser.arrives("Log in").await;
    browser.log_in().await;
    let address = browser.address().await;
    assert_eq!(address, format!("{uri}/"), "the code is still there");
    let text = browser.text().await;
    assert!(
        text.contains("sandbox-access-") && !text.contains("sandbox-refresh-"),
        "{text}"
    );

    let console = browser.log("browser").await;
    assert!(console.is_empty(), "{console:?}");
    let own = [
        localhost,
        format!("{uri}/"),
        format!("http://{}/", program.sandbox()),
        "data:".to_owned(),
        "chrome:".to_owned(),
    ];
    let mut requests = 0;
    for entry in browser.log("performance").await {
        let text = entry["message"].as_str().unwrap();
        let event: Value = serde_json::from_str(text).unwrap();
        let message = &event["message"];
        if message["method"] == "Network.requestWillBeSent" {
            let url = message["params"]["request"]["url"].as_str().unwrap();
            let is_own = own.iter().any(|own| url.starts_with(own));
            assert!(is_own, "a request to {url}");
            requests += 1;
        }
    }
    assert!(requests >= 4, "only {requests} requests were seen");
}

#[tokio::test]
async fn the_failures_can_be_seen_one_after_the_other_and_back_to_another_choice_is_explained() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    let uri = program.redirect_uri();
    browser.go(&uri).await;
    for (choice, title, text) in [
        ("Refuse", "The login was refused", "access_denied"),
        (
            "Sign in, and come back with an expired code",
            "The code was not accepted",
            "400 invalid_grant: The code has expired",
        ),
        (
            "Sign in, and let the client’s credentials be wrong",
            "The credentials were not accepted",
            "401 invalid_client",
        ),
    ] {
        browser.leave().await;
        browser.follow(choice).await;
        browser.arrives(title).await;
        let page = browser.text().await;
        assert!(
            page.contains(text) && page.contains("What to check"),
            "{page}"
        );
        assert_eq!(browser.address().await, format!("{uri}/"));

        browser.client.back().await.unwrap();
        browser.arrives("Sandbox: sign in").await;
        browser.follow("Sign in").await;
        browser.arrives(FINISHED).await;
        assert_eq!(browser.address().await, format!("{uri}/"));
        let page = browser.text().await;
        assert!(page.contains("You used the Back button"), "{page}");

        browser.follow("Log in again").await;
        browser.arrives("Log in").await;
    }
    browser.log_in().await;
}

#[tokio::test]
async fn reload_back_and_forward_lead_to_no_error_and_spend_no_code_twice() {
    let Some(browser) = Chromium::open(json!({})).await else {
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
    let log = program.log();
    assert_eq!(log.matches("the second request: POST").count(), 1, "{log}");
}

#[tokio::test]
async fn a_token_page_that_was_left_does_not_come_back_with_the_tokens() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    let uri = program.redirect_uri();
    browser.sign_in(&uri).await;
    browser.go(&format!("{uri}/another-page")).await;
    browser.client.back().await.unwrap();
    browser.arrives("Log in").await;
    // The page before it was left as well.
    browser.log_in().await;
    browser.client.back().await.unwrap();
    browser.arrives("Sandbox").await;
    browser.client.forward().await.unwrap();
    browser.arrives("Log in").await;
}

#[tokio::test]
async fn a_second_tab_does_not_spoil_the_first_and_finds_the_login_finished_after_it() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.go(&program.redirect_uri()).await;
    let first = browser.client.window().await.unwrap();
    let second = browser.client.new_window(true).await.unwrap().handle;
    browser
        .client
        .switch_to_window(second.clone())
        .await
        .unwrap();
    browser.go(&program.redirect_uri()).await;
    browser.client.switch_to_window(first).await.unwrap();
    browser.log_in().await;
    browser.client.switch_to_window(second).await.unwrap();
    browser.leave().await;
    browser.follow("Sign in").await;
    browser.arrives(FINISHED).await;
    let page = browser.text().await;
    assert!(page.contains("A second tab"), "{page}");
}

#[tokio::test]
async fn without_javascript_the_flow_works_no_button_is_dead_and_a_reload_is_explained() {
    let preferences = json!({ "profile.managed_default_content_settings.javascript": 2 });
    let Some(browser) = Chromium::open(preferences).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.sign_in(&program.redirect_uri()).await;
    let address = browser.address().await;
    assert!(address.contains("?code="), "JavaScript is on");
    assert!(browser.text().await.contains("sandbox-access-"));
    let displayed = browser.each("button", "getComputedStyle(e).display").await;
    assert!(
        displayed.iter().all(|value| value == "none"),
        "{displayed:?}"
    );
    // The room for a button is not kept either.
    let room = browser
        .each(".box pre", "getComputedStyle(e).paddingRight")
        .await;
    assert!(room.iter().all(|value| value == "14px"), "{room:?}");
    browser.client.refresh().await.unwrap();
    browser.arrives(FINISHED).await;
    assert!(browser.text().await.contains("You reloaded a page"));
}

#[tokio::test]
async fn the_keyboard_alone_is_enough() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.go(&program.redirect_uri()).await;
    for (page, link) in [
        ("Log in", "Login with Eagle Eye Networks"),
        ("Sandbox", "Sign in"),
    ] {
        browser.arrives(page).await;
        browser.tab().await;
        let focus = "const e = document.activeElement; return [e.textContent, getComputedStyle(e).outlineStyle]";
        let found = browser.run(focus).await;
        assert_eq!(found, json!([link, "solid"]), "the focus does not show");
        browser.enter().await;
    }
    browser.arrives("You are logged in").await;
    let focused = "const e = document.activeElement; return e.id || e.dataset.copy || e.tagName";
    for expected in [
        "token",
        "token",
        "oauth-object",
        "self-curl",
        "self-curl",
        "SUMMARY",
        "revoke-curl",
        "revoke-curl",
        "A",
        "BODY",
    ] {
        browser.tab().await;
        assert_eq!(browser.run(focused).await, expected);
    }
}
