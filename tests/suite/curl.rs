//! The `curl` lines of the token page, run by a shell at the sandbox.
#![cfg(unix)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::Program;

/// What a shell prints for a line. curl asks a person for the password; here it stands in the line.
fn run(line: &str) -> String {
    let with_secret = line.replace("\"sandbox-client\"", "\"sandbox-client:sandbox-secret\"");
    let output = Command::new("sh")
        .args(["-c", &format!("{with_secret} --silent")])
        .env("no_proxy", "*")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
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
    let user = page.box_text("user");
    assert_eq!(json(&run(&user))["firstName"], "Invented");
    let cameras = json(&run(&page.box_text("cameras")));
    assert_eq!(cameras["results"].as_array().unwrap().len(), 2);

    let new_tokens = json(&run(&page.box_text("refresh")));
    assert_eq!(
        json(&run(&user))["status"],
        "unauthenticated",
        "the old token has ended"
    );
    let old_token = user.rsplit_once(' ').unwrap().1.trim_end_matches('"');
    let new_token = new_tokens["access_token"].as_str().unwrap();
    let new_user = user.replace(old_token, new_token);
    assert_eq!(json(&run(&new_user))["firstName"], "Invented");

    // The session of another login, which nothing has renewed.
    let page = program.browser().log_in_at_sandbox("Log in");
    let user = page.box_text("user");
    assert_eq!(json(&run(&user))["firstName"], "Invented");
    assert_eq!(run(&page.box_text("revoke")), "", "curl prints nothing");
    assert_eq!(json(&run(&user))["status"], "unauthenticated");
}
