//! The settings: read once at the start, checked, and turned into types that carry what was checked.

pub mod dotenv;
mod host_name;
mod proxy;
mod reader;

use std::ffi::OsString;

use crate::oauth::Client;
use crate::oauth::proxy::Proxy;
use crate::oauth::tls::Authorities;
use crate::origin::{Origin, OriginError};
use crate::secret::Secret;
use reader::{Problem, Reader};

pub use host_name::HostName;
pub use reader::InvalidSettings;

/// Eagle Eye Networks' own authorization server.
const DEFAULT_AUTH_URL: &str = "https://auth.eagleeyenetworks.com";

/// The log that a person wants to read: the program's own lines and the warnings of the libraries,
/// but not those on requests that are not HTTP, which anybody can send.
pub const DEFAULT_LOG_FILTER: &str = "warn,een_login=info,actix_http::h1=off";

/// The names of all settings.
pub const NAMES: [&str; 15] = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "HOST_NAME",
    "PORT",
    "REDIRECT_URI",
    "AUTH_URL",
    "RUST_LOG",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];

/// The settings, checked.
#[derive(Debug)]
pub struct Settings {
    /// The address to listen on.
    pub host_name: HostName,
    /// The port to listen on, 1 to 65535.
    pub port: u16,
    /// This server's own address as a URL.
    pub own_origin: Origin,
    /// Where the login comes back to.
    pub redirect_uri: Origin,
    /// This program as the authorization server knows it; `None` without credentials.
    pub client: Option<Client>,
    /// The proxy for the exchange, where it goes through one.
    pub proxy: Option<Proxy>,
    /// Which certificate authorities to trust.
    pub authorities: Authorities,
    /// What is logged, as `env_logger` reads it.
    pub log_filter: String,
}

impl Settings {
    /// Reads the settings by `lookup`, which gives the value of a name where it is set and not
    /// empty.
    ///
    /// # Errors
    ///
    /// All settings that are not valid.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, InvalidSettings> {
        let mut reader = Reader::new(&lookup);

        let id = reader.read("CLIENT_ID", parse_client_id);
        let secret = reader.read("CLIENT_SECRET", parse_client_secret);
        let auth_url = reader.read_or("AUTH_URL", DEFAULT_AUTH_URL, parse_auth_url);
        reader.check_that_credentials_are_complete();

        let host_name = reader.read_or("HOST_NAME", "127.0.0.1", HostName::parse);
        let port = reader.read_or("PORT", "3333", parse_port);
        let own_origin = match (&host_name, port) {
            (Some(host_name), Some(port)) => {
                let parsed = host_name.origin(port);
                let correction = "write an address such as 127.0.0.1";
                let checked = parsed.map_err(|error| Problem::new(error, correction));
                reader.accept("HOST_NAME", checked)
            }
            _ => None,
        };
        let redirect_uri = if reader.is_set("REDIRECT_URI") {
            reader.read("REDIRECT_URI", parse_redirect_uri)
        } else if let Some(own_origin) = &own_origin {
            reader.accept("REDIRECT_URI", default_redirect_uri(own_origin))
        } else {
            // It would be made of settings that are reported already.
            None
        };

        let log_filter = reader.read_or("RUST_LOG", DEFAULT_LOG_FILTER, |text| Ok(text.to_owned()));
        let proxy = match &auth_url {
            // What would not be used is not looked at: plain HTTP and the sandbox need no proxy.
            Some(auth_url) if auth_url.is_https() && reader.is_set("CLIENT_ID") => {
                let chosen = proxy::choose(&lookup, auth_url);
                chosen.and_then(|(name, proxy)| reader.accept(name, proxy))
            }
            _ => None,
        };

        let (
            Some(auth_url),
            Some(host_name),
            Some(port),
            Some(own_origin),
            Some(redirect_uri),
            Some(log_filter),
        ) = (
            auth_url,
            host_name,
            port,
            own_origin,
            redirect_uri,
            log_filter,
        )
        else {
            return Err(reader.invalid);
        };
        if !reader.invalid.is_empty() {
            return Err(reader.invalid);
        }
        let credentials = id.zip(secret);
        let client =
            credentials.map(|(id, secret)| Client::new(auth_url, id, secret, redirect_uri.clone()));
        Ok(Self {
            host_name,
            port,
            own_origin,
            redirect_uri,
            client,
            proxy,
            authorities: Authorities {
                file: lookup("SSL_CERT_FILE").map(Into::into),
                folders: lookup("SSL_CERT_DIR"),
            },
            log_filter,
        })
    }
}

fn parse_client_id(text: &str) -> Result<String, Problem> {
    refuse_placeholder(text, "your-client-id")?;
    refuse_control_characters(text)?;
    // RFC 7617, section 2: the first colon ends the user-id.
    if text.contains(':') {
        let wrong = "has a colon, which Basic authentication cannot carry";
        return Err(Problem::new(wrong, COPY_CREDENTIALS));
    }
    Ok(text.to_owned())
}

fn parse_client_secret(text: &str) -> Result<Secret, Problem> {
    refuse_placeholder(text, "your-client-secret")?;
    refuse_control_characters(text)?;
    Ok(Secret::new(text.to_owned()))
}

const COPY_CREDENTIALS: &str = "copy the one that Eagle Eye Networks gave you";

fn refuse_placeholder(text: &str, placeholder: &str) -> Result<(), Problem> {
    if text == placeholder {
        let wrong = "still has the placeholder of .env.example";
        return Err(Problem::new(wrong, COPY_CREDENTIALS));
    }
    Ok(())
}

/// Basic authentication cannot carry them (RFC 7617, section 2). They come from a line end within the
/// quotes, say.
fn refuse_control_characters(text: &str) -> Result<(), Problem> {
    if text.contains(char::is_control) {
        let wrong = "has a control character, such as the end of a line";
        return Err(Problem::new(wrong, COPY_CREDENTIALS));
    }
    Ok(())
}

fn parse_auth_url(text: &str) -> Result<Origin, Problem> {
    let correction = "give only scheme, host and port, such as https://auth.eagleeyenetworks.com";
    let origin = Origin::parse(text).map_err(|error| Problem::new(error, correction))?;
    if text.ends_with('/') {
        return Err(Problem::new(OriginError::Path, correction));
    }
    if !origin.is_https() && !origin.is_loopback() {
        let wrong = "would send the client secret to another machine without encryption";
        return Err(Problem::new(wrong, "begin it with https://"));
    }
    Ok(origin)
}

fn parse_redirect_uri(text: &str) -> Result<Origin, Problem> {
    let correction = "give only scheme, host and port, such as http://127.0.0.1:3333";
    let origin = Origin::parse(text).map_err(|error| Problem::new(error, correction))?;
    if !origin.is_browsable() {
        let wrong = "is not an address that a browser can open";
        return Err(Problem::new(wrong, "write the URL that browsers use"));
    }
    Ok(origin)
}

fn default_redirect_uri(own_origin: &Origin) -> Result<Origin, Problem> {
    if !own_origin.is_browsable() {
        let wrong = "is not set, and HOST_NAME is not an address that a browser can open";
        return Err(Problem::new(
            wrong,
            "set REDIRECT_URI to the URL that browsers use",
        ));
    }
    Ok(own_origin.clone())
}

fn parse_port(text: &str) -> Result<u16, Problem> {
    // The standard library's parser takes a plus sign too.
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.parse().ok().filter(|port| *port > 0 && is_number);
    let correction = "write a number from 1 to 65535";
    port.ok_or_else(|| Problem::new("is not a valid port", correction))
}

#[cfg(test)]
mod tests;
