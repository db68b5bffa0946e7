//! The one route: `GET /` is the login page, or the end of a login.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Query};
use actix_web::{Error, HttpRequest, HttpResponse};

use crate::callback::{CallbackQuery, Outcome};
use crate::failure::{Cause, Failure};
use crate::oauth::{Client, Exchange};
use crate::origin::Origin;
use crate::page;
use crate::state::{State, StateCookie};

/// `GET /`: reads from top to bottom, as the flow does.
pub async fn get(
    request: HttpRequest,
    query: Result<Query<CallbackQuery>, Error>,
    client: Data<Client>,
    http: Data<awc::Client>,
) -> HttpResponse {
    // The login page has the link that makes the first request.
    let Some(callback) = Outcome::parse(query) else {
        return login_page(&request, &client);
    };
    log::info!("the callback: {}", masked(request.query_string()));

    // The browser came back. Did this login begin in this browser?
    let cookie = StateCookie::new(&client.redirect_uri);
    let state = match cookie.verify(&request) {
        Ok(state) => state,
        Err(cause) => {
            let (status, html) = report_failure(&client, &cause.into());
            return page::response(status).body(html);
        }
    };

    // The second request exchanges the code for tokens.
    let (status, html) = match finish(callback, &client, &http).await {
        Ok(exchange) => (StatusCode::OK, page::tokens(&client, &state, &exchange)),
        Err(failure) => report_failure(&client, &failure),
    };
    page::response(status)
        // The state is used up, whatever became of the login.
        .insert_header((header::SET_COOKIE, cookie.delete()))
        .body(html)
}

async fn finish(
    callback: Result<Outcome, Cause>,
    client: &Client,
    http: &awc::Client,
) -> Result<Exchange, Failure> {
    match callback? {
        Outcome::Code(code) => client.exchange(http, code).await,
        Outcome::Error(error) => Err(Cause::Denied(client.redact_error(&error)).into()),
    }
}

/// `HEAD /`, whatever its query: an exchange would leave no code for the `GET` that follows.
pub async fn head(request: HttpRequest, client: Data<Client>) -> HttpResponse {
    login_page(&request, &client)
}

/// Another method on `/`.
pub async fn method_not_allowed(client: Data<Client>) -> HttpResponse {
    let html = page::error(
        &client,
        "This method is not allowed",
        "Only GET and HEAD are.",
    );
    page::response(StatusCode::METHOD_NOT_ALLOWED)
        .insert_header((header::ALLOW, "GET, HEAD"))
        .body(html)
}

/// Another path.
pub async fn not_found(client: Data<Client>) -> HttpResponse {
    let html = page::error(&client, "There is no such page", "The only page is at /.");
    page::response(StatusCode::NOT_FOUND).body(html)
}

fn login_page(request: &HttpRequest, client: &Client) -> HttpResponse {
    let redirect_uri = &client.redirect_uri;
    let other_origin = other_origin(request, redirect_uri);
    if let Some(origin) = &other_origin {
        let is_other_name = origin.is_loopback() && origin.port() == redirect_uri.port();
        if is_other_name && !is_forwarded(request) {
            // The cookie belongs to the name under which the login returns.
            return HttpResponse::TemporaryRedirect()
                .insert_header((header::LOCATION, redirect_uri.as_str()))
                .finish();
        }
        log::warn!("the page was opened at {origin}, but the login returns to {redirect_uri}");
    }

    let cookie = StateCookie::new(redirect_uri);
    // A second tab must not spoil the login in the first.
    let state = cookie.get(request).unwrap_or_else(State::random);
    log::info!("the first request: GET {}", client.authorize_url());
    page::response(StatusCode::OK)
        .insert_header((header::SET_COOKIE, cookie.set(&state)))
        .body(page::login(client, &state, other_origin.as_ref()))
}

/// Where this page was opened, if the login returns to another address of this machine.
fn other_origin(request: &HttpRequest, redirect_uri: &Origin) -> Option<Origin> {
    if redirect_uri.is_https() || !redirect_uri.is_loopback() {
        return None;
    }
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let opened = Origin::parse(&format!("http://{host}"))?;
    if opened == *redirect_uri {
        return None;
    }
    // A forwarder may have added TLS.
    let scheme = request.connection_info().scheme().to_owned();
    Origin::parse(&format!("{scheme}://{host}")).or(Some(opened))
}

fn is_forwarded(request: &HttpRequest) -> bool {
    let headers = request.headers();
    headers.contains_key(header::FORWARDED) || headers.contains_key(header::X_FORWARDED_HOST)
}

/// The parameters of a query with their values masked. A query is visible ASCII.
fn masked(query: &str) -> String {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let masked: Vec<String> = pairs.map(|(name, _)| format!("{name}=***")).collect();
    masked.join(", ")
}

fn report_failure(client: &Client, failure: &Failure) -> (StatusCode, String) {
    log::warn!("the login failed: {}", failure.cause);
    (failure.cause.status(), page::failure(client, failure))
}
