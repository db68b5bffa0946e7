//! The state and its cookie.

use crate::support::stand_in::StandIn;
use crate::support::{Program, Response, parse, raw, request};

/// Opens the page with a `Cookie` header.
fn open(program: &Program, cookie: &str) -> Response {
    request(program.address, "GET", "/", &[("Cookie", cookie)])
}

#[test]
fn the_cookie_has_its_attributes_and_a_state_of_128_bits_that_never_comes_twice() {
    let program = Program::start(&[]);
    let page = program.get("/");
    let state = page.state();
    let wanted = format!("een_login_state={state}; HttpOnly; SameSite=Lax; Path=/; Max-Age=600");
    assert_eq!(page.header("set-cookie"), Some(wanted.as_str()));
    assert_eq!(state.len(), 32, "128 bits in hexadecimal digits");
    assert!(
        state.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{state}"
    );
    assert_ne!(program.get("/").state(), state);
}

#[test]
fn where_the_redirect_uri_is_https_the_cookie_is_secure_and_belongs_to_the_host_alone() {
    let server = StandIn::good();
    let program = Program::with(&server.url(), &[("REDIRECT_URI", "HTTPS://app.example/")]);
    let page = program.get("/");
    let state = page.state();
    let wanted = format!(
        "__Host-een_login_state={state}; HttpOnly; SameSite=Lax; Path=/; Max-Age=600; Secure"
    );
    assert_eq!(page.header("set-cookie"), Some(wanted.as_str()));
    // A neighbour without TLS can set this name, but not that one.
    let planted = format!("een_login_state={state}");
    let target = format!("/?code=c&state={state}");
    let page = request(program.address, "GET", &target, &[("Cookie", &planted)]);
    assert_eq!(page.status, 400);
    let own = format!("__Host-een_login_state={state}");
    let page = request(program.address, "GET", &target, &[("Cookie", &own)]);
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("set-cookie"),
        Some("__Host-een_login_state=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Secure")
    );
}

#[test]
fn a_cookie_that_is_well_formed_is_used_again_and_another_is_not() {
    let program = Program::start(&[]);
    let state = "0123456789abcdef0123456789abcdef";
    let page = open(&program, &format!("a=b; een_login_state={state}; c=d"));
    assert_eq!(page.state(), state);
    let set = page.header("set-cookie").unwrap();
    assert!(
        set.starts_with(&format!("een_login_state={state}; ")),
        "{set}"
    );
    for bad in ["", "x", &state[1..], &state.to_uppercase(), "\"'<>"] {
        let fresh = open(&program, &format!("een_login_state={bad}")).state();
        assert!(
            fresh != bad && fresh != state && fresh.len() == 32,
            "{bad}: {fresh}"
        );
    }
}

#[test]
fn two_tabs_share_a_state_until_a_login_uses_it_up() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let mut browser = program.browser();
    let first = browser.begin();
    assert_eq!(browser.begin(), first);
    let page = browser.get(&format!("/?code=c&state={first}"));
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("set-cookie"),
        Some("een_login_state=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0")
    );
    assert_eq!(browser.cookie, None);
    assert_ne!(
        browser.begin(),
        first,
        "a state that was used up came again"
    );
}

#[test]
fn the_state_is_used_up_by_an_exchange_that_failed_and_by_a_refusal_too() {
    let server = StandIn::answering("500 Internal Server Error", "");
    let program = Program::against(&server.url());
    for (outcome, status) in [("code=c", 502), ("error=access_denied", 403)] {
        let mut browser = program.browser();
        let state = browser.begin();
        let target = format!("/?{outcome}&state={state}");
        assert_eq!(browser.get(&target).status, status);
        assert_eq!(browser.cookie, None, "{outcome}");
        // A reload finds no login.
        let page = browser.get(&target);
        assert_eq!(page.status, 400);
        assert!(
            page.title().contains("is finished or has expired"),
            "{}",
            page.title()
        );
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn cookies_of_other_programs_do_no_harm_whatever_bytes_they_hold() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    for (other, second_line) in [
        (&b"x=\xff\xfe\x80"[..], false),
        ("sprache=schwäbisch".as_bytes(), true),
        (b"=; ;;;een_login_state", false),
        (
            b"a=\"een_login_state=00000000000000000000000000000000\"",
            true,
        ),
        (b"een_login_state=\xff", false),
        (b"xeen_login_state=ffffffffffffffffffffffffffffffff", false),
    ] {
        let state = program.browser().begin();
        let own = format!("een_login_state={state}");
        let head = format!(
            "GET /?code=c&state={state} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nCookie: ",
            program.address
        );
        let separator = if second_line { "\r\nCookie: " } else { "; " };
        let parts = [
            head.as_bytes(),
            other,
            separator.as_bytes(),
            own.as_bytes(),
            b"\r\n\r\n",
        ];
        let answer = raw(program.address, &parts.concat());
        let page = parse(&answer).unwrap();
        assert_eq!(page.status, 200, "{}", String::from_utf8_lossy(other));
    }
}

#[test]
fn two_states_with_different_values_count_as_another_browsers() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let state = program.browser().begin();
    let planted = "0123456789abcdef0123456789abcdef";
    let target = format!("/?code=c&state={state}");
    for cookie in [
        format!("een_login_state={state}; een_login_state={planted}"),
        format!("een_login_state={planted}; een_login_state={state}"),
    ] {
        let page = request(program.address, "GET", &target, &[("Cookie", &cookie)]);
        assert_eq!(page.status, 400, "{cookie}");
        assert!(
            page.title().contains("did not begin in this browser"),
            "{}",
            page.title()
        );
        assert_eq!(page.header("set-cookie"), None);
        // The next login begins anew: neither can be trusted.
        let fresh = open(&program, &cookie).state();
        assert!(fresh != state && fresh != planted, "{fresh}");
    }
    assert_eq!(server.requests(), Vec::<String>::new());
    let same = format!("een_login_state={state}; een_login_state={state}");
    let page = request(program.address, "GET", &target, &[("Cookie", &same)]);
    assert_eq!(page.status, 200);
}
