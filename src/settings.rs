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
    /// value, for people put passwords into URLs.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, Vec<String>> {
        let is_set = |name| lookup(name).is_some();
        let mut problems = Vec::new();
        // A setting that does not hold is noted, and empty from here on.
        let mut get = |name: &str, default: &str, right: &str, check: Check| {
            let value = lookup(name).unwrap_or_else(|| default.into()).into_string();
            let value = value.map_err(|_| "is not UTF-8 text");
            let value = value.and_then(|value| check(&value).map(|()| value));
            value.unwrap_or_else(|wrong| {
                problems.push(format!("{name} {wrong}; {right}"));
                String::new()
            })
        };
        let id = get("CLIENT_ID", "", "copy it again", check_id);
        let secret = get("CLIENT_SECRET", "", "copy it again", |_| Ok(()));
        let right = format!("write scheme, host and port alone, as {AUTH_URL}");
        let auth_url = get("AUTH_URL", AUTH_URL, &right, check_auth_url);
        let host_name = get(
            "HOST_NAME",
            "127.0.0.1",
            "write it as 127.0.0.1",
            check_host,
        );
        let port = get("PORT", "3333", "write a number from 1 to 65535", check_port);
        let own_url = http_url(&host_name, &port);
        let redirect_uri = if is_set("REDIRECT_URI") {
            let right = "write scheme, host and port alone, as http://127.0.0.1:3333";
            get("REDIRECT_URI", "", right, |uri| {
                origin::parse(uri).map(|_| ())
            })
        } else if host_name.is_empty() || port.is_empty() {
            // It would be made of settings that have lines of their own.
            String::new()
        } else {
            let right = "set it to the address that browsers use";
            get("REDIRECT_URI", &own_url, right, check_browsable)
        };
        let names = ["CLIENT_ID", "CLIENT_SECRET", "AUTH_URL"];
        problems.extend(match names.map(is_set) {
            [true, false, _] => {
                Some("CLIENT_SECRET is not set beside CLIENT_ID; set both or none".into())
            }
            [false, true, _] => {
                Some("CLIENT_ID is not set beside CLIENT_SECRET; set both or none".into())
            }
            [false, false, true] if !auth_url.is_empty() => {
                Some("AUTH_URL needs CLIENT_ID and CLIENT_SECRET; set them too".into())
            }
            _ => None,
        });
        let (Ok(port), true) = (port.parse(), problems.is_empty()) else {
            return Err(problems);
        };
        let client = Client::new(auth_url, id, Secret(secret), redirect_uri.clone());
        Ok(Self {
            client: is_set("CLIENT_ID").then_some(client),
            port,
            host_name: host_name.trim_matches(['[', ']']).to_owned(),
            own_url,
            redirect_uri,
        })
    }
}

/// Whether a value holds; an error is what is wrong with it.
type Check = fn(&str) -> Result<(), &'static str>;

fn ensure(holds: bool, wrong: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(wrong) }
}

fn check_id(id: &str) -> Result<(), &'static str> {
    // RFC 7617, section 2: the first colon ends the user-id.
    let wrong = "has a colon, which Basic authentication cannot carry";
    ensure(!id.contains(':'), wrong)
}

fn check_auth_url(text: &str) -> Result<(), &'static str> {
    let url = origin::parse(text)?;
    ensure(!text.ends_with('/'), "has a path")?;
    let safe = url.scheme() == "https" || origin::is_loopback(&url);
    let wrong = "would send the client secret to another machine without encryption";
    ensure(safe, wrong)
}

fn check_browsable(own_url: &str) -> Result<(), &'static str> {
    let unspecified = match origin::parse(own_url)?.host() {
        Some(Host::Ipv4(address)) => address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_unspecified(),
        _ => false,
    };
    let wrong = "is not set, and HOST_NAME is an address that nobody can browse to";
    ensure(!unspecified, wrong)
}

fn check_host(text: &str) -> Result<(), &'static str> {
    let url = http_url(text, "80");
    let one_port = url.matches(':').count() == 2 || url.contains('[');
    let is_host = !text.contains('/') && one_port && origin::parse(&url).is_ok();
    ensure(is_host, "is no host name and no IP address")
}

fn check_port(text: &str) -> Result<(), &'static str> {
    // The parser takes a plus sign.
    let is_port = text.parse::<u16>().is_ok_and(|port| port > 0);
    ensure(is_port && !text.starts_with('+'), "is no port")
}

fn http_url(host: &str, port: &str) -> String {
    // An IPv6 address stands in brackets (RFC 3986, section 3.2.2).
    match host.parse::<Ipv6Addr>() {
        Ok(address) => format!("http://[{address}]:{port}"),
        Err(_) => format!("http://{host}:{port}"),
    }
}
