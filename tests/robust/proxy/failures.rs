//! Every fault of a proxy, and every fault behind it: the right status in time, a page that names the
//! proxy, one attempt and no other way. `deadline` runs those that hang.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::stand_in::{ESTABLISHED, Proxy, Visit};
use super::{AUTH_URL, Site};
use crate::deadline::{AT_ONCE, is_at_the_deadline};
use crate::support::stand_in::{Connection, TOKENS};
use crate::support::{Program, Response};

/// A proxy's own words. They could be the password, so nobody may read them.
const WORDS: &str = "hunter2";

type Act = Box<dyn Fn(&mut Visit) + Send + Sync>;

fn act(act: impl Fn(&mut Visit) + Send + Sync + 'static) -> Act {
    Box::new(act)
}

/// Sends bytes and keeps the connection open.
fn sends(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Act {
    act(move |visit| {
        visit.send(&bytes);
        visit.wait_for_close();
    })
}

/// Sends bytes and closes.
fn ends_after(bytes: &'static str) -> Act {
    act(move |visit| {
        visit.send(bytes);
    })
}

fn refuses(status: &str) -> Act {
    let length = WORDS.len();
    sends(format!(
        "HTTP/1.1 {status} {WORDS}\r\nX: {WORDS}\r\nContent-Length: {length}\r\n\r\n{WORDS}"
    ))
}

/// A page and a log that name the cause and the proxy, and have nothing of its words.
fn check(name: &str, page: &Response, program: &Program, title: &str, texts: &[&str], proxy: &str) {
    let shown = page.headline();
    assert_eq!(shown, title, "{name}: {page:?}");
    let through = format!("through the proxy <code>{proxy}</code>");
    assert!(page.body.contains(&through), "{name}: {page:?}");
    let log = program.wait_for(&format!("GET / {} ", page.status));
    let found = log.lines().find(|line| line.contains("no tokens: "));
    let warning = found.unwrap_or_else(|| panic!("{name}: no warning in {log}"));
    assert!(
        warning.contains("WARN") && warning.contains(title),
        "{name}: {warning}"
    );
    assert!(
        warning.contains(&format!("through the proxy {proxy}")),
        "{name}: {warning}"
    );
    for text in texts {
        assert!(page.body.contains(text), "{name}: no {text} in {page:?}");
        assert!(warning.contains(text), "{name}: no {text} in {warning}");
    }
    assert!(!page.body.contains(WORDS), "{name}: {page:?}");
    assert!(!log.contains(WORDS), "{name}: {log}");
}

/// One login with a fault of the proxy, and then a good one.
fn fault(name: &str, status: u16, title: &str, texts: &[&str], act: Act) {
    let site = Site::good();
    let proxy = Proxy::bad_once(site.server.address, act);
    // The server could be reached directly, and must not be.
    let url = site.server.url();
    let settings = [("HTTPS_PROXY", &*proxy.url()), ("RUST_LOG", "debug")];
    let program = site.program(&url, &settings);
    let begin = Instant::now();
    let page = program.browser().log_in("bad");
    let took = begin.elapsed();
    assert_eq!(page.status, status, "{name}: {page:?}");
    let is_in_time = match status {
        504 => is_at_the_deadline(took),
        _ => took < AT_ONCE,
    };
    assert!(is_in_time, "{name} took {took:?}");
    check(name, &page, &program, title, texts, &proxy.authority());
    assert_eq!(proxy.seen().connections, 1, "{name}: not one attempt");
    assert_eq!(site.server.requests().len(), 0, "{name}: a direct attempt");

    assert_eq!(
        program.browser().log_in("good").status,
        200,
        "{name}: the next login"
    );
    assert_eq!(proxy.seen().connections, 2, "{name}: the next login");
    assert_eq!(site.server.requests().len(), 1, "{name}: the next login");
}

#[test]
fn a_proxy_that_refuses_is_a_502_with_its_status_and_none_of_its_words() {
    let title = "The proxy refused the connection";
    let table = [
        ("403", "403 Forbidden"),
        ("502", "502 Bad Gateway"),
        ("503", "503 Service Unavailable"),
        ("302", "302 Found"),
        ("500", "500 Internal Server Error"),
        // It has no standard phrase.
        ("599", "599"),
    ];
    for (status, shown) in table {
        fault(status, 502, title, &[shown], refuses(status));
    }
}

#[test]
fn a_proxy_that_wants_other_credentials_is_a_502_that_says_so() {
    let title = "The proxy did not accept the credentials";
    let table = [
        ("407", "407 Proxy Authentication Required"),
        // Some proxies answer so to a wrong password.
        ("401", "401 Unauthorized"),
    ];
    for (status, shown) in table {
        fault(status, 502, title, &[shown], refuses(status));
    }
}

#[test]
fn a_proxy_that_does_not_speak_http_is_a_502_at_once() {
    let title = "The answer of the proxy cannot be read";
    let table: [(&str, &[u8]); 6] = [
        ("SSH", b"SSH-2.0-hunter2\r\n"),
        ("SMTP", b"220 hunter2 ESMTP\r\n"),
        ("a TLS alert", b"\x15\x03\x03\x00\x02\x02\x28"),
        ("SOCKS", b"\x05\xff"),
        ("HTTP/2", b"HTTP/2 200\r\n\r\n"),
        ("a status that is none", b"HTTP/1.1 hunter2\r\n\r\n"),
    ];
    for (name, bytes) in table {
        fault(name, 502, title, &["not HTTP"], sends(bytes));
    }
}

#[test]
fn a_head_of_more_than_16_kib_is_a_502() {
    let title = "The answer of the proxy cannot be read";
    let start = format!("HTTP/1.1 200 OK\r\nX: {WORDS}");
    let large = start.clone() + &"x".repeat(16 * 1024) + "\r\n\r\n";
    let texts = ["larger than 16 KiB"];
    fault("a whole head", 502, title, &texts, sends(large));
    let endless = act(move |visit| {
        visit.send(&start);
        while visit.send([b'x'; 1024]) {}
    });
    fault("a head without an end", 502, title, &texts, endless);
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000);
    fault("interim heads", 502, title, &texts, sends(interim));
}

