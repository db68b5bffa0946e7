//! The login page, made once at the start. Only the nonce and the state differ from one response to
//! the next.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::html::template;
use super::{PAGE_SIZE, Page, Site, respond};
use crate::oauth::AuthorizationRequest;
use crate::secret::random;

/// The login page in pieces.
pub struct LoginPage {
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    Nonce,
    State,
}

impl LoginPage {
    /// Makes the page, which explains the first request part by part.
    pub fn new(request: &AuthorizationRequest, site: Site) -> Self {
        // The page is made with a nonce and a state that nobody uses, and cut where they stand. They
        // are as random as all others, so nothing else on the page can be the same.
        let nonce = random();
        let state = random();
        let body_state = state.as_str();
        let body = template!(
            "login.html",
            url = request.url(body_state),
            endpoint = request.endpoint,
            client_id = request.client_id,
            response_type = request.response_type,
            scope = request.scope,
            redirect_uri = request.redirect_uri,
            state = body_state,
        );
        let whole_banner = include_str!("../../templates/banner-whole.html");
        let page = Page {
            banner: site.banner.then_some(whole_banner),
            ..Page::new("Log in", site, body)
        };
        Self {
            pieces: cut(&page.to_html(&nonce), &nonce, &state),
        }
    }

    /// The page for one state.
    pub fn respond(&self, state: &str) -> HttpResponse {
        let nonce = random();
        let mut html = String::with_capacity(PAGE_SIZE);
        for piece in &self.pieces {
            html.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Nonce => &nonce,
                Piece::State => state,
            });
        }
        respond(StatusCode::OK, &nonce, html)
    }
}

/// Cuts a page where its nonce and its state stand.
fn cut(html: &str, nonce: &str, state: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (number, between_nonces) in html.split(nonce).enumerate() {
        if number > 0 {
            pieces.push(Piece::Nonce);
        }
        for (number, text) in between_nonces.split(state).enumerate() {
            if number > 0 {
                pieces.push(Piece::State);
            }
            pieces.push(Piece::Text(text.to_owned()));
        }
    }
    pieces
}
