//! The token page: boxes, copy buttons, the folded refresh token, the time.

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::driver::Chromium;
use crate::support::Program;
use crate::with_tokens_of;

#[tokio::test]
async fn a_copy_button_copies_and_says_so() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.sign_in(&program.redirect_uri()).await;
    let paste = format!("{}v", char::from(Key::Control));
    browser
        .run("document.body.append(Object.assign(document.createElement('textarea'), {id: 'x'}))")
        .await;
    let field = browser.client.find(Locator::Css("#x")).await.unwrap();
    for source in ["token", "self-curl", "revoke-curl"] {
        let selector = format!("button[data-copy={source}]");
        let found = browser.client.find(Locator::Css(&selector)).await;
        let button = found.unwrap();
        button.click().await.unwrap();
        browser.says(&button, "Copied").await;
        let status = browser.each("#copied", "e.textContent").await;
        assert_eq!(status, ["Copied"]);
        field.clear().await.unwrap();
        field.send_keys(&paste).await.unwrap();
        let text = browser.each(&format!("#{source}"), "e.textContent").await;
        assert_eq!(browser.each("#x", "e.value").await, text);
    }
}

#[tokio::test]
async fn where_the_browser_refuses_to_copy_the_button_says_what_to_do() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.sign_in(&program.redirect_uri()).await;
    browser
        .run("navigator.clipboard.writeText = () => Promise.reject()")
        .await;
    let selector = Locator::Css("button[data-copy=self-curl]");
    let button = browser.client.find(selector).await.unwrap();
    button.click().await.unwrap();
    browser.says(&button, "Selected: press Ctrl+C").await;
    let selected = browser.run("return getSelection().toString()").await;
    let line = browser.each("#self-curl", "e.textContent").await;
    assert_eq!(selected, line[0]);
}

#[tokio::test]
async fn long_tokens_make_boxes_of_three_whole_lines_that_the_keyboard_scrolls() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    for length in [1_300, 4_000] {
        let server = with_tokens_of(length);
        let program = Program::against(&server.url());
        browser.come_back(&program).await;
        browser.arrives("You are logged in").await;
        open_all(&browser).await;
        let boxes = browser
            .each(
                ".box pre",
                "({ id: e.id, tabindex: e.tabIndex, label: e.ariaLabel, scrolls: e.scrollHeight > e.clientHeight })",
            )
            .await;
        for found in &boxes {
            assert_eq!(found["tabindex"], 0, "{found}");
            assert_eq!(found["scrolls"], true, "{found}");
            assert!(!found["label"].as_str().unwrap().is_empty(), "{found}");
        }
        assert_eq!(boxes.len(), 5);
        // Without their frames the boxes are as high as their lines: none is cut in half.
        let inside = "(e.clientHeight / parseFloat(getComputedStyle(e).lineHeight)).toFixed(1)";
        let lines = browser.each(".box pre", inside).await;
        assert!(lines.iter().all(|lines| lines == "3.0"), "{lines:?}");
        // What differs between the lines is seen at once.
        let url_is_seen = browser.each(
            ".box pre[id$=curl]",
            "e.scrollTop === 0 && e.textContent.startsWith('curl \"http')",
        );
        assert!(url_is_seen.await.iter().all(|seen| seen == true));

        for id in [
            "token",
            "self-curl",
            "refresh-token",
            "refresh-curl",
            "revoke-curl",
        ] {
            browser
                .run(&format!("document.getElementById('{id}').focus()"))
                .await;
            browser.press(&char::from(Key::End).to_string()).await;
            scrolled(&browser, id).await;
        }
        // JSON keeps its lines, and the long one goes on to the right.
        let empty_lines = "e.clientHeight / parseFloat(getComputedStyle(e).lineHeight) - e.textContent.split('\\n').length";
        let lines = browser.each("#oauth-object", empty_lines).await;
        assert!(lines[0].as_f64().unwrap() < 2.0, "{lines:?}");
        browser
            .run("document.getElementById('oauth-object').focus()")
            .await;
        browser.press(&char::from(Key::Right).to_string()).await;
        browser
            .waits_until("the long line moves", async || {
                browser.each("#oauth-object", "e.scrollLeft > 0").await == [true]
            })
            .await;
    }
}

/// Waits until a box shows its end.
async fn scrolled(browser: &Chromium, id: &str) {
    let at_the_end = "Math.abs(e.scrollHeight - e.clientHeight - e.scrollTop) < 2";
    browser
        .waits_until(&format!("#{id} shows its end"), async || {
            browser.each(&format!("#{id}"), at_the_end).await == [true]
        })
        .await;
}

async fn open_all(browser: &Chromium) {
    browser.each("details", "e.open = true").await;
}

#[tokio::test]
async fn the_refresh_token_is_folded_and_the_keyboard_unfolds_it() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let program = Program::start(&[]);
    browser.sign_in(&program.redirect_uri()).await;
    let text = browser.text().await;
    assert!(!text.contains("sandbox-refresh-"), "{text}");
    let answer = browser
        .each("#oauth-object", "JSON.parse(e.textContent)")
        .await;
    assert_eq!(answer[0]["refresh_token"], "…");
    let shown = browser.each("#oauth-object", "e.checkVisibility()").await;
    assert_eq!(shown, [true], "the answer is folded");

    browser
        .run("document.querySelector('summary').focus()")
        .await;
    browser.enter().await;
    let text = browser.text().await;
    assert!(text.contains("sandbox-refresh-"), "{text}");
    assert!(
        text.contains("A product never shows it to its users"),
        "{text}"
    );
    let focused = "const e = document.activeElement; return e.id || e.dataset.copy";
    for expected in [
        "refresh-token",
        "refresh-token",
        "refresh-curl",
        "refresh-curl",
    ] {
        browser.tab().await;
        assert_eq!(browser.run(focused).await, expected);
    }
}

#[tokio::test]
async fn the_time_of_expiry_stands_in_the_readers_own_time_zone_too() {
    let Some(browser) = Chromium::open(json!({})).await else {
        return;
    };
    let zone = json!({ "timezoneId": "Asia/Kathmandu" });
    browser
        .devtools("Emulation.setTimezoneOverride", zone)
        .await;
    let program = Program::start(&[]);
    browser.sign_in(&program.redirect_uri()).await;
    let sentences = browser.each(".expiry", "e.innerText").await;
    let sentence = sentences[0].as_str().unwrap();
    assert!(
        sentence.contains("12 hours") && sentence.contains("UTC"),
        "{sentence}"
    );
    assert!(sentence.contains("GMT+5:45"), "{sentence}");
    // Both are one time.
    let times: Value = browser
        .run(
            "const [, utc, local] = document.querySelector('.expiry').innerText
                 .match(/on (.*) \\(UTC\\), which is (.*) where you are/);
             return [Date.parse(utc), Date.parse(local)]",
        )
        .await;
    assert!(times[0].is_number(), "{sentence}");
    assert_eq!(times[0], times[1], "{sentence}");
}
