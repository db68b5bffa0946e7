//! Why a login failed.

use std::fmt;

use actix_web::http::StatusCode;

use crate::oauth::{Parameters, ProxyError};
use crate::text::escape_control;

/// A login that failed.
pub struct Failure {
    pub cause: Cause,
    /// Where the parameters of the second request were; `None` if the login failed before it was tried.
    pub parameters: Option<Parameters>,
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        let parameters = None;
        Self { cause, parameters }
    }
}

/// Why a login failed. A `String` is shown on the page as the detail: mostly the words of the server, a
/// library or the operating system.
#[derive(Debug)]
pub enum Cause {
    /// A parameter of the callback comes twice, or its code is too long.
    InvalidCallback,
    /// The browser has no state cookie.
    NoLogin,
    /// The state of the callback is not the one in this browser's cookie, or the browser has several.
    OtherBrowser,
    /// The authorization server sent an error instead of a code.
    Denied(OAuthError),
    /// The token endpoint responded with an error.
    ErrorResponse(StatusCode, OAuthError),
    /// There is no connection to the authorization server.
    Unreachable(String),
    /// The certificate of the authorization server is not trusted.
    Untrusted(String),
    /// The response broke off, or is not HTTP.
    Broken(String),
    /// A successful response that cannot be used: the title of the page, and the start of the body.
    NoTokens(&'static str, String),
    /// The deadline came before the end of the response.
    TimedOut,
    /// The proxy opened no tunnel.
    Proxy(ProxyError),
}

/// What the authorization server says of an error (RFC 6749, sections 4.1.2.1 and 5.2).
#[derive(Debug, Eq, PartialEq)]
pub struct OAuthError {
    /// Empty if a response has none.
    pub error: String,
    /// The description, or the start of a response without an `error`.
    pub description: String,
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { error, description } = self;
        if error.is_empty() || description.is_empty() {
            write!(f, "{error}{description}")
        } else {
            write!(f, "{error}: {description}")
        }
    }
}

impl OAuthError {
    /// The error for the log, if it is one lower-case word, as those of RFC 6749 are. Another may hold
    /// anything, such as the code.
    fn for_log(&self) -> &str {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        if self.error.is_empty() || !self.error.bytes().all(is_word) {
            return "an error that is not shown here";
        }
        &self.error
    }
}

