//! URLs without path, query or user.

use std::fmt;

use url::{Host, Url};

/// A URL of scheme, host and optional port; one slash may follow.
///
/// It keeps the text as it was written, because a redirect URI is compared as a string (RFC 6749,
/// section 3.1.2.3).
#[derive(Clone, Debug)]
pub struct Origin {
    text: String,
    url: Url,
}

impl Origin {
    /// Parses an origin; `None` if the text is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        // `Url` repairs what it can, as browsers do. The text is sent as it was written, so only what
        // needs no repair is taken.
        let (scheme, rest) = text.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        if !authority.bytes().all(is_plain) || authority.ends_with(':') {
            return None;
        }
        let url = Url::parse(text).ok().filter(|url| url.port() != Some(0))?;
        let text = text.to_owned();
        Some(Self { text, url })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL of a path, which begins with a slash, at this origin.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text.trim_end_matches('/'))
    }

    pub fn host(&self) -> Host<&str> {
        self.url.host().expect("http and https URLs have a host")
    }

    /// The port; if none was written, the default of the scheme.
    pub fn port(&self) -> u16 {
        self.url
            .port_or_known_default()
            .expect("http and https have a default port")
    }

    /// Host and port, to listen on or to connect to.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.host(), self.port())
    }

    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether the host is this machine, whatever DNS says: exactly `localhost`, 127.0.0.0/8 or
    /// `[::1]`. Resolvers may ask DNS for the names below `localhost`.
    pub fn is_loopback(&self) -> bool {
        match self.host() {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(name) => name == "localhost",
        }
    }

    /// Whether the host is `0.0.0.0` or `[::]`: a server can listen there, but no browser can go there.
    pub fn is_unspecified(&self) -> bool {
        match self.host() {
            Host::Ipv4(address) => address.is_unspecified(),
            Host::Ipv6(address) => address.is_unspecified(),
            Host::Domain(_) => false,
        }
    }
}

impl PartialEq for Origin {
    /// Whether both are the same scheme, host and port, however they are written.
    fn eq(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_keeps_its_text_and_joins_paths_with_one_slash() {
        for text in [
            "http://127.0.0.1:3333",
            "HTTPS://App.Example/",
            "http://[::1]:80",
        ] {
            let origin = Origin::parse(text).expect(text);
            assert_eq!(origin.as_str(), text);
            assert_eq!(
                origin.join("/a"),
                format!("{}/a", text.trim_end_matches('/'))
            );
        }
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_refused() {
        let table = [
            "",
            "127.0.0.1:3333",
            "ftp://127.0.0.1",
            "http:127.0.0.1",
            " http://h",
            "http://",
            "http:///",
            "http://a b",
            "http://bücher.example",
            "http://h\\",
            "http://h\t",
            "http://[::g]",
            "http://h/path",
            "http://h//",
            "http://h/?a",
            "http://h?a=b",
            "http://h#f",
            "http://u:p@h",
            "http://h:99999",
            "http://h:0",
            "http://h:",
        ];
        for text in table {
            assert!(Origin::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn only_what_is_this_machine_whatever_dns_says_is_loopback() {
        let table = [
            ("localhost", true),
            ("LOCALHOST", true),
            ("127.255.0.1", true),
            ("[::1]", true),
            ("foo.localhost", false),
            ("localhost.", false),
            ("128.0.0.1", false),
            ("0.0.0.0", false),
        ];
        for (host, is_loopback) in table {
            let origin = Origin::parse(&format!("http://{host}:80")).expect(host);
            assert_eq!(origin.is_loopback(), is_loopback, "{host}");
        }
    }
}
