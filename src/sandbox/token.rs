//! The token endpoint (RFC 6749, sections 4.1.3 and 6) and the revocation endpoint (RFC 7009).

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, HttpRequest, HttpResponse};
use serde_json::json;
use url::form_urlencoded;

use super::store::{ACCESS_TOKEN_LIFETIME, Login};
use super::{Sandbox, authorization, json_response, with_challenge};
use crate::oauth::{Client, SCOPE};

/// `POST /oauth2/token`.
pub async fn token(
    request: HttpRequest,
    body: Result<Bytes, Error>,
    sandbox: Data<Sandbox>,
) -> HttpResponse {
    if !is_authenticated(&request, &sandbox.client) {
        return invalid_client();
    }
    let parameters = parameters(&request, body);
    let get = |name: &str| parameters.get(name).map_or("", String::as_str);
    match get("grant_type") {
        "authorization_code" => {
            if get("scope") != SCOPE {
                return bad_request("invalid_scope", "The scope must be vms.all.");
            }
            if get("redirect_uri") != sandbox.client.redirect_uri.as_str() {
                return bad_request("invalid_grant", "The redirect URI is another one.");
            }
            let has_query = !request.query_string().is_empty();
            exchange(&sandbox, get("code"), has_query)
        }
        "refresh_token" => match sandbox.store().refresh(get("refresh_token")) {
            Some(login) => token_response(&sandbox, login),
            None => bad_request("invalid_grant", "The refresh token is not valid."),
        },
        "" => bad_request("invalid_request", "There is no grant_type."),
        _ => bad_request("unsupported_grant_type", "Unknown grant_type."),
    }
}

fn exchange(sandbox: &Sandbox, code: &str, has_query: bool) -> HttpResponse {
    if code.starts_with("body_only") && has_query {
        return bad_request("unsupported_grant_type", "No grant_type in the body.");
    }
    let mut store = sandbox.store();
    if !store.use_code(code) || code.starts_with("expired_code") {
        return bad_request("invalid_grant", "The code is unknown, expired or used.");
    }
    if code.starts_with("wrong_credentials") {
        return invalid_client();
    }
    if code.starts_with("forbidden_scope") {
        let description = "The client may not use vms.all.";
        return error(StatusCode::FORBIDDEN, "access_denied", description);
    }
    token_response(sandbox, store.issue_tokens())
}

/// `POST /oauth2/revoke`. A token that is unknown counts as revoked (RFC 7009, section 2.2).
pub async fn revoke(
    request: HttpRequest,
    body: Result<Bytes, Error>,
    sandbox: Data<Sandbox>,
) -> HttpResponse {
    if !is_authenticated(&request, &sandbox.client) {
        return invalid_client();
    }
    match parameters(&request, body).get("token") {
        Some(token) => {
            sandbox.store().revoke(token);
            HttpResponse::Ok().finish()
        }
        None => bad_request("invalid_request", "There is no token."),
    }
}

/// The parameters in the query and in the body. A body that is too large counts as empty.
fn parameters(request: &HttpRequest, body: Result<Bytes, Error>) -> HashMap<String, String> {
    let body = body.unwrap_or_default();
    let in_query = form_urlencoded::parse(request.query_string().as_bytes());
    let in_body = form_urlencoded::parse(&body);
    in_query.into_owned().chain(in_body.into_owned()).collect()
}

fn is_authenticated(request: &HttpRequest, client: &Client) -> bool {
    let expected = client.basic_credentials();
    authorization(request, "Basic") == Some(expected.expose())
}

/// A token response (RFC 6749, section 5.1) with the fields of Eagle Eye Networks.
fn token_response(sandbox: &Sandbox, login: &Login) -> HttpResponse {
    let json = json!({
        "access_token": login.access_token,
        "token_type": "Bearer",
        "expires_in": ACCESS_TOKEN_LIFETIME.as_secs(),
        "refresh_token": login.refresh_token,
        "scope": SCOPE,
        "httpsBaseUrl": { "hostname": "127.0.0.1", "port": sandbox.client.auth_url.port() },
    });
    json_response(StatusCode::OK, json)
}

/// An error response (RFC 6749, section 5.2).
fn error(status: StatusCode, error: &str, description: &str) -> HttpResponse {
    let json = json!({"error": error, "error_description": description});
    json_response(status, json)
}

fn bad_request(name: &str, description: &str) -> HttpResponse {
    error(StatusCode::BAD_REQUEST, name, description)
}

fn invalid_client() -> HttpResponse {
    let description = "The client id or the client secret is wrong.";
    let response = error(StatusCode::UNAUTHORIZED, "invalid_client", description);
    with_challenge(response, "Basic realm=\"sandbox\"")
}
