//! What a browser keeps between requests.

use std::net::SocketAddr;

use super::http::{Response, request};

/// The name of the state cookie where the redirect URI is `http`.
const COOKIE: &str = "een_login_state";

/// A browser with its state cookie.
pub struct Browser {
    pub address: SocketAddr,
    /// The value of the cookie.
    pub cookie: Option<String>,
}

impl Browser {
    pub fn get(&mut self, target: &str) -> Response {
        self.request("GET", target)
    }

    pub fn request(&mut self, method: &str, target: &str) -> Response {
        let cookie = self
            .cookie
            .as_ref()
            .map(|value| format!("{COOKIE}={value}"));
        let header = cookie.as_ref().map(|pair| ("Cookie", pair.as_str()));
        let headers: Vec<_> = header.into_iter().collect();
        let response = request(self.address, method, target, &headers);
        if let Some(set) = response.header("set-cookie") {
            let (pair, attributes) = set.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert_eq!(name, COOKIE);
            let is_deleted = attributes.contains("Max-Age=0");
            self.cookie = (!is_deleted).then(|| value.to_owned());
        }
        response
    }

    /// Opens the page, and gives the state of the login that it begins.
    pub fn begin(&mut self) -> String {
        let page = self.get("/");
        assert_eq!(page.status, 200, "{page:?}");
        page.state()
    }

    /// Begins a login and comes back with a code, percent-encoded.
    pub fn log_in(&mut self, code: &str) -> Response {
        let state = self.begin();
        self.get(&format!("/?code={code}&state={state}"))
    }
}
