//! The login page, made once for each worker. Only the nonce and the state differ from one response to
//! the next.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;

use super::html::template;
use super::{Page, Site, respond};
use crate::oauth::AuthorizationRequest;
use crate::secret::random;

/// The login page in pieces.
pub struct LoginPage {
    pieces: Vec<Piece>,
}

enum Piece {
    Text(Bytes),
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
            pieces: page
                .pieces(&nonce)
                .iter()
                .flat_map(|piece| cut(piece, &nonce, &state))
                .collect(),
        }
    }

    /// The page for one state.
    pub fn respond(&self, state: &str) -> HttpResponse {
        let nonce = random();
        let nonce_bytes = Bytes::from(nonce.clone());
        let state_bytes = Bytes::copy_from_slice(state.as_bytes());
        let piece_of_this_page = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Nonce => nonce_bytes.clone(),
            Piece::State => state_bytes.clone(),
        };
        let pieces = self.pieces.iter().map(piece_of_this_page).collect();
        respond(StatusCode::OK, &nonce, pieces)
    }
}

/// Cuts one piece of a page at each nonce and each state.
fn cut(html: &Bytes, nonce: &str, state: &str) -> Vec<Piece> {
    let text = str::from_utf8(html).expect("a piece of a page is text");
    let mut pieces = Vec::new();
    for (number, between_nonces) in text.split(nonce).enumerate() {
        if number > 0 {
            pieces.push(Piece::Nonce);
        }
        for (number, part) in between_nonces.split(state).enumerate() {
            if number > 0 {
                pieces.push(Piece::State);
            }
            pieces.push(Piece::Text(html.slice_ref(part.as_bytes())));
        }
    }
    pieces
}
