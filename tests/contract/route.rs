//! The one route, row by row.

use crate::support::stand_in::StandIn;
use crate::support::{Program, Response, raw, request};

fn is_failure(response: &Response, status: u16, title: &str) {
    assert_eq!(response.status, status, "{response:?}");
    assert_eq!(response.title(), format!("{title} – een-login"));
    assert!(
        response.links().contains(&"/".to_owned()),
        "no way back: {}",
        response.body
    );
}

const ANOTHER_BROWSER: &str = "This login did not begin in this browser";
const NO_LOGIN: &str = "This login is finished or has expired";

#[test]
fn without_code_and_error_or_with_both_empty_the_login_page_comes() {
    let program = Program::start(&[]);
    for target in [
        "/",
        "/?",
        "/?code=&error=",
        "/?code",
        "/?foo=bar",
        "/?state=x",
        "/?&&",
    ] {
        let page = program.get(target);
        assert_eq!(page.status, 200, "{target}");
        assert!(
            page.body.contains(">Login with Eagle Eye Networks</a>"),
            "{target}"
        );
        assert!(page.header("set-cookie").is_some());
    }
}

#[test]
fn another_loopback_name_is_sent_to_the_redirect_uri_with_the_login_page_as_the_body() {
    let program = Program::start(&[]);
    let own = program.redirect_uri();
    let port = program.address.port();
    for host in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "127.0.0.2",
        "[::1]",
    ] {
        for host in [host.to_owned(), format!("{host}:{port}")] {
            let page = request(program.address, "GET", "/", &[("Host", &host)]);
            assert_eq!(page.status, 307, "{host}");
            assert_eq!(page.header("location"), Some(own.as_str()));
            assert!(page.body.contains(">Login with Eagle Eye Networks</a>"));
        }
    }
    for host in [
        "127.0.0.1",
        "127.0.0.1:1",
        "example.com",
        "10.0.0.1",
        "localhost.example",
        "::::",
    ] {
        let page = request(program.address, "GET", "/", &[("Host", host)]);
        assert_eq!(page.status, 200, "{host}");
        assert_eq!(page.header("location"), None);
    }
    // The target of a request counts before its Host.
    let target = format!("http://localhost:{port}/");
    assert_eq!(program.get(&target).status, 307);
}

#[test]
fn a_redirect_uri_on_another_machine_moves_nobody() {
    let program = Program::start(&[("REDIRECT_URI", "https://app.example")]);
    for host in ["localhost", "127.0.0.1"] {
        assert_eq!(
            request(program.address, "GET", "/", &[("Host", host)]).status,
            200
        );
    }
    let program = Program::start(&[("REDIRECT_URI", "http://localhost:3333/")]);
    let page = request(program.address, "GET", "/", &[("Host", "127.0.0.1:3333")]);
    assert_eq!(
        (page.status, page.header("location")),
        (307, Some("http://localhost:3333/"))
    );
    assert_eq!(
        request(program.address, "GET", "/", &[("Host", "localhost")]).status,
        200
    );
}

#[test]
fn a_code_with_this_browsers_state_is_exchanged_and_uses_the_state_up() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let mut browser = program.browser();
    let page = browser.log_in("abc");
    assert_eq!(page.status, 200);
    assert!(page.body.contains("You are logged in"));
    assert_eq!(browser.cookie, None, "the cookie is still there");
    assert!(page.header("set-cookie").unwrap().contains("; Max-Age=0"));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_state_that_is_missing_or_another_is_refused_and_nothing_is_sent_or_echoed() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let mut browser = program.browser();
    let state = browser.begin();
    let other = program.browser().begin();
    let kept = browser.cookie.clone();
    let wrong = [
        "/?code=SEEN".to_owned(),
        "/?code=SEEN&state=".to_owned(),
        format!("/?code=SEEN&state={other}"),
        format!("/?code=SEEN&state={}", &state[..31]),
        format!("/?code=SEEN&state={state}0"),
        format!("/?code=SEEN&state={}", state.to_uppercase() + "SEEN"),
        "/?error=SEEN&error_description=SEEN".to_owned(),
        format!("/?error=SEEN&state={other}"),
        format!("/?code=SEEN&error=SEEN&state={other}"),
    ];
    for target in wrong {
        let page = browser.get(&target);
        is_failure(&page, 400, ANOTHER_BROWSER);
        assert_eq!(page.header("set-cookie"), None, "{target}");
        assert!(
            !page.body.contains("SEEN") && !page.body.contains(&other),
            "{target}"
        );
    }
    assert_eq!(browser.cookie, kept);
    assert_eq!(server.requests(), Vec::<String>::new());
    // None of that spoiled the login.
    let target = format!("/?code=SEEN&state={state}");
    assert_eq!(browser.get(&target).status, 200);
}

