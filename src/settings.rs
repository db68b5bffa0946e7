//! The settings: environment variables, checked, and turned into types that carry what was checked.

use std::env;
use std::net::Ipv6Addr;
use std::num::NonZeroU16;

use crate::oauth::Proxy;
use crate::origin::Origin;
use crate::text::Secret;

const DEFAULT_AUTH_URL: &str = "https://auth.eagleeyenetworks.com";

/// The program's own lines and the libraries' warnings, but not those about requests that are not HTTP.
const DEFAULT_LOG_FILTER: &str = "warn,een_login=info,actix_http::h1=off";

pub struct Settings {
    /// The host name or address to listen on, an IPv6 address without brackets.
    pub host_name: String,
    /// The port to listen on.
    pub port: u16,
    /// The URL of this host and port.
    pub own_url: Origin,
    /// Where the login returns to.
    pub redirect_uri: Origin,
    /// `None` if neither id nor secret is set: the sandbox answers.
    pub credentials: Option<Credentials>,
}

/// What Eagle Eye Networks gave for the application, and how to reach its authorization server.
pub struct Credentials {
    pub auth_url: Origin,
    pub client_id: String,
    pub client_secret: Secret,
    /// The proxy for the exchange, if it goes through one.
    pub proxy: Option<Proxy>,
}

impl Settings {
    /// Reads and checks all settings.
    ///
    /// # Errors
    ///
    /// A line for each invalid setting: its name, what is wrong, and how to correct it. No line has the
    /// value, which may be a secret.
    pub fn from_env() -> Result<Self, String> {
        let mut problems = Problems(Vec::new());

        let client_id = problems.check("CLIENT_ID", None, parse_client_id);
        let client_secret = problems.check("CLIENT_SECRET", None, parse_client_secret);
        problems.check_completeness();
        let auth_url = problems.check("AUTH_URL", Some(DEFAULT_AUTH_URL), parse_auth_url);

        let host_name = problems.check("HOST_NAME", Some("127.0.0.1"), parse_host_name);
        let port = problems.check("PORT", Some("3333"), parse_port);
        let own_url = match (&host_name, port) {
            (Some(host_name), Some(port)) => own_url(host_name, port),
            _ => None,
        };
        let default_redirect_uri = own_url.as_ref().map(Origin::as_str);
        let redirect_uri = problems.check("REDIRECT_URI", default_redirect_uri, parse_redirect_uri);

        let proxy = match &auth_url {
            // The sandbox and plain HTTP need no proxy.
            Some(auth_url) if client_id.is_some() && auth_url.is_https() => {
                problems.check_proxy(auth_url)
            }
            _ => None,
        };

        match (host_name, port, own_url, redirect_uri, auth_url) {
            (Some(host_name), Some(port), Some(own_url), Some(redirect_uri), Some(auth_url))
                if problems.0.is_empty() =>
            {
                let credentials = client_id.zip(client_secret);
                Ok(Self {
                    host_name,
                    port,
                    own_url,
                    redirect_uri,
                    credentials: credentials.map(|(client_id, client_secret)| Credentials {
                        auth_url,
                        client_id,
                        client_secret,
                        proxy,
                    }),
                })
            }
            _ => Err(problems.0.join("\n")),
        }
    }
}

/// What is logged, as `env_logger` reads it.
pub fn log_filter() -> String {
    variable("RUST_LOG").unwrap_or_else(|| DEFAULT_LOG_FILTER.to_owned())
}

/// An environment variable, trimmed. An empty one counts as unset. Bytes that are not UTF-8 become
/// U+FFFD, which no setting accepts.
fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name)?.to_string_lossy().trim().to_owned();
    Some(value).filter(|value| !value.is_empty())
}

