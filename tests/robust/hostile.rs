//! Hostile input: whatever comes in, the program goes on, and nothing that was put in acts.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use crate::support::stand_in::StandIn;
use crate::support::{
    CLIENT_SECRET, Program, Response, between, parse, raw, request, run, unescaped,
};

/// One program for all properties, and a server whose token is the code that it got.
static PROGRAM: LazyLock<Program> = LazyLock::new(|| {
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
        connection.json(serde_json::json!({ "access_token": code, "x": code }).to_string());
    });
    Program::with(&server.url(), &[("RUST_LOG", "warn,een_login=info")])
});

/// What must hold of each page, whatever was put in.
fn is_sound(page: &Response) {
    assert!((200..600).contains(&page.status));
    assert!(page.body.starts_with("<!doctype html>"), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    let nonce = between(policy, "nonce-", "'");
    assert_eq!(page.body.matches("<script").count(), 1);
    assert!(page.body.contains(&format!("<script nonce=\"{nonce}\">")));
    assert!(!page.body.contains("<inject"));
    assert!(
        !page
            .body
            .contains(|c: char| c.is_control() && c != '\n' && c != '\t')
    );
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_code_arrives_whole_and_any_token_is_shown_escaped(code in text()) {
        let page = PROGRAM.browser().log_in(&encoded(&code));
        is_sound(&page);
        prop_assert_eq!(page.status, 200);
        let shown = unescaped(between(&page.body, "<pre id=\"token\">", "</pre>"));
        let plain = |c: &char| !c.is_control() && *c != '\u{202e}' && *c != '\u{fffd}';
        let (came, meant): (String, String) = (shown.chars().filter(plain).collect(), code.chars().filter(plain).collect());
        let odd = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') || u32::from(c) & 0xfffe == 0xfffe;
        prop_assert!(came == meant || meant.contains(odd), "{:?} {:?}", came, meant);
    }

    #[test]
    fn any_error_is_shown_escaped(error in text(), description in text()) {
        let mut browser = PROGRAM.browser();
        let state = browser.begin();
        let target = format!("/?error={}&error_description={}&state={state}", encoded(&error), encoded(&description));
        let page = browser.get(&target);
        is_sound(&page);
        prop_assert_eq!(page.status, 403);
    }

    #[test]
    fn any_query_gets_a_page_and_nothing_of_it_is_echoed_without_the_state(query in "[!$-;=?-~]{0,60}") {
        let page = PROGRAM.get(&format!("/?SEEN{query}"));
        is_sound(&page);
        prop_assert!([200, 400].contains(&page.status), "{}", page.status);
        prop_assert!(!page.body.contains("SEEN"));
    }

    #[test]
    fn any_cookie_gets_a_page_with_a_state_of_ours(cookie in "[ -~]{0,80}") {
        let headers = [("Cookie", format!("een_login_state={cookie}"))];
        let page = request(PROGRAM.address, "GET", "/", &headers.each_ref().map(|(n, v)| (*n, v.as_str())));
        is_sound(&page);
        let state = page.links()[0].rsplit_once("&state=").unwrap().1.to_owned();
        prop_assert!(state.len() == 32 && state.bytes().all(|b| b.is_ascii_hexdigit()), "{}", state);
    }

    #[test]
    fn any_bytes_on_the_socket_leave_it_running(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let answer = raw(PROGRAM.address, &[&bytes[..], b"\r\n\r\n"].concat());
        if let Some(response) = parse(&answer) {
            prop_assert!((400..500).contains(&response.status) || response.body.starts_with("<!doctype"));
        }
        prop_assert_eq!(PROGRAM.get("/").status, 200);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_setting_ends_with_a_line_or_is_taken_and_the_secret_is_not_printed(value in "[^\0]{1,20}") {
        // The port keeps it from starting.
        for name in ["CLIENT_ID", "HOST_NAME", "REDIRECT_URI", "AUTH_URL", "RUST_LOG"] {
            let mut settings = HashMap::from([("CLIENT_ID", "i"), ("CLIENT_SECRET", CLIENT_SECRET), ("PORT", "x")]);
            settings.insert(name, &value);
            let settings: Vec<_> = settings.into_iter().collect();
            let (code, _, stderr) = run(&settings, None);
            prop_assert_eq!(code, Some(1));
            let lines = stderr.lines().count();
            prop_assert!((1..=2).contains(&lines), "{}: {}", name, stderr);
            prop_assert!(!stderr.contains(CLIENT_SECRET) && !stderr.contains("panicked"), "{}", stderr);
        }
        let dotenv = format!("{value}\nCLIENT_SECRET='{CLIENT_SECRET}'\nPORT='x'\n");
        let (code, _, stderr) = run(&[], Some(&dotenv));
        prop_assert_eq!(code, Some(1));
        prop_assert!(!stderr.contains(CLIENT_SECRET) && !stderr.contains("panicked"), "{}", stderr);
    }
}

#[test]
fn odd_requests_get_an_answer_and_leave_it_running() {
    let address = PROGRAM.address;
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
    let program = Program::start(&[("RUST_LOG", "warn,een_login=info")]);
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
