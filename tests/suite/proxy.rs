//! The exchange through an HTTP proxy.

use std::net::SocketAddr;

use crate::support::certificates::Authority;
use crate::support::proxy::Proxy;
use crate::support::{
    CLIENT_SECRET, CREDENTIALS, Program, Server, TOKENS, assert_failure, assert_in_order,
    assert_none,
};

/// An authorization server behind TLS, which a proxy reaches.
struct Site {
    authority: Authority,
    server: Server,
}

impl Site {
    fn new() -> Self {
        let authority = Authority::new();
        let tls = authority.server("auth.invalid");
        let server = Server::tls(tls, |connection| connection.respond("200 OK", "", TOKENS));
        Self { authority, server }
    }

    /// The program with a name for the server that only the proxy can resolve.
    fn program(&self, settings: &[(&str, &str)]) -> Program {
        let file = self.authority.file("ca.pem");
        let common = [
            ("AUTH_URL", "https://auth.invalid"),
            ("SSL_CERT_FILE", file.to_str().unwrap()),
        ];
        Program::against(&self.server, &[&common, settings].concat())
    }
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

#[test]
fn the_exchange_goes_through_a_tunnel_in_which_the_proxy_sees_nothing() {
    let site = Site::new();
    let proxy = Proxy::to(site.server.address);
    let program = site.program(&[("HTTPS_PROXY", &url(proxy.address))]);
    let line = format!("the proxy for the exchange: {}", proxy.address);
    assert_in_order(&program.log(), &[&line]);
    assert_eq!(program.browser().log_in("the-code").status, 200);
    let expected = "CONNECT auth.invalid:443 HTTP/1.1\r\nHost: auth.invalid:443\r\n\r\n";
    assert_eq!(proxy.requests(), [expected]);
    assert_eq!(site.server.requests().len(), 1);
}

#[test]
fn the_credentials_of_the_proxy_go_to_it_alone_and_are_printed_nowhere() {
    let site = Site::new();
    let proxy = Proxy::to(site.server.address);
    let with_credentials = format!("http://us%40er:pass%3Aword@{}", proxy.address);
    let program = site.program(&[("https_proxy", &with_credentials)]);
    let page = program.browser().log_in("the-code");
    assert_eq!(page.status, 200);
    // printf 'us@er:pass:word' | base64
    let basic = "dXNAZXI6cGFzczp3b3Jk";
    let header = format!("\r\nProxy-Authorization: Basic {basic}\r\n");
    assert_in_order(&proxy.requests()[0], &[&header]);
    let log = program.wait_for_log("the response: 200 OK");
    for text in [&log, &page.body, &site.server.requests()[0]] {
        assert_none(text, &[basic, "us%40er", "us@er", "pass:word"]);
    }
}

#[test]
fn the_first_variable_that_is_set_counts() {
    let site = Site::new();
    let proxy = Proxy::to(site.server.address);
    let (good, bad) = (url(proxy.address), "http://127.0.0.1:9");
    #[rustfmt::skip]
    let table = [
        [("https_proxy", good.as_str()), ("HTTPS_PROXY", bad)],
        [("https_proxy", " "), ("HTTPS_PROXY", &good)],
        [("HTTPS_PROXY", &good), ("all_proxy", bad)],
        [("all_proxy", &good), ("ALL_PROXY", bad)],
        [("ALL_PROXY", &good), ("HTTP_PROXY", bad)],
        [("HTTPS_PROXY", &good), ("NO_PROXY", "example.com,invalid.auth")],
        [
            ("ALL_PROXY", &url(proxy.address).replace("http://", "")),
            ("no_proxy", ""),
       ],
    ];
    for settings in table {
        let program = site.program(&settings);
        assert_eq!(program.browser().log_in("c").status, 200, "{settings:?}");
    }
    assert_eq!(proxy.requests().len(), table.len());
}

#[test]
fn a_proxy_that_is_not_used_is_not_checked() {
    let plain = Server::good();
    let proxy = Proxy::responding("HTTP/1.1 500 No\r\n\r\n");
    for value in ["nonsense://", &url(proxy.address)] {
        let program = Program::against(&plain, &[("HTTPS_PROXY", value)]);
        assert_eq!(program.browser().log_in("c").status, 200, "{value}");
        Program::start(&[("HTTPS_PROXY", value)]);
    }

    let authority = Authority::new();
    let server = Server::tls(authority.server("127.0.0.1"), |connection| {
        connection.respond("200 OK", "", TOKENS);
    });
    let file = authority.file("ca.pem");
    for exception in ["127.0.0.1", "x, 127.0.0.1", "*"] {
        let settings = [
            ("SSL_CERT_FILE", file.to_str().unwrap()),
            ("HTTPS_PROXY", "nonsense://"),
            ("NO_PROXY", exception),
        ];
        let program = Program::against(&server, &settings);
        assert_eq!(program.browser().log_in("c").status, 200, "{exception}");
    }
    assert_eq!(proxy.requests().len(), 0);
}

#[test]
fn each_failure_of_the_proxy_names_it_and_nothing_is_sent_past_it() {
    let site = Site::new();
    let refused = "The proxy refused the connection";
    let broken = "The proxy does not respond as an HTTP proxy";
    #[rustfmt::skip]
    let table = [
        ("HTTP/1.1 403 Forbidden\r\n\r\n", refused, "403 Forbidden"),
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", refused, "407 Proxy"),
        ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno", refused, "502 Bad Gateway"),
        ("SSH-2.0-OpenSSH\r\n", broken, "is not HTTP"),
        ("HTTP/1.1 200 OK\r\n", broken, "broke"),
        ("", broken, "broke"),
    ];
    for (response, title, text) in table {
        let proxy = Proxy::responding(response);
        let program = site.program(&[("HTTPS_PROXY", &url(proxy.address))]);
        let page = program.browser().log_in("the-code");
        assert_failure(&page, 502, title);
        assert_in_order(&page.text(), &[text, &proxy.address.to_string()]);
        let log = program.wait_for_log("GET / 502");
        assert_in_order(&log, &[&format!("the login failed: {title}")]);
        let seen = proxy.requests().concat();
        assert_none(&seen, &[CLIENT_SECRET, CREDENTIALS, "the-code"]);
    }
    let program = site.program(&[("HTTPS_PROXY", "http://127.0.0.1:9")]);
    let page = program.browser().log_in("the-code");
    assert_failure(&page, 502, "The proxy cannot be reached");
    assert_in_order(&page.text(), &["127.0.0.1:9"]);
    assert_eq!(site.server.requests().len(), 0);
}
