//! The way to the authorization server: directly, or through an HTTP proxy that opens a tunnel by
//! `CONNECT` (RFC 9110, section 9.3.6). TLS is laid through the tunnel from end to end, so the proxy
//! learns the name and the port of the server, and nothing else.
//!
//! Written by hand, since awc has no support for proxies. It asks for connections by a service, and
//! this is one.

use std::rc::Rc;
use std::task::{Context, Poll};
use std::{fmt, io};

use actix_tls::connect::{ConnectError, ConnectInfo, Connection, Connector, ConnectorService};
use actix_web::dev::Service;
use actix_web::http::{StatusCode, Uri};
use actix_web::rt::net::TcpStream;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::{Host, Url};

use crate::failure::status_text;
use crate::secret::Secret;

/// The largest head of a proxy's answer, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// The most headers that a proxy's answer can have.
const MAX_HEADERS: usize = 128;

/// An HTTP proxy. Printed, it is its host and port.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    /// The value of `Proxy-Authorization`.
    authorization: Option<Secret>,
}

/// Why a text does not name a proxy. The message is the end of a sentence about the text, and never
/// has the text itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProxyUrlError {
    /// The scheme is not `http`.
    Scheme,
    /// There is a path, a query or a fragment, maybe from a password that is not percent-encoded.
    Path,
    /// The user name has a `:`.
    User,
    /// It cannot be read as a URL.
    Url,
}

impl fmt::Display for ProxyUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "has a scheme other than http://: SOCKS proxies, and proxies reached over TLS, are not supported",
            Self::Path => "has a path, or a password with a character that is not percent-encoded",
            Self::User => "has a user name with a colon, which Basic authentication cannot carry",
            Self::Url => "has no valid host and port",
        })
    }
}

impl std::error::Error for ProxyUrlError {}

impl Proxy {
    /// Reads `http://[user:password@]host[:port]`, or the same without `http://`. The port is 80 where
    /// it is left out; user and password are percent-encoded.
    ///
    /// # Errors
    ///
    /// When the text names no HTTP proxy.
    pub fn parse(text: &str) -> Result<Self, ProxyUrlError> {
        // The parser would drop these.
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(ProxyUrlError::Url);
        }
        // To the parser, `localhost:3128` would be a scheme and a path.
        let parsed = match text.split_once("://") {
            Some((scheme, _)) if !scheme.eq_ignore_ascii_case("http") => {
                return Err(ProxyUrlError::Scheme);
            }
            Some(_) => Url::parse(text),
            None => Url::parse(&format!("http://{text}")),
        };
        let url = parsed.map_err(|_| ProxyUrlError::Url)?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(ProxyUrlError::Path);
        }
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => return Err(ProxyUrlError::Url),
        };
        let port = url.port_or_known_default().filter(|port| *port > 0);
        Ok(Self {
            host,
            port: port.ok_or(ProxyUrlError::Url)?,
            authorization: basic_authorization(&url)?,
        })
    }

    /// Opens a tunnel to a server.
    async fn tunnel(&self, server: &str) -> Result<TcpStream, ProxyError> {
        let connected = TcpStream::connect((self.host.as_str(), self.port)).await;
        let mut stream = connected.map_err(ProxyError::Unreachable)?;
        let request = self.connect_request(server);
        let written = stream.write_all(request.expose().as_bytes()).await;
        written.map_err(ProxyError::from_io)?;
        let status = read_answer(&mut stream).await?;
        if status.is_success() {
            Ok(stream)
        } else {
            Err(ProxyError::Status(status))
        }
    }

    fn connect_request(&self, server: &str) -> Secret {
        let authorization = match &self.authorization {
            Some(value) => format!("Proxy-Authorization: {}\r\n", value.expose()),
            None => String::new(),
        };
        Secret::new(format!(
            "CONNECT {server} HTTP/1.1\r\nHost: {server}\r\n{authorization}\r\n"
        ))
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// User and password of a proxy's URL, as Basic authentication sends them (RFC 7617).
fn basic_authorization(url: &Url) -> Result<Option<Secret>, ProxyUrlError> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(None);
    }
    let user: Vec<u8> = percent_decode_str(url.username()).collect();
    let password: Vec<u8> = percent_decode_str(url.password().unwrap_or_default()).collect();
    if user.contains(&b':') {
        return Err(ProxyUrlError::User);
    }
    let credentials = [&user[..], b":", &password].concat();
    let value = format!("Basic {}", BASE64_STANDARD.encode(credentials));
    Ok(Some(Secret::new(value)))
}

