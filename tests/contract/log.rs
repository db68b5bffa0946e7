//! What the log says of requests.

use crate::support::stand_in::{StandIn, TOKENS};
use crate::support::{CLIENT_ID, CLIENT_SECRET, CREDENTIALS, Program, raw, request};

/// The lines of the log that begin so.
fn lines<'a>(log: &'a str, begin: &str) -> Vec<&'a str> {
    log.lines().filter(|line| line.starts_with(begin)).collect()
}

/// The one line of the log that begins so.
fn line<'a>(log: &'a str, begin: &str) -> &'a str {
    let lines = lines(log, begin);
    assert_eq!(lines.len(), 1, "{begin}:\n{log}");
    lines[0]
}

const FIRST: &str = "[INFO  een_login::index] the first request: ";
const SECOND: &str = "[INFO  een_login::oauth] the second request: ";
const WARNING: &str = "[WARN  een_login::index] no tokens: ";
const REQUEST: &str = "[INFO  een_login::server] ";

#[test]
fn at_info_a_login_leaves_its_lines_without_code_state_token_and_secret() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let mut browser = program.browser();
    let state = browser.begin();
    let target = format!("/?code=THECODE&state={state}");
    assert_eq!(browser.get(&target).status, 200);
    let log = program.wait_until("two requests", |log| log.matches("GET / 200 ").count() == 2);

    let (url, uri) = (server.url(), program.redirect_uri());
    let first = format!(
        "{FIRST}GET {url}/oauth2/authorize?client_id={CLIENT_ID}&response_type=code&scope=vms.all\
         &redirect_uri={uri}"
    );
    assert_eq!(line(&log, FIRST), first);
    let second = format!(
        "{SECOND}POST {url}/oauth2/token?grant_type=authorization_code&scope=vms.all&code=***\
         &redirect_uri={uri}, authorization: Basic ***, accept: */*, accept-encoding: gzip, deflate, \
         user-agent: een-login/{}, content-length: 0, connection: close, status: 200 OK",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(line(&log, SECOND), second);
    assert!(!log.contains("WARN"), "{log}");
    for secret in [
        "THECODE",
        &state,
        "eyJhY2Nlc3M",
        "refresh-1",
        CLIENT_SECRET,
        CREDENTIALS,
        "?code",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[test]
fn a_line_a_request_has_method_path_status_size_and_time_but_no_query() {
    let program = Program::start(&[]);
    let referer = [("Referer", "http://x/?code=SEEN")];
    let page = request(program.address, "POST", "/a/b?code=SEEN", &referer);
    let log = program.wait_for("POST /a/b 404 ");
    let begin = format!("{REQUEST}POST /a/b 404 {} bytes ", page.body.len());
    let line = line(&log, &begin);
    let seconds = line
        .strip_prefix(&begin)
        .unwrap()
        .strip_suffix(" s")
        .unwrap();
    assert!(seconds.parse::<f32>().unwrap() < 20.0, "{line}");
    assert!(!log.contains("SEEN"), "{log}");
}

#[test]
fn the_first_request_is_logged_once_for_each_login_page_that_a_browser_stays_on() {
    let program = Program::start(&[]);
    let moved = request(program.address, "GET", "/", &[("Host", "localhost")]);
    assert_eq!(moved.status, 307);
    assert_eq!(request(program.address, "HEAD", "/", &[]).status, 200);
    assert_eq!(program.get("/?code=a").status, 400);
    let log = program.wait_for("GET / 400 ");
    assert!(!log.contains(FIRST), "{log}");
    assert_eq!(program.get("/").status, 200);
    assert_eq!(program.get("/?foo=bar").status, 200);
    let log = program.wait_until("two pages", |log| log.matches("GET / 200 ").count() == 2);
    assert_eq!(lines(&log, FIRST).len(), 2, "{log}");
}

#[test]
fn an_exchange_without_an_answer_has_its_line_too() {
    let server = StandIn::new(|_| {});
    let program = Program::against(&server.url());
    assert_eq!(program.browser().log_in("c").status, 502);
    let log = program.wait_for(" 502 ");
    assert!(line(&log, SECOND).ends_with(", status: no answer"), "{log}");
    assert!(
        line(&log, WARNING).contains("The connection broke"),
        "{log}"
    );
}

#[test]
fn a_callback_that_is_refused_is_a_warning_with_its_cause_and_nothing_of_the_query() {
    let program = Program::start(&[]);
    let mut browser = program.browser();
    let state = browser.begin();
    browser.get("/?code=SEEN&state=SEEN");
    program.get("/?code=SEEN");
    program.get("/?code=SEEN%zz");
    browser.get(&format!(
        "/?error=SEEN&error_description=SEEN&state={state}"
    ));
    let state = browser.begin();
    browser.get(&format!(
        "/?error=access_denied&error_description=SEEN&state={state}"
    ));
    let log = program.wait_until("all", |log| log.matches("GET / 403 ").count() == 2);
    let wanted = [
        "This login did not begin in this browser",
        "This login is finished or has expired",
        "This address cannot be read",
        "The login was refused",
        "The login was refused: access_denied",
    ];
    assert_eq!(
        lines(&log, WARNING),
        wanted.map(|cause| format!("{WARNING}{cause}"))
    );
    assert!(!log.contains("SEEN"), "{log}");
}

#[test]
fn an_exchange_that_failed_is_a_warning_with_the_status_and_the_code_of_rfc_6749_alone() {
    let server = StandIn::new(|connection| {
        let error = connection.parameter("code");
        let body = format!(r#"{{"error":"{error}","error_description":"SEEN"}}"#);
        connection.answer("401 SEEN", "", body);
    });
    let program = Program::against(&server.url());
    program.browser().log_in("invalid_client");
    program.browser().log_in("SEEN");
    let log = program.wait_until("both", |log| log.matches("GET / 502 ").count() == 2);
    let wanted = [
        "The credentials were not accepted: status 401 Unauthorized: invalid_client",
        "The token endpoint answered with an error: status 401 Unauthorized",
    ];
    assert_eq!(
        lines(&log, WARNING),
        wanted.map(|cause| format!("{WARNING}{cause}"))
    );
    assert!(!log.contains("SEEN"), "{log}");
}

#[test]
fn by_default_there_are_only_the_programs_own_lines_and_none_for_what_is_not_http() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    assert_eq!(program.browser().log_in("c").status, 200);
    let long_line = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(200_000));
    let not_http = [
        "x\r\n\r\n",
        "\u{16}\u{3}\u{1}\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        &long_line,
    ];
    for bytes in not_http {
        raw(program.address, bytes.as_bytes());
    }
    assert_eq!(program.get("/last").status, 404);
    let log = program.wait_for("GET /last 404 ");
    for line in log.lines() {
        assert!(line.starts_with("[INFO  een_login"), "{line}\n{log}");
    }
}

#[test]
fn at_debug_the_code_and_the_answer_appear_but_the_client_secret_never() {
    let server = StandIn::good();
    for level in ["debug", "trace"] {
        let program = Program::with(&server.url(), &[("RUST_LOG", level)]);
        assert_eq!(program.browser().log_in("THECODE").status, 200);
        let log = program.wait_until("two requests", |log| log.matches("GET / 200 ").count() == 2);
        assert!(line(&log, SECOND).contains("&code=THECODE&"), "{log}");
        let answer = format!("[DEBUG een_login::oauth::answer] the answer: {TOKENS}");
        assert_eq!(line(&log, "[DEBUG een_login::oauth"), answer);
        assert!(
            !log.contains(CLIENT_SECRET) && !log.contains(CREDENTIALS),
            "{log}"
        );
    }
}

#[test]
fn at_debug_control_characters_are_escaped_and_each_thing_stays_on_its_line() {
    let odd = "\u{1b}[31m\r\n[WARN  forged] \u{9b}2J\u{202e}\u{2028}\u{e0041}\u{7f}";
    for status in ["200 OK", "400 Bad Request"] {
        let server = StandIn::answering(status, odd);
        let program = Program::with(&server.url(), &[("RUST_LOG", "een_login=debug")]);
        assert_eq!(program.browser().log_in("a%1B%0A%E2%80%AEb").status, 502);
        let log = program.wait_for(" 502 ");
        let is_odd = |c: char| {
            (c.is_control() && c != '\n') || ['\u{202e}', '\u{2028}', '\u{e0041}'].contains(&c)
        };
        assert!(!log.contains(is_odd), "{log:?}");
        assert!(
            log.contains(r"the answer: \u{1b}[31m\u{d}\u{a}[WARN  forged] \u{9b}2J"),
            "{log}"
        );
        assert!(lines(&log, "[WARN  forged]").is_empty(), "{log}");
    }
}

#[test]
fn rust_log_filters_the_log() {
    let program = Program::start(&[("RUST_LOG", "een_login=info,een_login::server=off")]);
    program.get("/x");
    program.get("/");
    let log = program.wait_for("the first request");
    assert!(!log.contains(REQUEST), "{log}");
}
