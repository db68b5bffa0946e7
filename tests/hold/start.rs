#[cfg(target_os = "linux")]
use std::fs::File;
use std::net::TcpListener;
#[cfg(target_os = "linux")]
use std::process::Stdio;
use std::process::{Command, ExitStatus};

use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::support::{Program, command, free_port, request, run, wait_until};
use crate::unread::{Unread, by_a_shell};

/// A setting that does not hold.
const WRONG: (&str, &str) = ("PORT", "seventy");

/// Waits for the end of a command that must not hang.
fn end(mut command: Command) -> ExitStatus {
    let mut child = command.spawn().unwrap();
    wait_until("its end", || child.try_wait().unwrap().is_some());
    child.wait().unwrap()
}

/// The program with its standard error closed.
fn with_stderr_closed(folder: &TempDir, settings: &[(&str, &str)]) -> Command {
    by_a_shell("exec \"$0\" 2>&-", folder, settings)
}

#[test]
fn a_wrong_setting_exits_with_1_although_standard_error_is_closed() {
    let folder = TempDir::new().unwrap();
    let status = end(with_stderr_closed(&folder, &[WRONG]));
    assert_eq!(status.code(), Some(1));
}

#[test]
fn a_wrong_setting_exits_with_1_although_nobody_reads_standard_error_any_more() {
    let folder = TempDir::new().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command(folder.path(), &[WRONG]);
    command.stderr(writer);
    assert_eq!(end(command).code(), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn a_wrong_setting_exits_with_1_although_standard_error_is_full() {
    let folder = TempDir::new().unwrap();
    let mut command = command(folder.path(), &[WRONG]);
    command.stderr(full());
    assert_eq!(end(command).code(), Some(1));
}

/// A device that takes nothing.
#[cfg(target_os = "linux")]
fn full() -> Stdio {
    File::options()
        .write(true)
        .open("/dev/full")
        .unwrap()
        .into()
}

#[test]
fn the_program_serves_and_stops_although_standard_error_is_closed() {
    let folder = TempDir::new().unwrap();
    let port = free_port();
    let text = port.to_string();
    let settings = [
        ("PORT", text.as_str()),
        ("RUST_LOG", "een_login=loud,trace"),
    ];
    serves_and_stops(with_stderr_closed(&folder, &settings), port);
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_filter_that_cannot_be_read_does_no_harm_where_standard_error_is_full() {
    for filter in ["een_login=loud", "=,=,/[", "a=b=c,info", "\u{1b}[31m"] {
        let folder = TempDir::new().unwrap();
        let port = free_port();
        let text = port.to_string();
        let settings = [("PORT", text.as_str()), ("RUST_LOG", filter)];
        let mut command = command(folder.path(), &settings);
        command.stderr(full());
        serves_and_stops(command, port);
    }
}

/// Starts a command that becomes the program, whose log cannot be read, and stops it in order.
fn serves_and_stops(command: Command, port: u16) {
    let program = Unread::start(command, port);
    for target in ["/", "/?code=c&state=s", "/x"] {
        let page = request(program.address, "GET", target, &[]);
        assert!(page.body.contains("</html>"), "{page:?}");
    }
    program.ends_by(&[Signal::SIGTERM], 0);
}

#[test]
fn a_pipe_of_the_name_dotenv_does_not_hang_the_start() {
    let folder = TempDir::new().unwrap();
    let pipe = folder.path().join(".env");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let port = free_port();
    let text = port.to_string();
    let command = command(folder.path(), &[("PORT", &text)]);
    let program = Program::spawn(command, ([127, 0, 0, 1], port).into());
    assert_eq!(program.get("/").status, 200);
}

#[test]
fn a_port_in_use_exits_with_1_and_one_line_that_says_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (code, output, errors) = run(&[("PORT", &address.port().to_string())], None);
    assert_eq!((code, output.as_str()), (Some(1), ""));
    let line = format!("een-login: {address} is already in use; set PORT to a free port\n");
    assert_eq!(errors, line);
}
