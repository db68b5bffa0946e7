//! The token endpoint: a code for tokens (RFC 6749, section 4.1.3), and a refresh token for new ones
//! (section 6). Eagle Eye Networks takes the parameters from the query and from the body.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::Shared;
use super::answer::{bad_request, invalid_client, not_kept, unreadable};
use super::client::is_authenticated;
use super::store::{ACCESS_TOKEN_LIFETIME, Code, Tokens};
use crate::callback;
use crate::oauth::SCOPE;

/// Answers `POST /oauth2/token`.
pub async fn endpoint(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    if !is_authenticated(&request) {
        return invalid_client();
    }
    let in_body = String::from_utf8_lossy(&body);
    let both = format!("{}&{in_body}", request.query_string());
    let Ok(parameters) = callback::parameters(&both) else {
        return unreadable();
    };
    match parameters.get("grant_type").map(String::as_str) {
        Some("authorization_code") => exchange(&shared, &parameters),
        Some("refresh_token") => refresh(&shared, &parameters),
        Some(_) => bad_request(
            "unsupported_grant_type",
            "The sandbox knows authorization_code and refresh_token.",
        ),
        None => bad_request("invalid_request", "There is no grant_type."),
    }
}

fn exchange(shared: &Shared, parameters: &BTreeMap<String, String>) -> HttpResponse {
    let given = |name| parameters.get(name).map_or("", String::as_str);
    if given("scope") != SCOPE {
        return bad_request("invalid_scope", "The scope must be vms.all.");
    }
    if given("redirect_uri") != shared.client.redirect_uri.as_str() {
        let description = "The redirect URI is not the one of the first request.";
        return bad_request("invalid_grant", description);
    }
    let mut store = shared.store();
    match store.take_code(given("code")) {
        Some(Code::Good) => tokens(shared.port, &store.new_tokens()),
        Some(Code::WrongCredentials) => invalid_client(),
        Some(Code::Expired) => bad_request(
            "invalid_grant",
            "The code has expired: it expires after 5 minutes.",
        ),
        None => bad_request(
            "invalid_grant",
            "The code is unknown, has expired, or was used already: it works once.",
        ),
    }
}

fn refresh(shared: &Shared, parameters: &BTreeMap<String, String>) -> HttpResponse {
    let Some(refresh_token) = parameters.get("refresh_token") else {
        return bad_request("invalid_request", "There is no refresh_token.");
    };
    // It may be left out (RFC 6749, section 6).
    if parameters.get("scope").is_some_and(|scope| scope != SCOPE) {
        return bad_request("invalid_scope", "The scope must be vms.all.");
    }
    match shared.store().rotate(refresh_token) {
        Some(new) => tokens(shared.port, &new),
        None => bad_request(
            "invalid_grant",
            "The refresh token is unknown, was revoked, or was used already: it works once.",
        ),
    }
}

/// A good answer (RFC 6749, section 5.1), with the fields of Eagle Eye Networks'.
fn tokens(port: u16, tokens: &Tokens) -> HttpResponse {
    not_kept(StatusCode::OK).json(json!({
        "access_token": tokens.access,
        "expires_in": ACCESS_TOKEN_LIFETIME,
        "refresh_token": tokens.refresh,
        "httpsBaseUrl": { "hostname": "127.0.0.1", "port": port },
        "scope": SCOPE,
        "token_type": "Bearer",
    }))
}
