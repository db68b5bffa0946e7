//! The one route: which case is it?

use std::sync::Arc;

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::uri::Authority;
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use rustls::ClientConfig;
use url::Url;

use crate::oauth::{Client, TokenEndpoint};
use crate::origin;
use crate::page::{self, Cause, Failure};
use crate::query::Callback;
use crate::state::State;

/// What a worker needs to answer.
pub struct Index {
    client: Arc<Client>,
    token_endpoint: TokenEndpoint,
    sandbox: bool,
    redirect_uri: Url,
    /// The first request without the state, for the log.
    authorize_url: String,
    login_page: Vec<String>,
}

impl Index {
    /// Makes what is the same for every request. The client's redirect URI was checked.
    pub fn new(client: Arc<Client>, tls: Option<Arc<ClientConfig>>, sandbox: bool) -> Self {
        let authorize_url = client.authorize_url();
        Self {
            token_endpoint: TokenEndpoint::new(client.clone(), tls),
            sandbox,
            redirect_uri: Url::parse(&client.redirect_uri).expect("the settings checked it"),
            login_page: page::prepare_login(&authorize_url, sandbox),
            authorize_url,
            client,
        }
    }

    fn login(&self, request: &HttpRequest) -> HttpResponse {
        let state = State::of(request).unwrap_or_else(State::new);
        log::info!("step 1, the first request: GET {}", self.authorize_url);
        let mut response = page::login(&self.login_page, state.as_str());
        let cookie = state.set_cookie(self.secure());
        set(&mut response, header::SET_COOKIE, &cookie);
        if self.is_elsewhere(request) {
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            set(&mut response, header::LOCATION, &self.client.redirect_uri);
        }
        response
    }

    /// Whether the browser calls this machine by another name than the redirect URI does. The login
    /// would come back without the cookie, which stays with its name.
    fn is_elsewhere(&self, request: &HttpRequest) -> bool {
        let target = request.uri().authority().map(Authority::as_str);
        let header = || request.headers().get(header::HOST)?.to_str().ok();
        let host = target.or_else(header).unwrap_or_default();
        // Most requests come by the same name, and need no parsing.
        let (_, own) = self
            .client
            .redirect_uri
            .split_once("://")
            .unwrap_or_default();
        let is_other = |here: &Url| here.host() != self.redirect_uri.host();
        host != own.trim_end_matches('/')
            && origin::is_loopback(&self.redirect_uri)
            && Url::parse(&format!("http://{host}"))
                .is_ok_and(|here| origin::is_loopback(&here) && is_other(&here))
    }

    async fn exchange(&self, code: &str) -> HttpResponse {
        match self.token_endpoint.exchange(code).await {
            Ok((status, answer)) => {
                let request = format!("{}\n\n{status}", self.client.shown(code));
                page::tokens(&request, &answer, &self.client.auth_url, self.sandbox)
            }
            Err(failure) => page::failure(&failure, self.sandbox),
        }
    }

    fn failure(&self, cause: Cause) -> HttpResponse {
        page::failure(&Failure::new(cause), self.sandbox)
    }

    fn secure(&self) -> bool {
        self.redirect_uri.scheme() == "https"
    }
}

/// `GET /` and `HEAD /`.
pub async fn index(request: HttpRequest, index: Data<Index>) -> HttpResponse {
    // A HEAD that exchanged a code would leave none for the GET that follows.
    if request.method() == Method::HEAD {
        return index.login(&request);
    }
    let Ok(callback) = Callback::parse(request.query_string()) else {
        return index.failure(Cause::BadQuery);
    };
    let Callback {
        code,
        error,
        error_description,
        state,
    } = callback;
    if code.is_none() && error.is_none() {
        return index.login(&request);
    }
    if !State::of(&request).is_some_and(|own| own.matches(&state.unwrap_or_default())) {
        log::warn!("no exchange: the state is missing or not this browser's");
        return index.failure(Cause::ForeignState);
    }
    let mut response = match (error, code) {
        (None, Some(code)) => index.exchange(&code).await,
        (error, _) => {
            let refused = Failure::new(Cause::Refused).seen("error", error);
            let refused = refused.seen("error_description", error_description);
            page::failure(&refused, index.sandbox)
        }
    };
    let cookie = State::delete_cookie(index.secure());
    set(&mut response, header::SET_COOKIE, &cookie);
    response
}

/// Another method on `/`.
pub async fn method_not_allowed(index: Data<Index>) -> HttpResponse {
    let mut response = index.failure(Cause::MethodNotAllowed);
    set(&mut response, header::ALLOW, "GET, HEAD");
    response
}

/// Another path.
pub async fn not_found(index: Data<Index>) -> HttpResponse {
    index.failure(Cause::NotFound)
}

fn set(response: &mut HttpResponse, name: HeaderName, value: &str) {
    let value =
        HeaderValue::from_str(value).expect("the values are made here, or checked at start");
    response.headers_mut().insert(name, value);
}
