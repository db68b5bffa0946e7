//! What a failed exchange shows.

use std::thread;
use std::time::Instant;

use crate::support::certificates::Authority;
use crate::support::proxy::Proxy;
use crate::support::{
    CLIENT_SECRET, CREDENTIALS, Connection, Program, Response, Server, Settings, TOKENS,
    assert_failure, assert_in_order, assert_none,
};

/// Asserts that a page is the one of a failed exchange, whose code may still be good.
#[track_caller]
fn assert_failed_exchange(page: &Response, status: u16, title: &str) {
    assert_failure(page, status, title);
    let parts = ["Exchange: failed", "The request that failed", "code=***"];
    assert_in_order(&page.text(), &parts);
    assert_none(&page.body, &["the-code"]);
}

#[test]
fn each_response_without_tokens_has_its_page() {
    const ERROR: &str = "The token endpoint responded with an error";
    #[rustfmt::skip]
    let table = [
        ("400 Bad Request", r#"{"error":"invalid_grant","error_description":"Gone <b>"}"#, "The code was not accepted", "400 Bad Request\ninvalid_grant: Gone <b>"),
        ("401 Unauthorized", r#"{"error":"invalid_client"}"#, "The credentials were not accepted", "401 Unauthorized\ninvalid_client"),
        ("403 Forbidden", r#"{"error":"access_denied"}"#, "The client may not use this scope", "403 Forbidden\naccess_denied"),
        ("403 Forbidden", "no", "The client may not use this scope", "403 Forbidden\nno"),
        ("500 Internal Server Error", "<h1>Oops</h1>", ERROR, "500 Internal Server Error\n<h1>Oops</h1>"),
        ("502 Bad Gateway", "", ERROR, "502 Bad Gateway"),
        ("503 Service Unavailable", "<p>Oops\r\nbye", ERROR, "503 Service Unavailable\n<p>Oops\nbye"),
        ("302 Found", "", ERROR, "302 Found"),
        ("200 OK", r#"{"error":"invalid_grant","error_description":"Gone"}"#, "The code was not accepted", "200 OK\ninvalid_grant: Gone"),
        ("200 OK", "<html>a portal", "The response is not JSON", "<html>a portal"),
        ("200 OK", "", "The response is not JSON", ""),
        ("200 OK", "{}", "The response has no access token", ""),
        ("200 OK", r#"["token"]"#, "The response has no access token", ""),
        ("200 OK", r#"{"access_token":7}"#, "The response has no access token", ""),
        ("200 OK", r#"{"access_token":""}"#, "The response has no access token", ""),
    ];
    for (status, body, title, reported) in table {
        let server = Server::responding(status, body);
        let program = Program::against(&server, &[]);
        let page = program.browser().log_in("the-code");
        assert_failed_exchange(&page, 502, title);
        assert_in_order(&page.text(), &[&format!("{title}\n{reported}")]);
        assert_eq!(server.requests().len(), 1, "{status} {body}");
    }
}

#[test]
fn only_the_start_of_a_body_is_shown() {
    let server = Server::new(|connection| {
        connection.respond("500 Internal Server Error", "", "ab".repeat(40_000));
    });
    let program = Program::against(&server, &[]);
    let text = program.browser().log_in("the-code").text();
    assert!(text.contains("500 Internal Server Error"), "{text}");
    assert!(!text.contains(&"ab".repeat(300)), "{text}");
}

#[test]
fn a_response_of_more_than_64_kib_is_refused() {
    // 65,537 spaces, and the same packed by gzip.
    let spaces = vec![b' '; 64 * 1024 + 1];
    let packed: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xed\xc1\x81\x00\x00\x00\x00\xc3\x20\x95\xf9\x53\xfe\x20\x55\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xc0\x0d\x01\xb4\xba\x1e\x01\x00\x01\x00";
    for (header, body) in [
        ("", spaces.as_slice()),
        ("Content-Encoding: gzip\r\n", packed),
    ] {
        let body = body.to_vec();
        let server = Server::new(move |connection| connection.respond("200 OK", header, &body));
        let program = Program::against(&server, &[]);
        let page = program.browser().log_in("the-code");
        assert_failed_exchange(&page, 502, "The response is larger than 64 KiB");
    }
}

#[test]
fn a_connection_that_ends_early_is_told_from_a_response() {
    let table = [
        "",
        "HTTP/1.1 200 OK\r\nContent-",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":",
        "HTTP/1.0 200 OK\r\n\r\n{\"access_token\":",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":\"t\"}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{\"access_\r\n",
        "this is not HTTP\r\n\r\n",
    ];
    for bytes in table {
        let server = Server::new(move |connection| connection.send(bytes));
        let program = Program::against(&server, &[]);
        let page = program.browser().log_in("the-code");
        assert_failed_exchange(&page, 502, "The connection broke");
        assert_eq!(server.requests().len(), 1, "{bytes}");
    }
}

#[test]
fn a_server_that_is_not_there_is_unreachable() {
    let table = ["http://127.0.0.1:9", "https://nowhere.invalid"];
    for auth_url in table {
        let program = Program::start(&[
            ("CLIENT_ID", "id"),
            ("CLIENT_SECRET", "secret"),
            ("AUTH_URL", auth_url),
        ]);
        let page = program.browser().log_in("the-code");
        assert_failed_exchange(&page, 502, "The authorization server cannot be reached");
    }
}

#[test]
fn the_client_secret_is_shown_nowhere_even_if_the_server_sends_it_back() {
    let echoes = format!("{CLIENT_SECRET} Basic {CREDENTIALS}");
    let bodies = [
        ("200 OK", TOKENS.replace("vms.all", &echoes)),
        (
            "200 OK",
            format!("{{\"access_token\":\"{CLIENT_SECRET}\"}}"),
        ),
        ("200 OK", echoes.clone()),
        (
            "400 Bad Request",
            format!("{{\"error\":\"{echoes}\",\"error_description\":\"{echoes}\"}}"),
        ),
        ("500 Internal Server Error", echoes),
    ];
    for (status, body) in bodies {
        let server = Server::new(move |connection| connection.respond(status, "", &body));
        let program = Program::against(&server, &[("RUST_LOG", "een_login=debug")]);
        let page = program.browser().log_in("the-code");
        let log = program.wait_for_log("GET / ");
        for text in [&page.body, &log] {
            assert_none(text, &[CLIENT_SECRET, CREDENTIALS]);
        }
        assert!(page.text().contains("***"), "{page:?}");
    }
}

/// Waits until the other side gives up.
fn hang(connection: &mut Connection) {
    connection.wait_for_close();
}

#[test]
fn what_is_not_complete_within_10_seconds_is_a_504_wherever_it_hangs() {
    let silent = Server::new(hang);
    let incomplete = Server::new(|connection| {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
        hang(connection);
    });
    let second_try = Server::new(|connection| {
        if connection.request.contains("?grant_type") {
            connection.respond("400 Bad Request", "", r#"{"error":"invalid_request"}"#);
        }
        hang(connection);
    });
    let silent_proxy = Proxy::new(|stream| {
        let _ = std::io::copy(&mut &stream, &mut std::io::sink());
    });
    let proxy_url = format!("http://{}", silent_proxy.address);
    let authority = Authority::new();
    let unreached = Server::tls(authority.server("127.0.0.1"), hang);
    let table: [(&str, &Server, Settings); 4] = [
        ("no response", &silent, &[]),
        ("a body that does not end", &incomplete, &[]),
        ("the second try", &second_try, &[]),
        ("the proxy", &unreached, &[("HTTPS_PROXY", &proxy_url)]),
    ];
    thread::scope(|scope| {
        for (what, server, settings) in table {
            scope.spawn(move || {
                let program = Program::against(server, settings);
                let mut browser = program.browser();
                let state = browser.begin();
                let begin = Instant::now();
                let page = browser.get(&format!("/?code=the-code&state={state}"));
                assert_failed_exchange(
                    &page,
                    504,
                    "There was no complete response within 10 seconds",
                );
                let seconds = begin.elapsed().as_secs_f32();
                assert!((9.9..11.0).contains(&seconds), "{what}: {seconds}");
            });
        }
    });
    assert_eq!(unreached.requests().len(), 0);
}
