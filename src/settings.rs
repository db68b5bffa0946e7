//! The settings: environment variables, checked, and parsed into types that hold only valid values.

use std::env;
use std::num::NonZeroU16;

use crate::oauth::{Client, Proxy};
use crate::origin::Origin;
use crate::text::Secret;

/// The client that is registered at the sandbox. Its secret protects nothing.
const SANDBOX_CLIENT_ID: &str = "sandbox-client";
const SANDBOX_CLIENT_SECRET: &str = "sandbox-secret";

const DEFAULT_AUTH_URL: &str = "https://auth.eagleeyenetworks.com";

/// The program's own lines and the libraries' warnings, but not those about requests that are not HTTP.
const DEFAULT_LOG_FILTER: &str = "warn,een_login=info,actix_http::h1=off";

pub struct Settings {
    /// The host and the port to listen on, as a URL.
    pub own_url: Origin,
    /// Without credentials, the client of the sandbox, which is not started yet.
    pub client: Client,
}

impl Settings {
    /// Reads and checks all settings.
    ///
    /// # Errors
    ///
    /// A line for each invalid setting: its name, what is wrong, and how to correct it. No line contains
    /// the value, which may be a secret.
    pub fn from_env() -> Result<Self, String> {
        let mut problems = Problems(Vec::from_iter(missing_credential()));

        let id = problems.check("CLIENT_ID", SANDBOX_CLIENT_ID, parse_client_id);
        let secret = problems.check("CLIENT_SECRET", SANDBOX_CLIENT_SECRET, parse_credential);
        let is_sandbox = variable("CLIENT_ID").is_none();
        let auth_url = problems.check("AUTH_URL", DEFAULT_AUTH_URL, parse_auth_url);
        // The sandbox and plain HTTP need no proxy.
        let needs_proxy = !is_sandbox && auth_url.is_https();
        let proxy = if needs_proxy {
            problems.check_proxy(&auth_url)
        } else {
            None
        };

        let host_name = problems.check("HOST_NAME", "127.0.0.1", parse_host_name);
        let port = problems.check("PORT", "3333", parse_port);
        let own_url = own_url(&host_name, port).expect("host and port are checked");
        let redirect_uri = problems.check("REDIRECT_URI", own_url.as_str(), parse_origin);
        if redirect_uri.is_unspecified() {
            let problem = format!(
                "(by default from HOST_NAME) must be a URL that a browser can open, not 0.0.0.0 or \
                 [::]; write it as http://127.0.0.1:{port}"
            );
            problems.add("REDIRECT_URI", &problem);
        }

        let client = Client {
            auth_url,
            id,
            secret: Secret::new(secret),
            redirect_uri,
            proxy,
            is_sandbox,
        };
        if problems.0.is_empty() {
            Ok(Self { own_url, client })
        } else {
            Err(problems.0.join("\n"))
        }
    }
}

/// What is logged, as `env_logger` reads it.
pub fn log_filter() -> String {
    variable("RUST_LOG").unwrap_or_else(|| DEFAULT_LOG_FILTER.to_owned())
}

/// An environment variable, trimmed. An empty one counts as unset. Bytes that are not UTF-8 become
/// U+FFFD, which is invalid wherever a value is checked.
fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name)?.to_string_lossy().trim().to_owned();
    Some(value).filter(|value| !value.is_empty())
}

/// The first of these variables that is set: its name and its value.
fn first_set(names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| Some((*name, variable(name)?)))
}

/// What is wrong with the settings, a line each.
struct Problems(Vec<String>);

impl Problems {
    /// Each setting gets one line: its first problem counts.
    fn add(&mut self, name: &str, problem: &str) {
        let is_known = |line: &String| line.split(' ').next() == Some(name);
        if !self.0.iter().any(is_known) {
            self.0.push(format!("{name} {problem}"));
        }
    }

