use crate::support::stand_in::StandIn;
use crate::support::{CLIENT_ID, CLIENT_SECRET, CREDENTIALS, Program, request};

fn line<'a>(log: &'a str, wanted: &[&str]) -> &'a str {
    let mut lines = log
        .lines()
        .filter(|line| wanted.iter().all(|text| line.contains(text)));
    lines
        .next()
        .unwrap_or_else(|| panic!("no line with {wanted:?}:\n{log}"))
}

#[test]
fn at_info_each_request_is_logged_without_code_state_token_and_secret() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let mut browser = program.browser();
    let state = browser.begin();
    assert_eq!(
        browser.get(&format!("/?code=THECODE&state={state}")).status,
        200
    );
    let log = program.wait_until("two requests", |log| log.matches("GET / 200 ").count() == 2);

    let (url, uri) = (server.url(), program.redirect_uri());
    line(&log, &["redirect URI to register: ", &uri]);
    let first = line(&log, &["the first request"]);
    let end = format!(
        "{url}/oauth2/authorize?client_id={CLIENT_ID}&response_type=code&scope=vms.all&redirect_uri={uri}"
    );
    assert!(first.ends_with(&end), "{first}");
    let second = format!(
        "POST {url}/oauth2/token?grant_type=authorization_code&scope=vms.all&code=***&redirect_uri={uri}"
    );
    line(
        &log,
        &[
            "the second request",
            &second,
            "authorization: Basic ***",
            "accept: */*",
        ],
    );
    line(
        &log,
        &[
            "the second request",
            "accept-encoding: gzip, deflate",
            "content-length: 0",
            "connection: close",
            "user-agent: een-login/",
        ],
    );
    line(&log, &["the second request", "200 OK"]);
    line(&log, &["GET / 200 ", " bytes ", " s"]);
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
fn a_line_a_request_has_method_path_status_and_size_but_no_query() {
    let program = Program::start(&[]);
    let page = request(
        program.address,
        "POST",
        "/a/b?code=SEEN",
        &[("Referer", "http://x/?code=SEEN")],
    );
    let log = program.wait_for("POST /a/b 404 ");
    line(
        &log,
        &[&format!("POST /a/b 404 {} bytes ", page.body.len())],
    );
    assert!(!log.contains("SEEN"), "{log}");
}

#[test]
fn at_debug_the_code_and_the_answer_appear_but_the_client_secret_never() {
    let server = StandIn::good();
    for level in ["debug", "trace"] {
        let program = Program::with(&server.url(), &[("RUST_LOG", level)]);
        assert_eq!(program.browser().log_in("THECODE").status, 200);
        let log = program.wait_until("two requests", |log| log.matches("GET / 200 ").count() == 2);
        line(&log, &["the second request", "code=THECODE"]);
        line(&log, &["eyJhY2Nlc3M", "refresh-1", "httpsBaseUrl"]);
        assert!(
            !log.contains(CLIENT_SECRET) && !log.contains(CREDENTIALS),
            "{log}"
        );
    }
}

#[test]
fn a_secret_that_the_other_side_sends_back_is_masked() {
    let body = format!(r#"{{"error":"x","error_description":"{CLIENT_SECRET} {CREDENTIALS}"}}"#);
    for body in [body.clone(), body.replace('"', "")] {
        let server =
            StandIn::new(move |connection| connection.answer("400 Bad Request", "", &body));
        let program = Program::with(&server.url(), &[("RUST_LOG", "trace")]);
        let page = program.browser().log_in("c");
        assert_eq!(page.status, 502);
        assert!(page.body.contains("*** ***"), "{}", page.body);
        let log = program.wait_for(" 502 ");
        for text in [&page.body, &log] {
            assert!(
                !text.contains(CLIENT_SECRET) && !text.contains(CREDENTIALS),
                "{text}"
            );
        }
    }
}

#[test]
fn a_proxy_that_is_set_is_warned_of_without_its_address() {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let program = Program::start(&[(name, "http://user:pw@proxy.example")]);
        let log = program.log();
        line(&log, &["WARN", &format!("{name} is set")]);
        assert!(
            !log.contains("proxy.example") && !log.contains("pw"),
            "{log}"
        );
    }
    assert!(
        !Program::start(&[("HTTPS_PROXY", "")])
            .log()
            .contains("WARN")
    );
}

#[test]
fn rust_log_filters_the_log() {
    let settings = [("RUST_LOG", "een_login=info,actix_server=off")];
    let program = Program::start(&settings);
    assert!(!program.log().contains("actix_server"), "{}", program.log());
}

#[test]
fn a_failure_is_a_warning_that_names_the_cause_and_nothing_that_the_other_side_wrote() {
    let server = StandIn::answering(
        "401 Unauthorized",
        r#"{"error":"SEEN","error_description":"SEEN"}"#,
    );
    let program = Program::against(&server.url());
    program.browser().log_in("c");
    let log = program.wait_for(" 502 ");
    line(&log, &["WARN", "no tokens", "401 Unauthorized"]);
    line(&log, &["the second request", "401 Unauthorized"]);
    assert!(!log.contains("SEEN"), "{log}");
}
