//! Two calls of the API, with the fields of Eagle Eye Networks' reference and invented values.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::json;

use super::token::authorization;
use super::{Sandbox, json_response};

/// `GET /api/v3.0/users/self`. See <https://developer.eagleeyenetworks.com/reference/getcurrentuser>.
pub async fn user(request: HttpRequest, sandbox: Data<Sandbox>) -> HttpResponse {
    if let Some(response) = unauthorized(&request, &sandbox) {
        return response;
    }
    let user = json!({
        "id": "invented-user",
        "accountId": "invented-account",
        "firstName": "Invented",
        "lastName": "Person",
        "email": "invented.person@sandbox.invalid",
        "language": "en-us",
        "employeeId": "invented-employee",
    });
    json_response(HttpResponse::Ok(), &user)
}

/// `GET /api/v3.0/cameras`.
pub async fn cameras(request: HttpRequest, sandbox: Data<Sandbox>) -> HttpResponse {
    if let Some(response) = unauthorized(&request, &sandbox) {
        return response;
    }
    let camera = |id: &str, name: &str, tag: &str| {
        json!({
            "id": id,
            "accountId": "invented-account",
            "name": name,
            "bridgeId": "invented-bridge",
            "locationId": "invented-location",
            "tags": [tag],
        })
    };
    let cameras = [
        camera("10097dd2", "Invented entrance camera", "invented-indoors"),
        camera("1009a3f5", "Invented parking camera", "invented-outdoors"),
    ];
    let page =
        json!({"results": cameras, "nextPageToken": "", "prevPageToken": "", "totalSize": 2});
    json_response(HttpResponse::Ok(), &page)
}

/// Another path, or another method.
pub async fn not_found() -> HttpResponse {
    error(
        HttpResponse::NotFound(),
        404,
        "notFound",
        "The sandbox has no such path or method.",
    )
}

/// The response to a request without a valid access token (RFC 6750, section 3.1).
fn unauthorized(request: &HttpRequest, sandbox: &Sandbox) -> Option<HttpResponse> {
    let (challenge, message) = match authorization(request, "Bearer") {
        Some(token) if sandbox.store().is_access_token(token) => return None,
        Some(_) => (
            "Bearer realm=\"sandbox\", error=\"invalid_token\"",
            "The access token is unknown, has expired or was revoked.",
        ),
        None => ("Bearer realm=\"sandbox\"", "There is no access token."),
    };
    let mut response = HttpResponse::Unauthorized();
    response.insert_header((header::WWW_AUTHENTICATE, challenge));
    Some(error(response, 401, "unauthenticated", message))
}

/// An error as the API has it: `ApiV3Error`.
fn error(response: HttpResponseBuilder, code: u16, status: &str, message: &str) -> HttpResponse {
    let error = json!({"code": code, "status": status, "message": message, "details": []});
    json_response(response, &error)
}
