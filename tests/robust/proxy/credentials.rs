//! The user and the password for the proxy: sent to it, and printed nowhere.

use super::stand_in::{ESTABLISHED, Proxy};
use super::{AUTH_URL, Site};
use crate::support::{CLIENT_SECRET, CREDENTIALS};

/// `us@er` and `pä:s/s%w`, as they stand in a URL.
const IN_URL: &str = "us%40er:p%C3%A4%3As%2Fs%25w";

/// printf 'us@er:pä:s/s%%w' | base64
const IN_BASE64: &str = "dXNAZXI6cMOkOnMvcyV3";

/// Every form in which they could be printed.
const FORMS: [&str; 6] = [
    "us@er",
    "us%40er",
    "pä:s/s%w",
    "p%C3%A4%3As%2Fs%25w",
    IN_BASE64,
    // The password alone, as bytes that were printed one by one.
    "112, 195, 164",
];

#[test]
fn the_proxy_gets_the_credentials_and_nobody_else_does() {
    let site = Site::good();
    let refusal = "HTTP/1.1 407 pä:s/s%w is wrong\r\nProxy-Authenticate: Basic realm=\"us@er\"\r\n\
                   Content-Length: 9\r\n\r\npä:s/s%w";
    let proxy = Proxy::bad_once(site.server.address, move |visit| {
        visit.send(refusal);
    });
    let value = format!("http://{IN_URL}@{}", proxy.authority());
    let settings = [("HTTPS_PROXY", value.as_str()), ("RUST_LOG", "trace")];
    let program = site.program(AUTH_URL, &settings);
    let login = program.get("/");
    let refused = program.browser().log_in("c");
    assert_eq!(
        refused.title(),
        "The proxy did not accept the credentials – een-login"
    );
    let done = program.browser().log_in("c");
    assert_eq!(done.status, 200, "{done:?}");

    let head = format!(
        "CONNECT auth.example:8443 HTTP/1.1\r\nHost: auth.example:8443\r\n\
         Proxy-Authorization: Basic {IN_BASE64}\r\n\r\n"
    );
    assert_eq!(proxy.seen().heads, [head.clone(), head]);
    let requests = site.server.requests();
    assert_eq!(requests.len(), 1);
    let log = program.stop();
    assert!(log.contains("TRACE"), "{log}");
    let texts = [
        ("the login page", &login.body),
        ("the failure page", &refused.body),
        ("the token page", &done.body),
        ("the log", &log),
        ("the second request", &requests[0]),
    ];
    for (place, text) in texts {
        for form in FORMS {
            assert!(!text.contains(form), "{form} in {place}: {text}");
        }
    }
    // Nor does the proxy get those for the server, which the log must not have either.
    let heads = proxy.seen().heads.concat();
    for secret in [CLIENT_SECRET, CREDENTIALS] {
        assert!(!heads.contains(secret), "{heads}");
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn a_user_without_a_password_is_sent_with_an_empty_one() {
    let site = Site::good();
    let proxy = Proxy::established_by(site.server.address, ESTABLISHED);
    let value = format!("user@{}", proxy.authority());
    let program = site.program(AUTH_URL, &[("HTTPS_PROXY", &value)]);
    assert_eq!(program.browser().log_in("c").status, 200);
    // printf 'user:' | base64
    let expected = "\r\nProxy-Authorization: Basic dXNlcjo=\r\n";
    let seen = proxy.seen();
    assert!(seen.heads[0].contains(expected), "{:?}", seen.heads);
}
