//! The stand-in for Eagle Eye Networks.

use std::net::TcpListener;

use serde_json::json;

use crate::support::Program;
use crate::support::http::{Response, request, send, split_url};
use crate::support::program::free_port;

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

    fn status_of(&self, access_token: &str) -> u16 {
        let authorization = format!("Bearer {access_token}");
        self.request("GET", "/api/v3.0/users/self", &authorization, "")
            .status
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
        ("The state is another one, as in an attack", 400, "This login did not begin in this browser"),
        ("The server reads only the body, so the second request is made twice", 200, "You are logged in"),
    ];
    for (choice, status, title) in table {
        let page = sandbox.program.browser().log_in_at_sandbox(choice);
        assert_eq!((page.status, page.title()), (status, title), "{choice}");
    }
}

#[test]
fn the_browser_is_sent_to_the_registered_redirect_uri_alone() {
    let sandbox = Sandbox::start();
    let page = sandbox.program.browser().get("/");
    let (_, good) = split_url(&page.link("Login with Eagle Eye Networks"));
    let sign_in = sandbox.request("GET", &good, "", "");
    assert_eq!((sign_in.status, sign_in.title()), (200, "Sandbox: log in"));
    for part in [&sandbox.url, &format!("http://{}", sandbox.program.address)] {
        assert!(sign_in.body.contains(part), "no {part}");
    }
    let table = [
        ("sandbox-client", "other"),
        ("http://127.0.0.1", "http://127.0.0.2"),
        ("&state=", "/&state="),
    ];
    for (part, other) in table {
        let bad = good.replace(part, other) + "&decision=log_in";
        let response = sandbox.request("GET", &bad, "", "");
        assert_eq!(
            (response.status, response.header("location")),
            (400, None),
            "{bad}"
        );
    }
    let table = [
        (
            "response_type=code",
            "response_type=token",
            "error=unsupported_response_type",
        ),
        ("scope=vms.all", "scope=all", "error=invalid_scope"),
    ];
    for (part, other, error) in table {
        let response = sandbox.request("GET", &good.replace(part, other), "", "");
        let location = response.header("location").unwrap();
        assert!(
            location.contains(error) && location.contains(&page.state()),
            "{location}"
        );
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
    assert_error(
        &sandbox.post("/oauth2/token", &parameters),
        400,
        "invalid_grant",
    );
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
            assert!(
                response
                    .header("www-authenticate")
                    .unwrap()
                    .starts_with("Basic")
            );
        }
    }
    assert_error(&sandbox.post("/oauth2/revoke", ""), 400, "invalid_request");
    assert_eq!(
        sandbox.post("/oauth2/token", &good).status,
        200,
        "the code is still good"
    );
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
    let authorization = format!("Bearer {access_token}");
    let user = sandbox
        .request("GET", "/api/v3.0/users/self", &authorization, "")
        .json();
    let fields = [
        "id",
        "accountId",
        "firstName",
        "lastName",
        "email",
        "language",
        "employeeId",
    ];
    let names: Vec<&String> = user.as_object().unwrap().keys().collect();
    assert_eq!(names, fields);

    let cameras = sandbox
        .request("GET", "/api/v3.0/cameras", &authorization, "")
        .json();
    assert_eq!(cameras["totalSize"], 2);
    assert_eq!(
        (&cameras["nextPageToken"], &cameras["prevPageToken"]),
        (&json!(""), &json!(""))
    );
    let camera = cameras["results"][0].as_object().unwrap();
    let names: Vec<&String> = camera.keys().collect();
    assert_eq!(
        names,
        ["id", "accountId", "name", "bridgeId", "locationId", "tags"]
    );
    assert!(
        camera["name"].as_str().unwrap().contains("nvented"),
        "{camera:?}"
    );
}

#[test]
fn errors_of_the_api_are_as_the_real_ones() {
    let sandbox = Sandbox::start();
    for authorization in ["", "Bearer ", "Bearer x", CREDENTIALS] {
        for path in ["/api/v3.0/users/self", "/api/v3.0/cameras"] {
            let response = sandbox.request("GET", path, authorization, "");
            let json = response.json();
            assert_eq!(
                (response.status, &json["code"]),
                (401, &json!(401)),
                "{authorization}"
            );
            assert_eq!(
                (&json["status"], &json["details"]),
                (&json!("unauthenticated"), &json!([]))
            );
            assert!(json["message"].is_string(), "{response:?}");
            assert_eq!(response.header("content-type"), Some("application/json"));
            assert!(
                response
                    .header("www-authenticate")
                    .unwrap()
                    .starts_with("Bearer")
            );
        }
    }
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/api/v3.0/x"),
        ("GET", "/oauth2/token"),
        ("POST", "/api/v3.0/cameras"),
    ] {
        let response = sandbox.request(method, path, "", "");
        let json = response.json();
        assert_eq!(
            (response.status, &json["status"]),
            (404, &json!("notFound")),
            "{method} {path}"
        );
    }
}

#[test]
fn it_listens_on_the_next_port_or_on_a_free_one() {
    let port = free_port();
    let settings = [("PORT", port.to_string())];
    let settings = [("PORT", settings[0].1.as_str())];
    let program = Program::start(&settings);
    assert_eq!(program.sandbox(), format!("http://127.0.0.1:{}", port + 1));
    drop(program);
    let _taken = TcpListener::bind(("127.0.0.1", port + 1)).unwrap();
    let program = Program::start(&settings);
    assert_ne!(program.sandbox(), format!("http://127.0.0.1:{}", port + 1));
    assert_eq!(program.browser().log_in_at_sandbox("Log in").status, 200);
}

#[test]
fn a_request_that_is_too_large_has_its_error_in_json() {
    let sandbox = Sandbox::start();
    let (address, _) = split_url(&sandbox.url);
    for path in ["/oauth2/token", "/oauth2/revoke"] {
        // The length is enough for the refusal: no body follows.
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {CREDENTIALS}\r\nContent-Length: 300000\r\n\r\n"
        );
        let response = send(address, request.as_bytes());
        assert_eq!(
            response.header("content-type"),
            Some("application/json"),
            "{path}: {response:?}"
        );
        assert!(response.json()["error"].is_string(), "{path}");
    }
}
