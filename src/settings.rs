//! The settings: read once at start, and checked before anything listens.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv6Addr};

use url::Host;

use crate::oauth::Client;
use crate::origin;
use crate::secret::Secret;

/// Where Eagle Eye Networks' own authorization server is.
const AUTH_URL: &str = "https://auth.eagleeyenetworks.com";

/// The settings, checked.
#[derive(Debug)]
pub struct Settings {
    /// The address to listen on: a host name or an IP address, without brackets.
    pub host_name: String,
    /// The port to listen on.
    pub port: u16,
    /// This server's address as a URL.
    pub own_url: String,
    /// Where the login comes back to, as it was written: it is compared as a string.
    pub redirect_uri: String,
    /// This program as the authorization server knows it; `None` without credentials.
    pub client: Option<Client>,
}

impl Settings {
    /// Reads the settings by `lookup`, which gives the value of a name where it is set and not empty.
    ///
    /// # Errors
    ///
    /// A line for each setting that does not hold: what is wrong and what would be right.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, Vec<String>> {
        let is_set = |name| lookup(name).is_some();
        let mut reader = Reader {
            lookup: &lookup,
            problems: Vec::new(),
        };
        let id = reader.get("CLIENT_ID", "", check_id);
        let secret = reader.get("CLIENT_SECRET", "", |text| Ok(Secret(text.to_owned())));
        let auth_url = reader.get("AUTH_URL", AUTH_URL, check_auth_url);
        let host_name = reader.get("HOST_NAME", "127.0.0.1", check_host);
        let port = reader.get("PORT", "3333", check_port);
        let redirect_uri = match (&host_name, port) {
            _ if is_set("REDIRECT_URI") => reader.get("REDIRECT_URI", "", check_redirect_uri),
            (Some(host), Some(port)) => reader.get("REDIRECT_URI", &http_url(host, port), |own| {
                let host = origin::parse(own)?.host().map(|host| host.to_owned());
                match host {
                    Some(Host::Ipv4(ip)) if ip.is_unspecified() => Err(UNBROWSABLE.to_owned()),
                    Some(Host::Ipv6(ip)) if ip.is_unspecified() => Err(UNBROWSABLE.to_owned()),
                    _ => Ok(own.to_owned()),
                }
            }),
            // It would be made of settings that have lines of their own.
            _ => None,
        };
        let lone = match (
            is_set("CLIENT_ID"),
            is_set("CLIENT_SECRET"),
            is_set("AUTH_URL"),
        ) {
            (true, false, _) => {
                Some("CLIENT_SECRET is not set, but CLIENT_ID is; set both or neither")
            }
            (false, true, _) => {
                Some("CLIENT_ID is not set, but CLIENT_SECRET is; set both or neither")
            }
            (false, false, true) => {
                Some("AUTH_URL needs CLIENT_ID and CLIENT_SECRET; set them too")
            }
            _ => None,
        };
        let mut problems = reader.problems;
        problems.extend(lone.map(str::to_owned));

        let (Some(host_name), Some(port), Some(redirect_uri)) = (host_name, port, redirect_uri)
        else {
            return Err(problems);
        };
        let client = match (id, secret, auth_url) {
            _ if !problems.is_empty() => return Err(problems),
            (Some(id), Some(secret), Some(auth_url)) if !id.is_empty() => Some(Client {
                auth_url,
                id,
                secret,
                redirect_uri: redirect_uri.clone(),
            }),
            _ => None,
        };
        Ok(Self {
            own_url: http_url(&host_name, port),
            host_name,
            port,
            redirect_uri,
            client,
        })
    }
}

const UNBROWSABLE: &str = "is not set, and HOST_NAME is an address that nobody can browse to; \
                           set REDIRECT_URI to the address that browsers use";

/// Reads setting after setting and keeps what is wrong with them.
struct Reader<L> {
    lookup: L,
    problems: Vec<String>,
}

impl<L: Fn(&str) -> Option<OsString>> Reader<L> {
    fn get<T>(
        &mut self,
        name: &str,
        default: &str,
        check: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = (self.lookup)(name)
            .unwrap_or_else(|| default.into())
            .into_string();
        let result = match value {
            Ok(value) => check(&value),
            Err(_) => Err("is not UTF-8 text; write it in UTF-8".to_owned()),
        };
        result
            .map_err(|what| self.problems.push(format!("{name} {what}")))
            .ok()
    }
}

fn check_id(id: &str) -> Result<String, String> {
    // RFC 7617, section 2: the first colon ends the user-id.
    if id.contains(':') {
        return Err(
            "has a colon in it, which Basic authentication cannot carry; copy it again".into(),
        );
    }
    Ok(id.to_owned())
}

fn check_auth_url(text: &str) -> Result<String, String> {
    let what = match origin::parse(text) {
        Err(what) => what,
        Ok(_) if text.ends_with('/') => "has a path",
        Ok(url) if url.scheme() == "http" && !origin::is_loopback(&url) => {
            "would send the client secret to another machine without encryption"
        }
        Ok(_) => return Ok(text.to_owned()),
    };
    Err(format!(
        "is {text:?}, which {what}; write scheme, host and port alone, as {AUTH_URL}"
    ))
}

fn check_redirect_uri(text: &str) -> Result<String, String> {
    let right = "write scheme, host and port alone, as http://127.0.0.1:3333";
    let wrong = |what| format!("is {text:?}, which {what}; {right}");
    origin::parse(text).map(|_| text.to_owned()).map_err(wrong)
}

fn check_host(text: &str) -> Result<String, String> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let is_host = !bare.contains([':', '/']) && origin::parse(&http_url(bare, 80)).is_ok();
    if is_host || bare.parse::<IpAddr>().is_ok() {
        return Ok(bare.to_owned());
    }
    Err(format!(
        "is {text:?}, which is no host name and no IP address; write one, as 127.0.0.1"
    ))
}

fn check_port(text: &str) -> Result<u16, String> {
    let wrong = || format!("is {text:?}; write a number from 1 to 65535");
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|&port| digits && port > 0)
        .ok_or_else(wrong)
}

fn http_url(host: &str, port: u16) -> String {
    // An IPv6 address stands in brackets (RFC 3986, section 3.2.2).
    let is_ipv6 = host.parse::<Ipv6Addr>().is_ok();
    if is_ipv6 {
        format!("http://[{host}]:{port}")
    } else {
        format!("http://{host}:{port}")
    }
}
