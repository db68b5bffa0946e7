//! Which servers are trusted.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::thread;

use tempfile::TempDir;

use crate::support::certificates::Authority;
use crate::support::{Program, Server, TOKENS, assert_failure, assert_in_order};

fn good(authority: &Authority, name: &str) -> Server {
    Server::tls(authority.server(name), |connection| {
        connection.respond("200 OK", "", TOKENS);
    })
}

#[test]
fn a_server_of_a_chosen_authority_is_trusted() {
    let authority = Authority::new();
    let server = good(&authority, "127.0.0.1");
    let file = authority.file("ca.pem");
    let directory = TempDir::new().unwrap();
    // Directories hold certificates under the hash of their subject.
    fs::copy(&file, directory.path().join("0a1b2c3d.0")).unwrap();
    let table = [
        ("SSL_CERT_FILE", file.to_str().unwrap()),
        ("SSL_CERT_DIR", directory.path().to_str().unwrap()),
    ];
    for setting in table {
        let program = Program::against(&server, &[setting]);
        assert_eq!(program.browser().log_in("c").status, 200, "{setting:?}");
    }
}

#[test]
fn a_server_that_is_not_trusted_gets_no_request() {
    let authority = Authority::new();
    let file = authority.file("ca.pem");
    let trusted = [("SSL_CERT_FILE", file.to_str().unwrap())];
    let table = [
        (good(&authority, "127.0.0.1"), &[][..]),
        (good(&authority, "other.example"), &trusted),
        (good(&Authority::new(), "127.0.0.1"), &trusted),
    ];
    for (number, (server, settings)) in table.iter().enumerate() {
        let program = Program::against(server, settings);
        let page = program.browser().log_in("c");
        assert_failure(&page, 502, "The certificate is not trusted");
        assert_eq!(server.requests().len(), 0, "{number}");
    }
}

#[test]
fn a_file_without_a_certificate_in_pem_form_gets_a_warning_that_names_it() {
    let authority = Authority::new();
    let server = good(&authority, "127.0.0.1");
    let file = authority.file("ca.der");
    let path = file.to_str().unwrap();
    let program = Program::against(&server, &[("SSL_CERT_FILE", path)]);
    assert_in_order(&program.log(), &["WARN", path]);
    let page = program.browser().log_in("c");
    assert_failure(&page, 502, "The certificate is not trusted");
}

#[test]
fn a_server_without_tls_is_a_broken_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
    });
    let program = Program::against(&Server::good(), &[("AUTH_URL", &url)]);
    let page = program.browser().log_in("c");
    assert_failure(&page, 502, "The connection broke");
}
