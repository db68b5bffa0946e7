//! Every fault of the authorization server: the right status in time, a page that names the cause,
//! one request, a warning in the log, and the next good login works at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use crate::deadline::{AT_ONCE, is_at_the_deadline};
use crate::support::stand_in::{Connection, StandIn, TOKENS};
use crate::support::{Program, Response};

pub type Act = Box<dyn Fn(&mut Connection) + Send + Sync>;

/// A fault of the server, and what the page must be.
pub struct Fault {
    name: String,
    status: u16,
    texts: Vec<String>,
    act: Act,
}

impl Fault {
    pub fn new(
        name: &str,
        status: u16,
        texts: &[&str],
        act: impl Fn(&mut Connection) + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.to_owned(),
            status,
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
            act: Box::new(act),
        }
    }

    /// One that is an answer with a length.
    pub fn answer(
        name: &str,
        status: u16,
        texts: &[&str],
        (line, headers): (&'static str, &'static str),
        body: impl AsRef<[u8]> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, status, texts, move |connection| {
            connection.answer(line, headers, &body);
        })
    }

    /// One that is an answer with status 200.
    pub fn ok(
        name: &str,
        status: u16,
        texts: &[&str],
        body: impl AsRef<[u8]> + Send + Sync + 'static,
    ) -> Self {
        Self::answer(name, status, texts, ("200 OK", ""), body)
    }

    /// One that is these bytes, and then the end.
    pub fn bytes(
        name: &str,
        status: u16,
        texts: &[&str],
        bytes: impl AsRef<[u8]> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, status, texts, move |connection| {
            connection.send(&bytes);
        })
    }
}

/// Tries all faults at once, each with a good login after it; gives the pages in their order.
pub fn check(faults: Vec<Fault>) -> Vec<Response> {
    let shared_faults = Arc::new(faults);
    let acting = Arc::clone(&shared_faults);
    let server =
        StandIn::new(
            move |connection| match connection.parameter("code").parse::<usize>() {
                Ok(number) => (acting[number].act)(connection),
                Err(_) => connection.json(TOKENS),
            },
        );
    let program = Program::against(&server.url());
    let pages: Vec<_> = thread::scope(|scope| {
        let shared_program = &program;
        let begin = |(number, fault)| scope.spawn(move || check_one(shared_program, fault, number));
        let logins: Vec<_> = shared_faults.iter().enumerate().map(begin).collect();
        logins
            .into_iter()
            .map(|login| login.join().unwrap())
            .collect()
    });
    for (number, fault) in shared_faults.iter().enumerate() {
        let requests = server.requests();
        let of_it = format!("&code={number}&");
        let count = requests
            .iter()
            .filter(|request| request.contains(&of_it))
            .count();
        assert_eq!(count, 1, "{}: not one request", fault.name);
    }
    every_failure_has_its_warning(&program, &pages);
    pages
}

fn check_one(program: &Program, fault: &Fault, number: usize) -> Response {
    let Fault {
        name,
        status,
        texts,
        ..
    } = fault;
    let begin = Instant::now();
    let page = program.browser().log_in(&number.to_string());
    let took = begin.elapsed();
    assert_eq!(page.status, *status, "{name}: {}", page.body);
    let is_in_time = match status {
        504 => is_at_the_deadline(took),
        _ => took < AT_ONCE,
    };
    assert!(is_in_time, "{name} took {took:?}");
    for text in texts {
        assert!(page.body.contains(text), "{name}, {text}: {}", page.body);
    }
    let back = page.links().contains(&"/".to_owned());
    assert!(back, "{name}: no way back");

    let begin = Instant::now();
    let next = program.browser().log_in("good");
    assert_eq!(next.status, 200, "{name}: the next login");
    let took = begin.elapsed();
    assert!(took < AT_ONCE, "{name}: the next login took {took:?}");
    page
}

fn every_failure_has_its_warning(program: &Program, pages: &[Response]) {
    let mut titles = HashMap::new();
    for page in pages.iter().filter(|page| page.status != 200) {
        let title = page.headline();
        *titles.entry(title).or_insert(0) += 1;
    }
    // The last line of a request is the server's.
    let logins = pages.len() * 4;
    let log = program.wait_until("all requests", |log| {
        let of_requests = log
            .lines()
            .filter(|line| line.contains("een_login::server] GET / "));
        of_requests.count() == logins
    });
    for (title, count) in titles {
        let warning = format!("] no tokens: {title}");
        let warnings = log
            .lines()
            .filter(|line| line.starts_with("[WARN ") && line.contains(&warning));
        assert_eq!(warnings.count(), count, "{title}: {log}");
    }
}

const BROKE: &[&str] = &["The connection broke"];
const NO_JSON: &[&str] = &["The answer is not JSON"];
const NO_TOKEN: &[&str] = &["has no access token"];

#[test]
fn a_connection_that_breaks_is_a_502_that_says_so() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let broken = |name, bytes: &str| Fault::bytes(name, 502, BROKE, bytes.to_owned());
    let pages = check(vec![
        broken("closed without an answer", ""),
        broken("closed inside the head", "HTTP/1.1 200 OK\r\ncontent-le"),
        broken("closed after the head", head),
        broken(
            "a body shorter than its length",
            &format!("{head}{{\"access_token\":\"t\"}}"),
        ),
        broken("no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n"),
        broken(
            "a chunked body cut off",
            &format!("{chunked}10\r\n{{\"access_token\":\r\n"),
        ),
        broken("a bad chunk", &format!("{chunked}xyz\r\n")),
        broken(
            "an HTTP/1.0 body cut off",
            "HTTP/1.0 200 OK\r\n\r\n{\"access_token\":",
        ),
        Fault::new("reset before the head", 502, BROKE, |connection| {
            connection.reset();
        }),
        Fault::new("reset inside the body", 502, BROKE, move |connection| {
            connection.send(format!("{head}{{\"access_token\":"));
            connection.reset();
        }),
    ]);
    let without_an_answer = pages[0].text();
    assert!(
        without_an_answer.contains("closed the connection without an answer"),
        "{without_an_answer}"
    );
}

#[test]
fn an_answer_that_is_not_json_is_a_502_that_says_so() {
    let json = ("200 OK", "content-type: application/json\r\n");
    let mut faults = vec![
        Fault::bytes("no length", 502, NO_JSON, "HTTP/1.1 200 OK\r\n\r\n"),
        Fault::bytes("204", 502, NO_JSON, "HTTP/1.1 204 No Content\r\n\r\n"),
        Fault::ok("empty", 502, NO_JSON, ""),
        Fault::ok("not UTF-8", 502, NO_JSON, b"{\"access_token\":\"\xff\"}"),
        Fault::ok("deep", 502, NO_JSON, "[".repeat(60_000)),
    ];
    for body in [
        "hello",
        "<html>",
        "{\"access_token\":",
        "{\"access_token\":\"t\"}}",
        "\u{feff}{}",
        "{'a':1}",
    ] {
        faults.push(Fault::answer(body, 502, NO_JSON, json, body));
    }
    check(faults);
}

#[test]
fn an_answer_without_a_token_is_a_502_that_says_so() {
    let mut faults = Vec::new();
    for body in [
        "null",
        "[]",
        "[{\"access_token\":\"t\"}]",
        "17",
        "\"access_token\"",
        "{}",
        "{\"access_token\":null}",
        "{\"access_token\":1}",
        "{\"access_token\":\"\"}",
        "{\"access_token\":[\"t\"]}",
    ] {
        faults.push(Fault::ok(body, 502, NO_TOKEN, body));
    }
    check(faults);
}
