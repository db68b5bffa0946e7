//! The sandbox: the whole login without an account, and its endpoints one by one.

mod api;
mod authorize;
mod token;

use std::net::SocketAddr;

use serde_json::Value;

use crate::support::{Browser, Program, Response, between, parse, raw, request};

/// `sandbox-client:sandbox-secret` in base64, as Basic authentication sends it.
const CREDENTIALS: &str = "Basic c2FuZGJveC1jbGllbnQ6c2FuZGJveC1zZWNyZXQ=";

/// The fields of an answer of the token endpoint, in the order in which Eagle Eye Networks documents
/// them.
const FIELDS: [&str; 6] = [
    "access_token",
    "expires_in",
    "refresh_token",
    "httpsBaseUrl",
    "scope",
    "token_type",
];

/// The program without credentials, and its sandbox.
struct Sandbox {
    program: Program,
    address: SocketAddr,
}

impl Sandbox {
    fn start() -> Self {
        let program = Program::start(&[]);
        let address = program.sandbox().parse().unwrap();
        Self { program, address }
    }

    /// Opens the sign-in page from the login page.
    fn sign_in_page(&self, browser: &mut Browser) -> Response {
        let link = browser.get("/").links()[0].clone();
        let target = link
            .strip_prefix(&format!("http://{}", self.address))
            .unwrap_or_else(|| panic!("the link leads elsewhere: {link}"));
        self.get(target)
    }

    /// Makes a choice on the sign-in page; gives the target to which the browser comes back.
    fn choose(&self, choice: &str) -> String {
        let back = self.get(choice);
        assert_eq!(back.status, 302, "{back:?}");
        let location = back.header("location").unwrap();
        let query = location.strip_prefix(&self.program.redirect_uri()).unwrap();
        format!("/{query}")
    }

    fn get(&self, target: &str) -> Response {
        request(self.address, "GET", target, &[])
    }

    /// The first request, with parameters after it.
    fn authorize(&self, more: &str) -> String {
        let redirect_uri = self.program.redirect_uri();
        format!(
            "/oauth2/authorize?client_id=sandbox-client&response_type=code&scope=vms.all\
             &redirect_uri={redirect_uri}{more}"
        )
    }

    fn new_code(&self) -> String {
        let target = self.choose(&self.authorize("&decision=sign-in&state=s"));
        between(&target, "code=", "&").to_owned()
    }

    /// Posts a form with the client's credentials.
    fn post(&self, target: &str, form: &str) -> Response {
        self.post_with(target, &format!("Authorization: {CREDENTIALS}\r\n"), form)
    }

    fn post_with(&self, target: &str, headers: &str, form: &str) -> Response {
        let length = form.len();
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n{headers}\r\n{form}",
            self.address
        );
        parse(&raw(self.address, request.as_bytes())).expect("an HTTP response")
    }

    /// The tokens of a new login.
    fn log_in(&self) -> Tokens {
        let form = format!(
            "grant_type=authorization_code&scope=vms.all&code={}&redirect_uri={}",
            self.new_code(),
            self.program.redirect_uri()
        );
        tokens(&self.post("/oauth2/token", &form))
    }

    /// New tokens for a refresh token.
    fn refresh(&self, refresh_token: &str) -> Response {
        let form = format!("grant_type=refresh_token&refresh_token={refresh_token}");
        self.post("/oauth2/token", &form)
    }

    fn ask_who(&self, access_token: &str) -> Response {
        let authorization = format!("Bearer {access_token}");
        let headers = [("Authorization", authorization.as_str())];
        request(self.address, "GET", "/api/v3.0/users/self", &headers)
    }
}

struct Tokens {
    access: String,
    refresh: String,
}

fn json(answer: &Response) -> Value {
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    serde_json::from_str(&answer.body).unwrap()
}

/// The tokens of a good answer.
fn tokens(answer: &Response) -> Tokens {
    assert_eq!(answer.status, 200, "{answer:?}");
    let json = json(answer);
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    Tokens {
        access: text("access_token"),
        refresh: text("refresh_token"),
    }
}

