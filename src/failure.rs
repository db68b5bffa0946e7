//! Why there are no tokens. It knows no HTML: the pages are made in `page`.

use std::fmt;

use actix_web::http::StatusCode;

/// Why there are no tokens, or no page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cause {
    /// The query of the callback is not what RFC 6749 allows, or the code is too long.
    BadQuery,
    /// The state is missing or is not this browser's.
    AnotherBrowser,
    /// This browser has no login under way.
    NoLogin,
    /// The authorization server sent an error in place of a code (RFC 6749, section 4.1.2.1).
    Refused,
    /// There is no page at this path.
    NotFound,
    /// The page has no such method.
    MethodNotAllowed,
    /// The token endpoint did not accept the code: `invalid_grant` (RFC 6749, section 5.2).
    InvalidGrant,
    /// The token endpoint did not accept the credentials: `invalid_client`.
    InvalidClient,
    /// The token endpoint answered with another error.
    ErrorStatus,
    /// The name of the authorization server has no address.
    NameNotFound,
    /// There is no connection to the authorization server.
    Unreachable,
    /// The certificate of the authorization server is not trusted.
    Untrusted,
    /// No certificate authority is trusted.
    NoAuthorities,
    /// The connection ended before the answer did.
    Broken,
    /// The answer is not JSON.
    NotJson,
    /// The answer has no `access_token`.
    NoAccessToken,
    /// The answer is larger than 64 KiB.
    TooLarge,
    /// The answer was not complete at the deadline.
    TimedOut,
    /// There is no connection to the proxy.
    ProxyUnreachable,
    /// The proxy wants other credentials: status 407, or 401.
    ProxyCredentials,
    /// The proxy answered with another status than 2xx.
    ProxyRefused,
    /// What the proxy sent cannot be read as HTTP.
    ProxyNotHttp,
    /// The connection to the proxy ended before the tunnel stood.
    ProxyBroken,
}

impl Cause {
    /// What happened, in a few words: for the page and for the log.
    pub fn title(self) -> &'static str {
        match self {
            Self::BadQuery => "This address cannot be read",
            Self::AnotherBrowser => "This login did not begin in this browser",
            Self::NoLogin => "This login is finished or has expired",
            Self::Refused => "The login was refused",
            Self::NotFound => "There is no such page",
            Self::MethodNotAllowed => "This method is not allowed",
            Self::InvalidGrant => "The code was not accepted",
            Self::InvalidClient => "The credentials were not accepted",
            Self::ErrorStatus => "The token endpoint answered with an error",
            Self::NameNotFound => "The authorization server was not found",
            Self::Unreachable => "The authorization server cannot be reached",
            Self::Untrusted => "The certificate is not trusted",
            Self::NoAuthorities => "There is no certificate authority to trust",
            Self::Broken => "The connection broke",
            Self::NotJson => "The answer is not JSON",
            Self::NoAccessToken => "The answer has no access token",
            Self::TooLarge => "The answer is larger than 64 KiB",
            Self::TimedOut => "There was no complete answer within 10 seconds",
            Self::ProxyUnreachable => "The proxy cannot be reached",
            Self::ProxyCredentials => "The proxy did not accept the credentials",
            Self::ProxyRefused => "The proxy refused the connection",
            Self::ProxyNotHttp => "The answer of the proxy cannot be read",
            Self::ProxyBroken => "The proxy closed the connection",
        }
    }
}

/// Why there are no tokens, with all that is known of it.
#[derive(Debug)]
pub struct Failure {
    /// Why.
    pub cause: Cause,
    /// What this side knows of it, for the log and the page.
    pub detail: Option<String>,
    /// What the server sent. Its own words are for the page alone: they can hold the code.
    pub reported: Reported,
    /// Host and port of the proxy that the exchange went through, if it went through one.
    pub proxy: Option<String>,
}

/// What the other side said of a failure, in its own words.
#[derive(Debug, Default)]
pub struct Reported {
    /// The status of its answer. An error that comes back with the browser has none.
    pub status: Option<StatusCode>,
    /// What it said.
    pub words: Words,
}

