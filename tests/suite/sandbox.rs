//! The stand-in for Eagle Eye Networks.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::support::http::{Response, request, send, split_url};
use crate::support::program::free_port;
use crate::support::{Program, assert_in_order, assert_page};

/// `sandbox-client:sandbox-secret` in base64.
const CREDENTIALS: &str = "Basic c2FuZGJveC1jbGllbnQ6c2FuZGJveC1zZWNyZXQ=";

/// The sandbox of a running program, as the program and curl reach it.
struct Sandbox {
    program: Program,
    url: String,
}

impl Sandbox {
    fn start() -> Self {
        let program = Program::start(&[]);
        let url = program.sandbox();
        Self { program, url }
    }

    fn request(&self, method: &str, target: &str, authorization: &str, body: &str) -> Response {
        let (address, _) = split_url(&self.url);
        request(
            address,
            method,
            target,
            &[("Authorization", authorization)],
            body,
        )
    }

    fn post(&self, path: &str, body: &str) -> Response {
        self.request("POST", path, CREDENTIALS, body)
    }

    /// A code, as a login brings it.
    fn code(&self) -> String {
        let page = self.program.browser().get("/");
        let (_, target) = split_url(&page.link("Login with Eagle Eye Networks"));
        let response = self.request("GET", &format!("{target}&decision=log_in"), "", "");
        let location = response.header("location").unwrap().to_owned();
        let (_, rest) = location.split_once("?code=").unwrap();
        rest.split_once("&state=").unwrap().0.to_owned()
    }

    fn parameters(&self, code: &str) -> String {
        let redirect_uri = format!("http://{}", self.program.address);
        format!(
            "grant_type=authorization_code&scope=vms.all&code={code}&redirect_uri={redirect_uri}"
        )
    }

    /// The access token and the refresh token of a new login.
    fn tokens(&self) -> (String, String) {
        tokens(&self.post("/oauth2/token", &self.parameters(&self.code())))
    }

    fn refresh(&self, token: &str) -> Response {
        let body = format!("grant_type=refresh_token&scope=vms.all&refresh_token={token}");
        self.post("/oauth2/token", &body)
    }

    fn revoke(&self, token: &str) {
        let response = self.post("/oauth2/revoke", &format!("token={token}"));
        assert_eq!((response.status, response.body.as_str()), (200, ""));
    }

    fn call(&self, path: &str, access_token: &str) -> Response {
        let authorization = format!("Bearer {access_token}");
        self.request("GET", &format!("/api/v3.0/{path}"), &authorization, "")
    }

    fn status_of(&self, access_token: &str) -> u16 {
        self.call("users/self", access_token).status
    }
}

fn tokens(response: &Response) -> (String, String) {
    assert_eq!(response.status, 200, "{response:?}");
    let json = response.json();
    let field = |name: &str| json[name].as_str().unwrap().to_owned();
    (field("access_token"), field("refresh_token"))
}

fn assert_error(response: &Response, status: u16, error: &str) {
    let json = response.json();
    assert_eq!(
        (response.status, json["error"].as_str()),
        (status, Some(error)),
        "{response:?}"
    );
    assert!(json["error_description"].is_string(), "{response:?}");
}

#[test]
fn each_choice_of_the_sign_in_page_ends_as_it_says() {
    let sandbox = Sandbox::start();
    #[rustfmt::skip]
    let table = [
        ("Log in", 200, "You are logged in"),
        ("Refuse", 403, "The login was refused"),
        ("The code has expired", 502, "The code was not accepted"),
        ("The client secret is wrong", 502, "The credentials were not accepted"),
        ("The client may not use the scope", 502, "The client may not use this scope"),
        ("The state does not match, as in an attack", 400, "This login did not begin in this browser"),
        ("The server reads only the body, so the second request is made twice", 200, "You are logged in"),
    ];
    for (choice, status, title) in table {
        let page = sandbox.program.browser().log_in_at_sandbox(choice);
        assert_page(&page, status, title);
        let is_made_twice = page.text().contains("2nd try");
        assert_eq!(is_made_twice, choice.contains("twice"), "{choice}");
    }
}

