//! Why a login failed.

use std::fmt;

use actix_web::http::StatusCode;

use crate::oauth::{Attempt, ErrorResponse, ProxyError};
use crate::text::escape_control;

/// Why a login failed, with the attempts at the second request that were made.
pub struct Failure {
    pub cause: Cause,
    pub attempts: Vec<Attempt>,
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Self {
            cause,
            attempts: Vec::new(),
        }
    }
}

/// Why a login failed. A text is what a library or the operating system said.
#[derive(Debug)]
pub enum Cause {
    /// A parameter of the callback comes twice, or its code is too long.
    InvalidCallback,
    /// The browser has no state cookie.
    NoLogin,
    /// The state of the callback is not the one in this browser's cookie.
    OtherBrowser,
    /// The authorization server sent an error instead of a code (RFC 6749, section 4.1.2.1).
    Denied {
        error: String,
        description: Option<String>,
    },
    /// The token endpoint responded with an error (RFC 6749, section 5.2).
    ErrorResponse(ErrorResponse),
    /// The host of the authorization server has no address.
    NotResolved(String),
    /// There is no connection to the authorization server.
    Unreachable(String),
    /// The certificate of the authorization server is not trusted.
    Untrusted(String),
    /// The connection ended before the response did.
    Broken(String),
    /// The response is not JSON: the start of it.
    NotJson(String),
    NoAccessToken,
    /// The response is larger than 64 KiB.
    TooLarge,
    /// The deadline came before the end of the response.
    TimedOut,
    /// The proxy opened no tunnel.
    Proxy(ProxyError),
}

/// The steps of a login.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Step {
    LogIn,
    ComeBack,
    Exchange,
}

/// What people are told about a cause. Backquotes in the texts enclose code.
pub struct Explanation {
    pub title: &'static str,
    /// What happened.
    pub summary: &'static str,
    /// What to check.
    pub advice: &'static [&'static str],
}

