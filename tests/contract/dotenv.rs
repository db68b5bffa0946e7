//! The `.env` file.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::stand_in::StandIn;
use crate::support::{CLIENT_SECRET, Program, command, run};

/// Runs the program in a folder, where it ends: what it said.
fn ends_in(folder: &Path) -> String {
    let output = command(folder, &[]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    stderr
}

#[test]
fn settings_come_from_the_nearest_file_upward_and_the_environment_wins() {
    let folder = TempDir::new().unwrap();
    let below = folder.path().join("a").join("b");
    fs::create_dir_all(&below).unwrap();
    // Some editors write a byte order mark and the line ends of Windows. An empty value counts as
    // unset in either place.
    let text =
        "\u{feff}CLIENT_ID=''\r\nCLIENT_ID='from$file'\r\nCLIENT_SECRET='s'\r\nAUTH_URL='x'\r\n";
    fs::write(folder.path().join(".env"), text).unwrap();
    let settings = [
        ("CLIENT_ID", ""),
        ("AUTH_URL", "https://from.environment.example"),
    ];
    let program = Program::start_in(&below, &settings);
    let link = program.get("/").links()[0].clone();
    let begin = "https://from.environment.example/oauth2/authorize?client_id=from$file&";
    assert!(link.starts_with(begin), "{link}");
}

// Windows has no such names.
#[cfg(unix)]
#[test]
fn the_name_of_a_folder_cannot_forge_a_line() {
    let folder = TempDir::new().unwrap();
    let odd = folder.path().join("a\neen-login: forged\u{1b}");
    fs::create_dir(&odd).unwrap();
    fs::write(odd.join(".env"), "A B").unwrap();
    let stderr = ends_in(&odd);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(
        stderr.contains(r"a\u{a}een-login: forged\u{1b}"),
        "{stderr}"
    );
}

#[test]
fn every_setting_of_the_program_works_from_the_file() {
    let server = StandIn::good();
    let folder = TempDir::new().unwrap();
    let text = format!(
        "CLIENT_ID='i'\nCLIENT_SECRET='the secret'\nHOST_NAME='localhost'\nAUTH_URL='{}'\n\
         REDIRECT_URI='http://127.0.0.1:7'\nRUST_LOG='een_login=debug'\n",
        server.url()
    );
    fs::write(folder.path().join(".env"), text).unwrap();
    let program = Program::start_in(folder.path(), &[]);
    assert_eq!(program.browser().log_in("THECODE").status, 200);
    let log = program.wait_for("THECODE");
    assert!(log.contains("Running on http://localhost:"), "{log}");
    let request = &server.requests()[0];
    assert!(
        request.contains("&redirect_uri=http://127.0.0.1:7 "),
        "{request}"
    );
}

#[test]
fn a_port_in_the_file_counts() {
    let (code, _, stderr) = run(&[], Some("PORT='0'\n"));
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with("een-login: PORT "), "{stderr}");
}

#[test]
fn a_line_that_cannot_be_read_is_named_by_its_number_and_not_printed() {
    for line in [
        format!("CLIENT_SECRET={CLIENT_SECRET} b"),
        format!("CLIENT_SECRET '{CLIENT_SECRET}'"),
        format!("CLIENT_SECRET='{CLIENT_SECRET}"),
        format!("'{CLIENT_SECRET}'"),
    ] {
        let text = format!("# a comment\n\nPORT='3'\n{line}\n");
        let (code, _, stderr) = run(&[], Some(&text));
        assert_eq!(code, Some(1));
        assert!(!stderr.contains(CLIENT_SECRET), "{stderr}");
        assert!(stderr.contains(".env, line 4 "), "{line}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn a_file_that_is_not_utf_8_is_an_error() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(".env"), b"PORT='3'\nCLIENT_ID='\xff'\n").unwrap();
    let stderr = ends_in(folder.path());
    assert!(stderr.contains(".env, line 2 "), "{stderr}");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let folder = TempDir::new().unwrap();
    // A link to itself: nobody can read that, not even root.
    std::os::unix::fs::symlink(".env", folder.path().join(".env")).unwrap();
    let stderr = ends_in(folder.path());
    assert!(stderr.contains(".env cannot be read"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn a_folder_of_the_name_is_passed_over() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join(".env"),
        "CLIENT_ID='i'\nCLIENT_SECRET='s'\n",
    )
    .unwrap();
    let below = folder.path().join("below");
    fs::create_dir_all(below.join(".env")).unwrap();
    let program = Program::start_in(&below, &[]);
    assert!(
        program.log().contains("the client id: i\n"),
        "{}",
        program.log()
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_of_the_name_is_passed_over_and_does_not_hold_the_start_up() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join(".env");
    let made = std::process::Command::new("mkfifo").arg(pipe).status();
    assert!(made.unwrap().success());
    let program = Program::start_in(folder.path(), &[]);
    let log = program.log();
    assert!(!log.contains("settings from"), "{log}");
    program.sandbox();
}

#[test]
fn the_example_copied_unchanged_starts_the_sandbox_and_names_every_setting() {
    let example = include_str!("../../.env.example");
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(".env"), example).unwrap();
    let program = Program::start_in(folder.path(), &[]);
    program.sandbox();

    for name in een_login::settings::NAMES {
        // Proxies are for few, and under many names.
        let is_proxy = name.to_ascii_lowercase().ends_with("_proxy");
        assert!(
            is_proxy || example.contains(&format!("\n#{name}='")),
            "{name}"
        );
    }
}
