//! The pages of failures: what the server said stands right under the title, then what to check, then
//! the way back.

use crate::support::stand_in::{Connection, StandIn};
use crate::support::{Program, Response, unescaped};

/// The page of an exchange that is answered so.
fn answered(status: &'static str, body: &'static str) -> Response {
    let server = StandIn::answering(status, body);
    Program::against(&server.url()).browser().log_in("c")
}

/// The line right under the title of a failure.
fn headline(page: &Response) -> String {
    let (_, after_title) = page.body.split_once("</h1>").unwrap();
    let tag = "<p class=\"reported\">";
    let after_tag = after_title.trim_start().strip_prefix(tag);
    let begin = after_tag.unwrap_or_else(|| panic!("no line under the title: {}", page.body));
    let (line, _) = begin.split_once("</p>").unwrap();
    unescaped(&line.replace("<code>", "").replace("</code>", ""))
}

/// What is shown of a body that is no error of RFC 6749.
fn start_of_body(page: &Response) -> String {
    let (_, from_attributes) = page
        .body
        .split_once("<pre class=\"reported-body\"")
        .unwrap();
    let (_, after_tag) = from_attributes.split_once('>').unwrap();
    unescaped(after_tag.split_once("</pre>").unwrap().0)
}

/// Title, advice and way back.
fn is_failure(page: &Response, status: u16, title: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    assert_eq!(page.title(), format!("{title} – een-login"));
    let heading = format!("<h1 class=\"failed\">{title}</h1>");
    assert!(page.body.contains(&heading), "{}", page.body);
    assert!(
        page.body.contains("<h2>What to check</h2>"),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("href=\"/\">Log in again</a>"),
        "{}",
        page.body
    );
}

#[test]
fn an_error_of_the_token_endpoint_stands_right_under_the_title() {
    let page = answered(
        "400 Bad Request",
        r#"{"error":"invalid_grant","error_description":"The code has expired"}"#,
    );
    is_failure(&page, 502, "The code was not accepted");
    assert_eq!(headline(&page), "400 invalid_grant: The code has expired");
    let page = answered("401 Unauthorized", r#"{"error":"invalid_client"}"#);
    is_failure(&page, 502, "The credentials were not accepted");
    assert_eq!(headline(&page), "401 invalid_client");
    let page = answered(
        "400 x",
        r#"{"error":"invalid_<b>\u001b","error_description":"\"<script>\u202e"}"#,
    );
    is_failure(&page, 502, "The token endpoint answered with an error");
    assert_eq!(
        headline(&page),
        "400 invalid_<b>\u{fffd}: \"<script>\u{fffd}"
    );
    assert!(!page.body.contains("invalid_<b>"), "{}", page.body);
}

#[test]
fn the_advice_that_fits_the_error_comes_first() {
    let advice = |page: &Response| {
        let text = page.text();
        text.split_once("What to check")
            .unwrap()
            .1
            .trim()
            .to_owned()
    };
    let page = answered("401 Unauthorized", r#"{"error":"invalid_client"}"#);
    assert!(
        advice(&page).starts_with("CLIENT_ID and CLIENT_SECRET"),
        "{}",
        advice(&page)
    );
    let page = answered("400 Bad Request", r#"{"error":"invalid_grant"}"#);
    assert!(
        advice(&page).starts_with("A code works once"),
        "{}",
        advice(&page)
    );
}

#[test]
fn an_error_that_is_not_rfc_6749s_has_its_status_and_the_start_of_its_body() {
    let page = answered("500 My own <words>", "<html><h1>Oh no");
    is_failure(&page, 502, "The token endpoint answered with an error");
    assert_eq!(headline(&page), "500 Internal Server Error");
    assert_eq!(start_of_body(&page), "<html><h1>Oh no");
    assert!(!page.body.contains("My own"), "{}", page.body);
    let page = answered("400 Bad Request", r#"{"message":"no"}"#);
    assert_eq!(start_of_body(&page), r#"{"message":"no"}"#);
    // A status that nobody has given a phrase to.
    let page = answered("499 x", "");
    assert_eq!(headline(&page), "499");
    assert!(!page.body.contains("reported-body\""), "{}", page.body);
}

#[test]
fn only_the_start_of_a_body_is_shown_and_nothing_that_cannot_be_seen() {
    let server = StandIn::new(|connection| {
        let body = "\u{1b}[31m\0\u{202e}\u{85}".to_owned() + &"x".repeat(60_000);
        connection.answer("400 Bad Request", "", body);
    });
    let page = Program::against(&server.url()).browser().log_in("c");
    let shown = start_of_body(&page);
    assert!(
        shown.starts_with("\u{fffd}[31m\u{fffd}\u{fffd}\u{fffd}x"),
        "{shown}"
    );
    assert!(shown.len() < 1000, "not only the start is shown");
}

#[test]
fn an_answer_that_is_not_json_is_shown_from_its_start() {
    let page = answered("200 OK", "<html>Sign in to the network");
    is_failure(&page, 502, "The answer is not JSON");
    assert_eq!(start_of_body(&page), "<html>Sign in to the network");
}

#[test]
fn an_error_that_came_back_with_the_browser_stands_right_under_the_title() {
    let program = Program::start(&[]);
    let mut browser = program.browser();
    let state = browser.begin();
    let query = "error=access_denied&error_description=No+%26+%22never%22";
    let page = browser.get(&format!("/?{query}&state={state}"));
    is_failure(&page, 403, "The login was refused");
    assert_eq!(headline(&page), "access_denied: No & \"never\"");
}

#[test]
fn an_answer_without_tokens_has_a_title_that_says_why_and_its_advice() {
    type Act = fn(&mut Connection);
    let table: [(&str, Act); 4] = [
        ("The connection broke", |_| {}),
        ("The answer is not JSON", |connection| connection.json("x")),
        ("The answer has no access token", |connection| {
            connection.json("{}");
        }),
        ("The answer is larger than 64 KiB", |connection| {
            connection.json(" ".repeat(65_537));
        }),
    ];
    for (title, act) in table {
        let server = StandIn::new(act);
        let page = Program::against(&server.url()).browser().log_in("c");
        is_failure(&page, 502, title);
    }
}

#[test]
fn callbacks_that_are_refused_have_advice_and_the_way_to_log_in_again() {
    let program = Program::start(&[]);
    let mut browser = program.browser();
    browser.begin();
    is_failure(
        &browser.get("/?code=c"),
        400,
        "This login did not begin in this browser",
    );
    is_failure(
        &program.get("/?code=c"),
        400,
        "This login is finished or has expired",
    );
    is_failure(
        &program.get("/?code=%zz"),
        400,
        "This address cannot be read",
    );
}
