//! The settings, right and wrong.

use std::net::TcpListener;

use tempfile::TempDir;

use crate::support::{CLIENT_SECRET, Program, command, left_out, run};

const CREDENTIALS: [(&str, &str); 2] = [("CLIENT_ID", "id"), ("CLIENT_SECRET", CLIENT_SECRET)];

/// Runs with settings that are not valid: exit code 1, nothing on standard output, and a line each for
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
        let begin = format!("een-login: {name} ");
        let of_it = lines.iter().filter(|line| line.starts_with(&begin));
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
    assert!(log.contains("Sandbox"), "{log}");
    let page = program.get("/");
    assert_eq!(page.status, 200);
    let link = &page.links()[0];
    assert!(
        link.contains("&redirect_uri=http://127.0.0.1:3333&state="),
        "{link}"
    );
}

// Which values are valid is tested beside the settings, in `src`. Here is one for each kind of mistake.
#[test]
fn a_setting_that_is_not_valid_ends_the_program_with_a_line_that_names_it() {
    ends(&[("CLIENT_ID", "id")], &["CLIENT_SECRET"]);
    ends(&[("PORT", "0")], &["PORT"]);
    ends(&[("HOST_NAME", "0.0.0.0")], &["REDIRECT_URI"]);
    let in_clear = [&CREDENTIALS[..], &[("AUTH_URL", "http://192.0.2.1")]].concat();
    let stderr = ends(&in_clear, &["AUTH_URL"]);
    assert!(stderr.contains("without encryption"), "{stderr}");
    let placeholders = [
        ("CLIENT_ID", "your-client-id"),
        ("CLIENT_SECRET", "your-client-secret"),
    ];
    let stderr = ends(&placeholders, &["CLIENT_ID", "CLIENT_SECRET"]);
    assert_eq!(stderr.matches("placeholder").count(), 2, "{stderr}");
}

#[test]
fn all_settings_that_are_not_valid_are_named_at_once() {
    let settings = [
        ("CLIENT_ID", "a:b"),
        ("PORT", "x"),
        ("HOST_NAME", "a b"),
        ("AUTH_URL", "x"),
        ("REDIRECT_URI", "http://h/path"),
    ];
    let names = [
        "CLIENT_ID",
        "CLIENT_SECRET",
        "PORT",
        "HOST_NAME",
        "AUTH_URL",
        "REDIRECT_URI",
    ];
    ends(&settings, &names);
    // What is made of settings that are wrong has no line of its own.
    ends(&[("PORT", "x"), ("HOST_NAME", "0.0.0.0")], &["PORT"]);
}

#[test]
fn the_client_secret_is_never_printed_when_a_setting_is_not_valid() {
    let secret = ("CLIENT_SECRET", CLIENT_SECRET);
    let as_the_url = format!("http://{CLIENT_SECRET}/");
    for settings in [
        &[secret][..],
        &[secret, ("PORT", "x"), ("CLIENT_ID", "a:b")],
        &[secret, ("CLIENT_ID", "i"), ("AUTH_URL", &as_the_url)],
        &[secret, ("CLIENT_ID", "i"), ("PORT", CLIENT_SECRET)],
        &[
            secret,
            ("CLIENT_ID", "i"),
            ("HOST_NAME", CLIENT_SECRET),
            ("PORT", "x"),
        ],
    ] {
        let (code, _, stderr) = run(settings, None);
        assert_eq!(code, Some(1), "{settings:?}");
        assert!(!stderr.contains(CLIENT_SECRET), "{stderr}");
    }
}

#[cfg(unix)]
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
    let port = taken.local_addr().unwrap().port().to_string();
    for host in ["127.0.0.1", "localhost"] {
        let (code, _, stderr) = run(&[("PORT", &port), ("HOST_NAME", host)], None);
        assert_eq!(code, Some(1));
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        // What the system calls it differs: wine says that it is not allowed.
        let wanted = [
            format!("{host}:{port}"),
            "set ".to_owned(),
            "PORT".to_owned(),
        ];
        assert!(wanted.iter().all(|text| stderr.contains(text)), "{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}

#[test]
fn an_address_of_another_machine_ends_the_program() {
    let (code, _, stderr) = run(&[("HOST_NAME", "192.0.2.1")], None);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("HOST_NAME"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn an_address_that_nobody_can_browse_to_is_listened_on_with_a_redirect_uri() {
    let uri = "http://127.0.0.1:8080";
    let program = Program::start(&[("HOST_NAME", "0.0.0.0"), ("REDIRECT_URI", uri)]);
    let link = program.get("/").links()[0].clone();
    assert!(
        link.contains(&format!("redirect_uri={uri}&state=")),
        "{link}"
    );
}

#[test]
fn a_host_name_is_listened_on_at_every_address_that_it_has() {
    let program = Program::start(&[("HOST_NAME", "localhost")]);
    let port = program.address.port();
    let running = format!("Running on http://localhost:{port}\n");
    assert!(program.log().contains(&running), "{}", program.log());
    let link = program.get("/").links()[0].clone();
    assert!(
        link.contains(&format!("redirect_uri=http://localhost:{port}&")),
        "{link}"
    );
}

#[test]
fn ipv6_is_listened_on_and_has_brackets_in_the_redirect_uri() {
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
        let running = format!("Running on {uri}\n");
        assert!(program.log().contains(&running), "{}", program.log());
        let link = program.get("/").links()[0].clone();
        assert!(link.contains(&format!("redirect_uri={uri}&")), "{link}");
    }
}
