//! What every page has.

use crate::support::html::{inline_code, loaded, tags};
use crate::support::stand_in::StandIn;
use crate::support::{Program, Response, request};

/// The headers and the markup that every page has.
fn is_page(page: &Response) {
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-opener-policy", "same-origin"),
    ];
    for (name, value) in headers {
        assert_eq!(page.header(name), Some(value), "{name}: {page:?}");
    }
    has_strict_policy(page);
    let nonce = page.nonce();
    assert!(page.body.starts_with("<!doctype html>"), "{}", page.body);
    assert_eq!(inline_code(&page.body, nonce), [""; 0]);
    assert_eq!(loaded(&page.body), [""; 0]);
    let icon = |tag: &crate::support::html::Tag| {
        tag.attribute("rel") == Some("icon") && tag.attribute("href") == Some("data:,")
    };
    assert!(
        tags(&page.body).iter().any(icon),
        "browsers would ask for an icon"
    );
}

fn has_strict_policy(page: &Response) {
    let policy = page.header("content-security-policy").unwrap();
    let directives: Vec<_> = policy.split("; ").collect();
    let nonce = page.nonce();
    assert!(nonce.len() >= 22, "too short to be hard to guess: {nonce}");
    for directive in [
        "default-src 'none'",
        &format!("style-src 'nonce-{nonce}'"),
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(directives.contains(&directive), "{directive}: {policy}");
    }
    for lax in ["unsafe", "*", "http", "self"] {
        assert!(!policy.contains(lax), "{lax}: {policy}");
    }
}

#[test]
fn every_page_has_the_same_headers_and_no_inline_code_and_loads_nothing() {
    let server = StandIn::good();
    let broken = StandIn::answering("500 Internal Server Error", "<h1>oh</h1>");
    let program = Program::against(&server.url());
    let failing = Program::against(&broken.url());
    let sandboxed = Program::start(&[]);
    let mut browser = program.browser();
    let state = browser.begin();
    let sign_in = sandboxed.get("/").links()[0].clone();
    let sandbox = sandboxed.sandbox().parse().unwrap();
    let target = sign_in.split_once(&sandboxed.sandbox()).unwrap().1;
    let pages = [
        program.get("/"),
        request(program.address, "GET", "/", &[("Host", "localhost")]),
        program.get("/?code=x"),
        program.get("/?code=%zz"),
        program.get("/x"),
        request(program.address, "POST", "/", &[]),
        browser.get("/?code=x"),
        browser.get(&format!("/?error=e&state={state}")),
        browser.log_in("c"),
        failing.browser().log_in("c"),
        sandboxed.get("/"),
        sandboxed.get("/?code=x"),
        request(sandbox, "GET", target, &[]),
        request(sandbox, "GET", "/oauth2/authorize", &[]),
        request(sandbox, "POST", target, &[]),
        request(sandbox, "GET", "/x", &[]),
    ];
    for page in &pages {
        is_page(page);
    }
    assert_ne!(
        pages[0].nonce(),
        program.get("/").nonce(),
        "a nonce was used twice"
    );
}

#[test]
fn the_headers_are_on_the_answer_to_head_too() {
    let program = Program::start(&[]);
    let head = request(program.address, "HEAD", "/", &[]);
    assert_eq!(head.header("cache-control"), Some("no-store"));
    has_strict_policy(&head);
}

#[test]
fn after_any_callback_the_address_bar_loses_its_query() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let mut browser = program.browser();
    browser.begin();
    let pages = [
        browser.get("/?code=x"),
        browser.log_in("c"),
        program.get("/?code=x"),
        program.get("/?code=%zz"),
        program.get("/?error=x"),
    ];
    for page in pages {
        // That it does so is tried in a browser.
        assert!(
            page.body.contains("history.replaceState"),
            "{}",
            page.title()
        );
    }
}

#[test]
fn the_check_for_inline_code_sees_it_in_every_form() {
    let runs = [
        "<body onload=x()>",
        "<p\nOnClick = 'x()'>",
        "<img alt=\"a>b\" onerror=\"x\">",
        "<svg/onload=x>",
        "<a href=\"JavaScript:x()\">",
        "<a href=' javascript:x()'>",
        "<p style=\"color:red\">",
        "<script>x()</script>",
        "<script nonce=\"other\">x()</script>",
        "<style>p{}</style>",
        "<iframe srcdoc=\"x\">",
        "<script nonce=\"n\">\"<p>\"</script><p onfocus=x>",
    ];
    for html in runs {
        assert_eq!(inline_code(html, "n").len(), 1, "{html}");
    }
    let harmless = [
        "<p title=\"a onload=x\">onload=x</p>",
        "<script nonce=\"n\">if (a<b) \"<p onload=x>\"</script>",
        "<style nonce='n'>p{}</style>",
        "a < b onload=x>",
        "&lt;p onload=x&gt;",
    ];
    for html in harmless {
        assert_eq!(inline_code(html, "n"), [""; 0], "{html}");
    }
    let loads = [
        "<script nonce=n src=/x.js>",
        "<link rel=icon href=/favicon.ico>",
        "<img src='https://x/'>",
        "<style>@import 'x'</style>",
    ];
    for html in loads {
        assert_eq!(loaded(html).len(), 1, "{html}");
    }
    assert_eq!(
        loaded("<a href=\"https://x\"><link href=\"data:,\">"),
        [""; 0]
    );
}
