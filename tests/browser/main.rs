//! The pages in a real browser: headless Chromium, driven through its driver.
//!
//! They need `chromium` and `chromedriver`; on Debian: `apt-get install chromium chromium-driver`.
#![cfg(unix)]

#[path = "../support/mod.rs"]
mod support;

mod driver;
mod flow;
mod looks;
mod token_page;

use support::stand_in::StandIn;

/// An authorization server whose tokens have so many characters.
fn with_tokens_of(length: usize) -> StandIn {
    // Real ones are JSON Web Tokens: letters, digits, `-`, `_`, and two points.
    let long_enough = "eyJhbGciOi-J_".repeat(length / 13 + 1);
    let token = long_enough[..length].to_owned();
    StandIn::new(move |connection| {
        connection.json(format!(
            r#"{{"access_token":"{token}","expires_in":43198,"refresh_token":"{token}","httpsBaseUrl":{{"hostname":"api.c001.eagleeyenetworks.com","port":443}},"scope":"vms.all","token_type":"Bearer"}}"#
        ));
    })
}
