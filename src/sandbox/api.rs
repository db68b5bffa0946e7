//! Two API calls, with the fields of Eagle Eye Networks' reference and invented values.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::{Sandbox, authorization, json_response, with_challenge};

/// `GET /api/v3.0/users/self`. See <https://developer.eagleeyenetworks.com/reference/getcurrentuser>.
pub async fn user(request: HttpRequest, sandbox: Data<Sandbox>) -> HttpResponse {
    let user = include_str!("../../templates/sandbox-user.json");
    respond(&request, &sandbox, user)
}

/// `GET /api/v3.0/cameras`.
pub async fn cameras(request: HttpRequest, sandbox: Data<Sandbox>) -> HttpResponse {
    let cameras = include_str!("../../templates/sandbox-cameras.json");
    respond(&request, &sandbox, cameras)
}

/// Another path, or another method.
pub async fn not_found() -> HttpResponse {
    let message = "The sandbox has no such path or method.";
    error(StatusCode::NOT_FOUND, "notFound", message)
}

/// Responds with this JSON to a request with a valid access token (RFC 6750, section 3.1).
fn respond(request: &HttpRequest, sandbox: &Sandbox, json: &str) -> HttpResponse {
    let (challenge, message) = match authorization(request, "Bearer") {
        Some(token) if sandbox.store().is_access_token(token) => {
            return json_response(StatusCode::OK, json.trim_end());
        }
        Some(_) => (
            "Bearer realm=\"sandbox\", error=\"invalid_token\"",
            "The access token is unknown, has expired or was revoked.",
        ),
        None => ("Bearer realm=\"sandbox\"", "There is no access token."),
    };
    let response = error(StatusCode::UNAUTHORIZED, "unauthenticated", message);
    with_challenge(response, challenge)
}

/// An error as the API has it: `ApiV3Error`.
fn error(code: StatusCode, status: &str, message: &str) -> HttpResponse {
    let json = json!({"code": code.as_u16(), "status": status, "message": message, "details": []});
    json_response(code, json)
}
