//! What comes back with the person: the parameters of the callback, read strictly.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

/// The largest authorization code, in bytes after decoding.
const MAX_CODE: usize = 4096;

/// A callback: the browser is back from the authorization server, by the redirect URI.
#[derive(Debug, Eq, PartialEq)]
pub struct Callback {
    /// The state of the first request, where one came back.
    pub state: Option<String>,
    /// What the authorization server decided.
    pub outcome: Outcome,
}

/// What the authorization server decided: one or the other, never both.
#[derive(Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The person logged in (RFC 6749, section 4.1.2).
    Code(String),
    /// There is no code (RFC 6749, section 4.1.2.1).
    Error {
        /// Why, as one of the words of the RFC.
        error: String,
        /// The same as a sentence, where one came.
        description: Option<String>,
    },
}

/// A query that is not percent-encoded UTF-8, has a parameter twice (RFC 6749, section 3.1, forbids
/// that), or has a code that is too long.
#[derive(Debug, Eq, PartialEq)]
pub struct BadQuery;

impl Callback {
    /// Reads a query, without its `?`. `None` where it is no callback: it has neither a code nor an
    /// error, or both are empty. With both, the error counts. Other parameters are ignored, as
    /// RFC 6749, section 4.1.2, asks.
    ///
    /// # Errors
    ///
    /// When the query is not what RFC 6749 allows, whether it is a callback or not, or when the code is
    /// longer than 4 KiB.
    pub fn parse(query: &str) -> Result<Option<Self>, BadQuery> {
        let mut given = parameters(query)?;
        let mut take = |name| given.remove(name).filter(|value| !value.is_empty());
        let code = take("code");
        let error = take("error");
        let description = take("error_description");
        let state = take("state");
        if code.as_ref().is_some_and(|code| code.len() > MAX_CODE) {
            return Err(BadQuery);
        }
        let outcome = match (error, code) {
            (Some(error), _) => Outcome::Error { error, description },
            (None, Some(code)) => Outcome::Code(code),
            (None, None) => return Ok(None),
        };
        Ok(Some(Self { state, outcome }))
    }
}

/// All parameters of a query by their names. They are form-encoded (RFC 6749, appendix B).
///
/// Read by hand, since the decoders of the libraries leave what they cannot decode as it is, and take
/// the last of two parameters of one name.
///
/// # Errors
///
/// When a parameter is not percent-encoded UTF-8, or comes twice.
pub fn parameters(query: &str) -> Result<BTreeMap<String, String>, BadQuery> {
    let mut parameters = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let previous = parameters.insert(decode(name)?, decode(value)?);
        if previous.is_some() {
            return Err(BadQuery);
        }
    }
    Ok(parameters)
}

fn decode(encoded: &str) -> Result<String, BadQuery> {
    if !encoded.is_ascii() {
        return Err(BadQuery);
    }
    // Most codes and states have nothing to decode.
    if !encoded.contains(['%', '+']) {
        return Ok(encoded.to_owned());
    }
    let begins_with_two_digits = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let mut after_each_percent = encoded.split('%').skip(1);
    if !after_each_percent.all(begins_with_two_digits) {
        return Err(BadQuery);
    }
    let with_spaces = encoded.replace('+', " ");
    let decoded = percent_decode_str(&with_spaces).decode_utf8();
    decoded.map(Into::into).map_err(|_| BadQuery)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: &str, state: Option<&str>) -> Callback {
        Callback {
            state: state.map(str::to_owned),
            outcome: Outcome::Code(code.to_owned()),
        }
    }

    fn error(error: &str, description: Option<&str>) -> Callback {
        Callback {
            state: Some("s".to_owned()),
            outcome: Outcome::Error {
                error: error.to_owned(),
                description: description.map(str::to_owned),
            },
        }
    }

    #[test]
    fn a_callback_is_a_code_or_an_error_with_its_state() {
        let table = [
            ("", None),
            ("&&", None),
            ("code", None),
            ("code=&error=", None),
            ("state=s&foo=bar", None),
            ("code=a&state=s", Some(code("a", Some("s")))),
            ("code=a", Some(code("a", None))),
            ("code=a&state=", Some(code("a", None))),
            ("code=a&error=&state=s", Some(code("a", Some("s")))),
            ("code=a%26b%3Dc", Some(code("a&b=c", None))),
            ("code=a+b%2Bc", Some(code("a b+c", None))),
            ("code=a+b", Some(code("a b", None))),
            ("code=%00%C3%BC", Some(code("\0ü", None))),
            ("co%64e=a", Some(code("a", None))),
            ("code=a=b", Some(code("a=b", None))),
            ("error=e&state=s", Some(error("e", None))),
            ("code=a&error=e&state=s", Some(error("e", None))),
            (
                "error=e&error_description=No+%22way%22&state=s",
                Some(error("e", Some("No \"way\""))),
            ),
        ];
        for (query, callback) in table {
            assert_eq!(Callback::parse(query), Ok(callback), "{query}");
        }
    }

    #[test]
    fn a_query_that_rfc_6749_does_not_allow_is_refused() {
        let table = [
            "code=%zz",
            "code=%",
            "code=%4",
            "code=a%f",
            "code=%ff",
            "code=%c3",
            "code=%ed%a0%80",
            "code=ü",
            "x=%zz",
            "%zz=x",
            "code=a&code=b",
            "code=a&co%64e=b",
            "code=&code=",
            "x=1&x=2",
            "error=%+1",
        ];
        for query in table {
            assert_eq!(Callback::parse(query), Err(BadQuery), "{query}");
        }
    }

    #[test]
    fn a_code_is_at_most_4_kib_long_after_decoding() {
        let longest = "%41".repeat(4096);
        assert!(Callback::parse(&format!("code={longest}")).is_ok());
        assert_eq!(Callback::parse(&format!("code={longest}A")), Err(BadQuery));
    }
}
