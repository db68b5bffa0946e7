//! The one route: which case is it?

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::uri::Authority;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::callback::{Callback, Outcome};
use crate::failure::{Cause, Failure, Reported, Words};
use crate::oauth::{AuthorizationRequest, Client, TokenEndpoint, Transport};
use crate::origin::Origin;
use crate::page::{self, LoginPage, Site, TokenPage};
use crate::state::{BrowserState, State, StateCookie, StateError};

/// What a worker needs to answer. Whatever is the same for every request is made once.
pub struct Login {
    client: Arc<Client>,
    token_endpoint: TokenEndpoint,
    cookie: StateCookie,
    /// The `Set-Cookie` that ends the state: the same after every callback.
    cookie_deletion: HeaderValue,
    site: Site,
    page: LoginPage,
    /// The first request, for the log.
    first_request_url: String,
}

impl Login {
    /// Makes what a worker needs.
    pub fn new(client: Arc<Client>, transport: Transport, site: Site) -> Self {
        let first_request = AuthorizationRequest::new(&client);
        let cookie = StateCookie::new(client.redirect_uri.is_https());
        Self {
            token_endpoint: TokenEndpoint::new(client.clone(), transport),
            cookie,
            cookie_deletion: header_value(&cookie.delete()),
            site,
            page: LoginPage::new(&first_request, site),
            first_request_url: first_request.url_without_state(),
            client,
        }
    }

    /// The login page, or the way to it under the name that the login comes back to.
    fn begin(&self, request: &HttpRequest) -> HttpResponse {
        let state = match self.cookie.read(request) {
            // A second tab must not spoil the login in the first.
            BrowserState::One(state) => state,
            BrowserState::None | BrowserState::Several => State::new(),
        };
        let mut response = self.page.respond(state.as_str());
        set(&mut response, header::SET_COOKIE, &self.cookie.keep(&state));
        if self.has_another_local_name(request) {
            // The page stays as the body, for who does not follow redirects.
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            let target = self.client.redirect_uri.as_str();
            set(&mut response, header::LOCATION, target);
        }
        response
    }

    /// Whether the browser calls this machine by another name than the redirect URI does. The login
    /// would come back without the cookie, which belongs to the name.
    fn has_another_local_name(&self, request: &HttpRequest) -> bool {
        let redirect_uri = &self.client.redirect_uri;
        let target = request.uri().authority().map(Authority::as_str);
        let host_header = || request.headers().get(header::HOST)?.to_str().ok();
        let here = target.or_else(host_header).unwrap_or_default();
        // Most requests come by the same name, and need no parsing.
        if here == redirect_uri.authority() || !redirect_uri.is_local_in_browsers() {
            return false;
        }
        match Origin::parse(&format!("http://{here}")) {
            Ok(origin) => origin.is_local_in_browsers() && origin.host() != redirect_uri.host(),
            Err(_) => false,
        }
    }

    /// The end of a login that began in this browser.
    async fn finish(&self, outcome: Outcome, state: &State) -> HttpResponse {
        let mut response = match outcome {
            Outcome::Code(code) => self.exchange(&code, state).await,
            Outcome::Error { error, description } => self.fail(&self.refused(error, description)),
        };
        let deletion = self.cookie_deletion.clone();
        response.headers_mut().insert(header::SET_COOKIE, deletion);
        response
    }

    async fn exchange(&self, code: &str, state: &State) -> HttpResponse {
        match self.token_endpoint.exchange(code).await {
            Ok(exchange) => {
                let page = TokenPage {
                    client: &self.client,
                    code,
                    state,
                    exchange: &exchange,
                    site: self.site,
                };
                page.respond()
            }
            Err(failure) => self.fail(&failure),
        }
    }

    fn refused(&self, error: String, description: Option<String>) -> Failure {
        let words = Words::Error {
            error: self.client.mask(error),
            description: description.map(|text| self.client.mask(text)),
        };
        Failure {
            reported: Reported {
                status: None,
                words,
            },
            ..Failure::new(Cause::Refused)
        }
    }

    /// The page of a callback that brought no tokens.
    fn fail(&self, failure: &Failure) -> HttpResponse {
        log::warn!("no tokens: {failure}");
        page::failure(failure, self.site)
    }
}

/// `GET /`.
pub async fn get(request: HttpRequest, login: Data<Login>) -> HttpResponse {
    let callback = match Callback::parse(request.query_string()) {
        Ok(Some(callback)) => callback,
        Ok(None) => {
            let response = login.begin(&request);
            if response.status() == StatusCode::OK {
                log::info!("the first request: GET {}", login.first_request_url);
            }
            return response;
        }
        Err(_) => return login.fail(&Failure::new(Cause::BadQuery)),
    };
    let browser_state = login.cookie.read(&request);
    match browser_state.confirm(callback.state.as_deref()) {
        Ok(state) => login.finish(callback.outcome, &state).await,
        Err(StateError::NoLogin) => login.fail(&Failure::new(Cause::NoLogin)),
        Err(StateError::AnotherBrowser) => login.fail(&Failure::new(Cause::AnotherBrowser)),
    }
}

/// `HEAD /`: as the login page, whatever the query. If it exchanged a code, none would be left for the
/// `GET` that follows.
pub async fn head(request: HttpRequest, login: Data<Login>) -> HttpResponse {
    login.begin(&request)
}

/// Another method on `/`.
pub async fn method_not_allowed(login: Data<Login>) -> HttpResponse {
    let failure = Failure::new(Cause::MethodNotAllowed);
    let mut response = page::failure(&failure, login.site);
    set(&mut response, header::ALLOW, "GET, HEAD");
    response
}

/// Another path.
pub async fn not_found(login: Data<Login>) -> HttpResponse {
    page::failure(&Failure::new(Cause::NotFound), login.site)
}

fn set(response: &mut HttpResponse, name: HeaderName, value: &str) {
    response.headers_mut().insert(name, header_value(value));
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("the values are made here, or are checked origins")
}
