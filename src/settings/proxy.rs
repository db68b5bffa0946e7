//! Which proxy the exchange goes through, if any: the variables that curl and Python's requests read.
//! Ranges of addresses, such as `10.0.0.0/8`, are not among the exceptions.

use std::ffi::OsString;
use std::net::IpAddr;

use url::Host;

use super::reader::{Problem, as_text};
use crate::oauth::proxy::Proxy;
use crate::origin::Origin;

/// The variables that can name the proxy; the first that is set counts.
const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The variables that can name the exceptions; the first that is set counts.
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The proxy for an `https` server, with the name of the variable that it comes from. `None` where no
/// proxy is set, or the server is an exception.
pub(super) fn choose(
    lookup: &impl Fn(&str) -> Option<OsString>,
    server: &Origin,
) -> Option<(&'static str, Result<Proxy, Problem>)> {
    let first_set = |names: &[&'static str]| {
        let mut values = names.iter().map(|name| (*name, lookup(name)));
        values.find_map(|(name, value)| Some((name, value?)))
    };
    let (name, value) = first_set(&PROXIES)?;
    if let Some((name, exceptions)) = first_set(&EXCEPTIONS) {
        match as_text(&exceptions) {
            Ok(exceptions) if is_exception(exceptions, server) => return None,
            Ok(_) => {}
            Err(problem) => return Some((name, Err(problem))),
        }
    }
    let correction = "write it as http://host:port or http://user:password@host:port, with user and \
                      password percent-encoded";
    let proxy = as_text(&value)
        .and_then(|text| Proxy::parse(text).map_err(|error| Problem::new(error, correction)));
    Some((name, proxy))
}

/// Whether a list of exceptions, separated by commas, has a server.
fn is_exception(list: &str, server: &Origin) -> bool {
    let mut entries = list.split(',').map(str::trim);
    entries.any(|entry| entry == "*" || excepts(entry, server))
}

/// Whether one entry, a host with or without a port, covers a server.
fn excepts(entry: &str, server: &Origin) -> bool {
    let (host, port) = split_port(entry);
    if port.is_some_and(|port| port != server.port()) {
        return false;
    }
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    match (server.host(), address) {
        (Host::Ipv4(own), Ok(IpAddr::V4(address))) => own == address,
        (Host::Ipv6(own), Ok(IpAddr::V6(address))) => own == address,
        (Host::Domain(own), Err(_)) => is_same_or_below(own, host),
        _ => false,
    }
}

fn is_same_or_below(name: &str, entry: &str) -> bool {
    // The parsed name of a server is in lower case.
    let domain = entry.trim_start_matches('.').to_ascii_lowercase();
    if domain.is_empty() {
        return false;
    }
    match name.strip_suffix(domain.as_str()) {
        Some(before) => before.is_empty() || before.ends_with('.'),
        None => false,
    }
}

/// Takes the port off an entry. An IPv6 address without brackets has colons, but no port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if entry.parse::<IpAddr>().is_ok() {
        return (entry, None);
    }
    match entry.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (entry, None),
        },
        None => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn an_exception_covers_a_host_and_what_is_below_it() {
        let table = [
            // list, server, is it an exception?
            ("", "https://auth.example", false),
            (",", "https://auth.example", false),
            (".", "https://auth.example", false),
            ("*", "https://auth.example", true),
            ("x, *", "https://auth.example", true),
            ("*.example", "https://auth.example", false),
            ("auth.example", "https://auth.example", true),
            ("AUTH.Example", "https://auth.example", true),
            ("auth.example", "https://AUTH.example", true),
            ("example", "https://auth.example", true),
            (".example", "https://auth.example", true),
            (".auth.example", "https://auth.example", true),
            ("ample", "https://auth.example", false),
            ("th.example", "https://auth.example", false),
            ("www.auth.example", "https://auth.example", false),
            ("x , auth.example ,y", "https://auth.example", true),
            ("auth.example:443", "https://auth.example", true),
            ("auth.example:8443", "https://auth.example", false),
            ("auth.example:8443", "https://auth.example:8443", true),
            (".example:443", "https://auth.example", true),
            ("auth.example:x", "https://auth.example", false),
            ("127.0.0.1", "https://127.0.0.1", true),
            ("127.0.0.1:443", "https://127.0.0.1", true),
            ("127.0.0.1:444", "https://127.0.0.1", false),
            ("0.0.1", "https://127.0.0.1", false),
            ("::1", "https://[::1]", true),
            ("[::1]", "https://[::1]", true),
            ("[::1]:443", "https://[::1]", true),
            ("[::1]:444", "https://[::1]", false),
            ("0:0::1", "https://[::1]", true),
            ("::2", "https://[::1]", false),
        ];
        for (list, server, expected) in table {
            let origin = Origin::parse(server).expect(server);
            assert_eq!(is_exception(list, &origin), expected, "{list} {server}");
        }
    }

    type Variable = (&'static str, &'static str);
    /// The variable that counts, and the proxy's address where it is valid.
    type Chosen = (&'static str, Option<&'static str>);

    #[test]
    fn the_first_variable_that_is_set_counts_and_no_other_is_looked_at() {
        let server = Origin::parse("https://auth.example").expect("an origin");
        let table: [(&[Variable], Option<Chosen>); 9] = [
            (&[], None),
            (&[("no_proxy", "*")], None),
            (
                &[("HTTPS_PROXY", "a:1")],
                Some(("HTTPS_PROXY", Some("a:1"))),
            ),
            (
                &[("https_proxy", "a:1"), ("HTTPS_PROXY", "b:1")],
                Some(("https_proxy", Some("a:1"))),
            ),
            (
                &[("all_proxy", "a:1"), ("HTTPS_PROXY", "b:1")],
                Some(("HTTPS_PROXY", Some("b:1"))),
            ),
            (
                &[("ALL_PROXY", "socks5://x"), ("all_proxy", "b:1")],
                Some(("all_proxy", Some("b:1"))),
            ),
            (&[("ALL_PROXY", "socks5://x")], Some(("ALL_PROXY", None))),
            (
                &[("ALL_PROXY", "socks5://x"), ("NO_PROXY", "example")],
                None,
            ),
            (
                &[("ALL_PROXY", "a:1"), ("no_proxy", "x"), ("NO_PROXY", "*")],
                Some(("ALL_PROXY", Some("a:1"))),
            ),
        ];
        for (variables, expected) in table {
            let values: HashMap<_, _> = variables.iter().copied().collect();
            let lookup = |name: &str| values.get(name).map(OsString::from);
            let chosen = choose(&lookup, &server);
            let shown =
                chosen.map(|(name, proxy)| (name, proxy.ok().map(|proxy| proxy.to_string())));
            let wanted = expected.map(|(name, address)| (name, address.map(str::to_owned)));
            assert_eq!(shown, wanted, "{variables:?}");
        }
    }
}