impl Cause {
    /// The status of the page.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidCallback | Self::NoLogin | Self::OtherBrowser => StatusCode::BAD_REQUEST,
            Self::Denied { .. } => StatusCode::FORBIDDEN,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::BAD_GATEWAY,
        }
    }

    /// The step that failed.
    pub fn step(&self) -> Step {
        match self {
            Self::InvalidCallback | Self::NoLogin | Self::OtherBrowser | Self::Denied { .. } => {
                Step::ComeBack
            }
            _ => Step::Exchange,
        }
    }

    /// What people are told.
    pub fn explanation(&self) -> Explanation {
        let (title, summary, advice): (_, _, &[_]) = match self {
            Self::InvalidCallback => (
                "This callback cannot be read",
                "A parameter of the callback comes twice, or its code is too long. Nothing was \
                 sent to the authorization server.",
                &[
                    "If you copied the address, did you copy it as it was?",
                    "A reverse proxy in front of this server must not change the query.",
                ],
            ),
            Self::NoLogin => (
                "This login is finished or has expired",
                "This browser has no login under way: it sent no state cookie. Nothing was sent \
                 to the authorization server.",
                &[
                    "Did you reload the page, or go back and choose again? Each login ends with \
                     its first callback.",
                    "Did you finish this login in a second tab?",
                    "Did it begin in another browser, or under another name? `localhost` and \
                     `127.0.0.1` have different cookies.",
                    "Does this browser keep cookies? If you come back here at once, allow them \
                     for this page.",
                ],
            ),
            Self::OtherBrowser => (
                "This login did not begin in this browser",
                "The `state` of the callback is not the one in this browser’s cookie, so \
                 somebody else may have begun this login. Nothing was sent to the authorization \
                 server.",
                &[
                    "Did somebody send you this address? Do not use it: you would work in their \
                     account.",
                    "Did you begin another login since? Go on in the newest page.",
                    "If it happens each time, delete the cookies of this host.",
                ],
            ),
            Self::Denied { .. } => (
                "The login was refused",
                "The authorization server sent an error instead of a code, so there was nothing \
                 to exchange.",
                &[
                    "`access_denied` means that somebody refused. If that was a mistake, log in \
                     again.",
                    "For another error, see RFC 6749, section 4.1.2.1: the client may be \
                     registered differently from what it asks for.",
                ],
            ),
            Self::ErrorResponse(response) if response.error.as_deref() == Some("invalid_grant") => {
                (
                    "The code was not accepted",
                    "The authorization server rejected the code: it has expired, was used before, or \
                 was issued for another client or redirect URI.",
                    &[
                        "A code works once and expires after 5 minutes. Log in again to get a new \
                     one.",
                        "Is `REDIRECT_URI` the registered URI, byte for byte? A slash at the end \
                     makes a difference.",
                        "Did `CLIENT_ID` change between the two requests?",
                    ],
                )
            }
            Self::ErrorResponse(response)
                if response.error.as_deref() == Some("invalid_client") =>
            {
                (
                    "The credentials were not accepted",
                    "The authorization server did not accept the client id and the client secret.",
                    &[
                        "Are `CLIENT_ID` and `CLIENT_SECRET` what Eagle Eye Networks gave you, both \
                     for the same client?",
                        "Is the secret in single quotes in `.env`? Without them, a `$` or a `#` can \
                     change it.",
                        "After a change, start the program again and log in again: the code is used \
                     up.",
                    ],
                )
            }
            Self::ErrorResponse(response) if response.status == StatusCode::FORBIDDEN => (
                "The client may not use this scope",
                "The authorization server refused the tokens, although the code may be good.",
                &[
                    "May this client use the scope `vms.all`? Ask Eagle Eye Networks to enable \
                     it.",
                    "Does this account have access to the API?",
                ],
            ),
            Self::ErrorResponse(_) => (
                "The token endpoint responded with an error",
                "The authorization server did not send tokens.",
                &[
                    "With a status of 500 or more, the problem is on its side: log in again in a \
                     minute.",
                    "With 400 or 401, check the code, which works once and expires after 5 \
                     minutes, the credentials and the redirect URI.",
                    "With another status, does `AUTH_URL` name the authorization server? \
                     Redirects are not followed: the code must not reach another host.",
                ],
            ),
            Self::NotResolved(_) => (
                "The authorization server was not found",
                "Its host name has no address.",
                &[
                    "Is this machine online?",
                    "Is `AUTH_URL` spelled correctly?",
                    "Does your network need a proxy? Set `HTTPS_PROXY`.",
                ],
            ),
            Self::Unreachable(_) => (
                "The authorization server cannot be reached",
                "There is no connection to it.",
                &[
                    "Are host and port in `AUTH_URL` correct?",
                    "Does a firewall block the connection?",
                    "Does your network need a proxy? Set `HTTPS_PROXY`.",
                ],
            ),
            Self::Untrusted(_) => (
                "The certificate is not trusted",
                "This machine does not trust the certificate of the authorization server, so \
                 nothing was sent to it.",
                &[
                    "A company network that inspects TLS has its own certificate authority: set \
                     `SSL_CERT_FILE` to the certificate of that authority, in PEM form.",
                    "If `SSL_CERT_FILE` or `SSL_CERT_DIR` is set, does the log warn about it?",
                    "Are the system’s certificates installed? On Debian, they are in the package \
                     `ca-certificates`.",
                    "Is the clock of this machine right, and the host in `AUTH_URL` the one of \
                     the certificate?",
                ],
            ),
            Self::Broken(_) => (
                "The connection broke",
                "The connection to the authorization server ended before the response was \
                 complete.",
                &[
                    "Log in again: the code may be used up.",
                    "If it happens each time, does `AUTH_URL` name an HTTP server, with the \
                     right scheme?",
                    "Does a firewall cut the connection?",
                ],
            ),
            Self::NotJson(_) => (
                "The response is not JSON",
                "The authorization server reported success, but its response has no tokens.",
                &[
                    "Does `AUTH_URL` name the authorization server, and not another web server?",
                    "A login portal or a proxy of the network may have responded in its place.",
                ],
            ),
            Self::NoAccessToken => (
                "The response has no access token",
                "The authorization server reported success, but its response has no text \
                 `access_token`.",
                &["Does `AUTH_URL` name the authorization server, and not another service?"],
            ),
            Self::TooLarge => (
                "The response is larger than 64 KiB",
                "That is far more than tokens need. The rest was not read.",
                &["Does `AUTH_URL` name the authorization server, and not another web server?"],
            ),
            Self::TimedOut => (
                "There was no complete response within 10 seconds",
                "The exchange has 10 seconds in all.",
                &[
                    "Log in again in a minute: the code may be used up.",
                    "If it happens each time, does a firewall drop the connection? Does your \
                     network need a proxy? Set `HTTPS_PROXY`. If it is set, does that proxy work?",
                ],
            ),
            Self::Proxy(ProxyError::Unreachable(_)) => (
                "The proxy cannot be reached",
                "There is no connection to the proxy, so nothing was sent to the authorization \
                 server.",
                &[
                    "Are host and port in `HTTPS_PROXY` correct? It may also be set as \
                     `https_proxy`, `ALL_PROXY` or `all_proxy`.",
                    "If the authorization server can be reached without a proxy, add its host to \
                     `NO_PROXY`.",
                ],
            ),
            Self::Proxy(ProxyError::Refused(StatusCode::PROXY_AUTHENTICATION_REQUIRED)) => (
                "The proxy did not accept the credentials",
                "The proxy asks for a user and a password, or for others. Nothing was sent to \
                 the authorization server.",
                &[
                    "Write `HTTPS_PROXY` as `http://user:password@host:port`, with user and \
                     password percent-encoded.",
                    "Only Basic authentication is supported. For NTLM or Kerberos, run a local \
                     proxy that speaks it.",
                ],
            ),
            Self::Proxy(ProxyError::Refused(_)) => (
                "The proxy refused the connection",
                "The proxy opened no tunnel to the authorization server, so nothing was sent \
                 there.",
                &[
                    "Ask whoever runs the proxy to allow `CONNECT` to the host and port of the \
                     authorization server.",
                    "With a status of 500 or more, the proxy could not reach it: is `AUTH_URL` \
                     correct?",
                ],
            ),
            Self::Proxy(ProxyError::NotHttp | ProxyError::Broken(_)) => (
                "The proxy does not respond as an HTTP proxy",
                "The proxy opened no tunnel, so nothing was sent to the authorization server.",
                &[
                    "Is it the port of an HTTP proxy? SOCKS proxies, and proxies reached over \
                     TLS, are not supported.",
                    "Does the proxy ask for a user and a password? Some close the connection \
                     without saying so.",
                ],
            ),
        };
        Explanation {
            title,
            summary,
            advice,
        }
    }

    /// What a library, the operating system or the proxy said, for the page and the log.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::NotResolved(detail)
            | Self::Unreachable(detail)
            | Self::Untrusted(detail)
            | Self::Broken(detail) => Some(detail.clone()),
            Self::Proxy(error) => Some(error.to_string()),
            _ => None,
        }
    }

    /// The error of RFC 6749 and the status, if the authorization server sent them.
    fn reported(&self) -> (Option<StatusCode>, Option<&str>) {
        match self {
            Self::Denied { error, .. } => (None, Some(error)),
            Self::ErrorResponse(response) => (Some(response.status), response.error.as_deref()),
            _ => (None, None),
        }
    }
}

/// A line for the log. It leaves out the server's own text, which may hold the code or a token.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.explanation().title)?;
        let (status, error) = self.reported();
        if let Some(status) = status {
            write!(f, ": {status}")?;
        }
        let is_word = |error: &&str| error.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if let Some(error) = error.filter(is_word) {
            write!(f, ": {error}")?;
        }
        if let Some(detail) = self.detail() {
            write!(f, ": {}", escape_control(&detail))?;
        }
        Ok(())
    }
}
