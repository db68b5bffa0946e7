//! The authorization endpoint (RFC 6749, section 4.1.1): the sign-in page, and the way back to the
//! client.

use std::collections::HashMap;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use url::form_urlencoded;

use super::Sandbox;
use crate::oauth::SCOPE;
use crate::page::html::{Html, template};
use crate::page::{layout, response};
use crate::state::random_hex;

/// `GET /oauth2/authorize`. The links of the sign-in page lead here again, with a decision: `log_in`,
/// `refuse`, `expired_code`, `wrong_credentials`, `forbidden_scope`, `other_state` or `body_only`.
pub async fn get(
    request: HttpRequest,
    Query(parameters): Query<HashMap<String, String>>,
    sandbox: Data<Sandbox>,
) -> HttpResponse {
    let get = |name: &str| parameters.get(name).map_or("", String::as_str);
    // If either is wrong, the browser must not be sent anywhere (RFC 6749, section 4.1.2.1).
    if get("client_id") != sandbox.client.id {
        return bad_request(&sandbox, "invalid_client: no client has this client_id.");
    }
    if get("redirect_uri") != sandbox.client.redirect_uri.as_str() {
        return bad_request(
            &sandbox,
            "redirect_uri: it must be the registered one, byte for byte.",
        );
    }
    let state = get("state");
    if get("response_type") != "code" {
        return send_back(&sandbox, &[("error", "unsupported_response_type")], state);
    }
    if get("scope") != SCOPE {
        return send_back(&sandbox, &[("error", "invalid_scope")], state);
    }
    match get("decision") {
        "" => sign_in_page(&sandbox, request.query_string()),
        "refuse" => {
            let error = [
                ("error", "access_denied"),
                ("error_description", "You refused the login."),
            ];
            send_back(&sandbox, &error, state)
        }
        decision => {
            let code = sandbox.store().issue_code(decision);
            let other_state = random_hex();
            let is_attack = decision == "other_state";
            let state = if is_attack { &other_state } else { state };
            send_back(&sandbox, &[("code", &code)], state)
        }
    }
}

/// Sends the browser back to the client (RFC 6749, section 4.1.2).
fn send_back(sandbox: &Sandbox, parameters: &[(&str, &str)], state: &str) -> HttpResponse {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters).append_pair("state", state);
    let location = format!("{}?{}", sandbox.client.redirect_uri, query.finish());
    HttpResponse::Found()
        .insert_header((header::LOCATION, location))
        .finish()
}

fn sign_in_page(sandbox: &Sandbox, query: &str) -> HttpResponse {
    let body = template!(
        "sandbox-log-in.html",
        query = query,
        client_id = sandbox.client.id.as_str(),
        scope = SCOPE,
        redirect_uri = sandbox.client.redirect_uri.as_str(),
    );
    page(sandbox, StatusCode::OK, "Sandbox: log in", body)
}

fn bad_request(sandbox: &Sandbox, problem: &str) -> HttpResponse {
    let title = "This request is wrong";
    let link = sandbox.client.redirect_uri.as_str();
    let body = template!(
        "error.html",
        steps = "",
        title = title,
        text = problem,
        link = link
    );
    page(sandbox, StatusCode::BAD_REQUEST, title, body)
}

fn page(sandbox: &Sandbox, status: StatusCode, title: &str, body: Html) -> HttpResponse {
    let header = template!(
        "sandbox-header.html",
        origin = sandbox.client.auth_url.as_str()
    );
    response(status).body(layout(title, "sandbox", header, body))
}
