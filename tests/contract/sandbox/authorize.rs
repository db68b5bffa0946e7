//! The authorization endpoint.

use crate::support::request;

use super::Sandbox;

#[test]
fn nobody_is_sent_to_a_redirect_uri_that_is_not_the_registered_one() {
    let sandbox = Sandbox::start();
    let own = sandbox.program.redirect_uri();
    let sign_in = sandbox.authorize("&decision=sign-in&state=s");
    let with = |uri: &str| sign_in.replace(&own, uri);
    let refused = [
        with(&format!("{own}/")),
        with(&own.replace("127.0.0.1", "localhost")),
        with(&own.replace("http:", "HTTP:")),
        with(&format!("{own}?a")),
        with("http://evil.example"),
        with(""),
        sign_in.replace("redirect_uri", "x"),
        sign_in.replace("=sandbox-client", "=other"),
        sign_in.replace("client_id", "x"),
        format!("{sign_in}&redirect_uri={own}"),
        sandbox.authorize("&state=s&decision="),
        sandbox.authorize("&state=s&decision=x"),
        format!("{sign_in}&x=%zz"),
        format!("{sign_in}&x=%ff"),
        "/oauth2/authorize".to_owned(),
    ];
    for target in refused {
        let page = sandbox.get(&target);
        let found = (page.status, page.header("location"));
        assert_eq!(found, (400, None), "{target}");
        assert!(page.title().contains("Sandbox"), "{target}");
    }
}

#[test]
fn the_redirect_uri_is_compared_after_decoding() {
    let sandbox = Sandbox::start();
    let own = sandbox.program.redirect_uri();
    let encoded = own.replace(':', "%3A").replace('/', "%2F");
    let page = sandbox.get(&sandbox.authorize("").replace(&own, &encoded));
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&format!("<code>{own}</code>")));
}

#[test]
fn the_state_comes_back_as_it_was_sent() {
    let sandbox = Sandbox::start();
    let back = sandbox.choose(&sandbox.authorize("&decision=sign-in&state=a%26b%3D%20%C3%A9"));
    assert!(back.starts_with("/?code="), "{back}");
    assert!(back.ends_with("&state=a%26b%3D%20%C3%A9"), "{back}");
    let back = sandbox.choose(&sandbox.authorize("&decision=refuse"));
    assert!(back.contains("error=access_denied"), "{back}");
    assert!(!back.contains("state"), "{back}");
}

#[test]
fn what_else_is_wrong_comes_back_to_the_client_as_an_error() {
    let sandbox = Sandbox::start();
    let right = sandbox.authorize("&decision=sign-in&state=s");
    for (wrong, error) in [
        (
            right.replace("=code", "=token"),
            "unsupported_response_type",
        ),
        (right.replace("vms.all", "all"), "invalid_scope"),
        (right.replace("scope=", "x="), "invalid_scope"),
    ] {
        let back = sandbox.choose(&wrong);
        assert!(back.starts_with(&format!("/?error={error}&")), "{back}");
        assert!(
            back.ends_with("state=s") && !back.contains("code="),
            "{back}"
        );
    }
}

#[test]
fn other_methods_and_paths_have_their_pages() {
    let sandbox = Sandbox::start();
    for (path, allowed) in [
        ("/oauth2/authorize", "GET"),
        ("/oauth2/token", "POST"),
        ("/oauth2/revoke", "POST"),
        ("/api/v3.0/users/self", "GET"),
    ] {
        for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS"] {
            if method == allowed {
                continue;
            }
            let page = request(sandbox.address, method, path, &[]);
            let found = (page.status, page.header("allow"));
            assert_eq!(found, (405, Some(allowed)), "{method} {path}");
            assert!(page.title().contains("Sandbox"), "{method} {path}");
        }
    }
    for path in ["/", "/oauth2", "/oauth2/authorize/", "/api/v3.0/cameras"] {
        let page = sandbox.get(path);
        assert_eq!(page.status, 404, "{path}");
        let way_back = format!("href=\"{}\"", sandbox.program.redirect_uri());
        assert!(page.body.contains(&way_back), "{path}");
    }
}
