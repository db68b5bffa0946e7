//! Every fault of the authorization server: the right status in time, a page that names the cause,
//! one request, a warning in the log, and the next good login works at once.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::support::authority::Authority;
use crate::support::stand_in::{Connection, StandIn, TOKENS};
use crate::support::{Program, Response, begin, free_port, wait_until};

type Act = Box<dyn Fn(&mut Connection) + Send + Sync>;

fn act(act: impl Fn(&mut Connection) + Send + Sync + 'static) -> Act {
    Box::new(act)
}

fn answer(
    status: &'static str,
    headers: &'static str,
    body: impl AsRef<[u8]> + Send + Sync + 'static,
) -> Act {
    act(move |connection| connection.answer(status, headers, &body))
}

fn bytes(bytes: &'static str) -> Act {
    act(move |connection| {
        connection.send(bytes);
    })
}

/// Runs one login with the fault and then a good one; gives the page of the first.
fn fault(name: &str, status: u16, texts: &[&str], fault: Act) -> Response {
    let server = StandIn::new(move |connection| {
        if connection.parameter("code") == "good" {
            connection.json(TOKENS);
        } else {
            fault(connection);
        }
    });
    let program = Program::against(&server.url());
    let begin = Instant::now();
    let page = program.browser().log_in("bad");
    let took = begin.elapsed();
    assert_eq!(page.status, status, "{name}: {}", page.body);
    assert!(took < Duration::from_millis(10_900), "{name} took {took:?}");
    assert!(
        status != 504 || took > Duration::from_millis(9_900),
        "{name} took {took:?}"
    );
    for text in texts {
        assert!(page.body.contains(text), "{name}, {text}: {}", page.body);
    }
    assert!(
        page.links().contains(&"/".to_owned()),
        "{name}: no way back"
    );
    assert_eq!(server.requests().len(), 1, "{name}: not one request");
    if status != 200 {
        let log = program.wait_for(&format!("GET / {status} "));
        let cause = page.title().strip_suffix(" – een-login").unwrap();
        assert!(
            log.contains("WARN") && log.contains(&format!("no tokens: {cause}: ")),
            "{name}: {log}"
        );
    }
    let begin = Instant::now();
    assert_eq!(
        program.browser().log_in("good").status,
        200,
        "{name}: the next login"
    );
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{name}: the next login had to wait"
    );
    page
}

const BROKE: &[&str] = &["The connection broke"];
const NO_JSON: &[&str] = &["The answer is not JSON"];
const NO_TOKEN: &[&str] = &["has no access token"];
const LARGE: &[&str] = &["larger than 64 KiB"];

#[test]
fn an_answer_that_is_not_whole_within_10_seconds_is_a_504() {
    const LATE: &[&str] = &["There was no answer within 10 seconds"];
    let drip = |head: &'static str, drop: &'static str| {
        act(move |connection| {
            connection.send(head);
            while connection.send(drop) {
                thread::sleep(Duration::from_secs(1));
            }
        })
    };
    let slow: Vec<(&str, Act)> = vec![
        (
            "no answer",
            act(|connection| assert!(connection.closed_by_peer())),
        ),
        ("a head that drips", drip("HTTP/1.1 200 OK\r\nx: ", "x")),
        (
            "a body that drips",
            drip("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", " "),
        ),
        (
            "chunks that drip",
            drip(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
                "1\r\n \r\n",
            ),
        ),
        (
            "an error that drips",
            drip(
                "HTTP/1.1 400 Bad Request\r\ncontent-length: 1000\r\n\r\n",
                " ",
            ),
        ),
        (
            "a body that stops",
            act(|connection| {
                connection.send("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{");
                assert!(connection.closed_by_peer());
            }),
        ),
    ];
    let threads = slow
        .into_iter()
        .map(|(name, act)| thread::spawn(move || fault(name, 504, LATE, act)));
    threads
        .collect::<Vec<_>>()
        .into_iter()
        .for_each(|thread| drop(thread.join().unwrap()));
}

