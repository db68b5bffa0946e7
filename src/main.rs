//! The start: settings, log, sockets, stop.

use std::env;
use std::ffi::OsString;
use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use actix_web::rt::System;
use een_login::oauth::{Client, Transport, tls};
use een_login::origin::Origin;
use een_login::page::Site;
use een_login::sandbox;
use een_login::server::{self, ListenError};
use een_login::settings::dotenv::{DotEnv, DotEnvError};
use een_login::settings::{self, InvalidSettings, Settings};
use een_login::stop::stop_on_signals;
use een_login::visible::escape_invisible;
use env_logger::fmt::Formatter;
use log::Record;

/// In bytes. Most lines of the log fit, so that the text need not grow.
const LINE_SIZE: usize = 512;

fn main() -> ExitCode {
    match System::new().block_on(run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            for line in error.to_string().lines() {
                print_error(line);
            }
            ExitCode::FAILURE
        }
    }
}

/// Runs until it is told to stop.
async fn run() -> Result<(), StartError> {
    let folder = env::current_dir().map_err(StartError::WorkingFolder)?;
    let dotenv = DotEnv::find(&folder)?;
    let settings = Settings::read(|name| value_of(name, dotenv.as_ref()))?;
    let listeners = server::listen(settings.host_name.as_str(), settings.port)?;
    start_log(&settings.log_filter, settings.client.clone());
    if let Some(dotenv) = &dotenv {
        log_names_from(dotenv);
    }

    let (client, site) = if let Some(client) = settings.client {
        log_client(&client);
        (client, Site::default())
    } else {
        let client = sandbox::start(&settings.redirect_uri).map_err(StartError::Sandbox)?;
        let auth_server = &client.auth_server;
        log::info!("Sandbox at {auth_server}, because CLIENT_ID is not set");
        (client, sandbox::SITE)
    };
    warn_of_redirect_uri(&client.redirect_uri, settings.port);
    if let Some(proxy) = &settings.proxy {
        log::info!("the proxy for the exchange: {proxy}");
    }
    let tls = if client.auth_server.is_https() {
        tls::client_config(&settings.authorities)
    } else {
        None
    };
    let transport = Transport {
        tls,
        proxy: settings.proxy,
    };

    let server =
        server::run(listeners, Arc::new(client), transport, site).map_err(StartError::Server)?;
    // Before anybody can read that the server runs.
    stop_on_signals(server.handle()).map_err(StartError::Signals)?;
    log::info!("Running on {}", settings.own_origin);
    server.await.map_err(StartError::Server)
}

/// The value of a setting, where it is set and not empty. The environment wins.
fn value_of(name: &str, dotenv: Option<&DotEnv>) -> Option<OsString> {
    in_environment(name).or_else(|| dotenv?.get(name).map(OsString::from))
}

