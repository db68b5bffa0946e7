//! The token endpoint.

use serde_json::json;

use crate::support::{parse, raw};

use super::{FIELDS, Sandbox, is_error, json, tokens};

/// The second request, and a code.
fn exchange(sandbox: &Sandbox, code: &str) -> String {
    let redirect_uri = sandbox.program.redirect_uri();
    format!("grant_type=authorization_code&scope=vms.all&code={code}&redirect_uri={redirect_uri}")
}

#[test]
fn a_client_that_does_not_authenticate_is_refused() {
    let sandbox = Sandbox::start();
    let tokens = sandbox.log_in();
    let form = exchange(&sandbox, &sandbox.new_code());
    let in_form = format!("{form}&client_id=sandbox-client&client_secret=sandbox-secret");
    for (headers, form) in [
        ("", &form),
        ("", &in_form),
        ("Authorization: x\r\n", &form),
        ("Authorization: Basic\r\n", &form),
        ("Authorization: Basic ***\r\n", &form),
        // sandbox-client:x
        ("Authorization: Basic c2FuZGJveC1jbGllbnQ6eA==\r\n", &form),
        // x:sandbox-secret
        ("Authorization: Basic eDpzYW5kYm94LXNlY3JldA==\r\n", &form),
        (
            "Authorization: Bearer c2FuZGJveC1jbGllbnQ6c2FuZGJveC1zZWNyZXQ=\r\n",
            &form,
        ),
    ] {
        for path in ["/oauth2/token", "/oauth2/revoke"] {
            let sent = match path {
                "/oauth2/token" => form.clone(),
                _ => format!("token={}", tokens.access),
            };
            let answer = sandbox.post_with(path, headers, &sent);
            is_error(&answer, 401, "invalid_client", headers);
            let challenge = answer.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Basic realm="), "{challenge}");
        }
    }
    // Neither the code nor the token was touched.
    assert_eq!(sandbox.post("/oauth2/token", &form).status, 200);
    assert_eq!(sandbox.ask_who(&tokens.access).status, 200);
}

#[test]
fn a_code_brings_the_documented_fields_once() {
    let sandbox = Sandbox::start();
    let form = exchange(&sandbox, &sandbox.new_code());
    let answer = sandbox.post("/oauth2/token", &form);
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let found = json(&answer);
    let fields: Vec<_> = found.as_object().unwrap().keys().collect();
    assert_eq!(fields, FIELDS);
    assert_eq!(found["expires_in"], 43_200);
    assert_eq!(found["scope"], "vms.all");
    assert_eq!(found["token_type"], "Bearer");
    let port = sandbox.address.port();
    let base_url = json!({ "hostname": "127.0.0.1", "port": port });
    assert_eq!(found["httpsBaseUrl"], base_url);
    let again = sandbox.post("/oauth2/token", &form);
    is_error(&again, 400, "invalid_grant", "the same code again");
}

#[test]
fn the_parameters_may_stand_in_the_query_or_in_the_body() {
    let sandbox = Sandbox::start();
    let form = exchange(&sandbox, &sandbox.new_code());
    tokens(&sandbox.post(&format!("/oauth2/token?{form}"), ""));
    let form = exchange(&sandbox, &sandbox.new_code());
    tokens(&sandbox.post("/oauth2/token", &form));
    let form = exchange(&sandbox, &sandbox.new_code());
    let twice = sandbox.post(&format!("/oauth2/token?{form}"), &form);
    is_error(&twice, 400, "invalid_request", "in both places");
}

#[test]
fn each_wrong_exchange_has_its_error() {
    let sandbox = Sandbox::start();
    let right = || exchange(&sandbox, &sandbox.new_code());
    let own = sandbox.program.redirect_uri();
    for (form, error) in [
        (String::new(), "invalid_request"),
        (right().replace("grant_type", "x"), "invalid_request"),
        (format!("{}&grant_type=x", right()), "invalid_request"),
        (format!("{}&x=%zz", right()), "invalid_request"),
        (
            right().replace("authorization_code", "password"),
            "unsupported_grant_type",
        ),
        (right().replace("vms.all", "all"), "invalid_scope"),
        (right().replace("scope=", "x="), "invalid_scope"),
        (right().replace(&own, &format!("{own}/")), "invalid_grant"),
        (right().replace("127.0.0.1", "localhost"), "invalid_grant"),
        (right().replace("redirect_uri=", "x="), "invalid_grant"),
        (exchange(&sandbox, "unknown"), "invalid_grant"),
        (exchange(&sandbox, ""), "invalid_grant"),
    ] {
        let answer = sandbox.post("/oauth2/token", &form);
        is_error(&answer, 400, error, &form);
    }
}

#[test]
fn a_refresh_token_is_good_once_and_brings_another() {
    let sandbox = Sandbox::start();
    let first = sandbox.log_in();
    let second = tokens(&sandbox.refresh(&first.refresh));
    assert_ne!(second.access, first.access);
    assert_ne!(second.refresh, first.refresh);
    assert_eq!(sandbox.ask_who(&second.access).status, 200);
    let again = sandbox.refresh(&first.refresh);
    is_error(&again, 400, "invalid_grant", "the same refresh token again");
}

#[test]
fn each_wrong_refresh_has_its_error() {
    let sandbox = Sandbox::start();
    let token = sandbox.log_in();
    let right = format!("grant_type=refresh_token&refresh_token={}", token.refresh);
    for (form, error) in [
        ("grant_type=refresh_token".to_owned(), "invalid_request"),
        (format!("{right}&scope=all"), "invalid_scope"),
        (format!("{right}&refresh_token=x"), "invalid_request"),
        (
            right.replace(&token.refresh, &token.access),
            "invalid_grant",
        ),
        (right.replace(&token.refresh, "unknown"), "invalid_grant"),
    ] {
        let answer = sandbox.post("/oauth2/token", &form);
        is_error(&answer, 400, error, &form);
    }
    // None of them used the token up.
    tokens(&sandbox.post("/oauth2/token", &format!("{right}&scope=vms.all")));
}

#[test]
fn a_body_that_is_too_large_or_not_utf_8_gets_an_answer() {
    let sandbox = Sandbox::start();
    let large = sandbox.post("/oauth2/token", &"x".repeat(3 * 1024 * 1024));
    assert_eq!(large.status, 413);
    let head = format!(
        "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {}\r\n",
        super::CREDENTIALS
    );
    let body = b"Content-Length: 5\r\n\r\na=b\xff\xfe";
    let answer = raw(sandbox.address, &[head.as_bytes(), body].concat());
    is_error(
        &parse(&answer).unwrap(),
        400,
        "invalid_request",
        "not UTF-8",
    );
}
