use std::time::{Duration, SystemTime};

use actix_web::http::header::HttpDate;
use serde_json::Value;

use crate::support::stand_in::{StandIn, TOKENS};
use crate::support::{CLIENT_SECRET, CREDENTIALS, Program, Response, between, request, unescaped};

/// The headers and the markup that every page has.
fn is_page(page: &Response) {
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        page.header("cross-origin-opener-policy"),
        Some("same-origin")
    );
    let policy = page.header("content-security-policy").unwrap();
    let directives: Vec<_> = policy.split("; ").collect();
    let nonce = between(policy, "script-src 'nonce-", "'");
    let nonce_style = format!("style-src 'nonce-{nonce}'");
    for directive in [
        "default-src 'none'",
        &nonce_style,
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(directives.contains(&directive), "{directive}: {policy}");
    }
    assert!(
        !policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"),
        "{policy}"
    );
    assert!(page.body.starts_with("<!doctype html>"));
    for tag in ["<script", "<style"] {
        for part in page.body.split(tag).skip(1) {
            assert!(
                part.starts_with(&format!(" nonce=\"{nonce}\">")),
                "{tag}{part}"
            );
        }
    }
    assert!(page.body.contains("<link rel=\"icon\" href=\"data:,\">"));
    assert!(
        !page.body.contains(" src=")
            && !page.body.contains("@import")
            && !page.body.contains("url(")
    );
    assert!(
        !page.body.contains(" on") || !page.body.contains("onclick"),
        "inline code"
    );
}

#[test]
fn every_page_has_the_same_headers_and_loads_nothing() {
    let server = StandIn::good();
    let broken = StandIn::answering("500 Internal Server Error", "<h1>oh</h1>");
    let program = Program::against(&server.url());
    let failing = Program::against(&broken.url());
    let sandboxed = Program::start(&[]);
    let mut browser = program.browser();
    let state = browser.begin();
    let sign_in = sandboxed.get("/").links()[0].clone();
    let sandbox = sandboxed.sandbox().parse().unwrap();
    let target = sign_in.split_once(&sandboxed.sandbox()).unwrap().1;
    let pages = [
        program.get("/"),
        request(program.address, "GET", "/", &[("Host", "localhost")]),
        program.get("/?code=x"),
        program.get("/?code=%zz"),
        program.get("/x"),
        request(program.address, "POST", "/", &[]),
        browser.get(&format!("/?error=e&state={state}")),
        browser.log_in("c"),
        failing.browser().log_in("c"),
        sandboxed.get("/"),
        request(sandbox, "GET", target, &[]),
        request(sandbox, "GET", "/oauth2/authorize", &[]),
        request(sandbox, "GET", &format!("{target}&decision=sign-in"), &[]),
        request(sandbox, "POST", target, &[]),
        request(sandbox, "GET", "/x", &[]),
    ];
    for page in &pages {
        is_page(page);
    }
    let nonce = |page: &Response| {
        between(
            page.header("content-security-policy").unwrap(),
            "nonce-",
            "'",
        )
        .to_owned()
    };
    assert_ne!(
        nonce(&pages[0]),
        nonce(&program.get("/")),
        "a nonce was used twice"
    );
}

