//! An HTTP proxy that opens a tunnel to the authorization server by `CONNECT` (RFC 9110, section 9.3.6).
//! TLS runs end to end inside the tunnel. awc has no support for proxies.

use std::error::Error;
use std::{fmt, io};

use actix_web::http::StatusCode;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use crate::text::Secret;

/// The largest head of a proxy's response, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// An HTTP proxy. Its `Display` is host and port.
#[derive(Clone)]
pub struct Proxy {
    /// Host and port.
    address: String,
    /// The value of `Proxy-Authorization`.
    authorization: Option<Secret>,
}

impl Proxy {
    /// Parses `http://[user:password@]host[:port]`, or the same without `http://`.
    ///
    /// # Errors
    ///
    /// What is wrong and how to correct it, without the text, which may contain a password.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        // Without a scheme, `Url` would take `localhost:3128` for a scheme and a path.
        let with_scheme = match text.split_once("://") {
            Some(_) => text.to_owned(),
            None => format!("http://{text}"),
        };
        // `Url` would drop white space.
        let is_written_well = |url: &Url| {
            let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            let is_http = url.scheme() == "http" && url.port() != Some(0);
            is_http && is_bare && !text.contains(char::is_whitespace)
        };
        let url = Url::parse(&with_scheme).ok().filter(is_written_well).ok_or(
            "is not an HTTP proxy; write it as http://host:port or http://user:password@host:port, \
             with user and password percent-encoded, or add the host of AUTH_URL to NO_PROXY",
        )?;
        let host = url.host_str().unwrap_or_default();
        Ok(Self {
            address: format!("{host}:{}", url.port().unwrap_or(80)),
            authorization: basic_authorization(&url),
        })
    }

    /// Opens a tunnel to `server`, a host and a port.
    pub async fn tunnel(&self, server: &str) -> Result<TcpStream, ProxyError> {
        let connected = TcpStream::connect(&self.address).await;
        let mut stream = connected.map_err(ProxyError::Unreachable)?;

        let authorization = match &self.authorization {
            Some(value) => format!("Proxy-Authorization: {}\r\n", value.expose()),
            None => String::new(),
        };
        let request = format!("CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n{authorization}\r\n");
        let written = stream.write_all(request.as_bytes()).await;
        written.map_err(ProxyError::Broken)?;

        let status = read_status(&mut stream).await?;
        if status.is_success() {
            Ok(stream)
        } else {
            Err(ProxyError::Refused(status))
        }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}

/// The user and the password of a URL, as Basic authentication sends them (RFC 7617).
fn basic_authorization(url: &Url) -> Option<Secret> {
    let (user, password) = (url.username(), url.password());
    if user.is_empty() && password.is_none() {
        return None;
    }
    let encoded = format!("{user}:{}", password.unwrap_or_default());
    let credentials: Vec<u8> = percent_decode_str(&encoded).collect();
    let value = format!("Basic {}", BASE64_STANDARD.encode(credentials));
    Some(Secret::new(value))
}

/// Reads the head of the proxy's response. Nothing follows it: in the tunnel, the client speaks first.
async fn read_status(stream: &mut TcpStream) -> Result<StatusCode, ProxyError> {
    let mut head = Vec::new();
    loop {
        let received = stream
            .read_buf(&mut head)
            .await
            .map_err(ProxyError::Broken)?;
        if received == 0 {
            return Err(ProxyError::Broken(io::ErrorKind::UnexpectedEof.into()));
        }
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        match response.parse(&head) {
            Ok(httparse::Status::Complete(_)) => {
                let code = response.code.unwrap_or_default();
                return StatusCode::from_u16(code).map_err(|_| ProxyError::NotHttp);
            }
            Ok(httparse::Status::Partial) if head.len() <= MAX_HEAD => {}
            _ => return Err(ProxyError::NotHttp),
        }
    }
}

/// Why a proxy opened no tunnel. No message has the proxy's own words.
#[derive(Debug)]
pub enum ProxyError {
    /// There is no connection to it.
    Unreachable(io::Error),
    /// It responded with another status than 2xx.
    Refused(StatusCode),
    /// Its response is not HTTP, or its head is too large: 16 KiB, 64 headers.
    NotHttp,
    /// The connection ended before the tunnel was open.
    Broken(io::Error),
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "cannot connect to the proxy: {error}"),
            Self::Refused(status) => write!(f, "the proxy responded with {status}"),
            Self::NotHttp => f.write_str("the response of the proxy is not HTTP"),
            Self::Broken(error) => write!(f, "the connection to the proxy broke: {error}"),
        }
    }
}

impl Error for ProxyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_parsed_strictly() {
        let table = [
            ("http://proxy.example:3128", Some("proxy.example:3128")),
            ("proxy.example:3128", Some("proxy.example:3128")),
            ("localhost:3128", Some("localhost:3128")),
            ("http://proxy.example/", Some("proxy.example:80")),
            ("http://user:p%40ss@[::1]:3128", Some("[::1]:3128")),
            ("user:password@proxy.example", Some("proxy.example:80")),
            ("https://proxy.example", None),
            ("socks5://proxy.example", None),
            ("http://proxy.example:0", None),
            ("http://proxy.example:x", None),
            ("http://user:p/ss@proxy.example", None),
            ("http://proxy.example/?a", None),
            ("http://a b", None),
            ("http://", None),
        ];
        for (text, expected) in table {
            let proxy = Proxy::parse(text).ok().map(|proxy| proxy.to_string());
            assert_eq!(proxy.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn user_and_password_are_sent_decoded() {
        let proxy = Proxy::parse("http://us%C3%A9r:p%40ss@proxy.example").expect("a proxy");
        let value = proxy.authorization.expect("credentials");
        // printf 'usér:p@ss' | base64
        assert_eq!(value.expose(), "Basic dXPDqXI6cEBzcw==");
    }
}