#[test]
fn a_callback_to_a_browser_without_a_login_names_what_leads_there() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let state = program.browser().begin();
    let callbacks = [
        ("/?code=SEEN".to_owned(), None),
        (format!("/?code=SEEN&state={state}"), None),
        ("/?error=SEEN&error_description=SEEN".to_owned(), None),
        ("/?code=SEEN&state=x".to_owned(), Some("een_login_state=x")),
        ("/?code=SEEN&state=".to_owned(), Some("een_login_state=")),
    ];
    for (target, cookie) in callbacks {
        let cookies: Vec<_> = cookie.iter().map(|pair| ("Cookie", *pair)).collect();
        let page = request(program.address, "GET", &target, &cookies);
        is_failure(&page, 400, NO_LOGIN);
        assert_eq!(page.header("set-cookie"), None, "{target}");
        assert!(
            !page.body.contains("SEEN") && !page.body.contains(&state),
            "{target}"
        );
        let text = page.text();
        for reason in [
            "Back",
            "another choice",
            "second tab",
            "reload",
            "10 minutes",
            "cookies",
        ] {
            assert!(text.contains(reason), "{reason}: {text}");
        }
    }
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[test]
fn a_refusal_shows_error_and_description_escaped_and_uses_the_state_up() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    for code in ["", "&code=abc"] {
        let mut browser = program.browser();
        let state = browser.begin();
        let query = "error=access%3Cb%3Edenied&error_description=No+%26+%22never%22";
        let page = browser.get(&format!("/?{query}&state={state}{code}"));
        is_failure(&page, 403, "The login was refused");
        assert!(page.body.contains("access&lt;b&gt;denied"), "{}", page.body);
        assert!(
            page.body.contains("No &amp; &quot;never&quot;"),
            "{}",
            page.body
        );
        assert_eq!(browser.cookie, None);
    }
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[test]
fn a_query_that_cannot_be_read_is_refused() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let mut browser = program.browser();
    let state = browser.begin();
    let long = format!("code={}", "x".repeat(4097));
    // Which queries can be read is tested beside the callback, in `src`.
    let queries = [
        "code=%zz",
        "code=%ff",
        "x=%zz",
        "code=a&co%64e=b",
        "state=x",
        &long,
    ];
    for query in queries {
        let page = browser.get(&format!("/?{query}&state={state}&SEEN=SEEN"));
        is_failure(&page, 400, "This address cannot be read");
        assert!(!page.body.contains("SEEN"), "{query}");
        assert_eq!(page.header("set-cookie"), None, "{query}");
    }
    assert_eq!(server.requests(), Vec::<String>::new());
    // 4 KiB are enough for a code, counted after decoding.
    let code = "%41".repeat(4096);
    assert_eq!(
        browser.get(&format!("/?code={code}&state={state}")).status,
        200
    );
}

#[test]
fn head_answers_as_the_login_page_and_exchanges_nothing() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let mut browser = program.browser();
    let state = browser.begin();
    let page = browser.get("/");
    let targets = [
        "/".to_owned(),
        format!("/?code=a&state={state}"),
        "/?code=%zz".to_owned(),
        "/?error=e".to_owned(),
    ];
    for target in targets {
        let head = browser.request("HEAD", &target);
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{target}");
        assert_eq!(
            head.header("content-length"),
            Some(page.body.len().to_string().as_str())
        );
        assert_eq!(head.header("content-type"), page.header("content-type"));
    }
    assert_eq!(server.requests(), Vec::<String>::new());
    assert_eq!(browser.get(&format!("/?code=a&state={state}")).status, 200);
}

#[test]
fn another_method_is_405_with_allow_and_another_path_is_404_and_both_lead_to_the_start_page() {
    let program = Program::start(&[]);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "FOO"] {
        let page = request(program.address, method, "/?code=x", &[]);
        is_failure(&page, 405, "This method is not allowed");
        assert_eq!(page.header("allow"), Some("GET, HEAD"));
        assert!(page.body.contains("href=\"/\">Go to the start page</a>"));
    }
    for target in [
        "/x",
        "/favicon.ico",
        "//",
        "/index.html",
        "/%2e",
        "/oauth2/token",
    ] {
        let page = program.get(target);
        is_failure(&page, 404, "There is no such page");
        assert!(page.body.contains("href=\"/\">Go to the start page</a>"));
    }
    assert_eq!(program.get("/?/../x/").status, 200);
    let post = request(program.address, "POST", "/x", &[]);
    is_failure(&post, 404, "There is no such page");
    let head = request(program.address, "HEAD", "/x", &[]);
    assert_eq!((head.status, head.body.as_str()), (404, ""));
}

#[test]
fn what_is_not_http_gets_a_bare_4xx() {
    let program = Program::start(&[]);
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(200_000));
    for bytes in [
        "GET / HTTP/1.1\r\n\r\n",
        "x\r\n\r\n",
        "GET /?code=ö HTTP/1.1\r\nHost: x\r\n\r\n",
        &long,
    ] {
        let answer = String::from_utf8(raw(program.address, bytes.as_bytes())).unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        // A connection that is closed before all was read can cut the answer off.
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        assert_eq!(body, "", "{answer}");
    }
}