#[test]
fn the_browser_is_sent_to_the_registered_redirect_uri_alone() {
    let sandbox = Sandbox::start();
    let page = sandbox.program.browser().get("/");
    let (_, good) = split_url(&page.link("Login with Eagle Eye Networks"));
    let sign_in = sandbox.request("GET", &good, "", "");
    assert_page(&sign_in, 200, "Sandbox: log in");
    let own_url = format!("http://{}", sandbox.program.address);
    assert_in_order(
        &sign_in.body,
        &[&sandbox.url, "Log in and allow access?", &own_url],
    );
    let table = [
        ("sandbox-client", "other"),
        ("http://127.0.0.1", "http://127.0.0.2"),
        ("&state=", "/&state="),
    ];
    for (part, other) in table {
        let bad = good.replace(part, other) + "&decision=log_in";
        let response = sandbox.request("GET", &bad, "", "");
        assert_eq!(response.status, 400, "{bad}");
        assert_eq!(response.header("location"), None, "{bad}");
    }
    let table = [
        ("=code", "=token", "unsupported_response_type"),
        ("vms.all", "all", "invalid_scope"),
    ];
    for (part, other, error) in table {
        let response = sandbox.request("GET", &good.replace(part, other), "", "");
        let location = response.header("location").unwrap();
        assert_in_order(location, &[&own_url, error, &page.state()]);
    }
}

#[test]
fn a_code_is_exchanged_once_with_its_parameters_in_the_query_or_in_the_body() {
    let sandbox = Sandbox::start();
    let parameters = sandbox.parameters(&sandbox.code());
    let in_query = sandbox.post(&format!("/oauth2/token?{parameters}"), "");
    let (access_token, _) = tokens(&in_query);
    let json = in_query.json();
    assert_eq!(json["expires_in"], 43_200);
    assert_eq!(json["scope"], "vms.all");
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["httpsBaseUrl"]["hostname"], "127.0.0.1");
    assert_eq!(in_query.header("cache-control"), Some("no-store"));
    assert_eq!(sandbox.status_of(&access_token), 200);
    let again = sandbox.post("/oauth2/token", &parameters);
    assert_error(&again, 400, "invalid_grant");
    let in_body = sandbox.post("/oauth2/token", &sandbox.parameters(&sandbox.code()));
    assert_eq!(in_body.status, 200);
}

#[test]
fn a_wrong_token_request_has_its_error() {
    let sandbox = Sandbox::start();
    let good = sandbox.parameters(&sandbox.code());
    #[rustfmt::skip]
    let table = [
        (good.replace("authorization_code", "password"), "unsupported_grant_type"),
        (good.replace("grant_type=", "x="), "invalid_request"),
        (good.replace("vms.all", "all"), "invalid_scope"),
        (good.clone() + "/", "invalid_grant"),
        (good.replace("code=", "code=x"), "invalid_grant"),
        ("grant_type=refresh_token&refresh_token=x".to_owned(), "invalid_grant"),
    ];
    for (body, error) in table {
        let response = sandbox.post("/oauth2/token", &body);
        assert_error(&response, 400, error);
    }
    for authorization in ["", "Basic eDp5", "Bearer x"] {
        for path in ["/oauth2/token", "/oauth2/revoke"] {
            let response = sandbox.request("POST", path, authorization, &good);
            assert_error(&response, 401, "invalid_client");
            let challenge = response.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Basic"), "{challenge}");
        }
    }
    assert_error(&sandbox.post("/oauth2/revoke", ""), 400, "invalid_request");
    // The code is still good.
    assert_eq!(sandbox.post("/oauth2/token", &good).status, 200);
}

#[test]
fn a_refresh_ends_both_old_tokens() {
    let sandbox = Sandbox::start();
    let (access_token, refresh_token) = sandbox.tokens();
    let (new_access_token, new_refresh_token) = tokens(&sandbox.refresh(&refresh_token));
    assert_eq!(sandbox.status_of(&access_token), 401);
    assert_eq!(sandbox.status_of(&new_access_token), 200);
    assert_error(&sandbox.refresh(&refresh_token), 400, "invalid_grant");

    // Who revokes an old token has not ended the session.
    sandbox.revoke(&access_token);
    sandbox.revoke(&refresh_token);
    assert_eq!(sandbox.status_of(&new_access_token), 200);
    sandbox.revoke(&new_refresh_token);
    assert_eq!(sandbox.status_of(&new_access_token), 401);
    assert_error(&sandbox.refresh(&new_refresh_token), 400, "invalid_grant");
}

