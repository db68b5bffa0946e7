use crate::support::stand_in::{StandIn, TOKENS};
use crate::support::{CLIENT_ID, CREDENTIALS, Program, between};

#[test]
fn the_first_request_is_the_one_link_byte_for_byte() {
    let program = Program::with(
        "https://auth.example:8443",
        &[("REDIRECT_URI", "http://127.0.0.1:3333/")],
    );
    let page = program.get("/");
    let links = page.links();
    assert_eq!(links.len(), 1, "{links:?}");
    let state = between(page.header("set-cookie").unwrap(), "een_login_state=", ";");
    let wanted = format!(
        "https://auth.example:8443/oauth2/authorize?client_id={CLIENT_ID}&response_type=code\
         &scope=vms.all&redirect_uri=http://127.0.0.1:3333/&state={state}"
    );
    assert_eq!(links[0], wanted);
}

#[test]
fn the_default_authorization_server_is_eagle_eye_networks() {
    let program = Program::start(&[
        ("CLIENT_ID", "a/b:c".trim_end_matches(":c")),
        ("CLIENT_SECRET", "s"),
    ]);
    let link = program.get("/").links()[0].clone();
    let begin =
        "https://auth.eagleeyenetworks.com/oauth2/authorize?client_id=a/b&response_type=code";
    assert!(link.starts_with(begin), "{link}");
}

#[test]
fn only_what_must_be_is_percent_encoded_in_the_client_id() {
    let id = "a-._~!$()*,=/?@b &+#%\"<>ü";
    let program = Program::start(&[("CLIENT_ID", id), ("CLIENT_SECRET", "s")]);
    let link = program.get("/").links()[0].clone();
    let encoded = "client_id=a-._~!$()*,=/?@b%20%26%2B%23%25%22%3C%3E%C3%BC&response_type=code";
    assert!(link.contains(encoded), "{link}");
}

#[test]
fn the_second_request_has_the_headers_and_parameters_in_their_order_and_no_body() {
    let server = StandIn::good();
    let program = Program::against(&server.url());
    assert_eq!(program.browser().log_in("c-1").status, 200);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let (line, headers) = requests[0].split_once("\r\n").unwrap();
    let uri = program.redirect_uri();
    let wanted = format!(
        "POST /oauth2/token?grant_type=authorization_code&scope=vms.all&code=c-1&redirect_uri={uri} HTTP/1.1"
    );
    assert_eq!(line, wanted);
    let has = |header: &str| {
        let lines = headers
            .split("\r\n")
            .filter(|line| line.eq_ignore_ascii_case(header));
        assert_eq!(lines.count(), 1, "{header}: {headers}");
    };
    has(&format!("host: {}", server.address));
    has("content-length: 0");
    has(&format!("authorization: Basic {CREDENTIALS}"));
    has("accept: */*");
    has("accept-encoding: gzip, deflate");
    has(&format!(
        "user-agent: een-login/{}",
        env!("CARGO_PKG_VERSION")
    ));
    has("connection: close");
    assert!(headers.ends_with("\r\n\r\n"), "{headers}");
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
        ("a%26b%3Dc", "a&b=c"),
        ("a%23b", "a#b"),
        ("%25%32%36", "%26"),
        ("a+b", "a b"),
        ("a%2Bb", "a+b"),
        ("%00%0A%0D", "\0\n\r"),
        ("%C3%BC%F0%9F%98%80", "ü😀"),
        ("a;b", "a;b"),
        ("%22%27%3C%3E%5C%5E%60%7B%7C%7D", "\"'<>\\^`{|}"),
        ("/?:@!$()*,;~", "/?:@!$()*,;~"),
        ("%20", " "),
    ];
    for (n, (sent, meant)) in codes.into_iter().enumerate() {
        let page = program.browser().log_in(sent);
        assert_eq!(page.status, 200, "{sent}");
        let request = server.requests()[n].clone();
        let target = between(&request, "POST ", " HTTP/1.1");
        let (_, query) = target.split_once('?').unwrap();
        let names: Vec<_> = query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap())
            .collect();
        let uri = program.redirect_uri();
        assert_eq!(names.len(), 4, "{query}");
        assert_eq!(
            (names[0], names[1]),
            (("grant_type", "authorization_code"), ("scope", "vms.all"))
        );
        assert_eq!(names[3], ("redirect_uri", uri.as_str()));
        let arrived = url::form_urlencoded::parse(query.as_bytes())
            .nth(2)
            .unwrap();
        assert_eq!((&*arrived.0, &*arrived.1), ("code", meant));
    }
}

#[test]
fn each_exchange_has_a_connection_of_its_own_that_is_closed_after_the_answer() {
    let (tell, told) = std::sync::mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    // This one would keep the connection open.
    let server = StandIn::new(move |connection| {
        connection.answer("200 OK", "connection: keep-alive\r\n", TOKENS);
        tell.lock()
            .unwrap()
            .send(connection.closed_by_peer())
            .unwrap();
    });
    let program = Program::against(&server.url());
    for _ in 0..3 {
        assert_eq!(program.browser().log_in("c").status, 200);
        assert!(told.recv().unwrap(), "the connection stayed open");
    }
    assert_eq!(server.requests().len(), 3);
}
