//! The parameters of a callback, read strictly.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

/// The largest authorization code, in bytes after decoding.
const MAX_CODE: usize = 4096;

/// A query that is not percent-encoded UTF-8, has a parameter twice (RFC 6749, section 3.1, forbids
/// that), or has a code that is too long.
pub struct BadQuery;

/// What comes back with the person (RFC 6749, sections 4.1.2 and 4.1.2.1); empty counts as missing.
pub struct Callback {
    /// The authorization code.
    pub code: Option<String>,
    /// Why there is no code, as a word of RFC 6749.
    pub error: Option<String>,
    /// The same as a sentence.
    pub error_description: Option<String>,
    /// The state of the first request.
    pub state: Option<String>,
}

impl Callback {
    /// Reads a query, without its `?`. Other parameters are ignored, as RFC 6749 asks.
    pub fn parse(query: &str) -> Result<Self, BadQuery> {
        let mut parameters = parameters(query)?;
        let mut take = |name| parameters.remove(name).filter(|value| !value.is_empty());
        let (code, error) = (take("code"), take("error"));
        if code.as_ref().is_some_and(|code| code.len() > MAX_CODE) {
            return Err(BadQuery);
        }
        let (error_description, state) = (take("error_description"), take("state"));
        Ok(Self {
            code,
            error,
            error_description,
            state,
        })
    }
}

/// All parameters by their names. They come form-encoded (RFC 6749, appendix B).
pub fn parameters(query: &str) -> Result<BTreeMap<String, String>, BadQuery> {
    let mut parameters = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if parameters.insert(decode(name)?, decode(value)?).is_some() {
            return Err(BadQuery);
        }
    }
    Ok(parameters)
}

fn decode(text: &str) -> Result<String, BadQuery> {
    // The decoder leaves `%zz` as it is.
    let encoded = |rest: &str| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.is_ascii() || !text.split('%').skip(1).all(encoded) {
        return Err(BadQuery);
    }
    let text = text.replace('+', " ");
    percent_decode_str(&text)
        .decode_utf8()
        .map(Into::into)
        .map_err(|_| BadQuery)
}
