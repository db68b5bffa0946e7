use serde_json::Value;

use crate::support::{Program, Response, between, request};

const GRANT: &str = "grant_type=authorization_code&scope=vms.all";

struct Sandbox {
    program: Program,
    address: std::net::SocketAddr,
}

impl Sandbox {
    fn start() -> Self {
        let program = Program::start(&[]);
        let address = program.sandbox().parse().unwrap();
        Self { program, address }
    }

    /// Opens the sign-in page for a link of the login page.
    fn sign_in_page(&self, link: &str) -> Response {
        let target = link
            .strip_prefix(&format!("http://{}", self.address))
            .unwrap();
        request(self.address, "GET", target, &[])
    }

    /// Follows the link with this text; gives the query of the callback.
    fn choose(&self, page: &Response, text: &str) -> String {
        let link = page
            .body
            .split("<a ")
            .find(|link| link.contains(text))
            .unwrap();
        let target = between(link, "href=\"", "\"").replace("&amp;", "&");
        let back = request(self.address, "GET", &target, &[]);
        assert_eq!(back.status, 302, "{back:?}");
        let location = back.header("location").unwrap();
        location
            .strip_prefix(&self.program.redirect_uri())
            .unwrap()
            .to_owned()
    }
}

#[test]
fn the_whole_login_works_without_an_account() {
    let sandbox = Sandbox::start();
    let mut browser = sandbox.program.browser();
    let login = browser.get("/");
    assert!(login.body.contains("Sandbox"));
    let page = sandbox.sign_in_page(&login.links()[0]);
    assert!(page.title().contains("Sandbox") && page.body.contains("not Eagle Eye Networks"));
    let query = sandbox.choose(&page, ">Sign in<");
    let tokens = browser.get(&format!("/{query}"));
    assert_eq!(tokens.status, 200, "{tokens:?}");
    for text in ["You are logged in", "Sandbox", "12 hours", "https://api."] {
        assert!(tokens.body.contains(text), "{text}");
    }
    for field in [
        "access_token",
        "expires_in",
        "refresh_token",
        "httpsBaseUrl",
        "scope",
        "token_type",
    ] {
        assert!(
            tokens.body.contains(&format!("&quot;{field}&quot;")),
            "{field}"
        );
    }
}

#[test]
fn a_refusal_and_each_failure_worth_seeing_lead_to_their_pages() {
    let sandbox = Sandbox::start();
    for (choice, status, text) in [
        (">Refuse<", 403, "access_denied"),
        ("expired code", 502, "expired"),
        ("credentials", 502, "invalid_client"),
    ] {
        let mut browser = sandbox.program.browser();
        let page = sandbox.sign_in_page(&browser.get("/").links()[0]);
        let query = sandbox.choose(&page, choice);
        let page = browser.get(&format!("/{query}"));
        assert_eq!(page.status, status, "{choice}");
        assert!(page.body.contains(text), "{choice}: {}", page.body);
    }
}

#[test]
fn a_code_is_good_once() {
    let sandbox = Sandbox::start();
    let mut browser = sandbox.program.browser();
    let page = sandbox.sign_in_page(&browser.get("/").links()[0]);
    let query = sandbox.choose(&page, ">Sign in<");
    assert_eq!(browser.get(&format!("/{query}")).status, 200);
    let state = browser.begin();
    let code = between(&query, "code=", "&");
    let again = browser.get(&format!("/?code={code}&state={state}"));
    assert_eq!(again.status, 502);
    assert!(again.body.contains("invalid_grant"), "{}", again.body);
}

#[test]
fn the_token_endpoint_refuses_a_client_that_does_not_authenticate() {
    let sandbox = Sandbox::start();
    for headers in [
        &[][..],
        &[("Authorization", "Basic c2FuZGJveC1jbGllbnQ6eA==")],
        &[("Authorization", "x")],
    ] {
        let answer = request(
            sandbox.address,
            "POST",
            &format!("/oauth2/token?{GRANT}&code=x"),
            headers,
        );
        assert_eq!(answer.status, 401);
        assert!(
            answer
                .header("www-authenticate")
                .unwrap()
                .starts_with("Basic")
        );
        let json: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(json["error"], "invalid_client");
    }
}