fn in_environment(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Starts the log, which never has the client's secret. Parts of the filter that are not valid are left
/// out, as `env_logger` does. They are reported on standard error, since the rest of the filter could
/// keep a warning out of the log.
fn start_log(filter: &str, client: Option<Client>) {
    let (valid, errors) = valid_part(filter);
    let filters = if valid.is_empty() {
        settings::DEFAULT_LOG_FILTER
    } else {
        &valid
    };
    env_logger::Builder::new()
        .format(move |line, record| write_record(line, record, client.as_ref()))
        .parse_filters(filters)
        .init();
    for error in errors {
        print_error(&format!("a part of RUST_LOG is ignored: {error}"));
    }
}

/// Writes a record in `env_logger`'s own layout, but on one line, with what cannot be seen written out,
/// and without the client's secret: a library's record, or the path of a request, can hold anything.
fn write_record(
    line: &mut Formatter,
    record: &Record<'_>,
    client: Option<&Client>,
) -> io::Result<()> {
    let mut text = String::with_capacity(LINE_SIZE);
    let (level, target, message) = (record.level(), record.target(), record.args());
    write!(text, "[{level:<5} {target}] {message}").map_err(io::Error::other)?;
    // The sandbox's client has no secret to keep.
    let masked = match client {
        Some(client) => client.mask(text),
        None => text,
    };
    writeln!(line, "{}", escape_invisible(&masked))
}

/// Writes a line to standard error, with what cannot be seen written out. `eprintln!` would panic where
/// that is full or closed.
fn print_error(line: &str) {
    let _ = writeln!(io::stderr(), "een-login: {}", escape_invisible(line));
}

/// The part of a log filter that can be read, and what is wrong with the rest. `env_logger` would print
/// that itself, and panic where standard error is full or closed.
fn valid_part(filter: &str) -> (String, Vec<String>) {
    let Err(error) = env_filter::Builder::new().try_parse(filter) else {
        return (filter.to_owned(), Vec::new());
    };
    let mut valid = Vec::new();
    let mut errors = Vec::new();
    for directive in filter.split(',') {
        match env_filter::Builder::new().try_parse(directive) {
            Ok(_) => valid.push(directive),
            Err(error) => errors.push(error.to_string()),
        }
    }
    if errors.is_empty() {
        // Each part is valid, but not the parts together.
        return (String::new(), vec![error.to_string()]);
    }
    (valid.join(","), errors)
}

/// Says which settings came from the `.env` file. People leave the `#` in front of one, or misspell a
/// name, and then wonder.
fn log_names_from(dotenv: &DotEnv) {
    let path = dotenv.path.display();
    let in_file = settings::NAMES
        .into_iter()
        .filter(|name| dotenv.get(name).is_some());
    let (overridden, used): (Vec<_>, Vec<_>) =
        in_file.partition(|name| in_environment(name).is_some());
    if !used.is_empty() {
        log::info!("settings from {path}: {}", used.join(", "));
    } else if !overridden.is_empty() {
        let names = overridden.join(", ");
        log::warn!("no setting came from {path}: the environment has {names} too, and wins");
    } else {
        log::warn!(
            "no setting came from {path}: check the spelling of the names, and remove the # in front \
             of them"
        );
    }
}

fn log_client(client: &Client) {
    log::info!("the authorization server: {}", client.auth_server);
    log::info!("the client id: {}", client.id);
    log::info!("the redirect URI to register: {}", client.redirect_uri);
}

fn warn_of_redirect_uri(redirect_uri: &Origin, port: u16) {
    if redirect_uri.is_loopback() && redirect_uri.port() != port {
        log::warn!(
            "REDIRECT_URI has the port {}, but PORT is {port}: the login comes back to {redirect_uri}; \
             give both the same port",
            redirect_uri.port()
        );
    }
    if !redirect_uri.is_https() && !redirect_uri.is_loopback() {
        log::warn!(
            "REDIRECT_URI is {redirect_uri}: codes and tokens cross the network without encryption; \
             use https"
        );
    }
}

/// What keeps the program from running: a line for each reason when printed.
#[derive(Debug)]
enum StartError {
    DotEnv(DotEnvError),
    Settings(InvalidSettings),
    Listen(ListenError),
    WorkingFolder(io::Error),
    Sandbox(io::Error),
    Signals(io::Error),
    Server(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DotEnv(error) => error.fmt(f),
            Self::Settings(error) => error.fmt(f),
            Self::Listen(error) => error.fmt(f),
            Self::WorkingFolder(error) => {
                write!(
                    f,
                    "the working folder cannot be read: {error}; start the program in another"
                )
            }
            Self::Sandbox(error) => {
                write!(
                    f,
                    "the sandbox cannot listen: {error}; set CLIENT_ID to do without it"
                )
            }
            Self::Signals(error) => {
                write!(
                    f,
                    "cannot listen for Ctrl-C: {error}; end other programs, and try again"
                )
            }
            Self::Server(error) => {
                write!(
                    f,
                    "the server cannot run: {error}; end other programs, and try again"
                )
            }
        }
    }
}

impl std::error::Error for StartError {}

impl From<DotEnvError> for StartError {
    fn from(error: DotEnvError) -> Self {
        Self::DotEnv(error)
    }
}

impl From<InvalidSettings> for StartError {
    fn from(error: InvalidSettings) -> Self {
        Self::Settings(error)
    }
}

impl From<ListenError> for StartError {
    fn from(error: ListenError) -> Self {
        Self::Listen(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_filter_keeps_its_valid_part() {
        let table = [
            ("info", "info", 0),
            ("warn,een_login=info", "warn,een_login=info", 0),
            ("een_login=loud", "", 1),
            (
                "warn,een_login=loud,actix_http=off",
                "warn,actix_http=off",
                1,
            ),
            ("a=b=c,info", "info", 1),
            ("info/a,x/b", "", 1),
        ];
        for (filter, valid, errors) in table {
            let (part, messages) = valid_part(filter);
            assert_eq!((part.as_str(), messages.len()), (valid, errors), "{filter}");
        }
    }
}
