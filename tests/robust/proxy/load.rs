//! Many tunnels at once, tunnels at a stop, and what is left of them.

use std::sync::Barrier;
use std::thread;

use super::stand_in::Proxy;
use super::{AUTH_URL, Site};

#[test]
fn a_hundred_logins_at_once_have_a_tunnel_each_and_their_own_tokens() {
    const LOGINS: usize = 100;

    // Nobody gets an answer before all have asked.
    let all_there = Barrier::new(LOGINS);
    let site = Site::new(move |connection| {
        all_there.wait();
        let code = connection.parameter("code");
        connection.json(format!(r#"{{"access_token":"token-of-{code}-end"}}"#));
    });
    let proxy = Proxy::open(site.server.address);
    let program = site.program(AUTH_URL, &[("HTTPS_PROXY", &proxy.url())]);
    let logins: Vec<_> = (0..LOGINS)
        .map(|number| {
            let mut browser = program.browser();
            thread::spawn(move || {
                let page = browser.log_in(&number.to_string());
                assert_eq!(page.status, 200, "{number}: {page:?}");
                let own = format!("token-of-{number}-end");
                let all = page.body.matches("token-of-").count();
                let mine = page.body.matches(&own).count();
                assert!(mine > 0 && mine == all, "{number}: {page:?}");
            })
        })
        .collect();
    for login in logins {
        login.join().unwrap();
    }
    let seen = proxy.seen();
    assert_eq!((seen.connections, seen.heads.len()), (LOGINS, LOGINS));
    assert_eq!(site.server.requests().len(), LOGINS);
}

#[cfg(unix)]
mod stop {
    use std::net::TcpStream;
    use std::sync::{Arc, Mutex, mpsc};

    use nix::sys::signal::Signal;

    use super::*;
    use crate::proxy::stand_in::ESTABLISHED;
    use crate::support::stand_in::TOKENS;
    use crate::support::{PATIENCE, wait_until};

    /// Lets a test know that one has come here, and goes on when the test does.
    fn gate() -> (
        impl Fn() + Send + Sync + Clone,
        impl FnOnce(),
        mpsc::Receiver<()>,
    ) {
        let (tell, told) = mpsc::channel();
        let shared_tell = Arc::new(Mutex::new(tell));
        let barrier = Arc::new(Barrier::new(2));
        let inside = Arc::clone(&barrier);
        let pass = move || {
            shared_tell.lock().unwrap().send(()).unwrap();
            inside.wait();
        };
        let open = move || {
            barrier.wait();
        };
        (pass, open, told)
    }

    /// An exchange that is in flight when the signal comes.
    fn finishes(site: &Site, proxy: &Proxy, open: impl FnOnce(), arrived: &mpsc::Receiver<()>) {
        let mut program = site.program(AUTH_URL, &[("HTTPS_PROXY", &proxy.url())]);
        let mut browser = program.browser();
        let login = thread::spawn(move || browser.log_in("c"));
        arrived.recv_timeout(PATIENCE).unwrap();
        program.signal(Signal::SIGTERM);
        wait_until("no new connection is taken", || {
            TcpStream::connect(program.address).is_err()
        });
        assert!(program.is_running());
        open();
        assert_eq!(login.join().unwrap().status, 200);
        assert_eq!(program.wait().code(), Some(0), "{}", program.log());
    }

    #[test]
    fn a_tunnel_that_stands_when_the_signal_comes_is_used_to_its_end() {
        let (pass, open, arrived) = gate();
        let site = Site::new(move |connection| {
            pass();
            connection.json(TOKENS);
        });
        let proxy = Proxy::open(site.server.address);
        finishes(&site, &proxy, open, &arrived);
    }

    #[test]
    fn a_tunnel_that_is_being_opened_when_the_signal_comes_is_opened_and_used() {
        let (pass, open, arrived) = gate();
        let site = Site::good();
        let proxy = Proxy::new(site.server.address, move |visit| {
            pass();
            visit.send(ESTABLISHED);
            visit.tunnel();
        });
        finishes(&site, &proxy, open, &arrived);
    }
}

#[cfg(target_os = "linux")]
mod descriptors {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::proxy::stand_in::ESTABLISHED;
    use crate::support::process::open_files;
    use crate::support::wait_until;

    /// How many kinds of outcome the proxy below has.
    const KINDS: usize = 7;

    #[test]
    fn no_file_descriptor_is_lost_in_success_or_failure() {
        let site = Site::good();
        let untrusted = Site::good();
        let behind = untrusted.server.address;
        let turn = AtomicUsize::new(0);
        let proxy = Proxy::new(site.server.address, move |visit| {
            match turn.fetch_add(1, Ordering::Relaxed) % KINDS {
                0 => drop(visit.send("HTTP/1.1 403 Forbidden\r\n\r\n")),
                1 => drop(visit.send("SSH-2.0-x\r\n")),
                2 => visit.reset(),
                3 => {}
                4 => while visit.send([b'\n'; 1024]) {},
                5 => {
                    visit.send(ESTABLISHED);
                    visit.tunnel_to(behind);
                }
                _ => {
                    visit.send(ESTABLISHED);
                    visit.tunnel();
                }
            }
        });
        let program = site.program(AUTH_URL, &[("HTTPS_PROXY", &proxy.url())]);
        let state = program.browser().begin();
        let rounds = |count: usize| -> usize {
            let mut browser = program.browser();
            let target = format!("/?code=c&state={state}");
            (0..count * KINDS)
                .filter(|_| {
                    browser.cookie = Some(state.clone());
                    browser.get(&target).status == 200
                })
                .count()
        };
        // What is made at the first use is no loss.
        rounds(2);
        let before = open_files(program.pid()).unwrap();
        assert_eq!(rounds(10), 10, "not each kind came");
        wait_until("as many open files as before", || {
            open_files(program.pid()).unwrap() <= before
        });
    }
}
