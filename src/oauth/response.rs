//! The response of the token endpoint.

use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use awc::error::PayloadError;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::failure::Cause;
use crate::text::{Secret, escape_control};

/// How much of a body is shown that is not what it should be, in characters.
const MAX_EXCERPT: usize = 500;

/// The token response (RFC 6749, section 5.1), with what Eagle Eye Networks adds. A field that is not
/// what it should be counts as missing; only the access token is needed.
#[derive(Deserialize)]
pub struct TokenResponse {
    pub access_token: Secret,
    /// How long the access token is valid, in seconds.
    #[serde(default, deserialize_with = "if_valid")]
    pub expires_in: Option<u64>,
    #[serde(default, deserialize_with = "if_valid")]
    pub refresh_token: Option<Secret>,
    /// Where the API of this account is.
    #[serde(default, rename = "httpsBaseUrl", deserialize_with = "if_valid")]
    pub base_url: Option<BaseUrl>,
    /// The JSON as it came.
    #[serde(skip)]
    pub json: Map<String, Value>,
}

/// See <https://developer.eagleeyenetworks.com/docs/getting-base-url>.
#[derive(Deserialize)]
pub struct BaseUrl {
    pub hostname: String,
    pub port: u16,
}

/// An error response (RFC 6749, section 5.2), or another response with an error status.
#[derive(Debug, Eq, PartialEq)]
pub struct ErrorResponse {
    pub status: StatusCode,
    pub error: Option<String>,
    pub description: Option<String>,
    /// The start of the body, if it has no `error`.
    pub excerpt: String,
}

impl ErrorResponse {
    /// Whether this is what a server answers that reads the parameters only in the body.
    pub fn says_query_was_not_read(&self) -> bool {
        let error = self.error.as_deref();
        let is_missing = matches!(error, Some("invalid_request" | "unsupported_grant_type"));
        self.status == StatusCode::BAD_REQUEST && is_missing
    }
}

/// Finds the tokens in a response. `redact` removes the client secret from it before anybody sees it.
///
/// # Errors
///
/// If the response is an error, is incomplete or too large, or has no access token.
pub fn parse(
    status: StatusCode,
    body: Result<Bytes, PayloadError>,
    redact: impl Fn(&str) -> String,
) -> Result<TokenResponse, Cause> {
    let bytes = match body {
        Ok(bytes) => bytes,
        // The status says what is wrong.
        Err(_) if !status.is_success() => Bytes::new(),
        Err(PayloadError::Overflow) => return Err(Cause::TooLarge),
        Err(error) => return Err(Cause::Broken(error.to_string())),
    };
    let text = redact(&String::from_utf8_lossy(&bytes));
    log::debug!("the token response: {}", escape_control(&text));

    let json = match serde_json::from_str::<Value>(&text) {
        Ok(json) => json,
        Err(_) if !status.is_success() => return Err(error_response(status, &Value::Null, &text)),
        // A body without a length ends as a broken connection does.
        Err(error) if error.is_eof() && !bytes.is_empty() => {
            return Err(Cause::Broken(format!("the JSON is incomplete: {error}")));
        }
        Err(_) => return Err(Cause::NotJson(excerpt(&text))),
    };
    let tokens = TokenResponse::deserialize(&json).ok();
    match (tokens, json) {
        (Some(tokens), Value::Object(json))
            if status.is_success() && !tokens.access_token.expose().is_empty() =>
        {
            Ok(TokenResponse { json, ..tokens })
        }
        (_, json) if status.is_success() && !json["error"].is_string() => Err(Cause::NoAccessToken),
        (_, json) => Err(error_response(status, &json, &text)),
    }
}

fn error_response(status: StatusCode, json: &Value, text: &str) -> Cause {
    let field = |name: &str| {
        let value = json[name].as_str().filter(|value| !value.is_empty())?;
        Some(excerpt(value))
    };
    let error = field("error");
    let excerpt = if error.is_some() {
        String::new()
    } else {
        excerpt(text)
    };
    let description = field("error_description");
    Cause::ErrorResponse(ErrorResponse {
        status,
        error,
        description,
        excerpt,
    })
}

fn excerpt(text: &str) -> String {
    text.trim().chars().take(MAX_EXCERPT).collect()
}

/// An optional field, missing if it is not what it should be.
fn if_valid<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> Deserialize<'a>,
{
    let value = Value::deserialize(deserializer)?;
    Ok(T::deserialize(value).ok())
}
