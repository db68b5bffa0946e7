//! The log, which tells the story of a login.

use crate::support::{
    CLIENT_SECRET, CREDENTIALS, Program, Server, TOKENS, assert_in_order, assert_none,
};

#[test]
fn a_login_at_the_sandbox_is_told_in_its_order() {
    let program = Program::start(&[]);
    let sandbox = program.sandbox();
    let page = program.browser().log_in_at_sandbox("Log in");
    assert_eq!(page.status, 200);
    let log = program.wait_for_log("een_login] GET / 200 1");
    let first =
        format!("een_login::login] the first request: GET {sandbox}/oauth2/authorize?client_id=");
    let second = format!(
        "een_login::oauth] the second request: POST {sandbox}/oauth2/token?grant_type=authorization_code\
         &scope=vms.all&code=***&redirect_uri="
    );
    assert_in_order(
        &log,
        &[
            "Running on",
            &first,
            "een_login::login] the callback: code=***, state=***",
            &second,
            "een_login::oauth] its headers: authorization: Basic ***, accept: */*",
            "een_login::oauth] the response: 200 OK",
        ],
    );
    // The line of a request is written when its response is sent, maybe after the browser's next request.
    for line in [
        "GET /oauth2/authorize 200 ",
        "GET /oauth2/authorize 302 ",
        "POST /oauth2/token 200 ",
    ] {
        program.wait_for_log(&format!("een_login::sandbox] {line}"));
    }
}

#[test]
fn at_info_no_code_state_token_or_secret_appears() {
    let server = Server::good();
    let program = Program::against(&server, &[]);
    let mut browser = program.browser();
    let state = browser.begin();
    browser.get(&format!("/?code=the-code&state={state}"));
    browser.get(&format!("/?code=the-code&state={state}"));
    let second_state = browser.begin();
    browser.get(&format!(
        "/?error=the-code+eyJhY2Nlc3M&error_description=the-code&state={second_state}"
    ));
    let log = program.wait_for_log("GET / 403");
    let secrets = [
        "the-code",
        &state,
        &second_state,
        "eyJhY2Nlc3M",
        "refresh-1",
    ];
    assert_none(&log, &secrets);
    assert_none(&log, &[CLIENT_SECRET, CREDENTIALS]);
}

#[test]
fn at_debug_the_code_and_the_token_response_appear_but_never_the_secret() {
    let server = Server::good();
    let program = Program::against(&server, &[("RUST_LOG", "een_login=debug")]);
    program.browser().log_in("the-code");
    let log = program.wait_for_log("the token response: ");
    assert_in_order(&log, &["code=the-code&", TOKENS]);
    assert_none(&log, &[CLIENT_SECRET, CREDENTIALS]);
}

#[test]
fn a_callback_that_is_refused_or_failed_is_a_warning_with_its_cause() {
    let server = Server::responding(
        "400 Bad Request",
        r#"{"error":"invalid_grant","error_description":"d"}"#,
    );
    let program = Program::against(&server, &[]);
    let mut browser = program.browser();
    let state = browser.begin();
    browser.get(&format!("/?code=a&code=b&state={state}"));
    browser.get("/?code=a&state=s");
    let state = browser.begin();
    browser.get(&format!("/?code=a&state=x{state}"));
    browser.get(&format!("/?error=access_denied&state={state}"));
    browser.log_in("a");
    let log = program.wait_for_log("GET / 502");
    let warning = |cause: &str| format!("[WARN  een_login::login] the login failed: {cause}\n");
    assert_in_order(
        &log,
        &[
            &warning("This callback cannot be read"),
            &warning("This login is finished or has expired"),
            &warning("This login did not begin in this browser"),
            &warning("The login was refused: access_denied"),
            &warning("The code was not accepted: 400 Bad Request, invalid_grant"),
        ],
    );
}

#[test]
fn a_request_has_one_line_without_its_query_and_control_characters_are_escaped() {
    let server = Server::responding("200 OK", "{\"access_token\":\n\"\u{1b}[31m\u{85}\"}");
    let program = Program::against(&server, &[("RUST_LOG", "warn,een_login=debug")]);
    program.browser().get("/a/%1Bb?secret=query");
    program.browser().log_in("c");
    let log = program.wait_for_log("GET / 502");
    let parts = [
        "[INFO  een_login] GET /a/%1Bb 404 ",
        r#"{"access_token":\n"\u{1b}[31m\u{85}"}"#,
    ];
    assert_in_order(&log, &parts);
    assert_none(&log, &["secret=query"]);
}