impl Cause {
    /// The status of the page.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidCallback | Self::NoLogin | Self::OtherBrowser => StatusCode::BAD_REQUEST,
            Self::Denied(_) => StatusCode::FORBIDDEN,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::BAD_GATEWAY,
        }
    }

    /// Whether the token endpoint did not read the query of the second request.
    pub fn is_unread_query(&self) -> bool {
        let Self::ErrorResponse(StatusCode::BAD_REQUEST, OAuthError { error, .. }) = self else {
            return false;
        };
        error == "invalid_request" || error == "unsupported_grant_type"
    }

    /// What the server, a library or the operating system said, for the page.
    pub fn detail(&self) -> String {
        match self {
            Self::Denied(error) => error.to_string(),
            Self::ErrorResponse(status, error) => format!("{status}\n{error}"),
            Self::Unreachable(detail) | Self::Untrusted(detail) | Self::Broken(detail) => {
                detail.clone()
            }
            Self::NoTokens(_, excerpt) => excerpt.clone(),
            Self::Proxy(error) => error.to_string(),
            _ => String::new(),
        }
    }

    /// What people are told: a title, and a text of which the first line says what happened, and each
    /// other line what to check. Backticks enclose code.
    pub fn explanation(&self) -> (&'static str, &'static str) {
        match self {
            Self::InvalidCallback => (
                "This callback cannot be read",
                "A parameter of the callback comes twice, or its code is too long. Nothing was sent to the authorization server.
Did you copy the address as it was? A reverse proxy must not change the query.",
            ),
            Self::NoLogin => (
                "This login is finished or has expired",
                "This browser has no login under way: it sent no state cookie. Nothing was sent to the authorization server.
Did you reload the page, or go back and choose again? Each login ends with its first callback.
Did you finish this login in a second tab?
Did it begin in another browser, or under another name? `localhost` and `127.0.0.1` have different cookies.
Does this browser keep cookies? If you come back here at once, allow them for this page.",
            ),
            Self::OtherBrowser => (
                "This login did not begin in this browser",
                "The `state` of the callback is not the one in this browser’s cookie. Nothing was sent to the authorization server.
Did somebody send you this address? Do not use it: you would work in their account.
If it happens each time, delete the cookies of this host.",
            ),
            Self::Denied(_) => (
                "The login was refused",
                "The authorization server sent an error instead of a code, so there was nothing to exchange.
`access_denied` means that somebody refused: log in again, if that was a mistake.
If it is another error, is the client registered with this redirect URI, and may it use the scope `vms.all`?",
            ),
            Self::ErrorResponse(_, error) if error.error == "invalid_grant" => (
                "The code was not accepted",
                "It has expired, was used before, or was issued for another client or redirect URI.
A code works once and expires after 5 minutes. Log in again to get a new one.
Is `REDIRECT_URI` the registered URI, byte for byte? A slash at the end makes a difference.
Did `CLIENT_ID` change between the two requests?",
            ),
            Self::ErrorResponse(_, error) if error.error == "invalid_client" => (
                "The credentials were not accepted",
                "The authorization server knows no client with this id and this secret.
Are `CLIENT_ID` and `CLIENT_SECRET` what Eagle Eye Networks gave you, both for the same client?
Is the secret in single quotes in `.env`? Without them, a `$` or a `#` can change it.
After a change, start the program again and log in again: the code is used up.",
            ),
            Self::ErrorResponse(StatusCode::FORBIDDEN, _) => (
                "The client may not use this scope",
                "The authorization server refused the tokens, although the code may be good.
May this client use the scope `vms.all`? Ask Eagle Eye Networks to enable it.",
            ),
            Self::ErrorResponse(..) => (
                "The token endpoint responded with an error",
                "The authorization server sent no tokens.
With 429, or 500 or more, log in again in a minute: the problem is not on this side.
With 400 or 401, check the credentials, the redirect URI, and the code, which works once, within 5 minutes.
With another status, does `AUTH_URL` name the authorization server? Redirects are not followed.",
            ),
            Self::Unreachable(_) => (
                "The authorization server cannot be reached",
                "There is no connection to it.
Is this machine online, and is `AUTH_URL` correct?
Does a firewall block the connection, or does your network need a proxy? Set `HTTPS_PROXY`.",
            ),
            Self::Untrusted(_) => (
                "The certificate is not trusted",
                "This machine does not trust the certificate of the authorization server. Nothing was sent to it.
A company network that inspects TLS has its own certificate authority: set `SSL_CERT_FILE` to its certificate.
Does the log warn about certificates? On Debian, those of the system are in the package `ca-certificates`.
Is the clock of this machine right, and the host in `AUTH_URL` the one of the certificate?",
            ),
            Self::Broken(_) => (
                "The connection broke",
                "The connection to the authorization server ended before the response was complete.
Log in again: the code may be used up.
If it happens each time, does `AUTH_URL` name an HTTP server, with the right scheme?
Does a firewall cut the connection?",
            ),
            Self::NoTokens(title, _) => (
                *title,
                "The authorization server reported success, but its response cannot be used.
Does `AUTH_URL` name the authorization server, and not another web server?
A login portal or a proxy of the network may have responded in its place.",
            ),
            Self::TimedOut => (
                "There was no complete response within 10 seconds",
                "The exchange has 10 seconds in all.
Log in again in a minute: the code may be used up.
If it happens each time, does a firewall drop the connection?
Does your network need a proxy? Set `HTTPS_PROXY`. If it is set, does that proxy work?",
            ),
            Self::Proxy(ProxyError::Unreachable(_)) => (
                "The proxy cannot be reached",
                "There is no connection to the proxy. Nothing was sent to the authorization server.
Are host and port in `HTTPS_PROXY` (or `https_proxy`, `ALL_PROXY`, `all_proxy`) correct?
If the authorization server can be reached without a proxy, add its host to `NO_PROXY`.",
            ),
            Self::Proxy(ProxyError::Refused(_)) => (
                "The proxy refused the connection",
                "The proxy opened no tunnel. Nothing was sent to the authorization server.
With 407, write `HTTPS_PROXY` as `http://user:password@host:port`, with user and password percent-encoded.
Only Basic authentication is supported: for NTLM or Kerberos, run a local proxy that speaks it.
With 500 or more, the proxy could not reach the authorization server: is `AUTH_URL` correct?
With another status, ask whoever runs the proxy to allow `CONNECT` to the authorization server.",
            ),
            Self::Proxy(ProxyError::NotHttp | ProxyError::Broken(_)) => (
                "The proxy does not respond as an HTTP proxy",
                "The proxy opened no tunnel. Nothing was sent to the authorization server.
Is it the port of an HTTP proxy? SOCKS proxies, and proxies reached over TLS, are not supported.
Does the proxy ask for a user and a password? Some close the connection without saying so.",
            ),
        }
    }
}

/// A line for the log. Of the server's own text, it has only an `error` of one word.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (title, _) = self.explanation();
        f.write_str(title)?;
        match self {
            Self::Denied(error) => write!(f, ": {}", error.for_log()),
            Self::ErrorResponse(status, error) => write!(f, ": {status}, {}", error.for_log()),
            Self::Unreachable(_) | Self::Untrusted(_) | Self::Broken(_) | Self::Proxy(_) => {
                write!(f, ": {}", escape_control(&self.detail()))
            }
            _ => Ok(()),
        }
    }
}
