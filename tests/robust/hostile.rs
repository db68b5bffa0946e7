//! Hostile input: whatever comes in, the program goes on, and nothing that was put in acts.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use een_login::visible::is_invisible;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::support::html::{inline_code, loaded};
use crate::support::stand_in::StandIn;
use crate::support::{Program, Response, between, parse, raw, request, unescaped};

/// The program at a server whose token is the code that it got.
fn echoing() -> Program {
    let server = StandIn::new(|connection| {
        let query = between(&connection.request, "?", " ").to_owned();
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let names: Vec<_> = pairs.iter().map(|(name, _)| &**name).collect();
        assert_eq!(
            names,
            ["grant_type", "scope", "code", "redirect_uri"],
            "a parameter was added"
        );
        let code = &pairs[2].1;
        let answer = serde_json::json!({
            "access_token": code,
            "refresh_token": code,
            "x": { &**code: code },
        });
        connection.json(answer.to_string());
    });
    Program::against(&server.url())
}

/// Tries a property with one program.
fn holds<S: Strategy>(strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let tried = TestRunner::new(config).run(&strategy, test);
    if let Err(failure) = tried {
        panic!("{failure}");
    }
}

/// What must hold of each page, whatever was put in.
fn is_sound(page: &Response) -> Result<(), TestCaseError> {
    prop_assert!(page.body.starts_with("<!doctype html>"), "{}", page.body);
    prop_assert_eq!(inline_code(&page.body, page.nonce()), [""; 0]);
    prop_assert_eq!(loaded(&page.body), [""; 0]);
    prop_assert_eq!(page.body.matches("<script").count(), 1);
    prop_assert!(!page.body.contains("<inject"));
    let is_odd = |c: char| is_invisible(c) && c != '\n' && c != '\t';
    prop_assert!(!page.body.contains(is_odd), "{:?}", page.body);
    Ok(())
}

/// What a page shows of a text: a replacement for all that cannot be seen.
fn shown(text: &str) -> String {
    let is_kept = |c: char| c == '\n' || c == '\t';
    let has_no_meaning =
        |c: char| u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    let show = |c: char| match c {
        _ if is_kept(c) => c,
        _ if is_invisible(c) || has_no_meaning(c) => char::REPLACEMENT_CHARACTER,
        _ => c,
    };
    text.chars().map(show).collect()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// Texts with what is special somewhere.
fn text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        "<inject>", "\"", "'", "&", "%", "=", "+", "#", "\0", "\r\n", "</pre>", "{}", "${x}",
        "\u{202e}", "ü", " ", ";", "&amp;",
    ]);
    let any = any::<char>().prop_map(String::from);
    prop::collection::vec(prop_oneof![special.prop_map(str::to_owned), any], 1..12)
        .prop_map(|all| all.concat())
}

#[test]
fn any_code_arrives_whole_and_any_token_is_shown_escaped() {
    let program = echoing();
    holds(text(), |code| {
        let page = program.browser().log_in(&encoded(&code));
        prop_assert_eq!(page.status, 200);
        is_sound(&page)?;
        let (_, from_id) = page.body.split_once("<pre id=\"token\"").unwrap();
        let token = between(from_id, ">", "</pre>");
        prop_assert_eq!(unescaped(token), shown(&code));
        Ok(())
    });
}

#[test]
fn any_error_is_shown_escaped() {
    let program = Program::start(&[]);
    holds((text(), text()), |(error, description)| {
        let mut browser = program.browser();
        let state = browser.begin();
        let (code, sentence) = (encoded(&error), encoded(&description));
        let target = format!("/?error={code}&error_description={sentence}&state={state}");
        let page = browser.get(&target);
        prop_assert_eq!(page.status, 403);
        is_sound(&page)?;
        let line = between(&page.body, "<p class=\"reported\"><code>", "</code>");
        prop_assert_eq!(unescaped(line), shown(&format!("{error}: {description}")));
        Ok(())
    });
}