#[test]
fn a_connection_that_breaks_is_a_502_that_says_so() {
    fault("closed before the head", 502, BROKE, act(|_| {}));
    fault(
        "closed inside the head",
        502,
        BROKE,
        bytes("HTTP/1.1 200 OK\r\ncontent-le"),
    );
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    fault("closed after the head", 502, BROKE, bytes(head));
    fault(
        "a body shorter than its length",
        502,
        BROKE,
        act(move |connection| {
            connection.send(format!("{head}{{\"access_token\":\"t\"}}"));
        }),
    );
    fault(
        "reset before the head",
        502,
        BROKE,
        act(|connection| connection.reset()),
    );
    fault(
        "reset inside the body",
        502,
        BROKE,
        act(move |connection| {
            connection.send(format!("{head}{{\"access_token\":"));
            connection.reset();
        }),
    );
    let chunked =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{\"access_token\":\r\n";
    fault("a chunked body cut off", 502, BROKE, bytes(chunked));
    let old = "HTTP/1.0 200 OK\r\n\r\n{\"access_token\":";
    fault("an HTTP/1.0 body cut off", 502, BROKE, bytes(old));
    fault(
        "no HTTP",
        502,
        BROKE,
        bytes("SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n"),
    );
    let bad_chunk = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n";
    fault("a bad chunk", 502, BROKE, bytes(bad_chunk));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(TOKENS.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let cut = gzip[..gzip.len() / 2].to_vec();
    fault(
        "gzip cut off",
        502,
        BROKE,
        answer("200 OK", "content-encoding: gzip\r\n", cut),
    );
}

#[test]
fn an_answer_without_tokens_is_a_502_that_says_what_it_lacks() {
    fault(
        "no length at all",
        502,
        NO_JSON,
        bytes("HTTP/1.1 200 OK\r\n\r\n"),
    );
    fault("empty", 502, NO_JSON, answer("200 OK", "", ""));
    fault(
        "204",
        502,
        NO_JSON,
        bytes("HTTP/1.1 204 No Content\r\n\r\n"),
    );
    for body in [
        "hello",
        "<html>",
        "{\"access_token\":",
        "{\"access_token\":\"t\"}}",
        "\u{feff}{}",
        "{'a':1}",
    ] {
        fault(
            body,
            502,
            NO_JSON,
            answer("200 OK", "content-type: application/json\r\n", body),
        );
    }
    fault(
        "not UTF-8",
        502,
        NO_JSON,
        answer("200 OK", "", b"{\"access_token\":\"\xff\"}"),
    );
    fault(
        "deep",
        502,
        NO_JSON,
        answer("200 OK", "", "[".repeat(60_000)),
    );
    for body in [
        "null",
        "[]",
        "[{\"access_token\":\"t\"}]",
        "17",
        "\"access_token\"",
        "{}",
        "true",
    ] {
        fault(body, 502, NO_TOKEN, answer("200 OK", "", body));
    }
    for value in ["null", "1", "\"\"", "[\"t\"]", "{}", "true"] {
        fault(
            value,
            502,
            NO_TOKEN,
            answer("200 OK", "", format!("{{\"access_token\":{value}}}")),
        );
    }
}

#[test]
fn an_answer_that_is_too_large_is_a_502_in_little_memory() {
    let large = format!("{{\"access_token\":\"{}\"}}", "t".repeat(10_000_000));
    fault(
        "10 MB by length",
        502,
        LARGE,
        answer("200 OK", "", large.clone()),
    );
    fault(
        "10 MB chunked",
        502,
        LARGE,
        act(move |connection| {
            connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
            connection.send(format!("{:x}\r\n{large}\r\n0\r\n\r\n", large.len()));
        }),
    );
    let just = |length: usize| format!("{{\"access_token\":\"{}\"}}", "t".repeat(length - 19));
    assert_eq!(just(100).len(), 100);
    fault(
        "64 KiB and a byte",
        502,
        LARGE,
        answer("200 OK", "", just(65_537)),
    );
    fault(
        "64 KiB",
        200,
        &["You are logged in"],
        answer("200 OK", "", just(65_536)),
    );
    for coding in ["gzip", "deflate"] {
        let zeros = vec![b' '; 50_000_000];
        let bomb = if coding == "gzip" {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
            gzip.write_all(&zeros).unwrap();
            gzip.finish().unwrap()
        } else {
            let mut deflate = ZlibEncoder::new(Vec::new(), Compression::best());
            deflate.write_all(&zeros).unwrap();
            deflate.finish().unwrap()
        };
        let headers = if coding == "gzip" {
            "content-encoding: gzip\r\n"
        } else {
            "content-encoding: deflate\r\n"
        };
        assert!(bomb.len() < 65_536);
        fault("a bomb", 502, LARGE, answer("200 OK", headers, bomb));
    }
}

#[test]
fn a_packed_answer_is_unpacked() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(TOKENS.as_bytes()).unwrap();
    let page = fault(
        "gzip",
        200,
        &["You are logged in"],
        answer(
            "200 OK",
            "content-encoding: GZIP\r\n",
            gzip.finish().unwrap(),
        ),
    );
    assert!(page.body.contains("eyJhY2Nlc3M"));
    let mut deflate = ZlibEncoder::new(Vec::new(), Compression::default());
    deflate.write_all(TOKENS.as_bytes()).unwrap();
    fault(
        "deflate",
        200,
        &["eyJhY2Nlc3M"],
        answer(
            "200 OK",
            "content-encoding: deflate\r\n",
            deflate.finish().unwrap(),
        ),
    );
    let page = fault(
        "any content type",
        200,
        &["eyJhY2Nlc3M"],
        answer("201 Created", "content-type: text/plain\r\n", TOKENS),
    );
    assert_eq!(page.title(), "You are logged in – een-login");
}

#[test]
fn another_status_than_2xx_is_a_502_with_what_the_other_side_said() {
    let json = r#"{"error":"invalid_<b>","error_description":"Bad \"code\" <script>"}"#;
    let shown = &["invalid_&lt;b&gt;", "Bad &quot;code&quot; &lt;script&gt;"];
    for (status, title) in [
        ("400 Bad Request", "The code was not accepted"),
        ("401 Unauthorized", "The code or the credentials"),
        ("403 Forbidden", "answered with an error"),
    ] {
        let texts = [&[status, title][..], shown].concat();
        fault(
            status,
            502,
            &texts,
            answer(status, "content-type: application/json\r\n", json),
        );
    }
    fault(
        "only error",
        502,
        &["invalid_grant"],
        answer("400 Bad Request", "", r#"{"error":"invalid_grant"}"#),
    );
    let page = "<html><h1>Oh no</h1>".to_owned() + &"x".repeat(100_000);
    let texts = ["500 Internal Server Error", "&lt;html&gt;&lt;h1&gt;Oh no"];
    let failure = fault(
        "HTML",
        502,
        &texts,
        answer("500 Internal Server Error", "", page),
    );
    assert!(
        !failure.body.contains(&"x".repeat(1000)),
        "not only the start is shown"
    );
    fault(
        "nothing",
        502,
        &["503 Service Unavailable"],
        answer("503 Service Unavailable", "", ""),
    );
    fault(
        "cut off",
        502,
        &["400 Bad Request", "half"],
        bytes("HTTP/1.1 400 Bad Request\r\ncontent-length: 99\r\n\r\nhalf"),
    );
    let control = fault(
        "control characters",
        502,
        &["400"],
        answer("400 Bad Request", "", "\u{1b}[31m\0\u{202e}\u{85}"),
    );
    assert!(
        !control
            .body
            .contains(['\u{1b}', '\0', '\u{202e}', '\u{85}'])
    );
    fault(
        "JSON without error",
        502,
        &["{&quot;message&quot;:&quot;no&quot;}"],
        answer("400 Bad Request", "", r#"{"message":"no"}"#),
    );
}

#[test]
fn a_redirect_is_not_followed_and_no_other_host_gets_the_credentials() {
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let other = StandIn::good();
        let location = format!("location: {}/oauth2/token\r\n", other.url());
        fault(
            status,
            502,
            &[status],
            act(move |connection| connection.answer(status, &location, "")),
        );
        assert_eq!(other.requests(), Vec::<String>::new());
    }
}

/// A program whose authorization server cannot be reached; the page of a login.
fn unreachable(auth_url: &str) -> (Response, String) {
    let program = Program::with(auth_url, &[]);
    let page = program.browser().log_in("c");
    (page, program.wait_for(" 502 "))
}

#[test]
fn a_server_that_cannot_be_reached_is_a_502_that_says_why() {
    let (page, log) = unreachable(&format!("http://127.0.0.1:{}", free_port()));
    assert!(
        page.title().contains("cannot be reached"),
        "{}",
        page.title()
    );
    assert!(
        page.body.contains("refused") && log.contains("refused"),
        "{log}"
    );
    let (page, log) = unreachable("https://no-such-name.invalid");
    assert!(page.title().contains("was not found"), "{}", page.title());
    assert!(log.contains("WARN"), "{log}");
    // Something else than TLS answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    });
    let authority = Authority::new();
    let file = authority.file();
    let settings = [("SSL_CERT_FILE", file.to_str().unwrap())];
    let program = Program::with(&format!("https://{address}"), &settings);
    let page = program.browser().log_in("c");
    assert_eq!(page.status, 502);
    assert!(
        page.title().contains("cannot be reached"),
        "{}",
        page.title()
    );
}

#[test]
fn a_server_that_takes_no_connection_is_a_504() {
    // The queue of this listener is full and nobody takes from it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    socket2::SockRef::from(&listener).listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let fill = || TcpStream::connect_timeout(&address, Duration::from_millis(200));
    let held: Vec<_> = std::iter::from_fn(|| fill().ok()).take(16).collect();
    assert!(held.len() < 16, "the queue does not fill");
    let program = Program::against(&format!("http://{address}"));
    let begin = Instant::now();
    assert_eq!(program.browser().log_in("c").status, 504);
    assert!(begin.elapsed() > Duration::from_millis(9_900));
}

#[test]
fn a_tls_handshake_that_hangs_is_a_504() {
    let (tell, told) = mpsc::channel();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || tell.send(listener.accept().unwrap()).unwrap());
    let authority = Authority::new();
    let file = authority.file();
    let program = Program::with(
        &format!("https://{address}"),
        &[("SSL_CERT_FILE", file.to_str().unwrap())],
    );
    assert_eq!(program.browser().log_in("c").status, 504);
    drop(told.recv().unwrap());
}

#[test]
fn exchanges_that_hang_do_not_make_a_good_one_wait() {
    let server = StandIn::new(|connection| {
        if connection.parameter("code") == "good" {
            connection.json(TOKENS);
        } else {
            connection.closed_by_peer();
        }
    });
    let program = Program::against(&server.url());
    let state = program.browser().begin();
    let started = Instant::now();
    let held: Vec<_> = (0..300)
        .map(|_| begin(program.address, &state, "hang"))
        .collect();
    wait_until("300 exchanges that hang", || server.requests().len() == 300);
    assert!(
        started.elapsed() < Duration::from_secs(8),
        "some hang no longer"
    );
    let started = Instant::now();
    assert_eq!(program.browser().log_in("good").status, 200);
    let took = started.elapsed();
    assert!(took < Duration::from_secs(1), "it took {took:?}");
    drop(held);
}