    /// Parses a setting. If it is unset or invalid, the default stands in for it.
    fn check<T>(
        &mut self,
        name: &str,
        default: &str,
        parse: impl Fn(&str) -> Result<T, &'static str>,
    ) -> T {
        if let Some(value) = variable(name) {
            match parse(&value) {
                Ok(parsed) => return parsed,
                Err(problem) => self.add(name, problem),
            }
        }
        parse(default).expect("the default is valid")
    }

    /// The proxy for an `https` server, as curl and Python's requests choose it.
    fn check_proxy(&mut self, server: &Origin) -> Option<Proxy> {
        let (name, value) = first_set(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])?;
        let exceptions = first_set(&["no_proxy", "NO_PROXY"]);
        if exceptions.is_some_and(|(_, list)| is_excepted(server, &list)) {
            return None;
        }
        match Proxy::parse(&value) {
            Ok(proxy) => Some(proxy),
            Err(problem) => {
                self.add(name, problem);
                None
            }
        }
    }
}

/// What is missing, if only a part of the credentials is set.
fn missing_credential() -> Option<String> {
    let is_set = |name| variable(name).is_some();
    let problem = match (is_set("CLIENT_ID"), is_set("CLIENT_SECRET")) {
        (true, false) => "CLIENT_SECRET is not set; set it too, or remove CLIENT_ID",
        (false, true) => "CLIENT_ID is not set; set it too, or remove CLIENT_SECRET",
        (false, false) if is_set("AUTH_URL") => {
            "AUTH_URL needs credentials; set CLIENT_ID and CLIENT_SECRET, or remove AUTH_URL"
        }
        _ => return None,
    };
    Some(problem.to_owned())
}

/// Whether `NO_PROXY`, a list of hosts that also cover their subdomains, covers a server.
fn is_excepted(server: &Origin, list: &str) -> bool {
    let host = server.host().to_string();
    let is_covered = |entry: &str| {
        let excepted = entry.trim().trim_start_matches('.').to_ascii_lowercase();
        let is_subdomain = || host.ends_with(&format!(".{excepted}"));
        !excepted.is_empty() && (host == excepted || is_subdomain())
    };
    list == "*" || list.split(',').any(is_covered)
}

fn parse_client_id(text: &str) -> Result<String, &'static str> {
    // RFC 7617, section 2: the first colon ends the user-id.
    if text.contains(':') {
        return Err("has a colon, which no client id has; copy it again");
    }
    parse_credential(text)
}

fn parse_credential(text: &str) -> Result<String, &'static str> {
    if text.starts_with("your-client-") || text.starts_with("<ADD_") {
        return Err("is still a placeholder; write what Eagle Eye Networks gave you");
    }
    if text.starts_with(['"', '\'']) && text.ends_with(['"', '\'']) {
        return Err("has quotes around the value; remove them (docker's --env-file keeps them)");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(
            "has a space, a typographic quote or another character that credentials never have; copy \
             it again",
        );
    }
    Ok(text.to_owned())
}

fn parse_origin(text: &str) -> Result<Origin, &'static str> {
    Origin::parse(text)
        .ok_or("is not a URL of scheme, host and optional port, without a path; write it as http://127.0.0.1:3333")
}

fn parse_auth_url(text: &str) -> Result<Origin, &'static str> {
    let origin = Origin::parse(text)
        .filter(|_| !text.ends_with('/'))
        .ok_or("is not a URL of scheme, host and optional port, without a path or a slash at the end; write it as https://host:port")?;
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
    match own_url(host_name, 80) {
        Some(_) => Ok(host_name.to_owned()),
        None => Err("is not a host name or an IP address; write it as 127.0.0.1"),
    }
}

fn own_url(host_name: &str, port: u16) -> Option<Origin> {
    let is_ipv6 = host_name.contains(':');
    let host = if is_ipv6 {
        &format!("[{host_name}]")
    } else {
        host_name
    };
    Origin::parse(&format!("http://{host}:{port}"))
}

fn parse_port(text: &str) -> Result<u16, &'static str> {
    let port = text.parse::<NonZeroU16>();
    port.map(NonZeroU16::get)
        .map_err(|_| "is not a port; write a number from 1 to 65535")
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
            ("x,*", false),
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