#[test]
fn any_query_gets_a_page_and_nothing_of_it_is_echoed_without_the_state() {
    let program = Program::start(&[]);
    holds("[!$-;=?-~]{0,60}", |query| {
        let page = program.get(&format!("/?SEEN{query}"));
        is_sound(&page)?;
        prop_assert!([200, 400].contains(&page.status), "{}", page.status);
        prop_assert!(!page.body.contains("SEEN"));
        Ok(())
    });
}

#[test]
fn any_cookie_gets_a_page_with_a_state_of_ours() {
    let program = Program::start(&[]);
    holds("[ -~\u{80}-\u{ffff}]{0,80}", |value| {
        let cookie = format!("een_login_state={value}");
        let page = request(program.address, "GET", "/", &[("Cookie", &cookie)]);
        is_sound(&page)?;
        let state = page.state();
        let is_ours = state.len() == 32 && state.bytes().all(|byte| byte.is_ascii_hexdigit());
        prop_assert!(is_ours, "{}", state);
        Ok(())
    });
}

#[test]
fn any_bytes_on_the_socket_leave_it_running_and_get_a_bare_4xx_or_a_page() {
    let program = Program::start(&[]);
    // With none at all, the server would wait for some.
    holds(prop::collection::vec(any::<u8>(), 1..200), |bytes| {
        let answer = raw(program.address, &[&bytes[..], b"\r\n\r\n"].concat());
        if let Some(response) = parse(&answer) {
            let is_4xx = (400..500).contains(&response.status);
            prop_assert!(is_4xx || response.body.starts_with("<!doctype"));
        }
        prop_assert_eq!(program.get("/").status, 200);
        Ok(())
    });
}

#[test]
fn odd_requests_get_an_answer_and_leave_it_running() {
    let program = Program::start(&[]);
    let address = program.address;
    let status =
        |bytes: &str| parse(&raw(address, bytes.as_bytes())).map(|response| response.status);
    assert_eq!(status("GET / HTTP/1.0\r\n\r\n"), Some(200));
    assert_eq!(status("GET / HTTP/2.0\r\nHost: x\r\n\r\n"), Some(400));
    assert_eq!(
        status("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
        Some(400)
    );
    assert_eq!(
        status("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        Some(400)
    );
    assert_eq!(
        status("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
        Some(400)
    );
    assert_eq!(
        status("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n"),
        Some(400)
    );
    assert_eq!(
        status("GET http://x/ HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n"),
        Some(200)
    );
    assert_eq!(
        status("GET / HTTP/1.1\r\nHost: \u{1}\r\nConnection: close\r\n\r\n"),
        Some(400)
    );
    let body = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc";
    assert_eq!(status(body), Some(200));
    let header = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: {}\r\n\r\n",
        "x".repeat(65_536)
    );
    assert!(
        matches!(status(&header), Some(200 | 431)),
        "{:?}",
        status(&header)
    );
    let header = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "x".repeat(300_000)
    );
    assert!(
        matches!(status(&header), Some(431) | None),
        "{:?}",
        status(&header)
    );
    let many = format!(
        "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "X: y\r\n".repeat(200)
    );
    assert_eq!(status(&many), Some(431));

    let two =
        "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answers = String::from_utf8(raw(address, two.as_bytes())).unwrap();
    assert!(
        answers.starts_with("HTTP/1.1 200") && answers.contains("HTTP/1.1 404"),
        "{answers}"
    );
}

#[test]
fn slow_senders_that_hold_500_connections_keep_nobody_out_and_are_sent_away() {
    let program = Program::start(&[]);
    let slow: Vec<_> = (0..500)
        .map(|_| {
            let mut stream = TcpStream::connect(program.address).unwrap();
            stream
                .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
                .unwrap();
            stream
        })
        .collect();
    let begin = Instant::now();
    assert_eq!(program.get("/").status, 200);
    assert!(begin.elapsed() < Duration::from_secs(1));
    for mut stream in slow {
        stream
            .set_read_timeout(Some(Duration::from_secs(15)))
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}
