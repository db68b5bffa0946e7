//! A browser's side of HTTP, byte by byte.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::PATIENCE;
use super::html::tags;

/// An HTTP response.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    /// The value of a header that comes once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} comes twice");
        value
    }

    pub fn title(&self) -> &str {
        between(&self.body, "<title>", "</title>")
    }

    /// The title without the name of the program.
    pub fn headline(&self) -> &str {
        self.title().strip_suffix(" – een-login").unwrap()
    }

    /// The targets of all links, unescaped.
    pub fn links(&self) -> Vec<String> {
        let links = tags(&self.body).into_iter().filter(|tag| tag.name == "a");
        links
            .map(|link| unescaped(link.attribute("href").unwrap()))
            .collect()
    }

    /// The state in the link of a login page.
    pub fn state(&self) -> String {
        let links = self.links();
        links[0].rsplit_once("&state=").unwrap().1.to_owned()
    }

    /// The nonce of its policy.
    pub fn nonce(&self) -> &str {
        let policy = self.header("content-security-policy").unwrap();
        between(policy, "script-src 'nonce-", "'")
    }

    /// What a person reads between the tags of `main`: the text, unescaped.
    pub fn text(&self) -> String {
        let main = between(&self.body, "<main>", "</main>");
        let parts = main.split('<').map(|part| match part.split_once('>') {
            Some((_, text)) => text,
            None => part,
        });
        unescaped(&parts.collect::<String>())
    }
}

/// What stands between two texts.
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after)
        .unwrap_or_else(|| panic!("no {after} after {before} in {text}"))
        .0
}

/// The text of HTML in which only our own escapes stand.
pub fn unescaped(html: &str) -> String {
    html.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Sends one request on a connection of its own.
pub fn request(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
) -> Response {
    let mut text = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        text += &format!("Host: {address}\r\n");
    }
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    let answer = raw(address, format!("{text}\r\n").as_bytes());
    parse(&answer).unwrap_or_else(|| panic!("not an HTTP response: {answer:?}"))
}

/// Begins an exchange and does not wait for its end. The server keeps no state, so one serves all.
pub fn begin(address: SocketAddr, state: &str, code: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "GET /?code={code}&state={state} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n"
    );
    write!(stream, "{head}Cookie: een_login_state={state}\r\n\r\n").unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends bytes and gives all bytes that come back until the connection ends.
pub fn raw(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The other side may close before it has read everything.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

/// Takes a response apart.
pub fn parse(bytes: &[u8]) -> Option<Response> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let pair = |line: &str| {
        line.split_once(": ")
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
    };
    Some(Response {
        status,
        headers: lines.filter_map(pair).collect(),
        body: body.to_owned(),
    })
}