#[test]
fn revoking_an_access_token_ends_that_one_alone() {
    let sandbox = Sandbox::start();
    let (access_token, refresh_token) = sandbox.tokens();
    let (other, _) = sandbox.tokens();
    sandbox.revoke(&access_token);
    sandbox.revoke("unknown");
    assert_eq!(sandbox.status_of(&access_token), 401);
    assert_eq!(sandbox.status_of(&other), 200);
    assert_eq!(sandbox.refresh(&refresh_token).status, 200);
}

#[test]
fn the_api_answers_with_the_documented_fields() {
    let sandbox = Sandbox::start();
    let (access_token, _) = sandbox.tokens();
    let keys = |json: &Value| {
        json.as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let user = sandbox.call("users/self", &access_token).json();
    assert_eq!(
        keys(&user),
        "id accountId firstName lastName email language employeeId"
    );
    assert_eq!(user["firstName"], "Invented");
    let cameras = sandbox.call("cameras", &access_token).json();
    assert_eq!(
        keys(&cameras),
        "results nextPageToken prevPageToken totalSize"
    );
    assert_eq!(
        keys(&cameras["results"][1]),
        "id accountId name bridgeId locationId tags"
    );
    assert_eq!(cameras["totalSize"], 2);
    for token in ["nextPageToken", "prevPageToken"] {
        assert_eq!(cameras[token], "", "{token}");
    }
    let name = cameras["results"][0]["name"].as_str().unwrap();
    assert!(name.contains("nvented"), "{name}");
}

/// Asserts that a response has an error of the API.
#[track_caller]
fn assert_api_error(response: &Response, code: u16, status: &str) {
    let json = response.json();
    assert_eq!(
        (response.status, &json["code"]),
        (code, &json!(code)),
        "{response:?}"
    );
    assert_eq!(
        (&json["status"], &json["details"]),
        (&json!(status), &json!([]))
    );
    assert!(json["message"].is_string(), "{response:?}");
    assert_eq!(response.header("content-type"), Some("application/json"));
}

#[test]
fn errors_of_the_api_are_as_the_real_ones() {
    let sandbox = Sandbox::start();
    for authorization in ["", "Bearer ", "Bearer x", CREDENTIALS] {
        for path in ["/api/v3.0/users/self", "/api/v3.0/cameras"] {
            let response = sandbox.request("GET", path, authorization, "");
            assert_api_error(&response, 401, "unauthenticated");
            assert!(
                response
                    .header("www-authenticate")
                    .unwrap()
                    .starts_with("Bearer")
            );
        }
    }
    #[rustfmt::skip]
    let table = [("GET", "/"), ("GET", "/api/v3.0/x"), ("GET", "/oauth2/token"), ("POST", "/api/v3.0/cameras")];
    for (method, path) in table {
        assert_api_error(&sandbox.request(method, path, "", ""), 404, "notFound");
    }
}

#[test]
fn it_listens_on_the_next_port_or_on_a_free_one() {
    let port = free_port();
    let next = format!("http://127.0.0.1:{}", port + 1);
    let port_text = port.to_string();
    let settings = [("PORT", port_text.as_str())];
    let program = Program::start(&settings);
    assert_eq!(program.sandbox(), next);
    drop(program);
    let _taken = TcpListener::bind(("127.0.0.1", port + 1)).unwrap();
    let program = Program::start(&settings);
    assert_ne!(program.sandbox(), next);
    assert_eq!(program.browser().log_in_at_sandbox("Log in").status, 200);
}

#[test]
fn a_request_that_is_too_large_has_its_error_in_json() {
    let sandbox = Sandbox::start();
    let (address, _) = split_url(&sandbox.url);
    for path in ["/oauth2/token", "/oauth2/revoke"] {
        // The length is enough for the refusal: no body follows. The case of `basic` does not matter.
        let authorization = CREDENTIALS.replace("Basic", "basic");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {authorization}\r\n"
        );
        let request = head + "Content-Length: 300000\r\n\r\n";
        let response = send(address, request.as_bytes());
        assert_error(&response, 400, "invalid_request");
        let content_type = response.header("content-type");
        assert_eq!(content_type, Some("application/json"), "{path}");
    }
}
