//! A browser's side of HTTP.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use super::PATIENCE;

/// A response.
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} comes twice");
        value
    }

    /// The title of a page without the name of the program.
    pub fn title(&self) -> &str {
        between(&self.body, "<title>", " – een-login</title>")
    }

    /// What one reads on a page, without tags and escapes.
    pub fn text(&self) -> String {
        text_of(between(&self.body, "<main>", "</main>"))
    }

    /// What one reads in the box with this id.
    #[cfg(unix)]
    pub fn box_text(&self, id: &str) -> String {
        text_of(between(&self.body, &format!("<pre id=\"{id}\""), "</pre>"))
    }

    /// The target of the link with this text.
    pub fn link(&self, text: &str) -> String {
        let (before, _) = self
            .body
            .split_once(&format!(">{text}</a>"))
            .unwrap_or_else(|| panic!("no link {text} in {self:?}"));
        let (_, tag) = before.rsplit_once("<a ").unwrap();
        unescape(between(tag, "href=\"", "\""))
    }

    /// The state in the link of a login page.
    pub fn state(&self) -> String {
        self.link("Login with Eagle Eye Networks")
            .rsplit_once("&state=")
            .unwrap()
            .1
            .to_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        assert!(self.body.ends_with('\n'), "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }
}

/// The status and what one reads.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = if self.body.contains("<main>") {
            &self.text()
        } else {
            &self.body
        };
        write!(f, "{}\n{body}", self.status)
    }
}

/// What stands between two texts.
pub fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before}"));
    rest.split_once(after)
        .unwrap_or_else(|| panic!("no {after} after {before}"))
        .0
}

/// HTML without tags and escapes.
fn text_of(html: &str) -> String {
    let parts = html
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    unescape(&parts.collect::<String>())
}

fn unescape(html: &str) -> String {
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
    body: &str,
) -> Response {
    let mut head = format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Host") {
        head += &format!("Host: {address}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    send(address, request.as_bytes())
}

/// Sends the bytes of one request on a connection of its own.
pub fn send(address: SocketAddr, request: &[u8]) -> Response {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request).unwrap();
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    // Not every server closes the connection.
    while !is_complete(&bytes) {
        let n = stream.read(&mut chunk).unwrap();
        if n == 0 {
            break;
        }
        bytes.extend_from_slice(&chunk[..n]);
    }
    parse(&String::from_utf8_lossy(&bytes))
}

/// Whether a response with a length has come as a whole.
fn is_complete(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head
        .split("\r\n")
        .find_map(|line| line.strip_prefix("content-length:"));
    length.is_some_and(|length| bytes.len() - end - 4 >= length.trim().parse().unwrap())
}

fn parse(text: &str) -> Response {
    let (head, body) = text
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no response: {text}"));
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines.map(|line| line.split_once(':').unwrap());
    Response {
        status,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}

/// A browser: it keeps the state cookie.
pub struct Browser {
    pub address: SocketAddr,
    pub cookie: Option<String>,
}

impl Browser {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            cookie: None,
        }
    }

    pub fn get(&mut self, target: &str) -> Response {
        self.request("GET", target, &[])
    }

    pub fn request(&mut self, method: &str, target: &str, headers: &[(&str, &str)]) -> Response {
        let mut headers = headers.to_vec();
        if let Some(cookie) = &self.cookie {
            headers.push(("Cookie", cookie));
        }
        let response = request(self.address, method, target, &headers, "");
        if let Some(set) = response.header("set-cookie") {
            let (pair, attributes) = set.split_once(';').unwrap();
            self.cookie = (!attributes.contains("Max-Age=0")).then(|| pair.to_owned());
        }
        response
    }

    /// Opens the login page, and returns the state.
    pub fn begin(&mut self) -> String {
        let page = self.get("/");
        assert_eq!(page.status, 200, "{page:?}");
        page.state()
    }

    /// Begins a login and comes back with a code, which is percent-encoded.
    pub fn log_in(&mut self, code: &str) -> Response {
        let state = self.begin();
        self.get(&format!("/?code={code}&state={state}"))
    }

    /// Begins a login at the sandbox, chooses the link with this text there, and comes back.
    pub fn log_in_at_sandbox(&mut self, choice: &str) -> Response {
        let url = self.get("/").link("Login with Eagle Eye Networks");
        let (sandbox, target) = split_url(&url);
        let page = request(sandbox, "GET", &target, &[], "");
        let back = request(sandbox, "GET", &page.link(choice), &[], "");
        assert_eq!(back.status, 302, "{back:?}");
        let (_, target) = split_url(back.header("location").unwrap());
        self.get(&target)
    }
}

/// The address and the target of an `http` URL with an IP address.
pub fn split_url(url: &str) -> (SocketAddr, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (address, target) = rest.split_at(end);
    let slash = if target.starts_with('/') { "" } else { "/" };
    (address.parse().unwrap(), format!("{slash}{target}"))
}
