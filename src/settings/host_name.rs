//! The address to listen on.

use std::net::Ipv6Addr;

use super::reader::Problem;
use crate::origin::{Origin, OriginError};

/// The address to listen on: a host name or an IP address.
#[derive(Clone, Debug)]
pub struct HostName {
    /// Without the brackets of an IPv6 address.
    text: String,
}

impl HostName {
    /// Reads a host name or an IP address.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let in_brackets = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let is_ipv6 = |text: &&str| text.parse::<Ipv6Addr>().is_ok();
        let without_brackets = in_brackets.filter(is_ipv6).unwrap_or(text);
        let host_name = Self {
            text: without_brackets.to_owned(),
        };
        let is_host = !text.contains(['/', ':']) || host_name.is_ipv6();
        if is_host && host_name.origin(80).is_ok() {
            return Ok(host_name);
        }
        let wrong = "is not a valid host name or IP address";
        Err(Problem::new(wrong, "write it as 127.0.0.1"))
    }

    /// The text, without the brackets of an IPv6 address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn is_ipv6(&self) -> bool {
        self.text.parse::<Ipv6Addr>().is_ok()
    }

    /// This host as the URL that its own server has on a port.
    pub(super) fn origin(&self, port: u16) -> Result<Origin, OriginError> {
        Origin::parse(&self.url(port))
    }

    fn url(&self, port: u16) -> String {
        // An IPv6 address stands in brackets (RFC 3986, section 3.2.2).
        if self.is_ipv6() {
            format!("http://[{}]:{port}", self.text)
        } else {
            format!("http://{}:{port}", self.text)
        }
    }
}
