//! The two requests.

use std::sync::Mutex;
use std::sync::mpsc;

use crate::support::stand_in::{StandIn, TOKENS};
use crate::support::{CLIENT_ID, CREDENTIALS, Program, between};

#[test]
fn the_first_request_is_the_one_link_byte_for_byte() {
    let settings = [("REDIRECT_URI", "http://127.0.0.1:3333/")];
    let program = Program::with("https://auth.example:8443", &settings);
    let page = program.get("/");
    let links = page.links();
    assert_eq!(links.len(), 1, "{links:?}");
    assert!(
        page.body.contains(">Login with Eagle Eye Networks</a>"),
        "{}",
        page.body
    );
    let state = between(page.header("set-cookie").unwrap(), "een_login_state=", ";");
    let wanted = format!(
        "https://auth.example:8443/oauth2/authorize?client_id={CLIENT_ID}&response_type=code\
         &scope=vms.all&redirect_uri=http://127.0.0.1:3333/&state={state}"
    );
    assert_eq!(links[0], wanted);
}

#[test]
fn the_authorization_server_is_eagle_eye_networks_by_default_and_the_client_id_is_encoded_where_it_must_be()
 {
    let id = "a/b?c&d ü";
    let program = Program::start(&[("CLIENT_ID", id), ("CLIENT_SECRET", "s")]);
    let link = program.get("/").links()[0].clone();
    let begin = "https://auth.eagleeyenetworks.com/oauth2/authorize?client_id=a/b?c%26d%20%C3%BC\
                 &response_type=code";
    assert!(link.starts_with(begin), "{link}");
}

#[test]
fn the_second_request_has_the_headers_and_parameters_in_their_order_and_no_body() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    assert_eq!(program.browser().log_in("c-1").status, 200);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let (line, header_lines) = requests[0].split_once("\r\n").unwrap();
    let uri = program.redirect_uri();
    let wanted = format!(
        "POST /oauth2/token?grant_type=authorization_code&scope=vms.all&code=c-1&redirect_uri={uri} HTTP/1.1"
    );
    assert_eq!(line, wanted);
    let mut headers: Vec<_> = header_lines
        .trim_end()
        .split("\r\n")
        .map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        })
        .collect();
    // The library adds the date.
    headers.retain(|(name, _)| name != "date");
    headers.sort();
    let wanted = [
        ("accept", "*/*"),
        ("accept-encoding", "gzip, deflate"),
        ("authorization", &format!("Basic {CREDENTIALS}")),
        ("connection", "close"),
        ("content-length", "0"),
        ("host", &server.address.to_string()),
        (
            "user-agent",
            concat!("een-login/", env!("CARGO_PKG_VERSION")),
        ),
    ];
    let owned = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(headers, owned);
    assert!(requests[0].ends_with("\r\n\r\n"), "{requests:?}");
}

#[test]
fn credentials_go_as_utf_8_bytes() {
    let server = StandIn::good();
    let settings = [
        ("CLIENT_ID", "ïd"),
        ("CLIENT_SECRET", "a:b$c'ß"),
        ("AUTH_URL", &server.url()),
    ];
    let program = Program::start(&settings);
    assert_eq!(program.browser().log_in("c").status, 200);
    let request = &server.requests()[0];
    // printf 'ïd:a:b$c'"'"'ß' | base64
    assert!(
        request.contains("authorization: Basic w69kOmE6YiRjJ8Of\r\n"),
        "{request}"
    );
}

#[test]
fn a_code_arrives_as_one_parameter_whatever_it_holds() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    let codes = [
        ("a%26b%3Dc%23d", "a&b=c#d"),
        ("%25%32%36", "%26"),
        ("a+b%2Bc", "a b+c"),
        ("%00%0A%0D", "\0\n\r"),
        ("%C3%BC%F0%9F%98%80", "ü😀"),
        ("a;b%22%27%3C%3E%5C%5E%60%7B%7C%7D", "a;b\"'<>\\^`{|}"),
        ("/?:@!$()*,;~", "/?:@!$()*,;~"),
        ("%20", " "),
    ];
    for (n, (sent, meant)) in codes.into_iter().enumerate() {
        let page = program.browser().log_in(sent);
        assert_eq!(page.status, 200, "{sent}");
        let request = server.requests()[n].clone();
        let target = between(&request, "POST ", " HTTP/1.1");
        let (_, query) = target.split_once('?').unwrap();
        let parsed: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        let pairs: Vec<_> = parsed
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let uri = program.redirect_uri();
        let wanted = [
            ("grant_type", "authorization_code"),
            ("scope", "vms.all"),
            ("code", meant),
            ("redirect_uri", &uri),
        ];
        assert_eq!(pairs, wanted, "{sent}");
    }
}

#[test]
fn the_redirect_uri_is_sent_byte_for_byte_in_both_requests() {
    let server = StandIn::good();
    let uri = "HTTP://LocalHost:080/";
    let program = Program::with(&server.url(), &[("REDIRECT_URI", uri)]);
    // The browser is at the host of the redirect URI already.
    let page = crate::support::request(program.address, "GET", "/", &[("Host", "localhost:80")]);
    assert_eq!(page.status, 200);
    let state = page.state();
    assert!(page.links()[0].contains(&format!("&redirect_uri={uri}&state=")));
    let cookie = format!("een_login_state={state}");
    let target = format!("/?code=c&state={state}");
    let headers = [("Cookie", cookie.as_str())];
    let page = crate::support::request(program.address, "GET", &target, &headers);
    assert_eq!(page.status, 200);
    let request = &server.requests()[0];
    assert!(
        request.contains(&format!("&redirect_uri={uri} HTTP/1.1\r\n")),
        "{request}"
    );
}

#[test]
fn each_exchange_has_a_connection_of_its_own_that_is_closed_after_the_answer() {
    let (tell, told) = mpsc::channel();
    let shared_tell = Mutex::new(tell);
    // This one would keep the connection open.
    let server = StandIn::new(move |connection| {
        connection.answer("200 OK", "connection: keep-alive\r\n", TOKENS);
        let is_closed = connection.closed_by_peer();
        shared_tell.lock().unwrap().send(is_closed).unwrap();
    });
    let program = Program::against(&server.url());
    for _ in 0..3 {
        assert_eq!(program.browser().log_in("c").status, 200);
        assert!(told.recv().unwrap(), "the connection stayed open");
    }
    assert_eq!(server.requests().len(), 3);
}
