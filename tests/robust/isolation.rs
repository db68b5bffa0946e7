//! Nobody sees another's tokens.

use std::thread;
use std::time::Duration;

use crate::support::Program;
use crate::support::stand_in::{Connection, StandIn};

/// Tokens that say whose they are: the code's.
fn tokens_of(connection: &Connection) -> String {
    format!(
        r#"{{"access_token":"token-of-{}-end"}}"#,
        connection.parameter("code")
    )
}

fn response(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nconnection: keep-alive\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// 200 logins by 20 browsers at once: each sees its own tokens or a failure. Gives how many saw theirs.
fn logins(act: impl Fn(&mut Connection) + Send + Sync + 'static) -> usize {
    let server = StandIn::new(act);
    let program = Program::against(&server.url());
    let browsers = (0..20).map(|browser| {
        let mut client = program.browser();
        thread::spawn(move || {
            let mut own = 0;
            for login in 0..10 {
                let code = format!("{browser}x{login}");
                let page = client.log_in(&code);
                let mine = format!("token-of-{code}-end");
                let all = page.body.matches("token-of-").count();
                assert_eq!(
                    all,
                    page.body.matches(&mine).count(),
                    "{code}: {}",
                    page.body
                );
                assert_eq!(page.status == 200, all > 0, "{code}: {}", page.body);
                own += usize::from(all > 0);
            }
            own
        })
    });
    let own = browsers
        .collect::<Vec<_>>()
        .into_iter()
        .map(|browser| browser.join().unwrap())
        .sum();
    assert_eq!(server.requests().len(), 200, "not one request a login");
    own
}

#[test]
fn a_server_that_answers_twice_shows_each_its_own() {
    let own = logins(|connection| {
        let answer = response(&tokens_of(connection));
        connection.send(answer.clone() + &answer);
    });
    assert_eq!(own, 200);
}

#[test]
fn a_server_that_keeps_the_connection_open_and_goes_on_talking_shows_each_its_own() {
    let own = logins(|connection| {
        let answer = response(&tokens_of(connection));
        connection.send(&answer);
        while connection.send(&answer) {
            thread::sleep(Duration::from_millis(1));
        }
    });
    assert_eq!(own, 200);
}

#[test]
fn a_server_that_sends_an_early_hint_first_shows_nobody_another_s() {
    // awc takes the hint for the answer, so that every login fails.
    let own = logins(|connection| {
        let answer = response(&tokens_of(connection));
        connection.send("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n");
        connection.send(answer);
    });
    assert_eq!(own, 0);
}

#[test]
fn a_server_that_answers_some_late_shows_each_its_own() {
    let own = logins(|connection| {
        let answer = response(&tokens_of(connection));
        if connection.parameter("code").ends_with('3') {
            thread::sleep(Duration::from_millis(300));
        }
        connection.send(answer);
    });
    assert_eq!(own, 200);
}
