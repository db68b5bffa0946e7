//! The authorization endpoint (RFC 6749, section 4.1.1): a page to sign in on and, with a decision,
//! the way back to the client.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::page;
use super::store::Code;
use super::{CLIENT_ID, Shared};
use crate::callback;
use crate::oauth::SCOPE;
use crate::page::html::template;

/// All but the unreserved characters (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Answers `GET /oauth2/authorize`. The links on the page lead here again, with a decision.
pub async fn endpoint(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    let redirect_uri = shared.client.redirect_uri.as_str();
    let Ok(parameters) = callback::parameters(request.query_string()) else {
        let what = "invalid_request: a parameter is not percent-encoded UTF-8, or comes twice";
        return page::bad_request(&shared, what);
    };
    let given = |name| parameters.get(name).map_or("", String::as_str);
    // RFC 6749, section 4.1.2.1: with one of these two wrong, the person must not be sent anywhere.
    if given("client_id") != CLIENT_ID {
        let what = "invalid_client: no client has this client_id";
        return page::bad_request(&shared, what);
    }
    if given("redirect_uri") != redirect_uri {
        let what = "redirect_uri mismatch: it must be the registered one, byte for byte";
        return page::bad_request(&shared, what);
    }
    let state = parameters.get("state").map(String::as_str);
    let back = |parameters: &[(&str, &str)]| send_back(redirect_uri, parameters, state);
    let back_with_code = |code| {
        let name = shared.store().new_code(code);
        back(&[("code", &name)])
    };
    if given("response_type") != "code" {
        return back(&[("error", "unsupported_response_type")]);
    }
    if given("scope") != SCOPE {
        return back(&[("error", "invalid_scope")]);
    }
    match parameters.get("decision").map(String::as_str) {
        Some("sign-in") => back_with_code(Code::Good),
        Some("expired-code") => back_with_code(Code::Expired),
        Some("wrong-credentials") => back_with_code(Code::WrongCredentials),
        Some("refuse") => back(&[
            ("error", "access_denied"),
            ("error_description", "The person refused the login."),
        ]),
        None => {
            let body = template!(
                "sandbox/sign-in.html",
                client_id = CLIENT_ID,
                scope = SCOPE,
                redirect_uri = redirect_uri,
                query = request.query_string(),
            );
            page::show(StatusCode::OK, "Sandbox: sign in", body)
        }
        Some(_) => page::bad_request(&shared, "invalid_request: there is no such decision"),
    }
}

/// Sends the browser back to the client (RFC 6749, section 4.1.2).
fn send_back(redirect_uri: &str, parameters: &[(&str, &str)], state: Option<&str>) -> HttpResponse {
    let last = state.map(|state| ("state", state));
    let pairs = parameters.iter().copied().chain(last);
    let encoded = pairs.map(|(name, value)| {
        let percent_encoded = utf8_percent_encode(value, RESERVED);
        format!("{name}={percent_encoded}")
    });
    let query = encoded.collect::<Vec<_>>().join("&");
    let location = format!("{redirect_uri}?{query}");
    let header_value = location
        .parse()
        .expect("a checked redirect URI, and percent-encoded text");
    let body = template!("sandbox/back.html", location = location);
    let mut response = page::show(StatusCode::FOUND, "Sandbox: back to the application", body);
    response
        .headers_mut()
        .insert(header::LOCATION, header_value);
    response
}