#[test]
fn the_state_cookie_has_its_attributes_and_a_good_one_is_used_again() {
    let program = Program::start(&[]);
    let set = program.get("/").header("set-cookie").unwrap().to_owned();
    let (value, attributes) = set
        .strip_prefix("een_login_state=")
        .unwrap()
        .split_once("; ")
        .unwrap();
    let mut attributes: Vec<_> = attributes.split("; ").collect();
    attributes.sort_unstable();
    assert_eq!(
        attributes,
        ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax"]
    );
    assert_eq!(value.len(), 32, "128 bits in hexadecimal digits");

    let state_with = |cookie: &str| {
        let page = request(program.address, "GET", "/", &[("Cookie", cookie)]);
        page.links()[0].rsplit_once("&state=").unwrap().1.to_owned()
    };
    assert_eq!(state_with(&format!("een_login_state={value}")), value);
    assert_eq!(
        state_with(&format!("a=b; een_login_state={value}; c=d")),
        value
    );
    assert_eq!(
        state_with(&format!("een_login_state=x; een_login_state={value}")),
        value
    );
    for bad in [
        "",
        "x",
        &value[1..],
        &format!("{value}0"),
        &value.to_uppercase().replace('0', "G"),
        "\"'<>",
    ] {
        let fresh = state_with(&format!("een_login_state={bad}"));
        assert!(
            fresh != *bad && fresh != value && fresh.len() == 32,
            "{bad}: {fresh}"
        );
    }
    assert_ne!(state_with(&format!("xeen_login_state={value}")), value);

    let program = Program::start(&[("REDIRECT_URI", "HTTPS://app.example/")]);
    let mut browser = program.browser();
    assert!(
        browser
            .get("/")
            .header("set-cookie")
            .unwrap()
            .ends_with("; Secure")
    );
    let state = browser.begin();
    let page = browser.get(&format!("/?error=e&state={state}"));
    assert_eq!(
        page.header("set-cookie").unwrap(),
        "een_login_state=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Secure"
    );
}

#[test]
fn two_tabs_share_a_state() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let mut browser = program.browser();
    let first = browser.begin();
    assert_eq!(browser.begin(), first);
    assert_eq!(browser.get(&format!("/?code=c&state={first}")).status, 200);
    assert_ne!(
        browser.begin(),
        first,
        "a state that was used up came again"
    );
}

fn token_page(answer: &'static str) -> Response {
    let server = StandIn::answering("200 OK", answer);
    let page = Program::against(&server.url())
        .browser()
        .log_in("the%2Fcode%3C");
    assert_eq!(page.status, 200, "{page:?}");
    page
}

/// What stands outside of `<details>`.
fn unfolded(page: &Response) -> String {
    let parts = page.body.split("</details>");
    parts
        .map(|part| part.split("<details").next().unwrap())
        .collect()
}

#[test]
fn the_token_page_shows_what_a_developer_needs_next() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let before = SystemTime::now();
    let page = program.browser().log_in("the%2Fcode%3C");
    let shown = unescaped(&unfolded(&page));
    assert_eq!(page.title(), "You are logged in – een-login");
    assert!(shown.contains("You are logged in"));
    assert!(shown.contains("eyJhY2Nlc3M"));
    assert!(shown.contains("12 hours"));
    let times: Vec<_> = (0..20u64)
        .map(|s| HttpDate::from(before + Duration::from_secs(43_198 + s)).to_string())
        .collect();
    assert!(times.iter().any(|time| shown.contains(time)), "{shown}");
    assert!(shown.contains("<code>https://api.c001.eagleeyenetworks.com</code>"));
    let url = server.url();
    assert!(shown.contains(
        "curl -H 'Authorization: Bearer eyJhY2Nlc3M' 'https://api.c001.eagleeyenetworks.com/api/v3.0/users/self'"
    ));
    let revoke = format!(
        "curl -u \"$CLIENT_ID:$CLIENT_SECRET\" --data-urlencode 'token=eyJhY2Nlc3M' '{url}/oauth2/revoke'"
    );
    assert!(shown.contains(&revoke), "{shown}");
    let refresh = format!(
        "curl -u \"$CLIENT_ID:$CLIENT_SECRET\" -d grant_type=refresh_token -d scope=vms.all \
         --data-urlencode 'refresh_token=refresh-1' '{url}/oauth2/token'"
    );
    assert!(unescaped(&page.body).contains(&refresh), "{}", page.body);
    assert!(
        !shown.contains("refresh-1"),
        "the refresh token is not folded"
    );
    assert!(
        !page.body.contains("<details open"),
        "a token stands unfolded"
    );
    assert!(page.body.contains("never shows it to its users"));
    // The second request, without the secret.
    let uri = program.redirect_uri();
    assert!(shown.contains(&format!(
        "POST {url}/oauth2/token?grant_type=authorization_code&scope=vms.all&code=the/code%3C&redirect_uri={uri}\n"
    )));
    assert!(shown.contains("\nauthorization: Basic ***\n"), "{shown}");
    assert!(!page.body.contains(CLIENT_SECRET) && !page.body.contains(CREDENTIALS));
    assert_eq!(page.body.matches("data-copy=").count(), 5);
}

