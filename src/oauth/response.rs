//! The response of the token endpoint.

use actix_web::http::StatusCode;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::failure::{Cause, OAuthError};
use crate::text::Secret;

/// How much of a body is shown that is not what it should be, in characters.
const MAX_EXCERPT: usize = 500;

/// The token response (RFC 6749, section 5.1), with what Eagle Eye Networks adds. A field that is not
/// what it should be counts as missing; only the access token is needed.
#[derive(Deserialize)]
pub struct TokenResponse {
    pub access_token: Secret,
    /// How long the access token is valid, in seconds.
    #[serde(default, deserialize_with = "if_valid")]
    pub expires_in: Option<u32>,
    #[serde(default, deserialize_with = "if_valid")]
    pub refresh_token: Option<Secret>,
    /// Where the API of this account is.
    #[serde(default, rename = "httpsBaseUrl", deserialize_with = "if_valid")]
    pub base_url: Option<BaseUrl>,
    /// The JSON as it came.
    #[serde(skip)]
    pub json: Value,
}

/// See <https://developer.eagleeyenetworks.com/docs/getting-base-url>.
#[derive(Deserialize)]
pub struct BaseUrl {
    pub hostname: String,
    pub port: u16,
}

/// Finds the tokens in a response, from which the client secret is redacted.
///
/// # Errors
///
/// If the response is an error, is incomplete, or has no access token.
pub fn parse(status: StatusCode, text: &str) -> Result<TokenResponse, Cause> {
    let json = match serde_json::from_str::<Value>(text) {
        Ok(json) => json,
        Err(_) if !status.is_success() => return Err(error_response(status, "", text)),
        // The end of the connection is also the end of a body without a length.
        Err(error) if error.is_eof() && !text.trim().is_empty() => {
            return Err(Cause::Broken(format!("the JSON is incomplete: {error}")));
        }
        Err(_) => return Err(Cause::NoTokens("The response is not JSON", excerpt(text))),
    };
    let tokens = TokenResponse::deserialize(&json)
        .ok()
        .filter(|tokens| !tokens.access_token.expose().is_empty());
    match (tokens, json["error"].as_str()) {
        (Some(tokens), _) if status.is_success() && json.is_object() => {
            let refresh_token = tokens
                .refresh_token
                .filter(|token| !token.expose().is_empty());
            Ok(TokenResponse {
                refresh_token,
                json,
                ..tokens
            })
        }
        (_, Some(error)) => {
            let description = json["error_description"].as_str().unwrap_or_default();
            Err(error_response(status, error, description))
        }
        (_, None) if status.is_success() => Err(Cause::NoTokens(
            "The response has no access token",
            String::new(),
        )),
        (_, None) => Err(error_response(status, "", text)),
    }
}

fn error_response(status: StatusCode, error: &str, description: &str) -> Cause {
    let (error, description) = (excerpt(error), excerpt(description));
    Cause::ErrorResponse(status, OAuthError { error, description })
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
