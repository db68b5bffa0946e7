//! The one route: the login page, the callback and the state.

use crate::support::http::{Browser, Response, request, send};
use crate::support::{Program, Server, TOKENS, assert_failure, assert_none, assert_page};

#[test]
fn a_login_at_the_sandbox_ends_with_the_tokens() {
    let program = Program::start(&[]);
    let mut browser = program.browser();
    let page = browser.log_in_at_sandbox("Log in");
    assert_page(&page, 200, "You are logged in");
    assert!(page.text().contains("sandbox_access_"), "{page:?}");
    assert_eq!(browser.cookie, None, "the state is used up");
}

#[test]
fn without_a_callback_the_login_page_comes_with_its_cookie() {
    let program = Program::start(&[]);
    for target in ["/", "/?code=&error=", "/?state=s", "/?foo=bar&foo=bar"] {
        let page = program.browser().get(target);
        assert_page(&page, 200, "Log in");
        let cookie = page.header("set-cookie").unwrap();
        let expected = format!(
            "een_login_state={}; HttpOnly; SameSite=Lax; Path=/",
            page.state()
        );
        assert_eq!(cookie, expected);
        assert_eq!(page.state().len(), 32);
    }
}

#[test]
fn a_second_tab_uses_the_state_of_the_first() {
    let program = Program::start(&[]);
    let mut browser = program.browser();
    let first = browser.begin();
    assert_eq!(browser.begin(), first);
    assert_ne!(program.browser().begin(), first);
}

