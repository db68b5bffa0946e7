//! The state: does this callback belong to a login that this browser began?
//!
//! Without it, anybody could send a person a link with a code of their own, and the person would
//! work in a stranger's account without noticing (RFC 6749, section 10.12). The browser keeps it in
//! a cookie and the server keeps nothing, so any copy of the server can finish a login.

use std::hint::black_box;

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::secret::{Secret, random};

const COOKIE: &str = "een_login_state";

/// How long a login may take, in seconds. A code lives half as long.
const MAX_AGE: u32 = 600;

/// What ties a login to a browser. It is as secret as the login itself.
pub struct State(Secret);

impl State {
    /// A new one, for a login that begins.
    pub fn new() -> Self {
        Self(Secret(random()))
    }

    /// The one in this browser's cookie, if it can be one of ours.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let digit = |b| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        let ours = |value: &&str| value.len() == 32 && value.bytes().all(digit);
        for header in request.headers().get_all(header::COOKIE) {
            for cookie in header.to_str().unwrap_or_default().split(';') {
                let value = cookie.trim().strip_prefix(COOKIE);
                let value = value.and_then(|value| value.strip_prefix('='));
                if let Some(value) = value.filter(ours) {
                    return Some(Self(Secret(value.to_owned())));
                }
            }
        }
        None
    }

    /// Whether a callback brought it back. That takes the same time wherever the difference is, so
    /// that time tells nobody how much of a guess was right.
    pub fn matches(&self, given: &str) -> bool {
        let pairs = self.as_str().bytes().zip(given.bytes());
        let difference = pairs.fold(0, |found, (a, b)| black_box(found | (a ^ b)));
        self.as_str().len() == given.len() && difference == 0
    }

    /// The value for the first request.
    pub fn as_str(&self) -> &str {
        self.0.expose()
    }

    /// The `Set-Cookie` that keeps it. `Strict` would withhold it from the callback, which begins on
    /// another site.
    pub fn set_cookie(&self, secure: bool) -> String {
        cookie(self.as_str(), MAX_AGE, secure)
    }

    /// The `Set-Cookie` that ends it.
    pub fn delete_cookie(secure: bool) -> String {
        cookie("", 0, secure)
    }
}

fn cookie(value: &str, max_age: u32, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={max_age}{secure}")
}
