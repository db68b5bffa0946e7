//! No row of the route table shows a secret, at any level of the log.

use crate::support::stand_in::StandIn;
use crate::support::{CLIENT_SECRET, CREDENTIALS, Program, request};

#[test]
fn no_page_and_no_log_has_the_client_secret_and_at_info_no_code_state_or_token() {
    let server = StandIn::new(|connection| match connection.parameter("code").as_str() {
        "CODE-400" => connection.answer(
            "400 Bad Request",
            "",
            r#"{"error":"invalid_grant CODE-400"}"#,
        ),
        "CODE-500" => connection.answer("500 Internal Server Error", "", "CODE-500 TOKEN-1"),
        "CODE-broken" => connection.reset(),
        "CODE-json" => connection.json("{\"access_token\": TOKEN-1"),
        "CODE-none" => connection.json(r#"{"refresh_token":"TOKEN-2"}"#),
        "CODE-large" => connection.json("TOKEN-1".repeat(20_000)),
        _ => connection.json(r#"{"access_token":"TOKEN-1","refresh_token":"TOKEN-2"}"#),
    });
    for level in ["off", "error", "warn", "info", "debug", "trace"] {
        let program = Program::with_level(&server.url(), level);
        let mut pages = vec![
            program.get("/"),
            program.get("/x?code=CODE-path"),
            program.get("/?code=%zzCODE-bad"),
            request(program.address, "HEAD", "/?code=CODE-head", &[]),
            request(program.address, "POST", "/?code=CODE-post", &[]),
            request(program.address, "GET", "/", &[("Host", "localhost")]),
        ];
        let mut states = Vec::new();
        for code in ["ok", "400", "500", "broken", "json", "none", "large"] {
            let mut browser = program.browser();
            let state = browser.begin();
            pages.push(browser.get(&format!("/?code=CODE-{code}&state=wrong-{state}")));
            pages.push(browser.get(&format!("/?code=CODE-{code}&state={state}")));
            states.push(state);
        }
        let mut browser = program.browser();
        let state = browser.begin();
        pages.push(browser.get(&format!("/?error=CODE-error&state={state}")));
        states.push(state);

        let log = program.stop();
        for text in pages.iter().map(|page| &page.body).chain([&log]) {
            for secret in [CLIENT_SECRET, CREDENTIALS] {
                assert!(!text.contains(secret), "{level}: {text}");
            }
        }
        if !["debug", "trace"].contains(&level) {
            for secret in states.iter().map(String::as_str).chain(["CODE-", "TOKEN-"]) {
                assert!(!log.contains(secret), "{level}: {secret} in {log}");
            }
        }
    }
}
