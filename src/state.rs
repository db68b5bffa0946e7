//! The state: does a callback belong to a login that this browser began?
//!
//! Without it, an attacker could make somebody else's browser finish a login with the attacker's code, and
//! the victim would work in the attacker's account without noticing (RFC 6749, section 10.12). The
//! browser keeps the state in a cookie and the server stores nothing, so any copy of the server can
//! finish a login.

use actix_web::HttpRequest;
use actix_web::http::header;
use subtle::ConstantTimeEq as _;

use crate::failure::Cause;
use crate::origin::Origin;

/// How many hexadecimal digits a state has: 128 bits (RFC 6749, section 10.10).
const DIGITS: usize = 32;

/// What ties a login to a browser. It has no `Debug`: it is as secret as the login.
#[derive(PartialEq)]
pub struct State(String);

impl State {
    /// A new state, random bytes from the operating system.
    pub fn random() -> Self {
        Self(random_hex())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn from_cookie(value: &[u8]) -> Option<Self> {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_state = value.len() == DIGITS && value.iter().all(is_digit);
        let text = str::from_utf8(value).ok()?;
        is_state.then(|| Self(text.to_owned()))
    }
}

/// 128 random bits from the operating system as 32 hexadecimal digits.
pub fn random_hex() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("every operating system that runs this has random bytes");
    format!("{:0DIGITS$x}", u128::from_ne_bytes(bytes))
}

/// The cookie that keeps the state in the browser.
pub struct StateCookie {
    is_secure: bool,
}

impl StateCookie {
    pub fn new(redirect_uri: &Origin) -> Self {
        Self {
            is_secure: redirect_uri.is_https(),
        }
    }

    /// The state of this browser, if it has exactly one.
    pub fn get(&self, request: &HttpRequest) -> Option<State> {
        let mut states = self.states(request);
        if states.len() == 1 {
            states.pop()
        } else {
            None
        }
    }

    /// The state of this browser, if the callback brought the same.
    ///
    /// # Errors
    ///
    /// [`Cause::NoLogin`] or [`Cause::OtherBrowser`].
    pub fn verify(&self, request: &HttpRequest, given: Option<&str>) -> Result<State, Cause> {
        let mut states = self.states(request);
        let state = states.pop().ok_or(Cause::NoLogin)?;
        // The comparison takes the same time wherever the difference is.
        let given = given.unwrap_or_default().as_bytes();
        let is_same: bool = state.0.as_bytes().ct_eq(given).into();
        // With several, one of them may be an attacker's.
        if is_same && states.is_empty() {
            Ok(state)
        } else {
            Err(Cause::OtherBrowser)
        }
    }

    /// The `Set-Cookie` that keeps a state as long as the browser runs.
    pub fn set(&self, state: &State) -> String {
        self.attributes(state.as_str())
    }

    /// The `Set-Cookie` that deletes the state.
    pub fn delete(&self) -> String {
        self.attributes("") + "; Max-Age=0"
    }

    /// `SameSite=Strict` would withhold the cookie from the callback, which another site starts.
    fn attributes(&self, value: &str) -> String {
        let name = self.name();
        let secure = if self.is_secure { "; Secure" } else { "" };
        format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/{secure}")
    }

    /// Browsers accept a cookie with the prefix `__Host-` only over `https` and only from this host
    /// (RFC 6265bis, section 4.1.3.2), so that no other host can plant one.
    fn name(&self) -> &'static str {
        if self.is_secure {
            "__Host-een_login_state"
        } else {
            "een_login_state"
        }
    }

    /// The different states in the cookies of a request.
    ///
    /// Parsed here, since actix-web gives up on all cookies if one is not UTF-8, and another program on
    /// the same host may have set that one.
    fn states(&self, request: &HttpRequest) -> Vec<State> {
        let headers = request.headers().get_all(header::COOKIE);
        let pairs = headers.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
        let values = pairs.filter_map(|pair| {
            let after_name = pair.trim_ascii().strip_prefix(self.name().as_bytes())?;
            after_name.strip_prefix(b"=")
        });
        let mut states: Vec<State> = values.filter_map(State::from_cookie).collect();
        states.dedup();
        states
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const A: &str = "0123456789abcdef0123456789abcdef";
    const B: &str = "ffffffffffffffffffffffffffffffff";

    #[test]
    fn the_state_is_found_among_the_cookies_of_others() {
        let cookie = StateCookie::new(&Origin::parse("http://127.0.0.1").expect("an origin"));
        let table: [(&[u8], Option<&str>); 7] = [
            (b"", None),
            (b"een_login_state=0123456789abcdef0123456789abcdef", Some(A)),
            (
                b"x=\xff; een_login_state=0123456789abcdef0123456789abcdef; c=\"d\"",
                Some(A),
            ),
            (
                b"een_login_state=x;een_login_state=0123456789abcdef0123456789abcdef",
                Some(A),
            ),
            (b"een_login_state=0123456789ABCDEF0123456789ABCDEF", None),
            (b"xeen_login_state=0123456789abcdef0123456789abcdef", None),
            (
                b"__Host-een_login_state=0123456789abcdef0123456789abcdef",
                None,
            ),
        ];
        for (header, expected) in table {
            let request = TestRequest::default().insert_header((header::COOKIE, header));
            let state = cookie.get(&request.to_http_request());
            assert_eq!(state.as_ref().map(State::as_str), expected, "{header:?}");
        }
    }

    #[test]
    fn only_the_browser_that_began_a_login_can_finish_it() {
        let cookie = StateCookie::new(&Origin::parse("http://127.0.0.1").expect("an origin"));
        let one = format!("een_login_state={A}");
        let twice = format!("{one}; {one}");
        let several = format!("{one}; een_login_state={B}");
        let no_login = Some(Cause::NoLogin.explanation().0);
        let other_browser = Some(Cause::OtherBrowser.explanation().0);
        let table = [
            ("", Some(A), no_login),
            (&one, Some(A), None),
            (&twice, Some(A), None),
            (&one, Some(B), other_browser),
            (&one, Some(""), other_browser),
            (&one, None, other_browser),
            (&several, Some(A), other_browser),
            (&several, Some(B), other_browser),
        ];
        for (header, given, expected) in table {
            let request = TestRequest::default().insert_header((header::COOKIE, header));
            let verified = cookie.verify(&request.to_http_request(), given);
            let cause = verified.err().map(|cause| cause.explanation().0);
            assert_eq!(cause, expected, "{header} {given:?}");
        }
    }
}
