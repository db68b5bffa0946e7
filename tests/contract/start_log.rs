//! What the log says until the server listens.

use std::fs;
use std::path::MAIN_SEPARATOR;

use tempfile::TempDir;

use crate::support::{CLIENT_SECRET, Program};

const CREDENTIALS: [(&str, &str); 2] = [("CLIENT_ID", "id"), ("CLIENT_SECRET", CLIENT_SECRET)];

/// The lines of the start.
fn start(settings: &[(&str, &str)]) -> Vec<String> {
    lines(&Program::start(settings))
}

fn lines(program: &Program) -> Vec<String> {
    program.log().lines().map(str::to_owned).collect()
}

fn warnings(settings: &[(&str, &str)]) -> Vec<String> {
    let mut lines = start(settings);
    lines.retain(|line| line.starts_with("[WARN "));
    lines
}

#[test]
fn with_credentials_it_names_server_client_and_redirect_uri_and_ends_with_running_on() {
    let program = Program::start(&CREDENTIALS);
    let uri = program.redirect_uri();
    let wanted = [
        "[INFO  een_login] the authorization server: https://auth.eagleeyenetworks.com".to_owned(),
        "[INFO  een_login] the client id: id".to_owned(),
        format!("[INFO  een_login] the redirect URI to register: {uri}"),
        format!("[INFO  een_login] Running on {uri}"),
    ];
    assert_eq!(lines(&program), wanted);
}

#[test]
fn the_redirect_uri_to_register_stands_there_byte_for_byte() {
    let uri = "HTTPS://App.Example:443/";
    let lines = start(&[&CREDENTIALS[..], &[("REDIRECT_URI", uri)]].concat());
    let wanted = format!("[INFO  een_login] the redirect URI to register: {uri}");
    assert!(lines.contains(&wanted), "{lines:?}");
}

#[test]
fn the_sandbox_has_one_line_and_ends_with_running_on() {
    let program = Program::start(&[]);
    let lines = lines(&program);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].starts_with("[INFO  een_login] Sandbox at http://127.0.0.1:"),
        "{lines:?}"
    );
    let running = format!("[INFO  een_login] Running on {}", program.redirect_uri());
    assert_eq!(lines[1], running);
}

#[test]
fn the_dotenv_file_is_named_first_with_the_names_that_came_from_it() {
    let folder = TempDir::new().unwrap();
    let text = "CLIENT_ID='from file'\nCLIENT_SECRET='from file'\nHOST_NAME='127.0.0.1'\nPORT=''\nOTHER='x'\n";
    fs::write(folder.path().join(".env"), text).unwrap();
    let program = Program::start_in(folder.path(), &[("CLIENT_ID", "from environment")]);
    let lines = lines(&program);
    // Windows has more than one way to write the path of a folder.
    let name = folder.path().file_name().unwrap().to_str().unwrap();
    let end = format!("{name}{MAIN_SEPARATOR}.env: CLIENT_SECRET, HOST_NAME");
    assert!(
        lines[0].starts_with("[INFO  een_login] settings from ") && lines[0].ends_with(&end),
        "{lines:?}"
    );
    assert!(
        lines[2].ends_with("the client id: from environment"),
        "{lines:?}"
    );
}

#[test]
fn a_dotenv_file_that_sets_nothing_is_warned_of() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(".env"), "#CLIENT_ID='i'\nCLIENTID='i'\n").unwrap();
    let lines = lines(&Program::start_in(folder.path(), &[]));
    assert!(
        lines[0].starts_with("[WARN  een_login] no setting came from ")
            && lines[0].contains(&format!("{MAIN_SEPARATOR}.env: check the spelling")),
        "{lines:?}"
    );
}

#[test]
fn a_dotenv_file_whose_settings_the_environment_has_too_is_warned_of() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(".env"), "HOST_NAME='localhost'\n").unwrap();
    let environment = [("HOST_NAME", "127.0.0.1")];
    let lines = lines(&Program::start_in(folder.path(), &environment));
    let end = format!("{MAIN_SEPARATOR}.env: the environment has HOST_NAME too, and wins");
    assert!(
        lines[0].starts_with("[WARN  een_login] no setting came from ") && lines[0].ends_with(&end),
        "{lines:?}"
    );
}

