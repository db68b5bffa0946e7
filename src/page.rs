//! The pages: templates to HTML, HTML to a response.

mod curl;
mod expiry;
mod failure;
pub(crate) mod html;
mod login;
mod token;

use std::convert::Infallible;
use std::fmt::{Display, Write as _};

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use futures_util::stream;

use crate::secret::random;
use html::{Html, template};

pub(crate) use failure::failure;
pub(crate) use login::LoginPage;
pub(crate) use token::TokenPage;

const STYLE: &str = include_str!("../templates/style.css");
const SCRIPT: &str = include_str!("../templates/script.js");

/// In bytes. What stands between style and script fits on most pages, so that the text need not grow.
const MIDDLE_SIZE: usize = 12 * 1024;

/// The headers that are the same on every page.
const FIXED_HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
];

/// What all pages of a program have in common. The default is for Eagle Eye Networks' own
/// server.
#[derive(Clone, Copy)]
pub struct Site {
    /// Whether each page says that this is a sandbox.
    pub banner: bool,
    /// The scheme of the account's base URL.
    pub api_scheme: &'static str,
    /// The client secret, where it is no secret and the page can say what curl asks for.
    pub curl_password: Option<&'static str>,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            banner: false,
            api_scheme: "https",
            curl_password: None,
        }
    }
}

/// The parts of a page that differ from page to page.
pub(crate) struct Page<'a, B> {
    /// What the browser shows as the name of the page.
    pub title: &'a str,
    /// What stands above everything, if anything does.
    pub banner: Option<&'static str>,
    /// What runs in the browser.
    pub script: &'static str,
    /// What stands between the tags of `main`.
    pub body: Html<B>,
}

impl<'a, B: Display> Page<'a, B> {
    /// A page of this program: with its script, and a short banner where the site has one.
    pub fn new(title: &'a str, site: Site, body: Html<B>) -> Self {
        let short_banner = include_str!("../templates/banner-short.html");
        Self {
            title,
            banner: site.banner.then_some(short_banner),
            script: SCRIPT,
            body,
        }
    }

    /// The page as a response, with a nonce of its own.
    pub fn respond(&self, status: StatusCode) -> HttpResponse {
        let nonce = random();
        let pieces = self.pieces(&nonce);
        respond(status, &nonce, pieces.into())
    }

    /// The page in the pieces in which it is sent. Style, script and end are static, and are not copied
    /// into a text first.
    fn pieces(&self, nonce: &str) -> [Bytes; 5] {
        let head = template!("layout/head.html", title = self.title, nonce = Html(nonce));
        let middle = template!(
            "layout/middle.html",
            nonce = Html(nonce),
            banner = self.banner.map(Html),
            body = self.body,
        );
        let mut middle_text = String::with_capacity(MIDDLE_SIZE);
        write!(middle_text, "{}", middle.0).expect("writing to a string cannot fail");
        [
            head.0.to_string().into(),
            Bytes::from_static(STYLE.as_bytes()),
            middle_text.into(),
            Bytes::from_static(self.script.as_bytes()),
            Bytes::from_static(include_bytes!("../templates/layout/end.html")),
        ]
    }
}

/// A page with the headers that every page has. The policy lets nothing run that does not carry this
/// response's nonce: a value that was not escaped would still do nothing.
fn respond(status: StatusCode, nonce: &str, pieces: Vec<Bytes>) -> HttpResponse {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let size = pieces.iter().map(|piece| piece.len() as u64).sum();
    // The pieces are sent one by one, so nothing has to join them.
    let chunks = stream::iter(pieces.into_iter().map(Ok::<_, Infallible>));
    let mut response = HttpResponse::build(status).body(SizedStream::new(size, chunks));
    let headers = response.headers_mut();
    for (name, value) in FIXED_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy_value = HeaderValue::try_from(policy).expect("the policy is visible ASCII");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy_value);
    response
}