#[test]
fn a_proxy_that_closes_before_the_tunnel_stands_is_a_502() {
    let title = "The proxy closed the connection";
    fault("at once", 502, title, &[], ends_after(""));
    fault(
        "in the status line",
        502,
        title,
        &[],
        ends_after("HTTP/1.1 20"),
    );
    let head = "HTTP/1.1 200 OK\r\nX: hunter2\r\n";
    fault("in the head", 502, title, &[], ends_after(head));
    fault("by a reset", 502, title, &[], act(Visit::reset));
}

#[test]
fn a_proxy_that_is_not_there_is_a_502_and_the_server_is_not_asked() {
    let site = Site::good();
    // Nobody listens on a port that is only held.
    let held = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    held.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    let port = held.local_addr().unwrap().as_socket().unwrap().port();
    let table = [
        (format!("127.0.0.1:{port}"), "refused"),
        // No resolver knows the name (RFC 2606).
        (
            format!("proxy.invalid:{port}"),
            "cannot connect to the proxy",
        ),
    ];
    for (proxy, reason) in table {
        let value = format!("http://{proxy}");
        let program = site.program(&site.server.url(), &[("HTTPS_PROXY", &value)]);
        let page = program.browser().log_in("c");
        assert_eq!(page.status, 502);
        let title = "The proxy cannot be reached";
        check(&proxy, &page, &program, title, &[reason], &proxy);
        assert_eq!(site.server.requests().len(), 0, "a direct attempt");
    }
}

