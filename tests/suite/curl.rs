//! The `curl` lines of the token page, run by a shell at the sandbox.
#![cfg(unix)]

use std::io::Write as _;
use std::process::Command;

use serde_json::Value;

use crate::support::Program;
use crate::support::http::Response;

/// The line in the box of this id.
fn line(page: &Response, id: &str) -> String {
    let text = page.text();
    let url = match id {
        "user" => "/api/v3.0/users/self",
        "cameras" => "/api/v3.0/cameras",
        "refresh" => "/oauth2/token",
        _ => "/oauth2/revoke",
    };
    let mut lines = text
        .lines()
        .filter(|line| line.starts_with("curl \"") && line.contains(url));
    lines
        .next()
        .unwrap_or_else(|| panic!("no line for {id} in {text}"))
        .to_owned()
}

/// What a shell prints for a line. Where curl would ask for the password, it is given here.
fn run(line: &str) -> String {
    let with_secret = line.replace("\"sandbox-client\"", "\"sandbox-client:sandbox-secret\"");
    let output = Command::new("sh")
        .args(["-c", &format!("{with_secret} --silent")])
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

fn json(printed: &str) -> Value {
    assert!(printed.ends_with('\n'), "{printed}");
    serde_json::from_str(printed).unwrap()
}

#[test]
fn each_line_works_as_it_stands() {
    if Command::new("curl").arg("--version").output().is_err() {
        let _ = writeln!(
            std::io::stderr(),
            "the curl lines were left out: there is no curl"
        );
        return;
    }
    let program = Program::start(&[]);
    let page = program.browser().log_in_at_sandbox("Log in");
    let user = line(&page, "user");
    assert_eq!(json(&run(&user))["firstName"], "Invented");
    assert_eq!(json(&run(&line(&page, "cameras")))["totalSize"], 2);

    let new_tokens = json(&run(&line(&page, "refresh")));
    assert_eq!(
        json(&run(&user))["status"],
        "unauthenticated",
        "the old token has ended"
    );
    let old_token = user.rsplit_once(' ').unwrap().1.trim_end_matches('"');
    let new_token = new_tokens["access_token"].as_str().unwrap();
    let new_user = user.replace(old_token, new_token);
    assert_eq!(json(&run(&new_user))["firstName"], "Invented");

    let revoke = line(&page, "revoke");
    let (before, _) = revoke.rsplit_once("token=").unwrap();
    let newest = new_tokens["refresh_token"].as_str().unwrap();
    assert_eq!(
        run(&format!("{before}token={newest}\"")),
        "",
        "curl prints nothing"
    );
    assert_eq!(json(&run(&new_user))["status"], "unauthenticated");
}
