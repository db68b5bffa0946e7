//! What is the same on every page, and the token page.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::digest::{SHA256, digest};

use crate::support::http::{Response, between, request, split_url};
use crate::support::{CLIENT_ID, Program, Server, assert_in_order, assert_none};

/// Checks what is the same on every page.
fn check_page(page: &Response) {
    let table = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
    ];
    for (name, value) in table {
        assert_eq!(page.header(name), Some(value), "{name}: {page:?}");
    }
    let hash = |tag: &str| {
        let text = between(&page.body, &format!("<{tag}>"), &format!("</{tag}>"));
        BASE64_STANDARD.encode(digest(&SHA256, text.as_bytes()))
    };
    let expected = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash("style"),
        hash("script")
    );
    assert_eq!(
        page.header("content-security-policy"),
        Some(expected.as_str())
    );

    // Nothing else runs, and nothing is loaded.
    let main = between(&page.body, "<body", "<script>");
    assert_eq!(page.body.matches("<script").count(), 1);
    assert_eq!(page.body.matches("<style").count(), 1);
    assert_eq!(page.body.matches("<link").count(), 1);
    assert!(page.body.contains("<link rel=\"icon\" href=\"data:"));
    let style = between(&page.body, "<style>", "</style>");
    assert_none(style, &["@import", "url("]);
    for part in [" on", " style=", "javascript:", " src="] {
        let tags = main.split('<').filter_map(|tag| tag.split('>').next());
        assert!(
            !tags.into_iter().any(|tag| tag.contains(part)),
            "{part} in {page:?}"
        );
    }
}

#[test]
fn every_page_has_the_same_headers_and_runs_only_its_own_script() {
    let program = Program::start(&[]);
    let mut browser = program.browser();
    let login = browser.get("/");
    let (sandbox, target) = split_url(&login.link("Login with Eagle Eye Networks"));
    let at_sandbox = |target: &str| request(sandbox, "GET", target, &[], "");
    let pages = [
        login,
        browser.request("POST", "/", &[]),
        browser.get("/x"),
        browser.get("/?code=a&code=b"),
        browser.get("/?code=a&state=b"),
        program.browser().get("/?code=a&state=b"),
        browser.log_in_at_sandbox("Refuse"),
        browser.log_in_at_sandbox("The code has expired"),
        browser.log_in_at_sandbox("Log in"),
        request(program.address, "GET", "/", &[("Host", "app.example")], ""),
        at_sandbox(&target),
        at_sandbox("/oauth2/authorize"),
    ];
    for page in &pages {
        check_page(page);
    }
    for page in &pages[..10] {
        assert!(page.body.contains(" href=\"/\">"), "{page:?}");
    }
}

/// The token page for a token response.
fn token_page(body: &'static str) -> (Program, Server, Response) {
    let server = Server::responding("200 OK", body);
    let program = Program::against(&server, &[]);
    let page = program.browser().log_in("the-code");
    assert_eq!(page.status, 200, "{page:?}");
    (program, server, page)
}

#[test]
fn the_token_page_has_its_parts_in_order() {
    let (program, server, page) = token_page(
        r#"{"access_token":"eyJ.a-b_c","expires_in":43198,"refresh_token":"r-1/+=","httpsBaseUrl":{"hostname":"api.c001.eagleeyenetworks.com","port":443},"x":1.50,"big":12345678901234567890123}"#,
    );
    check_page(&page);
    let auth_url = server.url();
    let base_url = "https://api.c001.eagleeyenetworks.com";
    let text = page.text();
    let parts = [
        "You are logged in",
        "Access token",
        "eyJ.a-b_c",
        "It expires in 12 hours, on ",
        " UTC",
        "A reload discards the tokens",
        "Make your first call",
        &format!("curl \"{base_url}/api/v3.0/users/self\" -H \"Authorization: Bearer eyJ.a-b_c\""),
        &format!("curl \"{base_url}/api/v3.0/cameras\" -H \"Authorization: Bearer eyJ.a-b_c\""),
        base_url,
        "curl.exe",
        "API reference",
        "What happened",
        &format!("http://{}/?code=the-code&state=", program.address),
        &format!("POST {auth_url}/oauth2/token"),
        "code=the-code",
        "Authorization: Basic ***",
        "200 OK",
        "oauthObject",
        "{\n  \"access_token\": \"eyJ.a-b_c\",\n  \"expires_in\": 43198,\n  \"refresh_token\": \"…\",",
        "\"x\": 1.50,\n  \"big\": 12345678901234567890123\n}",
        "Refresh token",
        "A product never shows it to its users.",
        "r-1/+=",
        "ends both old tokens",
        &format!(
            "curl \"{auth_url}/oauth2/token\" -u \"{CLIENT_ID}\" -d \"grant_type=refresh_token\" -d \"scope=vms.all\" --data-urlencode \"refresh_token=r-1/+=\""
        ),
        "the newest one",
        &format!(
            "curl \"{auth_url}/oauth2/revoke\" -u \"{CLIENT_ID}\" --data-urlencode \"token=r-1/+=\""
        ),
    ];
    assert_in_order(&text, &parts);
    let reference = between(&page.body, "<a href=\"https://developer", ">API reference");
    assert!(reference.contains("target=\"_blank\""), "{reference}");
    assert!(!text.contains("sandbox"), "{text}");
}

