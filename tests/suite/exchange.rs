//! The two requests as the authorization server gets them.

use std::sync::atomic::{AtomicU16, Ordering};

use crate::support::{
    CLIENT_ID, CREDENTIALS, Connection, Program, Server, TOKENS, assert_in_order, assert_page,
};

/// The head of a request without the lines that every client sends.
fn lines(request: &str) -> Vec<String> {
    let (head, _) = request.split_once("\r\n\r\n").unwrap();
    let mut lines: Vec<String> = head.split("\r\n").map(str::to_ascii_lowercase).collect();
    lines.retain(|line| !line.starts_with("host: ") && !line.starts_with("date: "));
    lines[1..].sort();
    lines
}

#[test]
fn the_first_request_is_the_link_of_the_login_page() {
    let server = Server::good();
    let program = Program::against(&server, &[("REDIRECT_URI", "http://127.0.0.1:4000/")]);
    let headers = [("Host", "127.0.0.1:4000")];
    let page = program.browser().request("GET", "/", &headers);
    let expected = format!(
        "{}/oauth2/authorize?client_id={CLIENT_ID}&response_type=code&scope=vms.all\
         &redirect_uri=http://127.0.0.1:4000/&state={}",
        server.url(),
        page.state()
    );
    assert_eq!(page.link("Login with Eagle Eye Networks"), expected);
    assert_eq!(page.body.matches("/oauth2/authorize?").count(), 1);
}

#[test]
fn eagle_eye_networks_is_the_default() {
    let program = Program::start(&[("CLIENT_ID", "a&b%"), ("CLIENT_SECRET", "secret")]);
    let page = program.browser().get("/");
    let link = page.link("Login with Eagle Eye Networks");
    let expected = "https://auth.eagleeyenetworks.com/oauth2/authorize?client_id=a%26b%25&";
    assert!(link.starts_with(expected), "{link}");
}

#[test]
fn the_second_request_has_its_parameters_in_the_query_and_an_empty_body() {
    let server = Server::good();
    let program = Program::against(&server, &[("REDIRECT_URI", "http://127.0.0.1:4000/")]);
    assert_eq!(program.browser().log_in("the-code").status, 200);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let credentials = CREDENTIALS.to_ascii_lowercase();
    let expected = [
        "post /oauth2/token?grant_type=authorization_code&scope=vms.all&code=the-code\
         &redirect_uri=http://127.0.0.1:4000/ http/1.1",
        "accept-encoding: gzip, deflate",
        "accept: */*",
        &format!("authorization: basic {credentials}"),
        "connection: close",
        "content-length: 0",
        &format!("user-agent: een-login/{}", env!("CARGO_PKG_VERSION")),
    ];
    assert_eq!(lines(&requests[0]), expected);
    assert!(requests[0].contains(CREDENTIALS));
}

#[test]
fn a_code_arrives_as_one_parameter_whatever_it_holds() {
    let server = Server::good();
    let program = Program::against(&server, &[]);
    let table = [
        ("a%26b%3Dc%23d%2Be%25f+g", "a%26b=c%23d%2Be%25f%20g"),
        ("%00%0D%0A%C3%BC%22%3C", "%00%0D%0A%C3%BC%22%3C"),
        ("a/b:c?d@e,f~g", "a/b:c?d@e,f~g"),
    ];
    for (given, sent) in table {
        assert_eq!(program.browser().log_in(given).status, 200, "{given}");
        let requests = server.requests();
        let expected = format!("&code={sent}&redirect_uri=");
        assert!(requests.last().unwrap().contains(&expected), "{requests:?}");
    }
}

