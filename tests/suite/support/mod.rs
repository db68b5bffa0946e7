//! What the tests share: the built program, a browser's side of HTTP, and servers that do what a test
//! says, all over real sockets.

pub mod certificates;
pub mod http;
pub mod program;
pub mod proxy;
pub mod server;
#[cfg(unix)]
pub mod webdriver;

use std::time::Duration;

pub use http::{Browser, Response};
pub use program::{Program, run};
pub use server::{Connection, Server};

pub const CLIENT_ID: &str = "test-client";
pub const CLIENT_SECRET: &str = "test-secret-0123456789";
/// `CLIENT_ID:CLIENT_SECRET` in base64.
pub const CREDENTIALS: &str = "dGVzdC1jbGllbnQ6dGVzdC1zZWNyZXQtMDEyMzQ1Njc4OQ==";

/// A token response as Eagle Eye Networks documents it.
pub const TOKENS: &str = r#"{"access_token":"eyJhY2Nlc3M","expires_in":43198,"refresh_token":"refresh-1","httpsBaseUrl":{"hostname":"api.c001.eagleeyenetworks.com","port":443},"scope":"vms.all","token_type":"Bearer"}"#;

/// Names and values of environment variables.
pub type Settings<'a> = &'a [(&'a str, &'a str)];

/// How long a test waits for what must come at once.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Asserts that a page has this status and this title.
#[track_caller]
pub fn assert_page(page: &Response, status: u16, title: &str) {
    assert_eq!((page.status, page.title()), (status, title), "{page:?}");
}

/// Asserts that a page is the one of a failed login.
#[track_caller]
pub fn assert_failure(page: &Response, status: u16, title: &str) {
    assert_page(page, status, title);
    assert!(page.text().contains("What to check"), "{page:?}");
    assert_eq!(page.link("Log in again"), "/");
}

/// Asserts that a text has these parts in this order, and returns what follows them.
#[track_caller]
pub fn assert_in_order<'a>(text: &'a str, parts: &[&str]) -> &'a str {
    let mut rest = text;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("no {part:?}, or not in this order, in {text}");
        };
        rest = after;
    }
    rest
}

/// Asserts that a text has none of these parts.
#[track_caller]
pub fn assert_none(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(!text.contains(part), "{part:?} in {text}");
    }
}
