//! The exchange through an HTTP proxy, seen from the proxy, from the server and from the person.

mod choice;
mod credentials;
pub mod failures;
mod load;
mod stand_in;
mod tunnel;

use std::net::Ipv4Addr;
use std::path::PathBuf;

use rcgen::SanType;
use tempfile::TempDir;

use crate::support::authority::Authority;
use crate::support::stand_in::{Connection, StandIn, TOKENS};
use crate::support::{CLIENT_ID, CLIENT_SECRET, Program};

/// A URL of the server that leads nowhere but through the proxy: no resolver knows the name
/// (RFC 2606).
const AUTH_URL: &str = "https://auth.example:8443";

/// An authorization server behind TLS, known as `auth.example` and by its address.
struct Site {
    authority: Authority,
    server: StandIn,
}

impl Site {
    fn new(act: impl Fn(&mut Connection) + Send + Sync + 'static) -> Self {
        let authority = Authority::new();
        let tls = authority.server("auth.example", |parameters| {
            let address = SanType::IpAddress(Ipv4Addr::LOCALHOST.into());
            parameters.subject_alt_names.push(address);
        });
        let server = StandIn::tls(tls, act);
        Self { authority, server }
    }

    /// Answers every request with good tokens.
    fn good() -> Self {
        Self::new(|connection| connection.json(TOKENS))
    }

    fn certificate(&self) -> PathBuf {
        self.authority.file()
    }

    /// The program with the server at a URL, and more settings.
    fn program(&self, auth_url: &str, settings: &[(&str, &str)]) -> Program {
        let file = self.certificate();
        let trust = [("SSL_CERT_FILE", file.to_str().unwrap())];
        Program::with(auth_url, &[&trust[..], settings].concat())
    }

    /// The same with a `.env` file, in a folder that is to be kept.
    fn program_with_file(
        &self,
        auth_url: &str,
        settings: &[(&str, &str)],
        dotenv: &str,
    ) -> (Program, TempDir) {
        let file = self.certificate();
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join(".env"), dotenv).unwrap();
        let always = [
            ("CLIENT_ID", CLIENT_ID),
            ("CLIENT_SECRET", CLIENT_SECRET),
            ("AUTH_URL", auth_url),
            ("SSL_CERT_FILE", file.to_str().unwrap()),
        ];
        let program = Program::start_in(folder.path(), &[&always[..], settings].concat());
        (program, folder)
    }
}