/// Reads the head of the proxy's final answer. Interim answers (1xx) can come before it (RFC 9110,
/// section 15.2).
async fn read_answer(stream: &mut TcpStream) -> Result<StatusCode, ProxyError> {
    let mut most = MAX_HEAD;
    loop {
        let (length, status) = read_head(stream, most).await?;
        if !status.is_informational() || status == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(status);
        }
        most -= length;
    }
}

/// Reads a head of at most so many bytes, and not one byte behind it: the tunnel may begin there.
async fn read_head(stream: &mut TcpStream, most: usize) -> Result<(usize, StatusCode), ProxyError> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        // What is peeked at stays in the socket: it may go on into the tunnel.
        let peeked = stream
            .peek(&mut buffer)
            .await
            .map_err(ProxyError::from_io)?;
        if peeked == 0 {
            return Err(ProxyError::Broken(None));
        }
        let known = head.len();
        head.extend_from_slice(&buffer[..peeked]);
        let parsed = parse_head(&head)?;
        let end = parsed.map_or(head.len(), |(end, _)| end);
        if end > most {
            return Err(ProxyError::TooLarge);
        }
        let of_the_head = &mut buffer[..end - known];
        let taken = stream.read_exact(of_the_head).await;
        taken.map_err(ProxyError::from_io)?;
        if let Some(length_and_status) = parsed {
            return Ok(length_and_status);
        }
    }
}

/// The length and the status of a head; `None` where its end has not come.
fn parse_head(head: &[u8]) -> Result<Option<(usize, StatusCode)>, ProxyError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(head) {
        Ok(httparse::Status::Complete(end)) => {
            let number = response.code.unwrap_or_default();
            let status = StatusCode::from_u16(number).map_err(|_| ProxyError::NotHttp)?;
            Ok(Some((end, status)))
        }
        Ok(httparse::Status::Partial) => Ok(None),
        Err(_) => Err(ProxyError::NotHttp),
    }
}

/// Why a proxy opened no tunnel. No message has the proxy's own words, which can hold the password.
#[derive(Debug)]
pub enum ProxyError {
    /// There is no connection to it.
    Unreachable(io::Error),
    /// It answered with another status than 2xx.
    Status(StatusCode),
    /// Its answer is not HTTP.
    NotHttp,
    /// The head of its answer is larger than 16 KiB.
    TooLarge,
    /// The connection ended before the tunnel stood.
    Broken(Option<io::Error>),
}

impl ProxyError {
    fn from_io(error: io::Error) -> Self {
        Self::Broken(Some(error))
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) => write!(f, "cannot connect to the proxy: {error}"),
            Self::Status(status) => {
                write!(f, "the proxy answered {}", status_text(*status))
            }
            Self::NotHttp => f.write_str("the proxy's answer is not HTTP"),
            Self::TooLarge => f.write_str("the head of the proxy's answer is larger than 16 KiB"),
            Self::Broken(None) => f.write_str("the proxy closed the connection without an answer"),
            Self::Broken(Some(error)) => write!(f, "the connection to the proxy broke: {error}"),
        }
    }
}

impl std::error::Error for ProxyError {}

/// The way to the server, as awc asks for it.
#[derive(Clone)]
pub(super) struct Route {
    direct: ConnectorService,
    proxy: Option<Rc<Proxy>>,
}

impl Route {
    pub fn new(proxy: Option<Rc<Proxy>>) -> Self {
        let direct = Connector::default().service();
        Self { direct, proxy }
    }
}

impl Service<ConnectInfo<Uri>> for Route {
    type Response = Connection<Uri, TcpStream>;
    type Error = ConnectError;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&self, info: ConnectInfo<Uri>) -> Self::Future {
        let Some(proxy) = self.proxy.clone() else {
            return self.direct.call(info).boxed_local();
        };
        async move {
            let uri = info.request().clone();
            let host = uri.host().unwrap_or_default();
            // `Uri` knows no default ports. Only `https` goes through a proxy: see `TokenEndpoint::new`.
            let port = uri.port_u16().unwrap_or(443);
            match proxy.tunnel(&format!("{host}:{port}")).await {
                Ok(stream) => Ok(Connection::new(uri, stream)),
                // awc passes this on as it is; it panics at `ConnectError::InvalidInput`.
                Err(error) => Err(ConnectError::Io(io::Error::other(error))),
            }
        }
        .boxed_local()
    }
}

#[cfg(test)]
mod tests;