/// An error as RFC 6749 has it: a status, a code, and a sentence in ASCII.
fn is_error(answer: &Response, status: u16, error: &str, what: &str) {
    let json = json(answer);
    let found = (answer.status, json["error"].as_str());
    assert_eq!(found, (status, Some(error)), "{what}");
    let description = json["error_description"].as_str().unwrap();
    let is_allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    assert!(description.chars().all(is_allowed), "{description}");
}

/// The link with this text.
fn choice(page: &Response, text: &str) -> String {
    let end = format!(">{text}</a>");
    let (before, _) = page.body.split_once(&end).expect("a choice of this name");
    let (_, target) = before.rsplit_once("href=\"").unwrap();
    target.trim_end_matches('"').replace("&amp;", "&")
}

#[test]
fn the_whole_login_works_without_an_account() {
    let sandbox = Sandbox::start();
    let mut browser = sandbox.program.browser();
    let login = browser.get("/");
    let banner = |page: &Response| between(&page.body, "<aside", "</aside>").to_owned();
    assert!(banner(&login).contains("Sandbox") && banner(&login).contains("CLIENT_SECRET"));
    let page = sandbox.sign_in_page(&mut browser);
    assert!(page.title().contains("Sandbox") && page.body.contains("not Eagle Eye Networks"));
    let back = sandbox.choose(&choice(&page, "Sign in"));
    let page = browser.get(&back);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(banner(&page).contains("Sandbox") && !banner(&page).contains("CLIENT_SECRET"));
    // The sandbox has no TLS, and is its own API.
    let base_url = format!("<code>http://{}</code>", sandbox.address);
    for text in ["You are logged in", "12 hours", &base_url] {
        assert!(page.body.contains(text), "{text}");
    }
    for field in FIELDS {
        assert!(
            page.body.contains(&format!("&quot;{field}&quot;")),
            "{field}"
        );
    }
}

#[test]
fn the_token_page_says_what_to_type_where_curl_asks_for_the_secret() {
    let sandbox = Sandbox::start();
    let mut browser = sandbox.program.browser();
    let sign_in = sandbox.sign_in_page(&mut browser);
    let page = browser.get(&sandbox.choose(&choice(&sign_in, "Sign in")));
    let mut after_lines = page.body.split("-u &quot;sandbox-client&quot;").skip(1);
    for line in ["refresh", "revoke"] {
        let after = after_lines.next().expect("a line with the client's id");
        assert!(after.contains("<code>sandbox-secret</code>"), "{line}");
    }
    assert!(after_lines.next().is_none());
}

#[test]
fn each_choice_of_the_sign_in_page_can_be_tried_after_the_other_from_a_new_login() {
    let sandbox = Sandbox::start();
    let mut browser = sandbox.program.browser();
    let choices = [
        ("Refuse", 403, "access_denied"),
        (
            "Sign in, and come back with an expired code",
            502,
            "400 invalid_grant",
        ),
        (
            "Sign in, and let the client’s credentials be wrong",
            502,
            "401 invalid_client",
        ),
        ("Sign in", 200, "You are logged in"),
    ];
    for (text, status, shown) in choices {
        let sign_in = sandbox.sign_in_page(&mut browser);
        let offered = sign_in.body.matches("&amp;decision=").count();
        assert_eq!(offered, choices.len(), "a choice is not tried here");
        let page = browser.get(&sandbox.choose(&choice(&sign_in, text)));
        assert_eq!(page.status, status, "{text}");
        assert!(page.body.contains(shown), "{text}: {}", page.body);
        assert!(page.body.contains("href=\"/\""), "{text}: no way back");
    }
}

#[test]
fn a_second_choice_after_back_finds_the_login_finished() {
    let sandbox = Sandbox::start();
    let mut browser = sandbox.program.browser();
    let sign_in = sandbox.sign_in_page(&mut browser);
    for (text, status) in [("Refuse", 403), ("Sign in", 400)] {
        let page = browser.get(&sandbox.choose(&choice(&sign_in, text)));
        assert_eq!(page.status, status, "{text}");
        let is_finished = page
            .title()
            .contains("This login is finished or has expired");
        assert_eq!(is_finished, status == 400);
    }
    let log = sandbox.program.log();
    assert!(!log.contains("the second request"), "{log}");
}
