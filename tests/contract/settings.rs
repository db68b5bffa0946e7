use std::fs;
use std::net::TcpListener;

use tempfile::TempDir;

use crate::support::{CLIENT_SECRET, Program, command, free_port, left_out, run};

/// Runs with settings that do not hold: exit code 1, nothing on standard output, and a line each for
/// the settings named, in any order.
fn ends(settings: &[(&str, &str)], names: &[&str]) -> String {
    let (code, stdout, stderr) = run(settings, None);
    assert_eq!(code, Some(1), "{settings:?}: {stderr}");
    assert_eq!(stdout, "");
    assert!(
        !stderr.contains("panicked") && !stderr.contains("RUST_BACKTRACE"),
        "{stderr}"
    );
    let lines: Vec<_> = stderr.lines().collect();
    assert_eq!(lines.len(), names.len(), "{settings:?}: {stderr}");
    for name in names {
        let of_it = lines
            .iter()
            .filter(|line| line.starts_with(&format!("een-login: {name} ")));
        assert_eq!(of_it.count(), 1, "{name}: {stderr}");
    }
    stderr
}

#[test]
fn without_settings_the_sandbox_answers_on_127_0_0_1_port_3333() {
    if let Err(error) = TcpListener::bind("127.0.0.1:3333") {
        return left_out(&format!("port 3333: {error}"));
    }
    let folder = TempDir::new().unwrap();
    let address = ([127, 0, 0, 1], 3333).into();
    let program = Program::spawn(command(folder.path(), &[]), address);
    let log = program.log();
    assert!(log.contains("Running on http://127.0.0.1:3333\n"), "{log}");
    assert!(
        log.contains("redirect URI to register: http://127.0.0.1:3333\n"),
        "{log}"
    );
    assert!(log.contains("Sandbox"), "{log}");
    assert_eq!(program.get("/").status, 200);
}

#[test]
fn a_setting_that_does_not_hold_ends_the_program_with_a_line_that_names_it() {
    let credentials = [("CLIENT_ID", "id"), ("CLIENT_SECRET", CLIENT_SECRET)];
    ends(&[("CLIENT_ID", "id")], &["CLIENT_SECRET"]);
    ends(&[("CLIENT_SECRET", CLIENT_SECRET)], &["CLIENT_ID"]);
    ends(
        &[("CLIENT_ID", "a:b"), ("CLIENT_SECRET", CLIENT_SECRET)],
        &["CLIENT_ID"],
    );
    ends(&[("AUTH_URL", "https://auth.example")], &["AUTH_URL"]);
    ends(&[("AUTH_URL", "x")], &["AUTH_URL"]);
    for port in [
        "0", "65536", "99999", "-1", "+80", "http", "80 ", " 80", "0x50", "８０",
    ] {
        ends(&[("PORT", port)], &["PORT"]);
    }
    for host in [
        "a b",
        "http://localhost",
        "127.0.0.1:80",
        "*",
        "a/b",
        "ö",
        "a@b",
        "[::1",
        "::g",
    ] {
        ends(&[("HOST_NAME", host)], &["HOST_NAME"]);
    }
    for uri in [
        "127.0.0.1:3333",
        "ftp://127.0.0.1",
        "http:127.0.0.1",
        "http://",
        "http:///",
        "http://h/path",
        "http://h//",
        "http://h/?a",
        "http://h?a=b",
        "http://h#f",
        "http://h/#",
        "http://u@h",
        "http://u:p@h",
        "http://h:99999",
        "http://h:0",
        "http://h:",
        "http://h:80a",
        "http://*:80",
        "http://a b",
        "http://bücher.example",
        "http://h\\",
        "http://h\t",
        "http://%68",
        " http://h",
        "javascript://h",
    ] {
        ends(&[("REDIRECT_URI", uri)], &["REDIRECT_URI"]);
    }
    for url in [
        "http://auth.example",
        "http://10.0.0.1",
        "http://localhost.example",
        "http://128.0.0.1",
        "http://[::2]",
        "https://auth.example/",
        "https://auth.example/oauth2",
        "https://auth.example?x",
        "https://user@auth.example",
        "auth.example",
        "ftp://127.0.0.1",
    ] {
        ends(
            &[&credentials[..], &[("AUTH_URL", url)]].concat(),
            &["AUTH_URL"],
        );
    }
}

#[test]
fn each_setting_that_does_not_hold_has_its_line_and_a_wrong_port_does_not_blame_the_redirect_uri() {
    let all = [
        ("CLIENT_ID", "a:b"),
        ("PORT", "x"),
        ("HOST_NAME", "a b"),
        ("AUTH_URL", "x"),
    ];
    ends(
        &all,
        &[
            "CLIENT_ID",
            "CLIENT_SECRET",
            "PORT",
            "HOST_NAME",
            "AUTH_URL",
        ],
    );
    ends(
        &[("PORT", "x"), ("REDIRECT_URI", "x")],
        &["PORT", "REDIRECT_URI"],
    );
}

#[test]
fn an_address_that_nobody_can_browse_to_needs_a_redirect_uri() {
    for host in ["0.0.0.0", "::", "[::]", "0", "0x0"] {
        ends(&[("HOST_NAME", host)], &["REDIRECT_URI"]);
    }
    let uri = "http://127.0.0.1:8080";
    let program = Program::start(&[("HOST_NAME", "0.0.0.0"), ("REDIRECT_URI", uri)]);
    assert!(
        program
            .log()
            .contains(&format!("redirect URI to register: {uri}\n"))
    );
    assert!(
        program
            .get("/")
            .body
            .contains(&format!("redirect_uri={uri}&amp;state="))
    );
}