#[test]
fn a_loopback_redirect_uri_with_another_port_is_warned_of() {
    let with = |uri| warnings(&[&CREDENTIALS[..], &[("REDIRECT_URI", uri)]].concat());
    for uri in ["http://127.0.0.1:9", "http://localhost", "https://[::1]:9/"] {
        let warnings = with(uri);
        assert_eq!(warnings.len(), 1, "{uri}: {warnings:?}");
        assert!(
            warnings[0].contains("REDIRECT_URI") && warnings[0].contains("PORT"),
            "{warnings:?}"
        );
    }
    let none: [&str; 0] = [];
    // There a reverse proxy may listen on another port.
    assert_eq!(with("https://app.example"), none);
}

#[test]
fn a_redirect_uri_in_clear_to_another_machine_is_warned_of() {
    let uri = "http://app.example:3333";
    let warnings = warnings(&[&CREDENTIALS[..], &[("REDIRECT_URI", uri)]].concat());
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("REDIRECT_URI") && warnings[0].contains("without encryption"),
        "{warnings:?}"
    );
}

#[test]
fn the_words_of_a_library_stay_on_their_line_and_control_no_terminal() {
    let no_such_file = ("SSL_CERT_FILE", "no\u{1b}[31m\n[WARN  forged] \u{202e}such");
    let lines = start(&[&CREDENTIALS[..], &[no_such_file]].concat());
    let written_out = r"no\u{1b}[31m\u{a}[WARN  forged] \u{202e}such";
    let warning = |line: &&String| line.starts_with("[WARN  een_login::oauth::tls]");
    let with_name = lines
        .iter()
        .filter(warning)
        .filter(|line| line.contains(written_out));
    assert_eq!(with_name.count(), 1, "{lines:?}");
    assert!(lines.iter().all(|line| line.starts_with('[')), "{lines:?}");
    assert!(!lines.concat().contains(char::is_control), "{lines:?}");
}

#[test]
fn the_proxy_is_named_without_its_credentials_where_the_exchange_goes_through_it() {
    let proxy = ("HTTPS_PROXY", "http://user:pass@proxy.example:3128");
    let lines = start(&[&CREDENTIALS[..], &[proxy]].concat());
    let of_it: Vec<_> = lines.iter().filter(|line| line.contains("proxy")).collect();
    assert_eq!(of_it.len(), 1, "{lines:?}");
    assert!(of_it[0].ends_with("proxy.example:3128"), "{of_it:?}");
    assert!(
        !of_it[0].contains("user") && !of_it[0].contains("pass"),
        "{of_it:?}"
    );
    let sandbox = start(&[proxy]);
    assert!(
        sandbox.iter().all(|line| !line.contains("proxy")),
        "{sandbox:?}"
    );
}

#[test]
fn what_is_wrong_with_rust_log_is_warned_of_and_the_rest_counts() {
    for filter in ["een_login=info,een_login::index=loud", "een_login=loud"] {
        let lines = start(&[("RUST_LOG", filter)]);
        let warned = "een-login: a part of RUST_LOG is ignored: ";
        assert!(lines[0].starts_with(warned), "{lines:?}");
        assert!(lines[0].contains("loud"), "{lines:?}");
    }
}

#[test]
fn whatever_was_set_the_last_line_is_running_on_and_no_line_ends_in_a_colon() {
    let many = [
        ("REDIRECT_URI", "http://app.example:9"),
        ("RUST_LOG", "warn,een_login=info,x=loud"),
        ("SSL_CERT_FILE", "nowhere"),
        ("HTTPS_PROXY", "http://proxy.example"),
    ];
    for settings in [[&CREDENTIALS[..], &many].concat(), Vec::new()] {
        let program = Program::start(&settings);
        // A line after it would be there before the answer.
        assert_eq!(program.get("/x").status, 404);
        let log = program.wait_for("GET /x 404 ");
        let (before, after) = log.split_once("Running on ").unwrap();
        assert!(
            before.lines().all(|line| !line.trim_end().ends_with(':')),
            "{log}"
        );
        let lines = after.lines().count();
        assert_eq!(lines, 2, "more than the address and the request:\n{log}");
    }
}
