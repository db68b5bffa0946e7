//! The revocation endpoint (RFC 7009).

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use super::Shared;
use super::answer::{bad_request, invalid_client, not_kept, unreadable};
use super::client::is_authenticated;
use crate::callback;

/// Answers `POST /oauth2/revoke`. A token that is unknown is as good as revoked (section 2.2).
pub async fn endpoint(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    if !is_authenticated(&request) {
        return invalid_client();
    }
    let Ok(parameters) = callback::parameters(&String::from_utf8_lossy(&body)) else {
        return unreadable();
    };
    let given = parameters.get("token");
    let Some(token) = given.filter(|token| !token.is_empty()) else {
        return bad_request("invalid_request", "There is no token.");
    };
    shared.store().revoke(token);
    not_kept(StatusCode::OK).finish()
}
