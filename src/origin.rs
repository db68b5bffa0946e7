//! URLs that are nothing but scheme, host and port, and hosts that are this machine.

use url::{Host, Url};

/// Reads such a URL; one slash may follow. An error is the end of a sentence about the URL.
///
/// The parser follows browsers, which mend or drop what is odd. A setting is sent as it was written,
/// so what they would mend is an error here.
pub fn parse(text: &str) -> Result<Url, &'static str> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err("does not begin with http:// or https://");
    }
    if let Some(at) = rest.find(['@', '?', '#']) {
        return Err(match rest.as_bytes()[at] {
            b'@' => "has a user part",
            b'?' => "has a query",
            _ => "has a fragment",
        });
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if !path.is_empty() {
        return Err("has a path");
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    let url = Url::parse(text).map_err(|_| "has no valid host and port")?;
    if !authority.bytes().all(plain) || authority.is_empty() {
        return Err("has no valid host");
    }
    if authority.ends_with(':') || url.port() == Some(0) {
        return Err("has a port that is not a number from 1 to 65535");
    }
    Ok(url)
}

/// Whether a browser on this machine reaches this machine by that host: 127.0.0.0/8, `[::1]`, and
/// `localhost` with the names below it (RFC 6761, section 6.3).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}
