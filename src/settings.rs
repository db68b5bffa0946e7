//! The settings: read once at start, and checked before anything listens.

use std::ffi::OsString;
use std::net::Ipv6Addr;

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
    /// A line for each setting that does not hold: what is wrong and what would be right. It has no
    /// value of a URL, for people put passwords into those.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, Vec<String>> {
        let is_set = |name| lookup(name).is_some();
        let mut problems = Vec::new();
        // A setting that does not hold is noted, and empty from here on.
        let mut get = |name: &str, default: &str, check: fn(&str) -> Result<(), String>| {
            let value = lookup(name).unwrap_or_else(|| default.into()).into_string();
            let value = value.map_err(|_| "is not UTF-8 text; write it in UTF-8".to_owned());
            let value = value.and_then(|value| check(&value).map(|()| value));
            value.unwrap_or_else(|what| {
                problems.push(format!("{name} {what}"));
                String::new()
            })
        };
        let id = get("CLIENT_ID", "", check_id);
        let secret = Secret(get("CLIENT_SECRET", "", |_| Ok(())));
        let auth_url = get("AUTH_URL", AUTH_URL, check_auth_url);
        let host_name = get("HOST_NAME", "127.0.0.1", check_host);
        let port = get("PORT", "3333", check_port);
        let own_url = http_url(&host_name, &port);
        let redirect_uri = if is_set("REDIRECT_URI") {
            get("REDIRECT_URI", "", check_redirect_uri)
        } else if host_name.is_empty() || port.is_empty() {
            // It would be made of settings that have lines of their own.
            String::new()
        } else {
            get("REDIRECT_URI", &own_url, check_browsable)
        };
        let names = ["CLIENT_ID", "CLIENT_SECRET", "AUTH_URL"];
        problems.extend(match names.map(is_set) {
            [true, false, _] => Some("CLIENT_SECRET is not set, but CLIENT_ID is; set both".into()),
            [false, true, _] => Some("CLIENT_ID is not set, but CLIENT_SECRET is; set both".into()),
            [false, false, true] if !auth_url.is_empty() => {
                Some("AUTH_URL needs CLIENT_ID and CLIENT_SECRET; set them too".into())
            }
            _ => None,
        });
        let (Ok(port), true) = (port.parse(), problems.is_empty()) else {
            return Err(problems);
        };
        let back = redirect_uri.clone();
        let client = Client::new(auth_url, id, secret, back);
        Ok(Self {
            client: is_set("CLIENT_ID").then_some(client),
            port,
            host_name: host_name.trim_matches(['[', ']']).to_owned(),
            own_url,
            redirect_uri,
        })
    }
}

fn check_id(id: &str) -> Result<(), String> {
    // RFC 7617, section 2: the first colon ends the user-id.
    let wrong = "has a colon, which Basic authentication cannot carry; copy it again";
    if id.contains(':') {
        Err(wrong.to_owned())
    } else {
        Ok(())
    }
}

fn check_auth_url(text: &str) -> Result<(), String> {
    let what = match origin::parse(text) {
        Err(what) => what,
        Ok(_) if text.ends_with('/') => "has a path",
        Ok(url) if url.scheme() == "http" && !origin::is_loopback(&url) => {
            "would send the client secret to another machine without encryption"
        }
        Ok(_) => return Ok(()),
    };
    Err(format!(
        "{what}; write scheme, host and port alone, as {AUTH_URL}"
    ))
}

fn check_redirect_uri(text: &str) -> Result<(), String> {
    let right = "write scheme, host and port alone, as http://127.0.0.1:3333";
    let wrong = |what| format!("{what}; {right}");
    origin::parse(text).map(|_| ()).map_err(wrong)
}

fn check_browsable(own_url: &str) -> Result<(), String> {
    let wrong =
        "is not set, and nobody can browse to HOST_NAME; write the address that browsers use";
    match origin::parse(own_url)?.host() {
        Some(Host::Ipv4(address)) if address.is_unspecified() => Err(wrong.to_owned()),
        Some(Host::Ipv6(address)) if address.is_unspecified() => Err(wrong.to_owned()),
        _ => Ok(()),
    }
}

fn check_host(text: &str) -> Result<(), String> {
    let wrong = || format!("is {text:?}, no host name and no IP address; write it as 127.0.0.1");
    let url = http_url(text, "80");
    let alone = !text.contains('/') && url.matches(':').count() == 2 || url.contains('[');
    if alone {
        origin::parse(&url).map(|_| ()).map_err(|_| wrong())
    } else {
        Err(wrong())
    }
}

fn check_port(text: &str) -> Result<(), String> {
    let wrong = || format!("is {text:?}; write a number from 1 to 65535");
    let is_port = text.parse::<u16>().is_ok_and(|port| port > 0);
    // The parser takes a plus sign.
    if is_port && !text.starts_with('+') {
        Ok(())
    } else {
        Err(wrong())
    }
}

fn http_url(host: &str, port: &str) -> String {
    // An IPv6 address stands in brackets (RFC 3986, section 3.2.2).
    let is_bare = host.parse::<Ipv6Addr>().is_ok();
    if is_bare {
        format!("http://[{host}]:{port}")
    } else {
        format!("http://{host}:{port}")
    }
}
