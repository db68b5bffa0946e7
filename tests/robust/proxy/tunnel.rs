//! The tunnel, where all goes well.

use std::thread;
use std::time::Duration;

use super::stand_in::{ESTABLISHED, Proxy};
use super::{AUTH_URL, Site};
use crate::support::{CLIENT_SECRET, CREDENTIALS};

fn connect(server: &str) -> String {
    format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n\r\n")
}

#[test]
fn each_exchange_is_one_connect_by_name_and_nothing_else_can_be_read_on_the_way() {
    let site = Site::good();
    let proxy = Proxy::open(site.server.address);
    let program = site.program(AUTH_URL, &[("HTTPS_PROXY", &proxy.url())]);
    for code in ["first-code", "second-code"] {
        let page = program.browser().log_in(code);
        assert_eq!(page.title(), "You are logged in – een-login", "{page:?}");
        assert!(page.body.contains("eyJhY2Nlc3M"), "{page:?}");
    }

    let seen = proxy.seen();
    let expected = connect("auth.example:8443");
    assert_eq!(seen.heads, [expected.clone(), expected]);
    assert_eq!(seen.connections, 2, "not one connection an exchange");
    let text = String::from_utf8_lossy(&seen.tunnelled);
    // The name is in the clear in TLS itself: the bytes are those of the exchange.
    assert!(text.contains("auth.example"), "{text}");
    let secrets = [
        "first-code",
        "second-code",
        CLIENT_SECRET,
        CREDENTIALS,
        "eyJhY2Nlc3M",
        "oauth2",
    ];
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} in {text}");
    }

    let requests = site.server.requests();
    assert_eq!(requests.len(), 2, "{requests:?}");
    for request in requests {
        assert!(request.starts_with("POST /oauth2/token?"), "{request}");
        let lowercase = request.to_ascii_lowercase();
        assert!(
            lowercase.contains("\r\nhost: auth.example:8443\r\n"),
            "{request}"
        );
        assert!(!lowercase.contains("\r\nproxy-"), "{request}");
    }
}

#[test]
fn connect_names_the_port_that_https_has_where_none_is_set() {
    let site = Site::good();
    let proxy = Proxy::open(site.server.address);
    let program = site.program("https://auth.example", &[("HTTPS_PROXY", &proxy.url())]);
    assert_eq!(program.browser().log_in("c").status, 200);
    assert_eq!(proxy.seen().heads, [connect("auth.example:443")]);
}

#[test]
fn connect_has_brackets_around_an_ipv6_address() {
    let site = Site::good();
    let proxy = Proxy::open(site.server.address);
    let program = site.program("https://[::1]:8443", &[("HTTPS_PROXY", &proxy.url())]);
    // The certificate is not for this address.
    assert_eq!(program.browser().log_in("c").status, 502);
    assert_eq!(proxy.seen().heads, [connect("[::1]:8443")]);
}

#[test]
fn a_proxy_can_be_set_by_its_name_and_without_a_scheme() {
    let site = Site::good();
    let proxy = Proxy::open(site.server.address);
    let value = format!("localhost:{}", proxy.address.port());
    let program = site.program(AUTH_URL, &[("HTTPS_PROXY", &value)]);
    assert_eq!(program.browser().log_in("c").status, 200);
    assert_eq!(proxy.seen().connections, 1);
}

/// A head of 16 KiB.
fn largest_head() -> String {
    let start = "HTTP/1.1 200 OK\r\nVia: ";
    let end = "\r\n\r\n";
    let filler = "x".repeat(16 * 1024 - start.len() - end.len());
    format!("{start}{filler}{end}")
}

#[test]
fn a_tunnel_stands_whatever_else_is_in_the_head_of_a_2xx() {
    let site = Site::good();
    let heads = [
        // A length or a coding means nothing in an answer to CONNECT (RFC 9110, section 9.3.6).
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
        "HTTP/1.0 200\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\nVia: proxy\n\n".to_owned(),
        "HTTP/1.1 299 Odd\r\nConnection: close\r\n\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\n{}\r\n", "Via: proxy\r\n".repeat(100)),
        largest_head(),
        format!(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nX: y\r\n\r\n{ESTABLISHED}"
        ),
    ];
    for head in heads {
        let proxy = Proxy::established_by(site.server.address, head.as_str());
        let program = site.program(AUTH_URL, &[("HTTPS_PROXY", &proxy.url())]);
        assert_eq!(program.browser().log_in("c").status, 200, "{head}");
        assert_eq!(proxy.seen().connections, 1, "{head}");
    }
}

#[test]
fn a_head_in_pieces_opens_a_tunnel() {
    let site = Site::good();
    let proxy = Proxy::new(site.server.address, |visit| {
        for byte in ESTABLISHED.bytes() {
            visit.send([byte]);
            // So that the pieces do not travel together.
            thread::sleep(Duration::from_millis(2));
        }
        visit.tunnel();
    });
    let program = site.program(AUTH_URL, &[("HTTPS_PROXY", &proxy.url())]);
    assert_eq!(program.browser().log_in("c").status, 200);
}

#[test]
fn bytes_of_the_tunnel_that_come_with_the_head_belong_to_the_tunnel() {
    /// What a TLS server sends that gives up: the fatal alert `internal_error`.
    const ALERT: &[u8] = b"\x15\x03\x03\x00\x02\x02\x50";

    let site = Site::good();
    let cut = ESTABLISHED.len() - 1;
    let (start, end) = ESTABLISHED.as_bytes().split_at(cut);
    let whole = [ESTABLISHED.as_bytes(), ALERT].concat();
    let last_byte = [end, ALERT].concat();
    for pieces in [vec![whole], vec![start.to_vec(), last_byte]] {
        let proxy = Proxy::new(site.server.address, move |visit| {
            for piece in &pieces {
                visit.send(piece);
                thread::sleep(Duration::from_millis(20));
            }
            // Who threw the alert away would get tokens now.
            visit.tunnel();
        });
        let program = site.program(AUTH_URL, &[("HTTPS_PROXY", &proxy.url())]);
        let page = program.browser().log_in("c");
        assert_eq!(page.title(), "The connection broke – een-login");
        assert!(page.body.contains("InternalError"), "{page:?}");
    }
}