#[test]
fn the_client_secret_is_never_printed() {
    let settings = [
        ("CLIENT_SECRET", CLIENT_SECRET),
        ("PORT", "x"),
        ("CLIENT_ID", "a:b"),
    ];
    for wrong in [&settings[..2], &settings[..]] {
        let (_, _, stderr) = run(wrong, None);
        assert!(!stderr.contains(CLIENT_SECRET), "{stderr}");
    }
    let lines = [
        format!("CLIENT_SECRET={CLIENT_SECRET} b"),
        format!("CLIENT_SECRET '{CLIENT_SECRET}'"),
        format!("CLIENT_SECRET='{CLIENT_SECRET}"),
        format!("'{CLIENT_SECRET}'"),
    ];
    for line in lines {
        let (code, _, stderr) = run(&[], Some(&format!("# a comment\n\nPORT='3'\n{line}\n")));
        assert_eq!(code, Some(1));
        assert!(!stderr.contains(CLIENT_SECRET), "{stderr}");
        assert!(stderr.contains(".env, line 4 "), "{line}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn a_dotenv_file_that_is_not_utf_8_or_not_a_file_is_an_error() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(".env"), b"PORT='3'\nCLIENT_ID='\xff'\n").unwrap();
    let output = command(folder.path(), &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains(".env, line 2 "), "{stderr}");

    fs::remove_file(folder.path().join(".env")).unwrap();
    fs::create_dir(folder.path().join(".env")).unwrap();
    let output = command(folder.path(), &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("/.env"));
}

#[test]
fn a_setting_that_is_not_utf_8_is_an_error() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = TempDir::new().unwrap();
    let mut command = command(folder.path(), &[]);
    command.env("HOST_NAME", OsStr::from_bytes(b"\xff"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("een-login: HOST_NAME "), "{stderr}");
}

#[test]
fn a_port_that_is_taken_ends_the_program_with_a_line_that_names_the_address() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost"] {
        let (code, _, stderr) = run(&[("PORT", &port.to_string()), ("HOST_NAME", host)], None);
        assert_eq!(code, Some(1));
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(
            stderr.contains(&format!("{host}:{port}")) && stderr.contains("set PORT"),
            "{stderr}"
        );
    }
}

#[test]
fn an_address_of_another_machine_ends_the_program() {
    let (code, _, stderr) = run(&[("HOST_NAME", "192.0.2.1")], None);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("HOST_NAME"), "{stderr}");
}

#[test]
fn settings_come_from_the_nearest_dotenv_file_upward_and_the_environment_wins() {
    let folder = TempDir::new().unwrap();
    let below = folder.path().join("a/b");
    fs::create_dir_all(&below).unwrap();
    let port = free_port();
    // An empty value counts as unset in either place.
    let text =
        format!("\u{feff}CLIENT_ID=''\nCLIENT_ID='from$file'\nCLIENT_SECRET='s'\nPORT='{port}'\n");
    fs::write(folder.path().join(".env"), text).unwrap();
    let settings = [
        ("CLIENT_ID", ""),
        ("AUTH_URL", "https://from.environment.example"),
    ];
    let address = ([127, 0, 0, 1], port).into();
    let program = Program::spawn(command(&below, &settings), address);
    let path = folder.path().canonicalize().unwrap().join(".env");
    let log = program.log();
    assert!(
        log.contains(&format!("settings from {}\n", path.display())),
        "{log}"
    );
    let link = program.get("/").links()[0].clone();
    let begin = "https://from.environment.example/oauth2/authorize?client_id=from$file&";
    assert!(link.starts_with(begin), "{link}");
}

#[test]
fn the_example_copied_unchanged_starts_the_sandbox() {
    let example = include_str!("../../.env.example");
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(".env"), example).unwrap();
    let port = free_port();
    let settings = [("PORT", port.to_string())];
    let settings = settings
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let program = Program::spawn(
        command(folder.path(), &settings),
        ([127, 0, 0, 1], port).into(),
    );
    program.sandbox();

    let names = [
        "CLIENT_ID",
        "CLIENT_SECRET",
        "HOST_NAME",
        "PORT",
        "REDIRECT_URI",
        "AUTH_URL",
        "RUST_LOG",
    ];
    for name in names {
        assert!(example.contains(&format!("\n#{name}='")), "{name}");
    }
}

#[test]
fn ipv6_and_a_host_name_are_listened_on() {
    let Ok(taken) = TcpListener::bind("[::1]:0") else {
        return left_out("this machine has no IPv6");
    };
    let port = taken.local_addr().unwrap().port();
    drop(taken);
    let text = port.to_string();
    for host in ["::1", "[::1]"] {
        let folder = TempDir::new().unwrap();
        let settings = [("HOST_NAME", host), ("PORT", &text)];
        let address = (std::net::Ipv6Addr::LOCALHOST, port).into();
        let program = Program::spawn(command(folder.path(), &settings), address);
        let uri = format!("http://[::1]:{port}");
        assert!(
            program.log().contains(&format!("Running on {uri}\n")),
            "{}",
            program.log()
        );
        assert!(
            program
                .get("/")
                .body
                .contains(&format!("redirect_uri={uri}&amp;state="))
        );
    }
    let program = Program::start(&[("HOST_NAME", "localhost")]);
    let uri = format!("http://localhost:{}", program.address.port());
    assert!(
        program.log().contains(&format!("Running on {uri}\n")),
        "{}",
        program.log()
    );
}
