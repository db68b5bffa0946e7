//! No row of the route table shows a secret, at any level of the log.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

use crate::support::authority::Authority;
use crate::support::stand_in::{StandIn, TOKENS};
use crate::support::{CLIENT_SECRET, CREDENTIALS, Program, between, request, unescaped};

/// Every form in which the secret could be read.
fn forms_of_the_secret() -> Vec<String> {
    vec![
        CLIENT_SECRET.to_owned(),
        in_json_escapes(CLIENT_SECRET),
        CREDENTIALS.trim_end_matches('=').to_owned(),
        BASE64_STANDARD_NO_PAD.encode(CLIENT_SECRET),
    ]
}

/// A text with every character written as JSON can: `\u0061`.
fn in_json_escapes(text: &str) -> String {
    let escapes = text.chars().map(|c| format!("\\u{:04x}", u32::from(c)));
    escapes.collect()
}

fn has_no_secret(text: &str) {
    for secret in forms_of_the_secret() {
        assert!(!text.contains(&secret), "{secret} in {text}");
        assert!(!unescaped(text).contains(&secret), "{secret} in {text}");
    }
}

#[test]
fn a_certificate_that_has_the_client_secret_for_a_name_shows_it_nowhere() {
    let authority = Authority::new();
    let config = authority.server(&format!("{CLIENT_SECRET}.example"), |_| {});
    let server = StandIn::tls(config, |connection| connection.json(TOKENS));
    let file = authority.file();
    let settings = [("SSL_CERT_FILE", file.to_str().unwrap())];
    let program = Program::with(&server.url(), &settings);
    let page = program.browser().log_in("c");
    assert_eq!(page.status, 502);
    assert!(page.text().contains("***.example"), "{}", page.text());
    has_no_secret(&page.body);
    has_no_secret(&program.wait_for("no tokens: "));
}

