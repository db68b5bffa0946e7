//! What a browser keeps between requests.

use std::net::SocketAddr;

use super::http::{Response, between, request};

/// A browser with its state cookie.
pub struct Browser {
    pub address: SocketAddr,
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
            .map(|value| format!("een_login_state={value}"));
        let headers: Vec<_> = cookie
            .iter()
            .map(|cookie| ("Cookie", cookie.as_str()))
            .collect();
        let response = request(self.address, method, target, &headers);
        if let Some(set) = response.header("set-cookie") {
            let value = between(set, "een_login_state=", ";");
            self.cookie = Some(value.to_owned()).filter(|_| !set.contains("Max-Age=0"));
        }
        response
    }

    /// Opens the page, and gives the state of the login that it begins.
    pub fn begin(&mut self) -> String {
        let page = self.get("/");
        assert_eq!(page.status, 200, "{page:?}");
        let link = &page.links()[0];
        link.rsplit_once("&state=").unwrap().1.to_owned()
    }

    /// Begins a login and comes back with a code, percent-encoded.
    pub fn log_in(&mut self, code: &str) -> Response {
        let state = self.begin();
        self.get(&format!("/?code={code}&state={state}"))
    }
}
