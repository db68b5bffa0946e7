//! Whom the program trusts.

use std::{env, fs};

use rcgen::date_time_ymd;
use tempfile::TempDir;

use crate::support::Program;
use crate::support::authority::Authority;
use crate::support::stand_in::{Connection, StandIn, TOKENS};

fn log_in(server: &StandIn, settings: &[(&str, &str)]) -> (u16, String, String) {
    let program = Program::with(&server.url(), settings);
    let page = program.browser().log_in("c");
    let log = program.wait_for(&format!("GET / {} ", page.status));
    (page.status, page.body, log)
}

/// A server that answers with tokens, and the authority of its certificate.
fn trusted_server() -> (StandIn, Authority) {
    let authority = Authority::new();
    let server = StandIn::tls(authority.server("127.0.0.1", |_| {}), |connection| {
        connection.json(TOKENS);
    });
    (server, authority)
}

#[test]
fn a_certificate_is_trusted_through_ssl_cert_file_and_ssl_cert_dir() {
    let (server, authority) = trusted_server();
    let file_path = authority.file();
    let folder_path = authority.folder.path();
    let empty = TempDir::new().unwrap();
    let both_paths = env::join_paths([empty.path(), folder_path]).unwrap();
    let file = file_path.to_str().unwrap();
    let folder = folder_path.to_str().unwrap();
    let several = both_paths.to_str().unwrap();
    for settings in [
        &[("SSL_CERT_FILE", file)][..],
        &[("SSL_CERT_DIR", folder)],
        &[("SSL_CERT_DIR", several)],
        // An empty value counts as unset.
        &[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", folder)],
    ] {
        let (status, body, log) = log_in(&server, settings);
        assert_eq!(status, 200, "{settings:?}: {log}");
        assert!(body.contains("You are logged in"));
    }
}

#[test]
fn the_certificate_authorities_come_from_dotenv_too_and_the_environment_wins() {
    let (server, authority) = trusted_server();
    let file_path = authority.file();
    let other_path = Authority::new().file();
    let empty = TempDir::new().unwrap();
    let both_paths = env::join_paths([empty.path(), authority.folder.path()]).unwrap();
    let file = file_path.to_str().unwrap();
    let other = other_path.to_str().unwrap();
    let several = both_paths.to_str().unwrap();
    let table = [
        (format!("SSL_CERT_FILE='{file}'"), None, 200),
        (format!("SSL_CERT_DIR='{several}'"), None, 200),
        (format!("SSL_CERT_FILE='{file}'"), Some(other), 502),
        (format!("SSL_CERT_FILE='{other}'"), Some(file), 200),
        (format!("SSL_CERT_FILE='{file}'"), Some(""), 200),
    ];
    for (line, in_environment, status) in table {
        let folder = TempDir::new().unwrap();
        let text = format!(
            "CLIENT_ID='i'\nCLIENT_SECRET='s'\nAUTH_URL='{}'\n{line}\n",
            server.url()
        );
        fs::write(folder.path().join(".env"), text).unwrap();
        let environment = in_environment.map(|path| ("SSL_CERT_FILE", path));
        let settings: Vec<_> = environment.into_iter().collect();
        let program = Program::start_in(folder.path(), &settings);
        let page = program.browser().log_in("c");
        assert_eq!(page.status, status, "{line}: {}", program.log());
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
    let (server, _authority) = trusted_server();
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
    let (server, authority) = trusted_server();
    let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let text = format!("{bad}{}", fs::read_to_string(authority.file()).unwrap());
    let file = authority.folder.path().join("mixed.pem");
    fs::write(&file, text).unwrap();
    let settings = [("SSL_CERT_FILE", file.to_str().unwrap())];
    let (status, _, log) = log_in(&server, &settings);
    assert_eq!(status, 200);
    let warning = "certificate authorities: 1 cannot be used and are left out";
    assert!(log.contains(warning), "{log}");
}

/// The system's authorities are not always there, but what is empty changes nothing.
#[cfg(target_os = "linux")]
#[test]
fn an_empty_variable_leaves_the_systems_authorities_in_place() {
    let warnings = |settings: &[(&str, &str)]| {
        let log = Program::with("https://auth.example", settings).log();
        let lines = log.lines().filter(|line| line.contains("WARN"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let of_the_system = warnings(&[]);
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] {
        assert_eq!(warnings(&[(name, "")]), of_the_system, "{name}");
    }
}
