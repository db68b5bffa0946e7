//! Any number of copies, behind any load balancer.

use std::io::{self, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

use tempfile::TempDir;

use crate::support::stand_in::StandIn;
use crate::support::{Browser, CLIENT_ID, CLIENT_SECRET, Program, command, free_port};

/// Gives the connections to the servers in turn.
fn round_robin(servers: [SocketAddr; 2]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for (stream, server) in listener.incoming().zip(servers.iter().cycle()) {
            let (mut from, mut to) = (stream.unwrap(), TcpStream::connect(server).unwrap());
            let (mut back_from, mut back_to) = (to.try_clone().unwrap(), from.try_clone().unwrap());
            thread::spawn(move || {
                let _ = io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Write);
            });
            thread::spawn(move || {
                let _ = io::copy(&mut back_from, &mut back_to);
                let _ = back_to.flush();
                let _ = back_to.shutdown(Shutdown::Write);
            });
        }
    });
    address
}

#[test]
fn two_copies_behind_a_proxy_finish_each_others_logins() {
    let server = StandIn::good();
    let uri = "http://app.example";
    let folder = TempDir::new().unwrap();
    let copies = [(); 2].map(|()| {
        let (port, url) = (free_port(), server.url());
        let text = port.to_string();
        let settings = [
            ("CLIENT_ID", CLIENT_ID),
            ("CLIENT_SECRET", CLIENT_SECRET),
            ("AUTH_URL", &url),
            ("REDIRECT_URI", uri),
            ("PORT", &text),
        ];
        Program::spawn(
            command(folder.path(), &settings),
            ([127, 0, 0, 1], port).into(),
        )
    });
    let address = round_robin(copies.each_ref().map(|copy| copy.address));
    for _ in 0..4 {
        let mut browser = Browser {
            address,
            cookie: None,
        };
        assert_eq!(browser.log_in("c").status, 200);
    }
    for copy in copies {
        // Each login began at one and was finished at the other.
        let began = |log: &str| log.matches("the first request").count();
        let finished = |log: &str| log.matches("the second request").count();
        let log = copy.wait_until("its part", |log| began(log) == 4 || finished(log) == 4);
        assert_eq!(began(&log) + finished(&log), 4, "{log}");
    }
}
