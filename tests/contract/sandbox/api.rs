//! The API, and the end of a session.

use crate::support::request;

use super::{Sandbox, is_error, json, tokens};

#[test]
fn the_api_tells_who_the_person_is() {
    let sandbox = Sandbox::start();
    let answer = sandbox.ask_who(&sandbox.log_in().access);
    assert_eq!(answer.status, 200, "{answer:?}");
    let person = json(&answer);
    for field in ["id", "accountId", "email", "firstName", "lastName"] {
        assert!(person[field].is_string(), "{field}: {person}");
    }
    // Nobody takes this for a real person.
    assert!(answer.body.contains("Invented"), "{person}");
}

#[test]
fn the_api_refuses_as_rfc_6750_says() {
    let sandbox = Sandbox::start();
    let path = "/api/v3.0/users/self";
    let token = sandbox.log_in();
    let basic = super::CREDENTIALS;
    // Without a token the challenge has no error (section 3.1).
    for headers in [&[][..], &[("Authorization", basic)]] {
        let answer = request(sandbox.address, "GET", path, headers);
        assert_eq!(answer.status, 401);
        let challenge = answer.header("www-authenticate").unwrap();
        assert_eq!(challenge, "Bearer realm=\"sandbox\"");
    }
    let in_query = sandbox.get(&format!("{path}?access_token={}", token.access));
    assert_eq!(in_query.status, 401, "a token in the address is none");
    for wrong in ["x", &token.refresh, &token.access[1..]] {
        let answer = sandbox.ask_who(wrong);
        assert_eq!(answer.status, 401);
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(
            challenge.starts_with("Bearer realm=") && challenge.contains("error=\"invalid_token\""),
            "{challenge}"
        );
    }
    let lower_case = format!("bearer {}", token.access);
    let headers = [("Authorization", lower_case.as_str())];
    let answer = request(sandbox.address, "GET", path, &headers);
    assert_eq!(answer.status, 200, "the case of the scheme does not matter");
}

#[test]
fn revoking_either_token_ends_both_and_no_others() {
    let sandbox = Sandbox::start();
    let other = sandbox.log_in();
    for revokes_access in [true, false] {
        let token = sandbox.log_in();
        let revoked = if revokes_access {
            &token.access
        } else {
            &token.refresh
        };
        let answer = sandbox.post("/oauth2/revoke", &format!("token={revoked}"));
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
        let who = sandbox.ask_who(&token.access);
        assert_eq!(who.status, 401);
        assert!(
            who.header("www-authenticate")
                .unwrap()
                .contains("invalid_token")
        );
        let refreshed = sandbox.refresh(&token.refresh);
        is_error(
            &refreshed,
            400,
            "invalid_grant",
            "the refresh token of a revoked session",
        );
    }
    assert_eq!(sandbox.ask_who(&other.access).status, 200);
    tokens(&sandbox.refresh(&other.refresh));
}

#[test]
fn revoking_answers_as_rfc_7009_says() {
    let sandbox = Sandbox::start();
    for form in [
        "token=unknown",
        "token=unknown&token_type_hint=access_token",
    ] {
        let answer = sandbox.post("/oauth2/revoke", form);
        assert_eq!(answer.status, 200, "an unknown token is as good as revoked");
    }
    for form in ["", "token=", "x=y", "token=a&token=b", "token=%zz"] {
        let answer = sandbox.post("/oauth2/revoke", form);
        is_error(&answer, 400, "invalid_request", form);
    }
    let token = sandbox.log_in().access;
    for _ in 0..2 {
        let answer = sandbox.post("/oauth2/revoke", &format!("token={token}"));
        assert_eq!(answer.status, 200, "a token may be revoked again");
    }
}