/// Logins through proxies that hang: a 504 at the deadline.
pub fn proxies_that_hang() {
    let drips = |first: &'static str, drop: &'static str| {
        act(move |visit| {
            visit.send(first);
            while visit.send(drop) {
                thread::sleep(Duration::from_millis(500));
            }
        })
    };
    let table = [
        ("no answer", sends("")),
        (
            "a head that stops",
            sends("HTTP/1.1 200 OK\r\nX: hunter2\r\n"),
        ),
        (
            "a head that drips",
            drips("HTTP/1.1 200 OK\r\nX: hunter2", "x"),
        ),
        ("empty lines that drip", drips("", "\r\n")),
        ("a tunnel that leads nowhere", sends(ESTABLISHED)),
        (
            "a head that comes late, before a server that hangs",
            act(|visit| {
                // The tunnel comes in time, but the deadline goes on.
                thread::sleep(Duration::from_secs(6));
                visit.send(ESTABLISHED);
                visit.wait_for_close();
            }),
        ),
    ];
    let title = "There was no complete answer within 10 seconds";
    let threads = table.map(|(name, act)| thread::spawn(move || fault(name, 504, title, &[], act)));
    for thread in threads {
        thread.join().unwrap();
    }
}

type Answer = Arc<dyn Fn(&mut Connection) + Send + Sync>;

#[test]
fn every_failure_of_the_server_in_the_tunnel_names_the_proxy_too() {
    let answers = |status: &'static str, body: &'static str| -> Answer {
        Arc::new(move |connection: &mut Connection| connection.answer(status, "", body))
    };
    let grant = r#"{"error":"invalid_grant"}"#;
    let table: [(&str, Answer); 6] = [
        (
            "The code was not accepted",
            answers("400 Bad Request", grant),
        ),
        (
            "The token endpoint answered with an error",
            answers("407 x", ""),
        ),
        ("The answer is not JSON", answers("200 OK", "<html>")),
        ("The answer has no access token", answers("200 OK", "{}")),
        ("The connection broke", Arc::new(|_| {})),
        (
            "The answer is larger than 64 KiB",
            Arc::new(|connection| connection.json(" ".repeat(70_000))),
        ),
    ];
    for (title, answer) in table {
        let site = Site::new(move |connection| answer(connection));
        let proxy = Proxy::open(site.server.address);
        let program = site.program(AUTH_URL, &[("HTTPS_PROXY", &proxy.url())]);
        let page = program.browser().log_in("c");
        assert_eq!(page.status, 502);
        check(title, &page, &program, title, &[], &proxy.authority());
        assert_eq!(site.server.requests().len(), 1, "{title}");
    }
}

#[test]
fn a_certificate_in_the_tunnel_that_is_not_trusted_gets_no_request() {
    // The one is another authority's, the other is for another name.
    let (site, other) = (Site::good(), Site::good());
    let table = [
        (&other, AUTH_URL, "UnknownIssuer"),
        (&site, "https://login.example", "not valid for"),
    ];
    for (behind, auth_url, reason) in table {
        let proxy = Proxy::open(behind.server.address);
        let program = site.program(auth_url, &[("HTTPS_PROXY", &proxy.url())]);
        let page = program.browser().log_in("c");
        assert_eq!(page.status, 502);
        let title = "The certificate is not trusted";
        check(
            reason,
            &page,
            &program,
            title,
            &[reason],
            &proxy.authority(),
        );
        assert_eq!(behind.server.requests().len(), 0, "{reason}");
        assert_eq!(proxy.seen().connections, 1, "{reason}");
    }
}

#[test]
fn a_tunnel_that_ends_before_the_server_speaks_names_the_proxy() {
    let site = Site::new(|connection| connection.json(TOKENS));
    let proxy = Proxy::new(site.server.address, |visit| {
        visit.send(ESTABLISHED);
    });
    let program = site.program(AUTH_URL, &[("HTTPS_PROXY", &proxy.url())]);
    let page = program.browser().log_in("c");
    assert_eq!(page.status, 502);
    let title = "The connection broke";
    check("closed", &page, &program, title, &[], &proxy.authority());
    assert_eq!(proxy.seen().connections, 1);
}
