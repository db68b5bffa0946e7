//! The callback: the query with which the authorization server sends the browser back (RFC 6749,
//! section 4.1.2).

use actix_web::Error;
use actix_web::web::Query;
use serde::Deserialize;

use crate::failure::{Cause, OAuthError};

/// The query of `GET /`. serde refuses a parameter that comes twice, as RFC 6749, section 3.1, asks.
#[derive(Deserialize)]
pub struct CallbackQuery {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// A callback: it has a code or an error.
pub struct Callback {
    /// The state of the first request, if one came back.
    pub state: Option<String>,
    pub outcome: Outcome,
}

/// What the authorization server decided: one or the other, never both.
#[derive(Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The authorization code (RFC 6749, section 4.1.2).
    Code(String),
    /// There is no code (RFC 6749, section 4.1.2.1).
    Error(OAuthError),
}

impl Callback {
    /// Parses a query; `None` if it is no callback. If it has a code and an error, the error counts.
    ///
    /// # Errors
    ///
    /// [`Cause::InvalidCallback`] if a parameter comes twice.
    pub fn parse(query: Result<Query<CallbackQuery>, Error>) -> Result<Option<Self>, Cause> {
        let Query(parameters) = query.map_err(|_| Cause::InvalidCallback)?;
        let code = not_empty(parameters.code);
        let error = not_empty(parameters.error);
        let outcome = match (error, code) {
            (Some(error), _) => {
                let description = parameters.error_description.unwrap_or_default();
                Outcome::Error(OAuthError { error, description })
            }
            (None, Some(code)) => Outcome::Code(code),
            (None, None) => return Ok(None),
        };
        Ok(Some(Self {
            state: parameters.state,
            outcome,
        }))
    }
}

fn not_empty(parameter: Option<String>) -> Option<String> {
    parameter.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Option<Callback>, Cause> {
        Callback::parse(Query::from_query(query).map_err(Into::into))
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
            let parsed = parse(query).expect(query);
            assert_eq!(parsed.map(|callback| callback.outcome), outcome, "{query}");
        }
    }

    #[test]
    fn a_parameter_that_comes_twice_is_refused() {
        for query in ["code=a&code=a", "state=a&state=b", "error=&error="] {
            assert!(
                matches!(parse(query), Err(Cause::InvalidCallback)),
                "{query}"
            );
        }
    }
}