/// The first of these variables that is set.
fn first_set(names: &[&'static str]) -> Option<&'static str> {
    let mut set = names.iter().filter(|name| variable(name).is_some());
    set.next().copied()
}

/// What is wrong with the settings, a line each.
struct Problems(Vec<String>);

impl Problems {
    fn add(&mut self, name: &str, problem: &str) {
        self.0.push(format!("{name} {problem}"));
    }

    /// Parses a setting or its default; `None` if there is neither, or if it is invalid.
    fn check<T>(
        &mut self,
        name: &str,
        default: Option<&str>,
        parse: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        let value = variable(name).or_else(|| default.map(str::to_owned))?;
        match parse(&value) {
            Ok(parsed) => Some(parsed),
            Err(problem) => {
                self.add(name, problem);
                None
            }
        }
    }

    fn check_completeness(&mut self) {
        let is_set = |name| variable(name).is_some();
        match (is_set("CLIENT_ID"), is_set("CLIENT_SECRET")) {
            (true, false) => self.add(
                "CLIENT_SECRET",
                "is not set; set it too, or remove CLIENT_ID",
            ),
            (false, true) => self.add(
                "CLIENT_ID",
                "is not set; set it too, or remove CLIENT_SECRET",
            ),
            (false, false) if is_set("AUTH_URL") => self.add(
                "AUTH_URL",
                "needs credentials; set CLIENT_ID and CLIENT_SECRET too, or remove it",
            ),
            _ => {}
        }
    }

    /// The proxy for an `https` server, as curl and Python's requests choose it.
    fn check_proxy(&mut self, server: &Origin) -> Option<Proxy> {
        let name = first_set(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?;
        let exceptions = first_set(&["no_proxy", "NO_PROXY"]).and_then(variable);
        if is_excepted(server, &exceptions.unwrap_or_default()) {
            return None;
        }
        self.check(name, None, Proxy::parse)
    }
}

/// Whether a list of hosts, each of which also covers its subdomains, has a server.
fn is_excepted(server: &Origin, list: &str) -> bool {
    let host = server.host().to_string();
    list.split(',').any(|entry| {
        let excepted = entry.trim().trim_start_matches('.').to_ascii_lowercase();
        let is_subdomain = || host.ends_with(&format!(".{excepted}"));
        excepted == "*" || (!excepted.is_empty() && (host == excepted || is_subdomain()))
    })
}

fn parse_client_id(text: &str) -> Result<String, &'static str> {
    check_credential(text)?;
    // RFC 7617, section 2: the first colon ends the user-id.
    if text.contains(':') {
        return Err("has a colon, which no client id has; copy it again");
    }
    Ok(text.to_owned())
}

fn parse_client_secret(text: &str) -> Result<Secret, &'static str> {
    check_credential(text)?;
    Ok(Secret::new(text))
}

fn check_credential(text: &str) -> Result<(), &'static str> {
    if text.starts_with("your-client-") || text.starts_with("<ADD_") {
        return Err("is still a placeholder; write what Eagle Eye Networks gave you");
    }
    if text.starts_with(['"', '\'']) && text.ends_with(['"', '\'']) {
        return Err("has quotes around the value; remove them (docker's --env-file keeps them)");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            "has a space, a typographic quote or another character that credentials never \
                    have; copy it again",
        );
    }
    Ok(())
}

fn parse_auth_url(text: &str) -> Result<Origin, &'static str> {
    let origin = Origin::parse(text).filter(|_| !text.ends_with('/'));
    let origin = origin.ok_or(
        "is not a URL of scheme, host and optional port; write it as \
         https://auth.eagleeyenetworks.com",
    )?;
    if !origin.is_https() && !origin.is_loopback() {
        return Err("would send the client secret unencrypted; begin it with https://");
    }
    Ok(origin)
}

fn parse_host_name(text: &str) -> Result<String, &'static str> {
    let in_brackets = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let host_name = in_brackets.unwrap_or(text);
    if own_url(host_name, 80).is_none() {
        return Err("is not a host name or an IP address; write it as 127.0.0.1");
    }
    Ok(host_name.to_owned())
}

fn own_url(host_name: &str, port: u16) -> Option<Origin> {
    let is_ipv6 = host_name.parse::<Ipv6Addr>().is_ok();
    let host = if is_ipv6 {
        format!("[{host_name}]")
    } else {
        host_name.to_owned()
    };
    Origin::parse(&format!("http://{host}:{port}"))
}

fn parse_port(text: &str) -> Result<u16, &'static str> {
    let port = text.parse::<NonZeroU16>();
    port.map(NonZeroU16::get)
        .map_err(|_| "is not a port; write a number from 1 to 65535")
}

fn parse_redirect_uri(text: &str) -> Result<Origin, &'static str> {
    let origin = Origin::parse(text).ok_or(
        "is not a URL of scheme, host and optional port; write it as http://127.0.0.1:3333",
    )?;
    if origin.is_unspecified() {
        return Err(
            "is no address that a browser can open; set it to the URL that browsers use, such \
                    as http://127.0.0.1:3333",
        );
    }
    Ok(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_covers_a_host_and_its_subdomains() {
        let table = [
            ("", false),
            (",", false),
            (".", false),
            ("*", true),
            ("auth.example", true),
            ("AUTH.Example", true),
            ("x , .example ,y", true),
            ("ample", false),
            ("www.auth.example", false),
        ];
        let server = Origin::parse("https://auth.example").expect("an origin");
        for (list, expected) in table {
            assert_eq!(is_excepted(&server, list), expected, "{list}");
        }
    }
}
