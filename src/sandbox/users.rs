//! The one request to the API: who is the person?

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::Shared;
use super::answer::not_kept;
use super::client::authorization;

/// Answers `GET /api/v3.0/users/self`, with fields of Eagle Eye Networks' reference
/// (<https://developer.eagleeyenetworks.com/reference/getselfuser>) and invented values.
pub async fn endpoint(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    let Some(token) = authorization(&request, "Bearer") else {
        return no_token();
    };
    if !shared.store().is_access_token(token) {
        return invalid_token();
    }
    not_kept(StatusCode::OK).json(json!({
        "id": "invented-user",
        "accountId": "invented-account",
        "email": "invented.person@sandbox.invalid",
        "firstName": "Invented",
        "lastName": "Person",
    }))
}

/// RFC 6750, section 3.1: to a request without a token, the answer has no error code.
fn no_token() -> HttpResponse {
    not_kept(StatusCode::UNAUTHORIZED)
        .insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"sandbox\""))
        .json(json!({ "message": "There is no access token." }))
}

fn invalid_token() -> HttpResponse {
    let description = "The access token is unknown, has expired, or was revoked.";
    let challenge = format!(
        "Bearer realm=\"sandbox\", error=\"invalid_token\", error_description=\"{description}\""
    );
    not_kept(StatusCode::UNAUTHORIZED)
        .insert_header((header::WWW_AUTHENTICATE, challenge))
        .json(json!({ "error": "invalid_token", "error_description": description }))
}
