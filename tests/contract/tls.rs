use std::fs;

use rcgen::date_time_ymd;

use crate::support::authority::Authority;
use crate::support::stand_in::{Connection, StandIn, TOKENS};
use crate::support::{Program, run};

fn log_in(server: &StandIn, settings: &[(&str, &str)]) -> (u16, String, String) {
    let program = Program::with(&server.url(), settings);
    let page = program.browser().log_in("c");
    let log = program.wait_for(&format!("GET / {} ", page.status));
    (page.status, page.body, log)
}

#[test]
fn a_certificate_is_trusted_through_ssl_cert_file_and_ssl_cert_dir() {
    let authority = Authority::new();
    let server = StandIn::tls(authority.server("127.0.0.1", |_| {}), |connection| {
        connection.json(TOKENS);
    });
    let file = authority.file();
    let folder = authority.folder.path().to_str().unwrap();
    for settings in [
        &[("SSL_CERT_FILE", file.to_str().unwrap())][..],
        &[("SSL_CERT_DIR", folder)],
        &[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", folder)],
    ] {
        let (status, body, log) = log_in(&server, settings);
        assert_eq!(status, 200, "{settings:?}: {log}");
        assert!(body.contains("You are logged in"));
    }
}

#[test]
fn a_certificate_that_is_not_trusted_gets_no_request() {
    let (authority, other) = (Authority::new(), Authority::new());
    let good = |connection: &mut Connection| connection.json(TOKENS);
    let servers = [
        (
            "UnknownIssuer",
            StandIn::tls(other.server("127.0.0.1", |_| {}), good),
        ),
        (
            "not valid for",
            StandIn::tls(authority.server("auth.example", |_| {}), good),
        ),
        (
            "expired",
            StandIn::tls(
                authority.server("127.0.0.1", |p| p.not_after = date_time_ymd(2020, 1, 1)),
                good,
            ),
        ),
    ];
    for (reason, server) in servers {
        let (status, body, log) = log_in(
            &server,
            &[("SSL_CERT_FILE", authority.file().to_str().unwrap())],
        );
        assert_eq!(status, 502, "{reason}");
        assert!(
            body.contains("The certificate is not trusted") && body.contains("SSL_CERT_FILE"),
            "{reason}: {body}"
        );
        assert!(
            log.contains("WARN") && log.contains(reason),
            "{reason}: {log}"
        );
        assert_eq!(server.requests(), Vec::<String>::new());
    }
}

#[test]
fn without_any_certificate_authority_the_program_starts_and_the_login_says_so() {
    let authority = Authority::new();
    let server = StandIn::tls(authority.server("127.0.0.1", |_| {}), |connection| {
        connection.json(TOKENS);
    });
    let (status, body, log) = log_in(&server, &[("SSL_CERT_FILE", "/nowhere/ca.pem")]);
    assert_eq!(status, 502);
    assert!(body.contains("no certificate authority"), "{body}");
    assert!(
        log.contains("/nowhere/ca.pem") && log.contains("WARN"),
        "{log}"
    );
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[test]
fn a_bad_certificate_among_good_ones_is_left_out() {
    let authority = Authority::new();
    let server = StandIn::tls(authority.server("127.0.0.1", |_| {}), |connection| {
        connection.json(TOKENS);
    });
    let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let text = format!("{bad}{}", fs::read_to_string(authority.file()).unwrap());
    let file = authority.folder.path().join("mixed.pem");
    fs::write(&file, text).unwrap();
    assert_eq!(
        log_in(&server, &[("SSL_CERT_FILE", file.to_str().unwrap())]).0,
        200
    );
}

#[test]
fn plain_http_is_only_for_this_machine() {
    let settings = [
        ("CLIENT_ID", "i"),
        ("CLIENT_SECRET", "s"),
        ("AUTH_URL", "http://192.0.2.1"),
    ];
    let (code, _, stderr) = run(&settings, None);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("without encryption"), "{stderr}");
}
