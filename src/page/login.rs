//! The login page, made once at the start. Only the nonce and the state differ from one response to
//! the next.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::html::{Html, template};
use super::{PAGE_SIZE, Page, Site, respond};
use crate::oauth::AuthorizationRequest;
use crate::secret::random;

/// Stand for the nonce and the state while the page is made. They are safe as marks, since no value
/// can bring one in: escaping replaces control characters, and percent-encoding has none.
const NONCE_MARK: char = '\u{1}';
const STATE_MARK: char = '\u{2}';

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
    #[must_use]
    pub fn new(request: &AuthorizationRequest, site: Site) -> Self {
        let body = template!(
            "login.html",
            url = request.url_without_state(),
            endpoint = request.endpoint,
            client_id = request.client_id,
            response_type = request.response_type,
            scope = request.scope,
            redirect_uri = request.redirect_uri,
            state = Html(STATE_MARK),
        );
        let whole_banner = include_str!("../../templates/banner-whole.html");
        let page = Page {
            banner: site.banner.then_some(whole_banner),
            ..Page::new("Log in", site, body)
        };
        let html = page.to_html(&NONCE_MARK.to_string());
        Self {
            pieces: cut_at_marks(&html),
        }
    }

    /// The page for one state.
    #[must_use]
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

fn cut_at_marks(html: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for part in html.split_inclusive([NONCE_MARK, STATE_MARK]) {
        let text = part.trim_end_matches([NONCE_MARK, STATE_MARK]);
        pieces.push(Piece::Text(text.to_owned()));
        if part.ends_with(NONCE_MARK) {
            pieces.push(Piece::Nonce);
        } else if part.ends_with(STATE_MARK) {
            pieces.push(Piece::State);
        }
    }
    pieces
}