#[test]
fn a_server_that_reads_only_the_body_gets_the_request_once_more() {
    for error in ["invalid_request", "unsupported_grant_type"] {
        let body = format!("{{\"error\":\"{error}\"}}");
        let server = Server::new(move |connection| {
            if connection.request.contains("/oauth2/token HTTP") {
                connection.respond("200 OK", "", TOKENS);
            } else {
                connection.respond("400 Bad Request", "", &body);
            }
        });
        let program = Program::against(&server, &[]);
        let page = program.browser().log_in("a%26b");
        assert_page(&page, 200, "You are logged in");
        let parts = ["1st try", "400 Bad Request", "2nd try", "200 OK"];
        assert_in_order(&page.text(), &parts);

        let requests = server.requests();
        assert_eq!(requests.len(), 2, "{requests:?}");
        let redirect_uri = format!("http://{}", program.address);
        let expected = format!(
            "grant_type=authorization_code&scope=vms.all&code=a%26b&redirect_uri={redirect_uri}"
        );
        let (_, body) = requests[1].split_once("\r\n\r\n").unwrap();
        assert_eq!(body, expected);
        let lines = lines(&requests[1]);
        assert_eq!(lines[0], "post /oauth2/token http/1.1");
        let content_type = "content-type: application/x-www-form-urlencoded".to_owned();
        assert!(lines.contains(&content_type), "{lines:?}");

        let log = program.wait_for_log("the response: 200 OK");
        assert_in_order(
            &log,
            &["the response: 400 Bad Request", "the second request"],
        );
    }
}

#[test]
fn after_no_other_response_and_no_second_one_is_anything_repeated() {
    let table = [
        ("400 Bad Request", r#"{"error":"invalid_request"}"#, 2),
        ("400 Bad Request", r#"{"error":"invalid_grant"}"#, 1),
        ("400 Bad Request", "invalid_request", 1),
        ("401 Unauthorized", r#"{"error":"invalid_request"}"#, 1),
        ("200 OK", r#"{"error":"unsupported_grant_type"}"#, 1),
        ("500 Internal Server Error", "", 1),
    ];
    for (status, body, count) in table {
        let server = Server::responding(status, body);
        let program = Program::against(&server, &[]);
        assert_eq!(program.browser().log_in("c").status, 502, "{status} {body}");
        assert_eq!(server.requests().len(), count, "{status} {body}");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::good();
    let location = format!("Location: {}\r\n", elsewhere.url());
    let server =
        Server::new(move |connection| connection.respond("307 Temporary Redirect", &location, ""));
    let program = Program::against(&server, &[]);
    assert_eq!(program.browser().log_in("c").status, 502);
    assert_eq!(elsewhere.requests().len(), 0);
}

#[test]
fn a_compressed_response_is_unpacked() {
    // printf '{"access_token":"unpacked"}' | gzip -n; and the same through zlib
    let gzip: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\x56\x4a\x4c\x4e\x4e\x2d\x2e\x8e\x2f\xc9\xcf\x4e\xcd\x53\xb2\x52\x2a\xcd\x2b\x48\x4c\xce\x4e\x4d\x51\xaa\x05\x00\x27\x49\x52\xb7\x1b\x00\x00\x00";
    let deflate: &[u8] = b"\x78\x9c\xab\x56\x4a\x4c\x4e\x4e\x2d\x2e\x8e\x2f\xc9\xcf\x4e\xcd\x53\xb2\x52\x2a\xcd\x2b\x48\x4c\xce\x4e\x4d\x51\xaa\x05\x00\x8c\xe3\x09\xf8";
    for (coding, body) in [("gzip", gzip), ("deflate", deflate)] {
        let header = format!("Content-Encoding: {coding}\r\n");
        let server = Server::new(move |connection| connection.respond("200 OK", &header, body));
        let program = Program::against(&server, &[]);
        let page = program.browser().log_in("c");
        assert_eq!(page.status, 200, "{coding}");
        assert!(page.text().contains("unpacked"), "{coding}");
    }
}

#[test]
fn no_response_reaches_another_login() {
    // The server keeps each connection open, and sends a response too many on it.
    static NUMBER: AtomicU16 = AtomicU16::new(0);
    let respond_twice = |connection: &mut Connection| {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let body = format!("{{\"access_token\":\"token-{number}\"}}");
        connection.respond("200 OK", "Connection: keep-alive\r\n", &body);
        connection.respond(
            "200 OK",
            "Connection: keep-alive\r\n",
            "{\"access_token\":\"STRAY\"}",
        );
        connection.wait_for_close();
    };
    let server = Server::new(respond_twice);
    let program = Program::against(&server, &[]);
    for number in 0..4 {
        let page = program.browser().log_in("c");
        assert!(page.text().contains(&format!("token-{number}")), "{page:?}");
        assert!(!page.body.contains("STRAY"), "{page:?}");
    }
}
