use std::collections::HashMap;
use std::ffi::OsString;

use super::*;

type Setting = (&'static str, &'static str);

const CREDENTIALS: [(&str, &str); 2] = [("CLIENT_ID", "id"), ("CLIENT_SECRET", "the secret")];

fn read(settings: &[(&str, &str)]) -> Result<Settings, InvalidSettings> {
    let values: HashMap<_, _> = settings.iter().copied().collect();
    Settings::read(|name| values.get(name).map(OsString::from))
}

/// The names of the settings that are not valid, in their order.
fn invalid(settings: &[(&str, &str)]) -> Vec<&'static str> {
    match read(settings) {
        Ok(_) => Vec::new(),
        Err(invalid) => invalid.names(),
    }
}

#[test]
fn without_settings_the_defaults_hold_and_there_is_no_client() {
    let settings = read(&[]).expect("the defaults");
    assert_eq!(settings.host_name.as_str(), "127.0.0.1");
    assert_eq!(settings.port, 3333);
    assert_eq!(settings.own_origin.as_str(), "http://127.0.0.1:3333");
    assert_eq!(settings.redirect_uri.as_str(), "http://127.0.0.1:3333");
    assert_eq!(settings.log_filter, DEFAULT_LOG_FILTER);
    assert!(settings.client.is_none());
    assert!(settings.proxy.is_none());
}

#[test]
fn with_credentials_the_client_is_known_to_eagle_eye_networks() {
    let settings = read(&CREDENTIALS).expect("credentials");
    let client = settings.client.expect("a client");
    assert_eq!(client.id, "id");
    assert_eq!(client.auth_server.as_str(), DEFAULT_AUTH_URL);
    assert_eq!(client.redirect_uri.as_str(), "http://127.0.0.1:3333");
}

#[test]
fn each_setting_that_is_not_valid_is_reported_and_no_other() {
    let table: &[(&[Setting], &[&str])] = &[
        (&[("CLIENT_ID", "id")], &["CLIENT_SECRET"]),
        (&[("CLIENT_SECRET", "s")], &["CLIENT_ID"]),
        (
            &[("CLIENT_ID", "a:b"), ("CLIENT_SECRET", "s")],
            &["CLIENT_ID"],
        ),
        (&[("CLIENT_ID", "a:b")], &["CLIENT_ID", "CLIENT_SECRET"]),
        (
            &[("CLIENT_ID", "your-client-id"), ("CLIENT_SECRET", "s")],
            &["CLIENT_ID"],
        ),
        (
            &[("CLIENT_ID", "id"), ("CLIENT_SECRET", "your-client-secret")],
            &["CLIENT_SECRET"],
        ),
        (
            &[("CLIENT_ID", "id\nx"), ("CLIENT_SECRET", "s\r")],
            &["CLIENT_ID", "CLIENT_SECRET"],
        ),
        (&[("AUTH_URL", "https://auth.example")], &["AUTH_URL"]),
        (&[("AUTH_URL", "x")], &["AUTH_URL"]),
        (
            &[("PORT", "x"), ("REDIRECT_URI", "x")],
            &["PORT", "REDIRECT_URI"],
        ),
        (&[("PORT", "x"), ("HOST_NAME", "0.0.0.0")], &["PORT"]),
        (
            &[
                ("CLIENT_ID", "a:b"),
                ("PORT", "x"),
                ("HOST_NAME", "a b"),
                ("AUTH_URL", "x"),
            ],
            &[
                "CLIENT_ID",
                "AUTH_URL",
                "CLIENT_SECRET",
                "HOST_NAME",
                "PORT",
            ],
        ),
    ];
    for (settings, names) in table {
        assert_eq!(invalid(settings), *names, "{settings:?}");
    }
}

#[test]
fn each_kind_of_value_is_checked() {
    let valid = [
        ("PORT", &["1", "80", "65535", "03333"][..]),
        (
            "HOST_NAME",
            &["localhost", "192.0.2.1", "::1", "[::1]", "a-b.example"],
        ),
        (
            "REDIRECT_URI",
            &[
                "http://h",
                "https://h/",
                "http://localhost:3333/",
                "HTTP://[::1]:80",
            ],
        ),
    ];
    for (name, values) in valid {
        for value in values {
            assert_eq!(invalid(&[(name, value)]), [""; 0], "{name}={value}");
        }
    }
    let not_valid = [
        (
            "PORT",
            &[
                "0", "65536", "-1", "+80", "http", "80 ", " 80", "0x50", "８０",
            ][..],
        ),
        (
            "HOST_NAME",
            &[
                "a b",
                "http://localhost",
                "127.0.0.1:80",
                "*",
                "a/b",
                "ö",
                "a@b",
                "[::1",
                "::1]",
                "::g",
                "[localhost]",
            ],
        ),
        (
            "REDIRECT_URI",
            &["h", "http://h/path", "http://0.0.0.0:3333", "http://[::]"],
        ),
    ];
    for (name, values) in not_valid {
        for value in values {
            assert_eq!(invalid(&[(name, value)]), [name], "{value}");
        }
    }
}

