//! The login as a browser sees it: the login page, the callback, the state.

use crate::support::http::request;
use crate::support::{Program, Server};

fn is_other_browser(response: &crate::support::Response) {
    assert_eq!(
        (response.status, response.title()),
        (400, "This login did not begin in this browser")
    );
}

#[test]
fn a_login_at_the_sandbox_ends_with_the_tokens() {
    let program = Program::start(&[]);
    let mut browser = program.browser();
    let page = browser.log_in_at_sandbox("Log in");
    assert_eq!((page.status, page.title()), (200, "You are logged in"));
    assert!(page.text().contains("sandbox_access_"), "{page:?}");
    assert_eq!(browser.cookie, None, "the state is used up");
}