#[test]
fn the_authorization_endpoint_sends_nobody_to_a_redirect_uri_that_is_not_the_registered_one() {
    let sandbox = Sandbox::start();
    let own = sandbox.program.redirect_uri();
    let encoded = own.replace(':', "%3A").replace('/', "%2F");
    let target = |uri: &str, client: &str, more: &str| {
        format!(
            "/oauth2/authorize?client_id={client}&response_type=code&scope=vms.all&redirect_uri={uri}{more}"
        )
    };
    for uri in [
        format!("{own}/"),
        own.replace("127.0.0.1", "localhost"),
        "http://evil.example".to_owned(),
        String::new(),
    ] {
        let page = request(
            sandbox.address,
            "GET",
            &target(&uri, "sandbox-client", "&decision=sign-in"),
            &[],
        );
        assert_eq!((page.status, page.header("location")), (400, None), "{uri}");
    }
    let page = request(
        sandbox.address,
        "GET",
        &target(&own, "other", "&decision=sign-in"),
        &[],
    );
    assert_eq!((page.status, page.header("location")), (400, None));
    let page = request(
        sandbox.address,
        "GET",
        &target(&encoded, "sandbox-client", ""),
        &[],
    );
    assert_eq!(page.status, 200, "what is compared is the decoded string");
    let wrong = target(&own, "sandbox-client", "&state=s").replace("=code", "=token");
    let page = request(sandbox.address, "GET", &wrong, &[]);
    let location = page.header("location").unwrap();
    assert!(
        location.contains("error=unsupported%5Fresponse%5Ftype") && location.ends_with("&state=s"),
        "{location}"
    );
}

#[test]
fn the_token_endpoint_answers_as_rfc_6749_says() {
    // The library starts the sandbox here, so that the test has the client's secret.
    let uri = "http://127.0.0.1:1";
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let (client, _handle) = een_login::sandbox::start(uri).unwrap();
            tell.send(client).unwrap();
            std::future::pending::<()>().await;
        });
    });
    let client = told.recv().unwrap();
    let address = client
        .auth_url
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let basic = {
        use base64::prelude::*;
        format!(
            "Basic {}",
            BASE64_STANDARD.encode(format!("{}:{}", client.id, client.secret.expose()))
        )
    };
    let post = |query: &str| {
        let answer = request(
            address,
            "POST",
            &format!("/oauth2/token?{query}"),
            &[("Authorization", &basic)],
        );
        let json: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        (answer.status, json)
    };
    let code = || {
        let query = format!(
            "client_id={}&response_type=code&scope=vms.all&redirect_uri={uri}",
            client.id
        );
        let back = request(
            address,
            "GET",
            &format!("/oauth2/authorize?{query}&decision=sign-in"),
            &[],
        );
        back.header("location")
            .unwrap()
            .split_once("code=")
            .unwrap()
            .1
            .to_owned()
    };
    let error = |query: &str, status, error: &str| {
        let (got, json) = post(query);
        assert_eq!(
            (got, json["error"].as_str()),
            (status, Some(error)),
            "{query}"
        );
    };
    error("", 400, "invalid_request");
    error("grant_type=password", 400, "unsupported_grant_type");
    error(
        "grant_type=authorization_code&grant_type=x",
        400,
        "invalid_request",
    );
    error(
        &format!(
            "grant_type=authorization_code&scope=x&code={}&redirect_uri={uri}",
            code()
        ),
        400,
        "invalid_scope",
    );
    error(
        &format!("{GRANT}&code={}&redirect_uri={uri}/", code()),
        400,
        "invalid_grant",
    );
    error(
        &format!("{GRANT}&code=unknown&redirect_uri={uri}"),
        400,
        "invalid_grant",
    );
    let query = format!("{GRANT}&code={}&redirect_uri={uri}", code());
    let (status, json) = post(&query);
    assert_eq!(status, 200);
    let fields: Vec<_> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let documented = [
        "access_token",
        "expires_in",
        "refresh_token",
        "httpsBaseUrl",
        "scope",
        "token_type",
    ];
    assert_eq!(fields, documented);
    error(&query, 400, "invalid_grant");
    assert_eq!(
        format!("{client:?}").matches("***").count(),
        2,
        "a secret can be printed"
    );
}
