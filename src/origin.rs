//! URLs that are nothing but a scheme, a host and a port, and the hosts that are this machine.

use std::fmt;

use url::{Host, Url};

/// A URL of scheme, host and port alone; one slash may follow.
///
/// It keeps its text as it was written, because a redirect URI is compared as a string
/// (RFC 6749, section 3.1.2.3), and its parsed form, so that nobody has to parse it again.
#[derive(Clone, Debug)]
pub struct Origin {
    text: String,
    url: Url,
}

/// Why a text is not an [`Origin`]. The message is the end of a sentence about the text, and never
/// has the text itself: people put passwords into URLs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OriginError {
    /// The scheme is missing, or is neither `http` nor `https`.
    Scheme,
    /// There is a user name before the host.
    User,
    /// There is more than one slash after the host.
    Path,
    /// There is a `?`.
    Query,
    /// There is a `#`.
    Fragment,
    /// The host is missing or is not valid.
    Host,
    /// The port is not a number from 1 to 65535.
    Port,
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "does not begin with http:// or https://",
            Self::User => "has a user name",
            Self::Path => "has a path",
            Self::Query => "has a query",
            Self::Fragment => "has a fragment",
            Self::Host => "has no valid host",
            Self::Port => "has a port that is not a number from 1 to 65535",
        })
    }
}

impl std::error::Error for OriginError {}

