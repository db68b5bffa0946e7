//! The token page.

use std::time::{Duration, SystemTime};

use actix_web::http::header::HttpDate;
use serde_json::Value;

use crate::support::stand_in::{StandIn, TOKENS};
use crate::support::{
    CLIENT_ID, CLIENT_SECRET, CREDENTIALS, Program, Response, between, unescaped,
};

fn token_page(answer: &'static str) -> Response {
    let server = StandIn::answering("200 OK", answer);
    let page = Program::against(&server.url()).browser().log_in("c");
    assert_eq!(page.status, 200, "{page:?}");
    page
}

/// The text of an element that has an id and no other in it.
fn element(page: &Response, id: &str) -> String {
    let (_, from_id) = page.body.split_once(&format!("id=\"{id}\"")).unwrap();
    let (_, text) = from_id.split_once('>').unwrap();
    unescaped(text.split_once('<').unwrap().0)
}

/// What stands outside of `<details>`.
fn unfolded(page: &Response) -> String {
    let parts = page.body.split("</details>");
    parts
        .map(|part| part.split("<details").next().unwrap())
        .collect()
}

#[test]
fn everything_that_a_developer_needs_next_comes_in_its_order() {
    let page = token_page(TOKENS);
    assert_eq!(page.title(), "You are logged in – een-login");
    let text = page.text();
    let mut rest = text.as_str();
    for part in [
        "You are logged in",
        "A reload discards the tokens",
        "Access token",
        "eyJhY2Nlc3M",
        "It expires in 12 hours",
        "UTC",
        "oauthObject",
        "\"access_token\": \"eyJhY2Nlc3M\"",
        "Base URL",
        "https://api.c001.eagleeyenetworks.com",
        "/api/v3.0/users/self",
        "Refresh token",
        "never shows it to its users",
        "refresh-1",
        "grant_type=refresh_token",
        "What happened",
        "code=c",
        "state=",
        "POST http://",
        "200 OK",
        "/oauth2/revoke",
    ] {
        rest = match rest.split_once(part) {
            Some((_, after)) => after,
            None => panic!("{part} does not come in its place: {text}"),
        };
    }
    assert_eq!(element(&page, "token"), "eyJhY2Nlc3M");
    assert!(page.body.contains("curl.exe"), "{}", page.body);
}

#[test]
fn the_time_of_expiry_is_told_in_utc() {
    let before = SystemTime::now();
    let text = token_page(TOKENS).text();
    let times: Vec<_> = (0..20)
        .map(|s| HttpDate::from(before + Duration::from_secs(43_198 + s)).to_string())
        .collect();
    let is_told = |time: &String| text.contains(time.trim_end_matches(" GMT"));
    assert!(times.iter().any(is_told), "{text}");
}

#[test]
fn the_curl_lines_can_be_pasted_anywhere_and_need_no_variable() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let page = program.browser().log_in("c");
    let url = server.url();
    assert_eq!(
        element(&page, "self-curl"),
        "curl \"https://api.c001.eagleeyenetworks.com/api/v3.0/users/self\" \
         -H \"Authorization: Bearer eyJhY2Nlc3M\""
    );
    assert_eq!(
        element(&page, "refresh-curl"),
        format!(
            "curl \"{url}/oauth2/token\" -u \"{CLIENT_ID}\" -d \"grant_type=refresh_token\" \
             -d \"scope=vms.all\" --data-urlencode \"refresh_token=refresh-1\""
        )
    );
    assert_eq!(
        element(&page, "revoke-curl"),
        format!(
            "curl \"{url}/oauth2/revoke\" -u \"{CLIENT_ID}\" --data-urlencode \"token=eyJhY2Nlc3M\""
        )
    );
}

#[test]
fn the_refresh_token_is_folded_and_stands_nowhere_else() {
    let page = token_page(TOKENS);
    assert!(page.body.contains("refresh-1"));
    assert!(!unfolded(&page).contains("refresh-1"), "{}", page.body);
    assert!(!page.body.contains("<details open"), "it stands unfolded");
    let details = between(&page.body, "<details", "</details>");
    for part in [
        "refresh-1",
        "id=\"refresh-curl\"",
        "never shows it to its users",
    ] {
        assert!(details.contains(part), "{part}: {details}");
    }
    let (_, after) = page.body.split_once("id=\"oauth-object\"").unwrap();
    let (object, after_object) = after.split_once("</pre>").unwrap();
    assert!(
        object.contains("&quot;refresh_token&quot;: &quot;…&quot;"),
        "{object}"
    );
    let (note, _) = after_object.split_once("</section>").unwrap();
    assert!(note.contains("folded away below"), "{note}");
}

#[test]
fn what_happened_shows_the_second_request_with_the_secret_masked() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let mut browser = program.browser();
    let state = browser.begin();
    let page = browser.get(&format!("/?code=the%2Fcode%3C&state={state}"));
    let (url, uri) = (server.url(), program.redirect_uri());
    let wanted = format!(
        "POST {url}/oauth2/token?grant_type=authorization_code&scope=vms.all&code=the/code%3C\
         &redirect_uri={uri}\nauthorization: Basic ***\naccept: */*\naccept-encoding: gzip, deflate\n\
         user-agent: een-login/{}\ncontent-length: 0\nconnection: close",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(element(&page, "second-request"), wanted);
    let text = page.text();
    let came_back = format!("code=the/code<\nstate={state}");
    assert!(text.contains(&came_back), "{text}");
    assert!(!page.body.contains(CLIENT_SECRET) && !page.body.contains(CREDENTIALS));
}

