//! The address to listen on.

use std::net::Ipv6Addr;

use super::reader::Problem;
use crate::origin::{Origin, OriginError};

/// The address to listen on: a host name or an IP address.
#[derive(Clone, Debug)]
pub struct HostName {
    /// Without the brackets of an IPv6 address.
    text: String,
    /// As it stands in a URL: an IPv6 address in brackets (RFC 3986, section 3.2.2).
    in_url: String,
}

impl HostName {
    /// Reads a host name or an IP address.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let in_brackets = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        let without_brackets = in_brackets.unwrap_or(text);
        let is_ipv6 = without_brackets.parse::<Ipv6Addr>().is_ok();
        let host_name = if is_ipv6 {
            Self {
                text: without_brackets.to_owned(),
                in_url: format!("[{without_brackets}]"),
            }
        } else {
            Self {
                text: text.to_owned(),
                in_url: text.to_owned(),
            }
        };
        let has_delimiter = !is_ipv6 && text.contains(['/', ':']);
        if has_delimiter || host_name.origin(80).is_err() {
            let wrong = "is not a valid host name or IP address";
            return Err(Problem::new(wrong, "write an address such as 127.0.0.1"));
        }
        Ok(host_name)
    }

    /// The text, without the brackets of an IPv6 address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL that a server on this host has on a port.
    pub(super) fn origin(&self, port: u16) -> Result<Origin, OriginError> {
        Origin::parse(&format!("http://{}:{port}", self.in_url))
    }
}
