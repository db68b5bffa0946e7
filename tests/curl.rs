//! The `curl` lines of the token page, pasted as they are into real shells at a terminal of the
//! test's own.
#![cfg(unix)]

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use serde_json::Value;
use tempfile::TempDir;

use support::stand_in::{StandIn, TOKENS};
use support::{PATIENCE, Program, Response, between, left_out, request, unescaped};

/// What each shell shows when it waits for a line.
const PROMPT: &str = "a line, please> ";

/// The shells, each without the settings of whoever runs the test.
const SHELLS: [(&str, &[&str]); 4] = [
    ("sh", &["-i"]),
    ("bash", &["--norc", "--noprofile", "-i"]),
    ("zsh", &["-f", "-i"]),
    (
        "fish",
        &[
            "--no-config",
            "--init-command",
            "function fish_prompt; echo -n 'a line, please> '; end",
        ],
    ),
];

fn is_installed(program: &str) -> bool {
    // The oldest of them know no `--version`, but all can be found.
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
}

/// The shells that are here; none, with a line that says so, where there is no curl.
fn shells() -> Vec<(&'static str, &'static [&'static str])> {
    if !is_installed("curl") {
        left_out("there is no curl. On Debian: apt-get install curl; then cargo test");
        return Vec::new();
    }
    let (here, missing): (Vec<_>, Vec<_>) =
        SHELLS.into_iter().partition(|(name, _)| is_installed(name));
    for (name, _) in missing {
        left_out(&format!("in {name}: it is not installed"));
    }
    here
}

/// A shell at a terminal.
struct Shell {
    terminal: Pty,
    child: Child,
    output: Receiver<Vec<u8>>,
    /// What the terminal showed since the last line was pasted.
    shown: String,
    _home: TempDir,
}

impl Shell {
    fn start(name: &str, arguments: &[&str]) -> Self {
        let home = TempDir::new().unwrap();
        // The lines stay as they are: how curl ends is a setting of this reader's curl.
        let settings = "silent\nwrite-out = \"\\nstatus %{http_code}.\\n\"\n";
        fs::write(home.path().join(".curlrc"), settings).unwrap();
        let (terminal, other_end) = open().unwrap();
        // As wide as no line is, so that no shell breaks one.
        terminal.resize(Size::new(50, 2000)).unwrap();
        let command = Command::new(name)
            .args(arguments)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", home.path())
            .env("TERM", "dumb")
            .env("PS1", PROMPT);
        let child = command.current_dir(home.path()).spawn(other_end).unwrap();
        let (send, output) = channel();
        let mut reader = fs::File::from(terminal.as_fd().try_clone_to_owned().unwrap());
        // It ends with the shell, whose end closes the terminal.
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut chunk) {
                let _ = send.send(chunk[..n].to_vec());
            }
        });
        let mut shell = Self {
            terminal,
            child,
            output,
            shown: String::new(),
            _home: home,
        };
        shell.wait_for(PROMPT);
        shell
    }

    /// Waits until the terminal shows a text.
    fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.shown.contains(text) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.output.recv_timeout(left) else {
                panic!("the terminal never showed {text:?}: {:?}", self.shown);
            };
            self.shown += &String::from_utf8_lossy(&bytes);
        }
    }

    fn type_line(&mut self, line: &str) {
        self.terminal
            .write_all(format!("{line}\r").as_bytes())
            .unwrap();
    }

    /// Pastes a `curl` line, types the secret where curl asks for one, and gives status and body.
    fn paste(&mut self, line: &str, secret: Option<&str>) -> (u16, String) {
        self.shown.clear();
        self.type_line(line);
        if let Some(secret) = secret {
            self.wait_for("Enter host password for user '");
            self.type_line(secret);
        }
        self.wait_for(".\r\n");
        self.wait_for(PROMPT);
        let secret_shows = secret.is_some_and(|secret| self.shown.contains(secret));
        assert!(!secret_shows, "{:?}", self.shown);
        let (before, after) = self.shown.split_once("status ").unwrap();
        let status = after.split_once('.').unwrap().0.parse().unwrap();
        // The answers are one line of JSON, or nothing.
        let body = before
            .trim()
            .lines()
            .last()
            .filter(|line| line.starts_with('{'));
        (status, body.unwrap_or_default().to_owned())
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All `curl` lines of a page, in their order.
fn curl_lines(page: &Response) -> Vec<String> {
    let boxes = page.body.split("<pre").skip(1);
    boxes
        .map(|text| unescaped(between(text, ">", "</pre>")))
        .filter(|text| text.starts_with("curl "))
        .collect()
}

/// Logs in at the sandbox; gives the three lines of the token page.
fn lines_of_a_new_login(program: &Program) -> [String; 3] {
    let mut browser = program.browser();
    let link = browser.get("/").links()[0].clone();
    let sandbox = program.sandbox();
    let target = link.split_once(&sandbox).unwrap().1;
    let sign_in = format!("{target}&decision=sign-in");
    let back = request(sandbox.parse().unwrap(), "GET", &sign_in, &[]);
    let location = back.header("location").unwrap();
    let query = location.split_once('?').unwrap().1;
    let page = browser.get(&format!("/?{query}"));
    curl_lines(&page).try_into().expect("three lines")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"))
}

#[test]
fn each_line_of_the_sandboxs_page_works_in_each_shell_as_it_is() {
    let program = Program::start(&[]);
    thread::scope(|scope| {
        for (name, arguments) in shells() {
            let shared_program = &program;
            scope.spawn(move || {
                let [ask, refresh, revoke] = lines_of_a_new_login(shared_program);
                let mut shell = Shell::start(name, arguments);

                let (status, body) = shell.paste(&ask, None);
                assert_eq!(status, 200, "{name}: {:?}", shell.shown);
                let person = json(&body);
                for field in ["id", "accountId", "email", "firstName", "lastName"] {
                    assert!(person[field].is_string(), "{name}: {body}");
                }

                let secret = Some("sandbox-secret");
                let (status, body) = shell.paste(&refresh, secret);
                assert_eq!(status, 200, "{name}: {:?}", shell.shown);
                let tokens = json(&body);
                for field in ["access_token", "refresh_token"] {
                    let token = tokens[field].as_str().unwrap();
                    assert!(!ask.contains(token) && !refresh.contains(token), "{name}");
                }
                let (status, body) = shell.paste(&refresh, secret);
                assert_eq!(status, 400, "{name}: {:?}", shell.shown);
                assert_eq!(json(&body)["error"], "invalid_grant", "{name}");

                let (status, body) = shell.paste(&revoke, Some("mistyped-secret"));
                assert_eq!(status, 401, "{name}: {:?}", shell.shown);
                assert_eq!(json(&body)["error"], "invalid_client", "{name}");
                let (status, body) = shell.paste(&revoke, secret);
                assert_eq!((status, body.as_str()), (200, ""), "{name}");
                let (status, _) = shell.paste(&ask, None);
                assert_eq!(status, 401, "{name}: {:?}", shell.shown);
            });
        }
    });
}

#[test]
fn a_value_that_is_not_plain_reaches_the_server_whole_from_a_posix_shell() {
    // Whatever a shell would expand, split, comment out or take for a quote.
    let id = r#"it's $HOME `id` "a b" \n !! %PATH% & | ; < > # ~ * ? [x] {a,b} ( )"#;
    let server = StandIn::good();
    let url = server.url();
    let settings = [
        ("CLIENT_ID", id),
        ("CLIENT_SECRET", "a secret"),
        ("AUTH_URL", &url),
    ];
    let program = Program::start(&settings);
    let lines = curl_lines(&program.browser().log_in("c"));
    let refresh = lines
        .iter()
        .find(|line| line.contains("/oauth2/token"))
        .unwrap();
    let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:typed")));
    for (name, arguments) in shells() {
        let mut shell = Shell::start(name, arguments);
        let (status, body) = shell.paste(refresh, Some("typed"));
        assert_eq!((status, body.as_str()), (200, TOKENS), "{name}");
        let request = server.requests().pop().unwrap();
        assert!(request.contains(&authorization), "{name}: {request}");
    }
}