#[test]
fn no_page_and_no_log_has_the_client_secret_and_at_info_no_code_state_or_token() {
    let server = StandIn::new(|connection| match connection.parameter("code").as_str() {
        "CODE-400" => connection.answer(
            "400 Bad Request",
            "",
            r#"{"error":"invalid_grant CODE-400"}"#,
        ),
        "CODE-500" => connection.answer("500 Internal Server Error", "", "CODE-500 TOKEN-1"),
        "CODE-broken" => connection.reset(),
        "CODE-json" => connection.json("{\"access_token\": TOKEN-1"),
        "CODE-none" => connection.json(r#"{"refresh_token":"TOKEN-2"}"#),
        "CODE-large" => connection.json("TOKEN-1".repeat(20_000)),
        _ => connection.json(r#"{"access_token":"TOKEN-1","refresh_token":"TOKEN-2"}"#),
    });
    for level in ["off", "error", "warn", "info", "debug", "trace"] {
        let program = Program::with_level(&server.url(), level);
        let mut pages = vec![
            program.get("/"),
            program.get("/x?code=CODE-path"),
            program.get("/?code=%zzCODE-bad"),
            request(program.address, "HEAD", "/?code=CODE-head", &[]),
            request(program.address, "POST", "/?code=CODE-post", &[]),
            request(program.address, "GET", "/", &[("Host", "localhost")]),
        ];
        let mut states = Vec::new();
        for code in ["ok", "400", "500", "broken", "json", "none", "large"] {
            let mut browser = program.browser();
            let state = browser.begin();
            pages.push(browser.get(&format!("/?code=CODE-{code}&state=wrong-{state}")));
            pages.push(browser.get(&format!("/?code=CODE-{code}&state={state}")));
            states.push(state);
        }
        let mut browser = program.browser();
        let state = browser.begin();
        pages.push(browser.get(&format!("/?error=CODE-error&state={state}")));
        states.push(state);

        let log = program.stop();
        for text in pages.iter().map(|page| &page.body).chain([&log]) {
            has_no_secret(text);
        }
        if !["debug", "trace"].contains(&level) {
            for secret in states.iter().map(String::as_str).chain(["CODE-", "TOKEN-"]) {
                assert!(!log.contains(secret), "{level}: {secret} in {log}");
            }
        }
        if level == "off" {
            assert_eq!(log, "");
        }
    }
}

/// Bodies of good answers that have the secret in them, with a text that shows that the page is of
/// this very answer.
fn good_answers() -> Vec<String> {
    let forms = [
        CLIENT_SECRET.to_owned(),
        CREDENTIALS.to_owned(),
        BASE64_STANDARD.encode(CLIENT_SECRET),
        BASE64_URL_SAFE_NO_PAD.encode(CLIENT_SECRET),
        format!("Basic {CREDENTIALS}"),
        in_json_escapes(CLIENT_SECRET),
        format!("{CLIENT_SECRET}{CLIENT_SECRET} {CREDENTIALS}"),
    ];
    let mut bodies = Vec::new();
    for form in forms {
        bodies.push(format!(r#"{{"access_token":"t","x":["{form}"]}}"#));
        bodies.push(format!(r#"{{"access_token":"t","x":{{"a {form}":1}}}}"#));
        bodies.push(format!(
            r#"{{"access_token":"{form}","refresh_token":"{form}","httpsBaseUrl":{{"hostname":"{form}","port":443}}}}"#
        ));
    }
    bodies
}

#[test]
fn a_good_answer_that_sends_the_client_secret_back_shows_it_nowhere() {
    let bodies = good_answers();
    let answers = bodies.clone();
    let server = StandIn::new(move |connection| {
        let number: usize = connection.parameter("code").parse().unwrap();
        connection.json(&answers[number]);
    });
    let program = Program::with_level(&server.url(), "trace");
    for (number, body) in bodies.iter().enumerate() {
        let page = program.browser().log_in(&number.to_string());
        assert_eq!(page.status, 200, "{body}: {}", page.body);
        assert!(page.body.contains("***"), "{body}");
        has_no_secret(&page.body);
    }
    let log = program.stop();
    assert!(log.contains("the answer: "), "{log}");
    has_no_secret(&log);
}

#[test]
fn an_error_that_sends_the_client_secret_back_shows_it_nowhere() {
    let server = StandIn::new(|connection| {
        let escaped = in_json_escapes(CLIENT_SECRET);
        let header = format!("www-authenticate: Basic realm=\"{CLIENT_SECRET}\"\r\n");
        let bad_request = format!("400 {CLIENT_SECRET}");
        let (status, body) = match connection.parameter("code").as_str() {
            "json" => (
                bad_request,
                format!(r#"{{"error":"{CLIENT_SECRET}","error_description":"{CREDENTIALS}"}}"#),
            ),
            "escaped" => (
                bad_request,
                format!(r#"{{"error":"x","error_description":"{escaped}"}}"#),
            ),
            "message" => (bad_request, format!(r#"{{"message":"{escaped}"}}"#)),
            "text" => (bad_request, format!("{CLIENT_SECRET} {CREDENTIALS}")),
            _ => (
                format!("200 {CLIENT_SECRET}"),
                format!("<html>{CLIENT_SECRET}"),
            ),
        };
        connection.answer(&status, &header, body);
    });
    let program = Program::with_level(&server.url(), "trace");
    for code in ["json", "escaped", "message", "text", "html"] {
        let page = program.browser().log_in(code);
        assert_eq!(page.status, 502, "{code}");
        assert!(page.body.contains("***"), "{code}: {}", page.body);
        has_no_secret(&page.body);
    }
    has_no_secret(&program.stop());
}

#[test]
fn the_words_of_a_library_that_have_the_client_secret_show_it_nowhere() {
    let server = StandIn::new(|connection| {
        let name = connection.parameter("code");
        connection.send(format!(
            "HTTP/1.1 200 OK\r\n{name}: {CLIENT_SECRET}\r\n\r\n"
        ));
    });
    let program = Program::with_level(&server.url(), "trace");
    for header in ["content-length", "transfer-encoding"] {
        assert_eq!(program.browser().log_in(header).status, 502, "{header}");
    }
    let log = program.stop();
    assert_eq!(log.matches(": \"***\"").count(), 2, "{log}");
    has_no_secret(&log);
}

#[test]
fn a_callback_that_has_the_client_secret_shows_it_nowhere() {
    let server = StandIn::good();
    let program = Program::with_level(&server.url(), "debug");
    let mut browser = program.browser();
    let state = browser.begin();
    let query = format!("error={CLIENT_SECRET}&error_description={CLIENT_SECRET}");
    let page = browser.get(&format!("/?{query}&state={state}"));
    assert_eq!(page.status, 403);
    has_no_secret(&page.body);
    let page = browser.log_in(CLIENT_SECRET);
    assert_eq!(page.status, 200);
    let shown = between(&page.body, "id=\"second-request\">", "</pre>");
    assert!(shown.contains("code=***&amp;"), "{shown}");
    has_no_secret(&page.body);
    let not_found = browser.get(&format!("/{CLIENT_SECRET}"));
    assert_eq!(not_found.status, 404);
    has_no_secret(&program.wait_for(" GET /*** 404 "));
    has_no_secret(&program.stop());
}