#[test]
fn an_authorization_server_in_clear_is_this_machine_alone() {
    let table = [
        ("https://auth.example", true),
        ("https://auth.example:8443", true),
        ("http://localhost:80", true),
        ("http://127.1.2.3", true),
        ("http://[::1]:1", true),
        ("http://foo.localhost", false),
        ("http://localhost.", false),
        ("http://auth.example", false),
        ("http://10.0.0.1", false),
        ("http://localhost.example", false),
        ("https://auth.example/", false),
        ("https://auth.example/oauth2", false),
        ("https://user@auth.example", false),
    ];
    for (url, is_valid) in table {
        let settings = [&CREDENTIALS[..], &[("AUTH_URL", url)]].concat();
        let expected: &[&str] = if is_valid { &[] } else { &["AUTH_URL"] };
        assert_eq!(invalid(&settings), expected, "{url}");
    }
}

#[test]
fn an_address_that_nobody_can_browse_to_needs_a_redirect_uri() {
    for host in ["0.0.0.0", "::", "[::]", "0", "0x0"] {
        assert_eq!(invalid(&[("HOST_NAME", host)]), ["REDIRECT_URI"], "{host}");
        let settings = [
            ("HOST_NAME", host),
            ("REDIRECT_URI", "http://127.0.0.1:3333"),
        ];
        assert_eq!(invalid(&settings), [""; 0], "{host}");
    }
}

#[test]
fn a_proxy_is_looked_at_only_where_it_would_be_used() {
    let wrong = ("https_proxy", "socks5://user:the secret@h");
    let with = |more: &[(&'static str, &'static str)]| [&[wrong], more].concat();
    assert_eq!(invalid(&with(&[])), [""; 0]);
    assert_eq!(invalid(&with(&CREDENTIALS)), ["https_proxy"]);
    let plain = [&CREDENTIALS[..], &[("AUTH_URL", "http://localhost")]].concat();
    assert_eq!(invalid(&with(&plain)), [""; 0]);
    let excepted = [&CREDENTIALS[..], &[("NO_PROXY", "eagleeyenetworks.com")]].concat();
    assert_eq!(invalid(&with(&excepted)), [""; 0]);
}

#[test]
fn no_message_has_a_value() {
    let wrong: &[&[Setting]] = &[
        &[
            ("CLIENT_ID", "hunter2:x"),
            ("CLIENT_SECRET", "hunter2"),
            ("HOST_NAME", "hunter2 x"),
            ("PORT", "hunter2"),
            ("REDIRECT_URI", "hunter2"),
            ("AUTH_URL", "http://hunter2"),
        ],
        &[
            ("CLIENT_ID", "id"),
            ("CLIENT_SECRET", "hunter2"),
            ("https_proxy", "http://user:hunter2@"),
        ],
    ];
    for (settings, lines) in wrong.iter().zip([5, 1]) {
        let message = read(settings).expect_err("wrong settings").to_string();
        assert!(!message.contains("hunter2"), "{message}");
        assert_eq!(message.lines().count(), lines, "{message}");
    }
}

#[test]
fn the_list_of_names_has_every_setting_that_is_looked_up() {
    let looked_up = std::cell::RefCell::new(Vec::new());
    let lookup = |name: &str| {
        looked_up.borrow_mut().push(name.to_owned());
        let credentials = HashMap::from(CREDENTIALS);
        // With one, the exceptions are looked up too.
        let proxy = (name == "ALL_PROXY").then(|| OsString::from("proxy"));
        credentials.get(name).map(OsString::from).or(proxy)
    };
    Settings::read(lookup).expect("valid settings");
    let mut names = looked_up.into_inner();
    names.sort_unstable();
    names.dedup();
    let mut listed = NAMES.to_vec();
    listed.sort_unstable();
    assert_eq!(names, listed);
}