#[test]
fn oauth_object_has_every_field_in_its_order_and_every_digit() {
    let answer = r#"{"z":1.10,"access_token":"t","big":123456789012345678901234567890,"e":1e+400,"a":{"y":null,"b":[true]},"m":"<&\""}"#;
    let page = token_page(answer);
    assert!(unfolded(&page).contains("oauth-object"), "it is folded");
    let json = element(&page, "oauth-object");
    let lines = json.split('\n').map(str::trim_start);
    let compact = lines.collect::<String>().replace("\": ", "\":");
    assert_eq!(compact, answer);
    let value = serde_json::from_str::<Value>(&json).unwrap();
    let order: Vec<_> = value.as_object().unwrap().keys().collect();
    assert_eq!(order, ["z", "access_token", "big", "e", "a", "m"]);
}

#[test]
fn what_did_not_come_or_is_not_what_it_should_be_is_left_out() {
    let page = token_page(r#"{"access_token":"t"}"#);
    let body = between(&page.body, "<main>", "</main>");
    for absent in [
        "expires",
        "users/self",
        "Base URL",
        "efresh token",
        "refresh_token",
        "null",
        "https://api",
        "<details",
    ] {
        assert!(!body.contains(absent), "{absent}: {body}");
    }
    assert!(body.contains("id=\"revoke-curl\""), "{body}");
    // Which base URLs and times can be shown is tested beside the page, in `src`.
    let odd = [
        r#"{"access_token":"t","expires_in":"43198","refresh_token":"","httpsBaseUrl":"https://api"}"#,
        r#"{"access_token":"t","expires_in":18446744073709551615,"refresh_token":7,"httpsBaseUrl":{"hostname":"a/b","port":443}}"#,
    ];
    for answer in odd {
        let page = token_page(answer);
        for absent in ["It expires", "users/self", "Base URL", "Refresh token"] {
            assert!(!page.body.contains(absent), "{answer}: {absent}");
        }
    }
}

#[test]
fn a_base_url_with_another_port_and_a_token_of_a_minute_are_shown_as_they_are() {
    let page = token_page(
        r#"{"access_token":"t","expires_in":60,"httpsBaseUrl":{"hostname":"a.b","port":8443}}"#,
    );
    let line = element(&page, "self-curl");
    assert!(
        line.starts_with("curl \"https://a.b:8443/api/v3.0/"),
        "{line}"
    );
    assert!(page.text().contains("60 seconds"), "{}", page.text());
}

#[test]
fn what_came_is_escaped_and_is_one_word_of_a_shell() {
    let page = token_page(
        r#"{"access_token":"'; rm -rf / #<script>","refresh_token":"'$(id)'</details><b>","httpsBaseUrl":{"hostname":"h","port":443}}"#,
    );
    assert!(!page.body.contains("/ #<script>") && !page.body.contains("</details><b>"));
    assert_eq!(
        element(&page, "self-curl"),
        r#"curl "https://h/api/v3.0/users/self" -H 'Authorization: Bearer '\''; rm -rf / #<script>'"#
    );
    let revoke = element(&page, "revoke-curl");
    assert!(
        revoke.ends_with(r"--data-urlencode 'token='\''; rm -rf / #<script>'"),
        "{revoke}"
    );
    let refresh = element(&page, "refresh-curl");
    assert!(
        refresh.ends_with(r"--data-urlencode 'refresh_token='\''$(id)'\''</details><b>'"),
        "{refresh}"
    );
}

#[test]
fn a_curl_line_with_what_cannot_be_seen_is_left_out_and_the_page_shows_a_replacement() {
    let cases = [
        r#"{"access_token":"a\u001bb","refresh_token":"a\u200bb"}"#,
        r#"{"access_token":"a\nb","refresh_token":"a\tb"}"#,
        r#"{"access_token":"a\u2028b","refresh_token":"a\udb40\udc41b"}"#,
    ];
    for answer in cases {
        let page = token_page(answer);
        assert!(!page.body.contains("id=\"revoke-curl\""), "{}", page.body);
        assert!(!page.body.contains("id=\"refresh-curl\""), "{}", page.body);
        assert!(
            !page.body.contains(['\u{1b}', '\u{200b}', '\u{e0041}']),
            "{answer}"
        );
    }
    assert_eq!(element(&token_page(cases[0]), "token"), "a\u{fffd}b");
}

#[test]
fn there_is_a_copy_button_for_each_thing_to_be_copied() {
    let page = token_page(TOKENS);
    for id in [
        "token",
        "self-curl",
        "refresh-token",
        "refresh-curl",
        "revoke-curl",
    ] {
        let button = format!("data-copy=\"{id}\"");
        assert_eq!(page.body.matches(&button).count(), 1, "{id}");
        // Whatever scrolls can be reached by keyboard.
        let (_, from_id) = page.body.split_once(&format!("<pre id=\"{id}\"")).unwrap();
        let (tag, _) = from_id.split_once('>').unwrap();
        assert!(tag.contains("tabindex=\"0\""), "{id}: {tag}");
    }
    assert_eq!(page.body.matches("data-copy=").count(), 5);
}