impl Origin {
    /// Reads an origin.
    ///
    /// The URL parser follows browsers, which repair or drop what is odd. An origin is sent as it
    /// was written, so what a browser would repair is an error here.
    ///
    /// # Errors
    ///
    /// One thing that keeps the text from being an origin.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let (scheme, rest) = text.split_once("://").ok_or(OriginError::Scheme)?;
        if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
            return Err(OriginError::Scheme);
        }
        let first_delimiter = rest.chars().find(|c| matches!(c, '@' | '?' | '#'));
        match first_delimiter {
            Some('@') => return Err(OriginError::User),
            Some('?') => return Err(OriginError::Query),
            Some(_) => return Err(OriginError::Fragment),
            None => {}
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !path.is_empty() {
            return Err(OriginError::Path);
        }
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
        if authority.is_empty() || !authority.bytes().all(is_plain) {
            return Err(OriginError::Host);
        }
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::InvalidPort => OriginError::Port,
            _ => OriginError::Host,
        })?;
        if authority.ends_with(':') || url.port() == Some(0) {
            return Err(OriginError::Port);
        }
        Ok(Self {
            text: text.to_owned(),
            url,
        })
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text without the slash that may follow the port.
    fn without_slash(&self) -> &str {
        self.text.trim_end_matches('/')
    }

    /// Host and port as they were written.
    #[must_use]
    pub fn authority(&self) -> &str {
        let scheme_and_slashes = self.url.scheme().len() + "://".len();
        &self.without_slash()[scheme_and_slashes..]
    }

    /// The parsed host.
    #[must_use]
    pub fn host(&self) -> Host<&str> {
        // http and https URLs do not parse without a host.
        self.url.host().unwrap_or(Host::Domain(""))
    }

    /// The port, which is 80 for `http` and 443 for `https` where none was written.
    #[must_use]
    pub fn port(&self) -> u16 {
        let default = if self.is_https() { 443 } else { 80 };
        self.url.port().unwrap_or(default)
    }

    /// Whether what is sent there is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Whether it is this machine, whatever DNS says: exactly `localhost`, 127.0.0.0/8 or `[::1]`.
    ///
    /// Names below `localhost`, and `localhost.`, are left out: resolvers may ask DNS for those.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.host() {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(name) => name == "localhost",
        }
    }

    /// Whether a browser takes it for the machine that it runs on. Beyond [`Self::is_loopback`],
    /// browsers do so with `localhost.` and the names below it (RFC 6761, section 6.3).
    #[must_use]
    pub fn is_local_in_browsers(&self) -> bool {
        match self.host() {
            Host::Domain(name) => {
                let without_dot = name.strip_suffix('.').unwrap_or(name);
                without_dot == "localhost" || without_dot.ends_with(".localhost")
            }
            _ => self.is_loopback(),
        }
    }

    /// Whether a browser could go there: nobody can browse to an address that stands for every
    /// machine or for many.
    #[must_use]
    pub fn is_browsable(&self) -> bool {
        match self.host() {
            Host::Ipv4(address) => {
                !address.is_unspecified() && !address.is_broadcast() && !address.is_multicast()
            }
            Host::Ipv6(address) => {
                let mapped = address.to_ipv4_mapped();
                let is_mapped_unspecified = mapped.is_some_and(|v4| v4.is_unspecified());
                !address.is_unspecified() && !address.is_multicast() && !is_mapped_unspecified
            }
            Host::Domain(_) => true,
        }
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
    fn an_origin_keeps_its_text_and_knows_its_parts() {
        let table = [
            // text, authority, port, is_https
            ("http://127.0.0.1:3333", "127.0.0.1:3333", 3333, false),
            ("http://127.0.0.1:3333/", "127.0.0.1:3333", 3333, false),
            ("HTTPS://App.Example", "App.Example", 443, true),
            ("http://h", "h", 80, false),
            ("http://[::1]:8080", "[::1]:8080", 8080, false),
        ];
        for (text, authority, port, is_https) in table {
            let origin = Origin::parse(text).expect(text);
            assert_eq!(origin.as_str(), text);
            assert_eq!(origin.to_string(), text);
            assert_eq!(origin.authority(), authority, "{text}");
            assert_eq!(origin.port(), port, "{text}");
            assert_eq!(origin.is_https(), is_https, "{text}");
            assert_eq!(origin.without_slash(), text.trim_end_matches('/'));
        }
    }

    #[test]
    fn what_is_more_or_less_than_an_origin_is_refused() {
        let table = [
            ("", OriginError::Scheme),
            ("127.0.0.1:3333", OriginError::Scheme),
            ("ftp://127.0.0.1", OriginError::Scheme),
            ("http:127.0.0.1", OriginError::Scheme),
            (" http://h", OriginError::Scheme),
            ("javascript://h", OriginError::Scheme),
            ("http://", OriginError::Host),
            ("http:///", OriginError::Host),
            ("http://*:80", OriginError::Host),
            ("http://a b", OriginError::Host),
            ("http://bücher.example", OriginError::Host),
            ("http://h\\", OriginError::Host),
            ("http://h\t", OriginError::Host),
            ("http://%68", OriginError::Host),
            ("http://[::g]", OriginError::Host),
            ("http://h/path", OriginError::Path),
            ("http://h//", OriginError::Path),
            ("http://h/?a", OriginError::Query),
            ("http://h?a=b", OriginError::Query),
            ("http://h#f", OriginError::Fragment),
            ("http://h/#", OriginError::Fragment),
            ("http://u@h", OriginError::User),
            ("http://u:p@h", OriginError::User),
            ("http://h:99999", OriginError::Port),
            ("http://h:0", OriginError::Port),
            ("http://h:", OriginError::Port),
            ("http://h:80a", OriginError::Port),
        ];
        for (text, error) in table {
            assert_eq!(Origin::parse(text).err(), Some(error), "{text}");
            assert!(error.to_string().starts_with(['d', 'h']), "{error}");
        }
    }

    #[test]
    fn what_is_this_machine_for_sure_differs_from_what_browsers_take_for_it() {
        let table = [
            // host, is_loopback, is_local_in_browsers
            ("localhost", true, true),
            ("LOCALHOST", true, true),
            ("127.0.0.1", true, true),
            ("127.255.0.1", true, true),
            ("[::1]", true, true),
            ("localhost.", false, true),
            ("foo.localhost", false, true),
            ("foo.localhost.", false, true),
            ("notlocalhost", false, false),
            ("localhost.example", false, false),
            ("128.0.0.1", false, false),
            ("[::2]", false, false),
            ("[::ffff:127.0.0.1]", false, false),
        ];
        for (host, is_loopback, is_local_in_browsers) in table {
            let origin = Origin::parse(&format!("http://{host}:80")).expect(host);
            assert_eq!(origin.is_loopback(), is_loopback, "{host}");
            assert_eq!(
                origin.is_local_in_browsers(),
                is_local_in_browsers,
                "{host}"
            );
        }
    }

    #[test]
    fn nobody_can_browse_to_an_address_that_stands_for_many_machines() {
        let table = [
            ("127.0.0.1", true),
            ("app.example", true),
            ("192.0.2.1", true),
            ("[::1]", true),
            ("0.0.0.0", false),
            ("0", false),
            ("0x0", false),
            ("255.255.255.255", false),
            ("224.0.0.1", false),
            ("[::]", false),
            ("[::ffff:0.0.0.0]", false),
            ("[ff02::1]", false),
        ];
        for (host, is_browsable) in table {
            let origin = Origin::parse(&format!("http://{host}")).expect(host);
            assert_eq!(origin.is_browsable(), is_browsable, "{host}");
        }
    }
}
