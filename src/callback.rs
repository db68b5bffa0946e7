//! The callback: the query with which the authorization server sends the browser back (RFC 6749,
//! section 4.1.2).

use actix_web::Error;
use actix_web::web::Query;
use serde::Deserialize;

use crate::failure::{Cause, OAuthError};

/// The longest authorization code, in bytes.
const MAX_CODE: usize = 4096;

/// The query of `GET /`. serde refuses a parameter that comes twice, as RFC 6749, section 3.1, asks.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CallbackQuery {
    code: String,
    error: String,
    error_description: String,
    /// `StateCookie` reads it; here, serde refuses it if it comes twice.
    #[serde(rename = "state")]
    _state: String,
}

/// What the authorization server decided: one or the other, never both.
#[derive(Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The authorization code (RFC 6749, section 4.1.2).
    Code(String),
    /// There is no code (RFC 6749, section 4.1.2.1).
    Error(OAuthError),
}

impl Outcome {
    /// Parses a query; `None` if it is no callback. If it has a code and an error, the error counts.
    ///
    /// # Errors
    ///
    /// [`Cause::InvalidCallback`] if a parameter comes twice, or the code is longer than 4 KiB.
    pub fn parse(query: Result<Query<CallbackQuery>, Error>) -> Option<Result<Self, Cause>> {
        let Ok(Query(query)) = query else {
            return Some(Err(Cause::InvalidCallback));
        };
        if !query.error.is_empty() {
            return Some(Ok(Self::Error(OAuthError {
                error: query.error,
                description: query.error_description,
            })));
        }
        match query.code.len() {
            0 => None,
            1..=MAX_CODE => Some(Ok(Self::Code(query.code))),
            _ => Some(Err(Cause::InvalidCallback)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Option<Result<Outcome, Cause>> {
        Outcome::parse(Query::from_query(query).map_err(Into::into))
    }

    fn error(error: &str, description: &str) -> Outcome {
        Outcome::Error(OAuthError {
            error: error.to_owned(),
            description: description.to_owned(),
        })
    }

    #[test]
    fn a_callback_has_a_code_or_an_error() {
        let code = |code: &str| Some(Outcome::Code(code.to_owned()));
        let table = [
            ("", None),
            ("state=s", None),
            ("code=&error=&state=s", None),
            ("code=a&state=s", code("a")),
            ("code=a%26b%3Dc+d%2B%C3%BC&x=1&x=2", code("a&b=c d+ü")),
            ("code=a&error=&state=s", code("a")),
            ("error=e&state=s", Some(error("e", ""))),
            (
                "code=a&error=e&error_description=No+way",
                Some(error("e", "No way")),
            ),
        ];
        for (query, outcome) in table {
            assert_eq!(parse(query).transpose().expect(query), outcome, "{query}");
        }
    }

    #[test]
    fn a_parameter_that_comes_twice_is_refused() {
        for query in ["code=a&code=a", "error=&error=", "state=a&state=b"] {
            assert!(
                matches!(parse(query), Some(Err(Cause::InvalidCallback))),
                "{query}"
            );
        }
    }
}
