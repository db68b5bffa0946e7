//! The response of the token endpoint.

use actix_web::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::failure::{Cause, OAuthError};
use crate::text::Secret;

/// How many characters of an error, or of an unexpected body, are kept.
const MAX_EXCERPT: usize = 500;

/// The token response (RFC 6749, section 5.1), with what Eagle Eye Networks adds. A field that is not
/// what it should be counts as missing; only the access token is needed.
pub struct TokenResponse {
    pub status: StatusCode,
    pub access_token: Secret,
    /// How long the access token is valid, in seconds.
    pub expires_in: Option<u32>,
    pub refresh_token: Option<Secret>,
    /// Where the API of this account is.
    pub base_url: Option<BaseUrl>,
    /// The JSON as it came.
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
        Err(_) if !status.is_success() => Value::Null,
        // The end of the connection is also the end of a body without a length.
        Err(error) if error.is_eof() && !text.trim().is_empty() => {
            return Err(Cause::Broken(format!("the JSON is incomplete: {error}")));
        }
        Err(_) => return Err(Cause::NoTokens("The response is not JSON", excerpt(text))),
    };
    let secret = |name: &str| {
        let token = json[name].as_str().filter(|token| !token.is_empty());
        token.map(Secret::new)
    };
    match secret("access_token") {
        Some(access_token) if status.is_success() => Ok(TokenResponse {
            status,
            access_token,
            expires_in: u32::deserialize(&json["expires_in"]).ok(),
            refresh_token: secret("refresh_token"),
            base_url: BaseUrl::deserialize(&json["httpsBaseUrl"]).ok(),
            json,
        }),
        _ => Err(error_response(status, &json, text)),
    }
}

/// Why a response has no tokens (RFC 6749, section 5.2).
fn error_response(status: StatusCode, json: &Value, text: &str) -> Cause {
    let (error, description) = match json["error"].as_str() {
        Some(error) => (
            error,
            json["error_description"].as_str().unwrap_or_default(),
        ),
        None if status.is_success() => {
            return Cause::NoTokens("The response has no access token", String::new());
        }
        None => ("", text),
    };
    let (error, description) = (excerpt(error), excerpt(description));
    Cause::ErrorResponse(status, OAuthError { error, description })
}

fn excerpt(text: &str) -> String {
    // A page of a web server may have lines that end in CR LF.
    let chars = text.trim().chars().filter(|c| *c != '\r');
    chars.take(MAX_EXCERPT).collect()
}