/// The server's own words.
#[derive(Debug, Default)]
pub enum Words {
    /// It said nothing.
    #[default]
    None,
    /// An error as RFC 6749 has it (sections 4.1.2.1 and 5.2).
    Error {
        /// The code of the error.
        error: String,
        /// The same as a sentence, where one came.
        description: Option<String>,
    },
    /// The start of a body that is something else.
    Body(String),
}

impl Failure {
    /// A failure of which no more is known.
    pub fn new(cause: Cause) -> Self {
        Self {
            cause,
            detail: None,
            reported: Reported::default(),
            proxy: None,
        }
    }

    /// A failure of which this side knows something.
    pub fn detailed(cause: Cause, detail: impl fmt::Display) -> Self {
        Self {
            detail: Some(detail.to_string()),
            ..Self::new(cause)
        }
    }
}

/// A line for the log: cause, status, error code where it is one of RFC 6749's, detail and proxy.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.cause.title())?;
        if let Some(status) = self.reported.status {
            write!(f, ": status {}", status_text(status))?;
        }
        if let Some(code) = self.reported.words.registered_code() {
            write!(f, ": {code}")?;
        }
        if let Some(detail) = &self.detail {
            write!(f, ": {detail}")?;
        }
        if let Some(proxy) = &self.proxy {
            write!(f, " (through the proxy {proxy})")?;
        }
        Ok(())
    }
}

impl Words {
    /// The error code, where it is one of RFC 6749's: those of section 4.1.2.1, then the further ones
    /// of section 5.2. Another code is the server's own text, which is not for the log.
    fn registered_code(&self) -> Option<&'static str> {
        const CODES: [&str; 10] = [
            "invalid_request",
            "unauthorized_client",
            "access_denied",
            "unsupported_response_type",
            "invalid_scope",
            "server_error",
            "temporarily_unavailable",
            "invalid_client",
            "invalid_grant",
            "unsupported_grant_type",
        ];
        let Self::Error { error, .. } = self else {
            return None;
        };
        CODES.into_iter().find(|code| code == error)
    }
}

/// A status as its number and its standard phrase, where it has one. The server's own phrase is not
/// shown: it can hold anything.
pub fn status_text(status: StatusCode) -> String {
    let number = status.as_str();
    match status.canonical_reason() {
        Some(phrase) => [number, " ", phrase].concat(),
        None => number.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(words: Words) -> Failure {
        Failure {
            reported: Reported {
                status: Some(StatusCode::BAD_REQUEST),
                words,
            },
            ..Failure::new(Cause::InvalidGrant)
        }
    }

    #[test]
    fn the_log_has_the_cause_and_nothing_of_the_servers_own_text() {
        let error = |error: &str| Words::Error {
            error: error.to_owned(),
            description: Some("SECRET".to_owned()),
        };
        let through_a_proxy = Failure {
            proxy: Some("proxy:3128".to_owned()),
            ..Failure::new(Cause::TimedOut)
        };
        let table = [
            (
                Failure::new(Cause::NoLogin),
                "This login is finished or has expired",
            ),
            (
                Failure::detailed(Cause::Broken, "why"),
                "The connection broke: why",
            ),
            (
                failure(error("invalid_grant")),
                "The code was not accepted: status 400 Bad Request: invalid_grant",
            ),
            (
                failure(error("SECRET")),
                "The code was not accepted: status 400 Bad Request",
            ),
            (
                failure(Words::Body("SECRET".to_owned())),
                "The code was not accepted: status 400 Bad Request",
            ),
            (
                through_a_proxy,
                "There was no complete answer within 10 seconds (through the proxy proxy:3128)",
            ),
        ];
        for (failure, line) in table {
            assert_eq!(failure.to_string(), line);
        }
    }

    #[test]
    fn a_status_without_a_standard_phrase_is_its_number() {
        let status = StatusCode::from_u16(499).expect("a status");
        assert_eq!(status_text(status), "499");
        assert_eq!(status_text(StatusCode::NOT_FOUND), "404 Not Found");
    }
}