#[test]
fn the_token_page_shows_the_callback_as_it_came() {
    let server = Server::good();
    let program = Program::against(&server, &[]);
    let mut browser = program.browser();
    let state = browser.begin();
    let callback = format!("/?code=a%26b&state={state}");
    let page = browser.get(&callback);
    let expected = format!("http://{}{callback}", program.address);
    assert!(page.text().contains(&expected), "{page:?}");
}

#[test]
fn what_did_not_come_is_left_out() {
    let (_program, server, page) = token_page(
        r#"{"access_token":"t","expires_in":"43198","refresh_token":7,"httpsBaseUrl":{"hostname":"a"}}"#,
    );
    let text = page.text();
    assert_none(&text, &["expires in", "first call", "Refresh token"]);
    let revoke = format!(
        "curl \"{}/oauth2/revoke\" -u \"{CLIENT_ID}\" --data-urlencode \"token=t\"",
        server.url()
    );
    assert!(text.contains(&revoke), "{text}");
    assert!(text.contains("\"refresh_token\": 7"), "{text}");
}

#[test]
fn a_port_other_than_443_is_a_part_of_the_base_url() {
    let (.., page) =
        token_page(r#"{"access_token":"t","httpsBaseUrl":{"hostname":"a.example","port":8443}}"#);
    assert!(
        page.text()
            .contains("curl \"https://a.example:8443/api/v3.0/users/self\""),
        "{page:?}"
    );
}

#[test]
fn a_curl_line_with_what_a_shell_would_change_is_left_out() {
    let (.., page) = token_page(
        r#"{"access_token":"a$b","refresh_token":"c`d","httpsBaseUrl":{"hostname":"a.example","port":443}}"#,
    );
    let text = page.text();
    assert!(!text.contains("curl \""), "{text}");
    assert!(text.contains("a$b") && text.contains("c`d"), "{text}");
}

#[test]
fn what_comes_from_outside_is_escaped() {
    let (.., page) = token_page(
        r#"{"access_token":"<script>'\"\u0000\u001b\u0085&","refresh_token":"</pre><b>","httpsBaseUrl":{"hostname":"<i>","port":443}}"#,
    );
    check_page(&page);
    assert_none(&page.body, &["<b>", "<i>", "\u{1b}", "\u{85}", "\0"]);
    assert!(
        page.body
            .contains("&lt;script&gt;&#39;&quot;\u{fffd}\u{fffd}\u{fffd}&amp;"),
        "{page:?}"
    );
}

#[test]
fn at_the_sandbox_the_page_tells_the_secret_once() {
    let program = Program::start(&[]);
    let page = program.browser().log_in_at_sandbox("Log in");
    assert!(page.body.contains("<strong>Sandbox.</strong>"), "{page:?}");
    assert_eq!(page.body.matches("sandbox-secret").count(), 1);
    let sandbox = program.sandbox();
    let line = format!(
        "curl \"{sandbox}/api/v3.0/users/self\" -H \"Authorization: Bearer sandbox_access_"
    );
    assert!(page.text().contains(&line), "{page:?}");
}
