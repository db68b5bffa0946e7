//! The answers in JSON.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::json;

/// An answer that must not be kept (RFC 6749, section 5.1).
pub fn not_kept(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"));
    answer
}

/// An error of the token endpoint or the revocation endpoint (RFC 6749, section 5.2; RFC 7009, section
/// 2.2.1).
pub fn bad_request(error: &str, description: &str) -> HttpResponse {
    let body = json!({ "error": error, "error_description": description });
    not_kept(StatusCode::BAD_REQUEST).json(body)
}

/// The client did not authenticate itself.
pub fn invalid_client() -> HttpResponse {
    let body = json!({
        "error": "invalid_client",
        "error_description": "The client id or the client secret is wrong.",
    });
    not_kept(StatusCode::UNAUTHORIZED)
        .insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"sandbox\""))
        .json(body)
}

/// A parameter is not what it has to be.
pub fn unreadable() -> HttpResponse {
    let description = "A parameter is not percent-encoded UTF-8, or comes twice.";
    bad_request("invalid_request", description)
}