#[test]
fn oauth_object_has_every_field_in_its_order_and_every_digit() {
    let answer = r#"{"z":1.10,"access_token":"t","big":123456789012345678901234567890,"e":1e+400,"a":{"y":null,"b":[true]},"m":"<&\""}"#;
    let page = token_page(answer);
    assert!(page.body.contains("oauthObject"));
    let json = unescaped(between(&page.body, "id=\"oauth-object\">", "</pre>"));
    let compact: String = json
        .split('\n')
        .map(str::trim_start)
        .collect::<String>()
        .replace("\": ", "\":");
    assert_eq!(compact, answer);
    let order: Vec<_> = serde_json::from_str::<Value>(&json)
        .unwrap()
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(order, ["z", "access_token", "big", "e", "a", "m"]);
}

#[test]
fn what_did_not_come_is_left_out() {
    let page = token_page(r#"{"access_token":"t"}"#);
    let body = between(&page.body, "<main>", "</main>");
    assert!(body.contains("You are logged in"));
    assert!(
        body.contains("<details open>"),
        "oauthObject is folded for no reason"
    );
    for absent in [
        "expires",
        "users/self",
        "Base URL",
        "efresh token",
        "null",
        "https://api",
    ] {
        assert!(!body.contains(absent), "{absent}: {body}");
    }
    let odd = [
        r#"{"access_token":"t","expires_in":"43198","refresh_token":"","httpsBaseUrl":"https://api"}"#,
        r#"{"access_token":"t","expires_in":-1,"refresh_token":7,"httpsBaseUrl":{"hostname":"a/b","port":443}}"#,
        r#"{"access_token":"t","expires_in":1e99,"refresh_token":null,"httpsBaseUrl":{"hostname":"a'b","port":1}}"#,
        r#"{"access_token":"t","expires_in":18446744073709551615,"httpsBaseUrl":{"hostname":"","port":443}}"#,
        r#"{"access_token":"t","expires_in":9999999999999,"httpsBaseUrl":{"hostname":"a","port":99999}}"#,
        r#"{"access_token":"t","expires_in":null,"httpsBaseUrl":{"hostname":"u@a","port":443}}"#,
        r#"{"access_token":"t","httpsBaseUrl":{"hostname":"a:1","port":443}}"#,
        r#"{"access_token":"t","httpsBaseUrl":{"hostname":"a","port":0}}"#,
    ];
    for answer in odd {
        let page = token_page(answer);
        for absent in ["It expires", "users/self", "Base URL", "Refresh token"] {
            assert!(!page.body.contains(absent), "{answer}: {absent}");
        }
    }
    let page = token_page(
        r#"{"access_token":"t","expires_in":60,"httpsBaseUrl":{"hostname":"a.b","port":8443}}"#,
    );
    assert!(page.body.contains("https://a.b:8443") && page.body.contains("60 seconds"));
}

#[test]
fn what_came_is_escaped_and_is_one_word_of_a_shell() {
    let page = token_page(
        r#"{"access_token":"'; rm -rf / #<script>\u001b\u0003\n\u202e","refresh_token":"'$(id)'</details><b>"}"#,
    );
    assert!(!page.body.contains("<script>\u{fffd}") && !page.body.contains("</details><b>"));
    assert!(
        !page.body.contains('\u{1b}')
            && !page.body.contains('\u{3}')
            && !page.body.contains('\u{202e}')
    );
    let shown = unescaped(&page.body);
    assert!(
        shown.contains(r"'Authorization: Bearer '\''; rm -rf / #<script>")
            || shown.contains(r"'token='\''; rm -rf / #<script>")
    );
    assert!(
        shown.contains(r"'refresh_token='\''$(id)'\''</details><b>'"),
        "{shown}"
    );
}

#[test]
fn the_answer_that_is_documented_is_shown_whole() {
    let page = token_page(TOKENS);
    for field in [
        "access_token",
        "expires_in",
        "refresh_token",
        "httpsBaseUrl",
        "scope",
        "token_type",
    ] {
        assert!(
            page.body.contains(&format!("&quot;{field}&quot;")),
            "{field}"
        );
    }
}