#[test]
fn a_callback_that_matched_uses_the_state_up_whatever_became_of_it() {
    let server = Server::new(|connection| {
        if connection.request.contains("code=good") {
            connection.respond("200 OK", "", TOKENS);
        } else {
            connection.respond("500 Internal Server Error", "", "");
        }
    });
    let program = Program::against(&server, &[]);
    let table = [
        ("code=good", 200),
        ("code=bad", 502),
        ("error=access_denied", 403),
        ("code=good&error=access_denied", 403),
    ];
    for (query, status) in table {
        let mut browser = program.browser();
        let state = browser.begin();
        let page = browser.get(&format!("/?{query}&state={state}"));
        assert_eq!(page.status, status, "{query}");
        assert_eq!(browser.cookie, None, "{query}");
        let again = browser.get(&format!("/?{query}&state={state}"));
        assert_failure(&again, 400, "This login is finished or has expired");
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn only_the_browser_that_began_a_login_finishes_it() {
    let server = Server::good();
    let program = Program::against(&server, &[]);
    let other_state = program.browser().begin();
    let mut browser = program.browser();
    let state = browser.begin();
    let cookie = browser.cookie.clone().unwrap();
    let several = format!("{cookie}; een_login_state={other_state}");
    let table = [
        (cookie.as_str(), format!("/?code=CODE&state={other_state}")),
        (&cookie, "/?code=CODE&state=".to_owned()),
        (&cookie, "/?code=CODE".to_owned()),
        (&cookie, format!("/?error=ERROR&state={other_state}")),
        (&several, format!("/?code=CODE&state={state}")),
    ];
    for (cookie, target) in table {
        let page = request(program.address, "GET", &target, &[("Cookie", cookie)], "");
        assert_failure(&page, 400, "This login did not begin in this browser");
        assert_eq!(page.header("set-cookie"), None, "{target}");
        assert_none(&page.body, &["CODE", "ERROR", &state, &other_state]);
    }
    let callback = format!("/?code=CODE&state={state}");
    let page = program.browser().get(&callback);
    assert_failure(&page, 400, "This login is finished or has expired");
    assert!(page.text().contains("cookies"), "{page:?}");
    assert_eq!(server.requests().len(), 0);

    // The login itself is not spoiled.
    assert_eq!(browser.get(&callback).status, 200);
}

#[test]
fn cookies_of_other_programs_do_no_harm() {
    let program = Program::start(&[]);
    let mut browser = program.browser();
    let state = browser.begin();
    let cookie = format!("a=\u{ff}\u{1F600}; {}; b=\"c;d\"", browser.cookie.unwrap());
    let headers = [
        ("Cookie", cookie.as_str()),
        ("Cookie", "een_login_state=nonsense"),
    ];
    let page = request(program.address, "GET", "/", &headers, "");
    assert_eq!(page.state(), state);

    // Not UTF-8.
    let head = format!("GET / HTTP/1.1\r\nHost: {}\r\n", program.address);
    let cookies = b"Cookie: a=\xff\x80; een_login_state=";
    let request = [head.as_bytes(), cookies, state.as_bytes(), b"\r\n\r\n"].concat();
    assert_eq!(send(program.address, &request).state(), state);
}

#[test]
fn with_an_https_redirect_uri_the_cookie_is_bound_to_the_host() {
    let program = Program::start(&[("REDIRECT_URI", "https://app.example")]);
    let mut browser = program.browser();
    let page = browser.get("/");
    let expected = format!(
        "__Host-een_login_state={}; HttpOnly; SameSite=Lax; Path=/; Secure",
        page.state()
    );
    assert_eq!(page.header("set-cookie"), Some(expected.as_str()));

    // A browser ignores a deletion without `Secure` and `Path=/`.
    let refusal = browser.get(&format!("/?error=e&state={}", page.state()));
    assert_eq!(
        refusal.header("set-cookie"),
        Some("__Host-een_login_state=; HttpOnly; SameSite=Lax; Path=/; Secure; Max-Age=0")
    );
}

#[test]
fn copies_of_the_program_finish_each_others_logins() {
    let server = Server::good();
    let copies = [
        Program::against(&server, &[]),
        Program::against(&server, &[]),
    ];
    let mut browser = copies[0].browser();
    let state = browser.begin();
    browser.address = copies[1].address;
    assert_eq!(browser.get(&format!("/?code=c&state={state}")).status, 200);
}

#[test]
fn a_callback_that_cannot_be_read_is_refused_and_uses_the_state_up() {
    let server = Server::good();
    let program = Program::against(&server, &[]);
    let mut browser = program.browser();
    let longest = "a".repeat(4096);
    let queries = [
        "code=a&code=a",
        "error=&error=",
        "error=e&error_description=a&error_description=b",
        &format!("code={longest}a"),
    ];
    for query in queries {
        let state = browser.begin();
        let page = browser.get(&format!("/?{query}&state={state}"));
        assert_failure(&page, 400, "This callback cannot be read");
        assert_eq!(browser.cookie, None, "{query}");
    }
    let state = browser.begin();
    let twice = browser.get(&format!("/?code=a&state={state}&state={state}"));
    assert_failure(&twice, 400, "This login did not begin in this browser");
    assert_eq!(server.requests().len(), 0);
    assert_eq!(browser.log_in(&longest).status, 200);
}

#[test]
fn a_refusal_shows_its_error_and_description_escaped_and_redacted() {
    let program = Program::start(&[]);
    let mut browser = program.browser();
    let state = browser.begin();
    let description = "%3Cb%3E+%1B+sandbox-secret";
    let target = format!("/?error=access_denied&error_description={description}&state={state}");
    let page = browser.get(&target);
    assert_failure(&page, 403, "The login was refused");
    assert!(
        page.body.contains("access_denied: &lt;b&gt; \u{fffd} ***"),
        "{page:?}"
    );
}

/// A request for the login page under another name.
fn open_as(browser: &Browser, host: &str, headers: &[(&str, &str)]) -> Response {
    let headers = [&[("Host", host)], headers].concat();
    request(browser.address, "GET", "/", &headers, "")
}

#[test]
fn another_loopback_name_is_redirected_to_the_redirect_uri() {
    let program = Program::start(&[]);
    let port = program.address.port();
    let redirect_uri = format!("http://127.0.0.1:{port}");
    for name in ["localhost", "LOCALHOST", "127.0.0.2", "[::1]"] {
        let response = open_as(&program.browser(), &format!("{name}:{port}"), &[]);
        assert_eq!(response.status, 307, "{name}");
        assert_eq!(response.header("location"), Some(redirect_uri.as_str()));
    }
    for header in [
        ("Forwarded", "host=localhost"),
        ("X-Forwarded-Host", "app.example"),
    ] {
        let response = open_as(&program.browser(), &format!("localhost:{port}"), &[header]);
        assert_eq!(response.status, 200, "{header:?}");
    }

    // A callback stays where it came.
    let localhost = format!("localhost:{port}");
    let headers = [("Host", localhost.as_str())];
    let callback = program
        .browser()
        .request("GET", "/?code=c&state=s", &headers);
    assert_failure(&callback, 400, "This login is finished or has expired");
}

#[test]
fn a_page_opened_elsewhere_has_a_notice_and_the_log_warns() {
    let program = Program::start(&[]);
    let port = program.address.port();
    let redirect_uri = format!("http://127.0.0.1:{port}");
    for host in [
        "localhost:8080",
        "0.0.0.0:3333",
        "my-machine:3333",
        "app.example",
    ] {
        let page = open_as(&program.browser(), host, &[]);
        assert_eq!(page.status, 200, "{host}");
        let text = page.text();
        assert!(
            text.contains(&format!("REDIRECT_URI=http://{host}")),
            "{text}"
        );
        assert!(text.contains(&program.sandbox()), "{text}");
        assert_eq!(page.link(&redirect_uri), redirect_uri);
        program.wait_for_log(&format!(
            "opened at http://{host}, but the login returns to"
        ));
    }
    let page = open_as(&program.browser(), &format!("127.0.0.1:{port}"), &[]);
    assert!(!page.text().contains("You opened this page"), "{page:?}");

    let server = Server::good();
    let program = Program::against(&server, &[]);
    let page = open_as(
        &program.browser(),
        "app.example",
        &[("X-Forwarded-Proto", "https")],
    );
    assert!(
        page.text().contains("REDIRECT_URI=https://app.example"),
        "{page:?}"
    );
    assert!(page.text().contains("Register it"), "{page:?}");
}

#[test]
fn a_redirect_uri_that_is_not_http_on_this_machine_moves_nobody() {
    for redirect_uri in ["https://127.0.0.1", "http://app.example"] {
        let program = Program::start(&[("REDIRECT_URI", redirect_uri)]);
        let page = open_as(&program.browser(), "localhost", &[]);
        assert_eq!(page.status, 200, "{redirect_uri}");
        assert!(!page.text().contains("You opened this page"), "{page:?}");
    }
}

#[test]
fn head_is_as_the_login_page_and_exchanges_nothing() {
    let server = Server::good();
    let program = Program::against(&server, &[]);
    let mut browser = program.browser();
    let state = browser.begin();
    for query in ["", "?code=a&code=b", &format!("?code=a&state={state}")] {
        let response = browser.request("HEAD", &format!("/{query}"), &[]);
        assert_eq!(
            (response.status, response.body.as_str()),
            (200, ""),
            "{query}"
        );
        let cookie = response.header("set-cookie").unwrap();
        assert!(cookie.contains(&state), "{query}: {cookie}");
    }
    assert_eq!(server.requests().len(), 0);
    assert_eq!(browser.get(&format!("/?code=a&state={state}")).status, 200);
}

#[test]
fn another_method_is_405_and_another_path_404() {
    let program = Program::start(&[]);
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let page = program.browser().request(method, "/", &[]);
        assert_eq!(
            (page.status, page.header("allow")),
            (405, Some("GET, HEAD")),
            "{method}"
        );
        assert_eq!(page.link("Go to the login page"), "/");
    }
    for target in ["/x", "//", "/oauth2/token"] {
        let page = program.browser().get(target);
        assert_eq!(page.status, 404, "{target}");
        assert_eq!(page.link("Go to the login page"), "/");
    }
}
