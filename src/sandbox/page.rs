//! The pages of the sandbox itself.

use std::fmt::Display;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;

use super::Shared;
use crate::page::Page;
use crate::page::html::{Html, template};

/// A page.
pub fn show(status: StatusCode, title: &str, body: Html<impl Display>) -> HttpResponse {
    let page = Page {
        title,
        banner: None,
        script: "",
        body,
    };
    page.respond(status)
}

/// An error page of the authorization endpoint.
pub fn bad_request(shared: &Shared, what: &str) -> HttpResponse {
    let title = "Sandbox: this request is wrong";
    error(shared, StatusCode::BAD_REQUEST, title, what)
}

/// Another method where only `GET` is answered.
pub async fn get_only(shared: Data<Shared>) -> HttpResponse {
    method_not_allowed(&shared, "GET")
}

/// Another method where only `POST` is answered.
pub async fn post_only(shared: Data<Shared>) -> HttpResponse {
    method_not_allowed(&shared, "POST")
}

/// Another path.
pub async fn not_found(shared: Data<Shared>) -> HttpResponse {
    let what = "The paths here are /oauth2/authorize, /oauth2/token, /oauth2/revoke and \
                /api/v3.0/users/self.";
    error(
        &shared,
        StatusCode::NOT_FOUND,
        "Sandbox: no such page",
        what,
    )
}

fn method_not_allowed(shared: &Shared, allowed: &'static str) -> HttpResponse {
    let what = format!("The only method here is {allowed}.");
    let title = "Sandbox: wrong method";
    let mut response = error(shared, StatusCode::METHOD_NOT_ALLOWED, title, &what);
    let allow = HeaderValue::from_static(allowed);
    response.headers_mut().insert(header::ALLOW, allow);
    response
}

fn error(shared: &Shared, status: StatusCode, title: &str, what: &str) -> HttpResponse {
    let body = template!(
        "sandbox/error.html",
        title = title,
        what = what,
        client = shared.client.redirect_uri.as_str(),
    );
    show(status, title, body)
}
