//! The state: does this callback belong to a login that this browser began?
//!
//! Without it, anybody could send a person a link with a code of their own, and the person would
//! work in a stranger's account without noticing (RFC 6749, section 10.12). The browser keeps the
//! state in a cookie and the server keeps nothing, so any copy of the server can finish a login.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};
use subtle::ConstantTimeEq;

use crate::secret::{Secret, random};

/// How long a login may take, in seconds. A code lives half as long.
const MAX_AGE: u32 = 600;

/// How many hexadecimal digits a state has.
const DIGITS: usize = 32;

/// What ties a login to a browser. It is as secret as the login itself.
pub struct State(Secret);

impl State {
    /// A new one, for a login that begins.
    pub fn new() -> Self {
        Self(Secret::new(random()))
    }

    /// Whether a callback brought it back. The comparison takes the same time wherever the
    /// difference is, so that time tells nobody how much of a guess was right.
    pub fn matches(&self, given: &str) -> bool {
        self.as_str().as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// The value for the first request.
    pub fn as_str(&self) -> &str {
        self.0.expose()
    }

    /// Reads the value of a cookie; `None` where it cannot be one of ours.
    fn from_cookie(value: &[u8]) -> Option<Self> {
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_ours = value.len() == DIGITS && value.iter().all(is_digit);
        let text = std::str::from_utf8(value).ok()?;
        is_ours.then(|| Self(Secret::new(text.to_owned())))
    }
}

/// What a browser's cookies say.
pub enum BrowserState {
    /// There is no state of ours: no login was begun, or it is finished or has expired.
    None,
    /// A login was begun.
    One(State),
    /// There are several different ones. One of them may be an attacker's, so none counts.
    Several,
}

impl BrowserState {
    /// The state, where a callback brought it back: the callback belongs to a login of this browser.
    ///
    /// # Errors
    ///
    /// When the callback belongs to no login of this browser.
    pub fn confirm(self, given: Option<&str>) -> Result<State, StateError> {
        match self {
            Self::None => Err(StateError::NoLogin),
            Self::One(state) if given.is_some_and(|given| state.matches(given)) => Ok(state),
            Self::One(_) | Self::Several => Err(StateError::AnotherBrowser),
        }
    }
}

/// Why a callback is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StateError {
    /// This browser has no login under way.
    NoLogin,
    /// The state is missing, or is not the one of this browser.
    AnotherBrowser,
}

/// The cookie that keeps the state: its name and whether it is for `https` alone.
#[derive(Clone, Copy)]
pub struct StateCookie {
    secure: bool,
}

impl StateCookie {
    /// The cookie for a redirect URI that is `https` or not.
    pub fn new(secure: bool) -> Self {
        Self { secure }
    }

    /// The name. Browsers take a cookie with the prefix `__Host-` from this very host over `https`
    /// alone (RFC 6265bis, section 4.1.3.2), so neither a program without TLS nor another host of the
    /// same domain can plant one.
    fn name(self) -> &'static str {
        if self.secure {
            "__Host-een_login_state"
        } else {
            "een_login_state"
        }
    }

    /// What this browser's cookies say.
    ///
    /// Read by hand, in bytes: the libraries give up on a whole `Cookie` header because of one
    /// cookie that is not UTF-8, and another program on the same host may have set that one.
    pub fn read(self, request: &HttpRequest) -> BrowserState {
        let headers = request.headers().get_all(header::COOKIE);
        self.read_pairs(headers.map(HeaderValue::as_bytes))
    }

    fn read_pairs<'a>(self, headers: impl Iterator<Item = &'a [u8]>) -> BrowserState {
        let value_of_ours = |pair: &'a [u8]| {
            let after_name = pair.trim_ascii().strip_prefix(self.name().as_bytes())?;
            after_name.strip_prefix(b"=")
        };
        let mut states = headers
            .flat_map(|header| header.split(|byte| *byte == b';'))
            .filter_map(value_of_ours)
            .filter_map(State::from_cookie);
        let Some(state) = states.next() else {
            return BrowserState::None;
        };
        if states.all(|other| state.matches(other.as_str())) {
            BrowserState::One(state)
        } else {
            BrowserState::Several
        }
    }

    /// The `Set-Cookie` that keeps a state.
    pub fn keep(self, state: &State) -> String {
        self.set(state.as_str(), MAX_AGE)
    }

    /// The `Set-Cookie` that ends the state.
    pub fn delete(self) -> String {
        self.set("", 0)
    }

    /// `SameSite=Strict` would withhold the cookie from the callback, which begins on another site.
    fn set(self, value: &str, max_age: u32) -> String {
        let name = self.name();
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={max_age}{secure}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0123456789abcdef0123456789abcdef";
    const B: &str = "ffffffffffffffffffffffffffffffff";

    fn read(cookie: StateCookie, headers: &[&[u8]]) -> String {
        match cookie.read_pairs(headers.iter().copied()) {
            BrowserState::None => "none".to_owned(),
            BrowserState::One(state) => state.as_str().to_owned(),
            BrowserState::Several => "several".to_owned(),
        }
    }

    #[test]
    fn the_state_is_found_among_the_cookies_of_others() {
        let one = format!("een_login_state={A}");
        let other = format!("een_login_state={B}");
        let both = format!("{one}; {other}");
        let twice = format!("{one};{one}");
        let among = format!("a=b;\t{one} ; c=\"d;e\"");
        let not_ascii = [b"x=\xff\xc3; ".as_slice(), one.as_bytes()].concat();
        let bad_then_good = format!("een_login_state=x; {one}");
        let table: [(&[&[u8]], &str); 12] = [
            (&[], "none"),
            (&[b""], "none"),
            (&[one.as_bytes()], A),
            (&[among.as_bytes()], A),
            (&[not_ascii.as_slice()], A),
            (&[b"\xff=\xff", one.as_bytes()], A),
            (&[bad_then_good.as_bytes()], A),
            (&[twice.as_bytes()], A),
            (&[both.as_bytes()], "several"),
            (&[one.as_bytes(), other.as_bytes()], "several"),
            (
                &[b"xeen_login_state=0123456789abcdef0123456789abcdef"],
                "none",
            ),
            (
                &[b"__Host-een_login_state=0123456789abcdef0123456789abcdef"],
                "none",
            ),
        ];
        for (headers, expected) in table {
            assert_eq!(
                read(StateCookie::new(false), headers),
                expected,
                "{headers:?}"
            );
        }
        let host = format!("__Host-een_login_state={A}; {other}");
        assert_eq!(read(StateCookie::new(true), &[host.as_bytes()]), A);
    }

    #[test]
    fn what_is_not_32_lowercase_hexadecimal_digits_is_no_state() {
        let table = [
            "",
            "x",
            &A[1..],
            &format!("{A}0"),
            &A.to_uppercase(),
            &format!("\"{}\"", &A[2..]),
            &A.replace('f', "g"),
        ];
        for value in table {
            assert!(State::from_cookie(value.as_bytes()).is_none(), "{value}");
        }
        assert!(State::from_cookie(A.as_bytes()).is_some());
    }

    #[test]
    fn only_the_browser_that_began_a_login_can_finish_it() {
        let state = |text: &str| BrowserState::One(State(Secret::new(text.to_owned())));
        let table = [
            (BrowserState::None, Some(A), Err(StateError::NoLogin)),
            (BrowserState::None, None, Err(StateError::NoLogin)),
            (state(A), Some(A), Ok(())),
            (state(A), Some(B), Err(StateError::AnotherBrowser)),
            (state(A), Some(&A[1..]), Err(StateError::AnotherBrowser)),
            (state(A), Some(""), Err(StateError::AnotherBrowser)),
            (state(A), None, Err(StateError::AnotherBrowser)),
            (
                BrowserState::Several,
                Some(A),
                Err(StateError::AnotherBrowser),
            ),
        ];
        for (browser, given, expected) in table {
            let confirmed = browser.confirm(given).map(|_| ());
            assert_eq!(confirmed, expected, "{given:?}");
        }
    }

    #[test]
    fn the_cookie_has_its_attributes_and_is_bound_to_the_host_where_that_can_be() {
        let state = State(Secret::new(A.to_owned()));
        let plain = StateCookie::new(false);
        let secure = StateCookie::new(true);
        let table = [
            (
                plain.keep(&state),
                format!("een_login_state={A}; HttpOnly; SameSite=Lax; Path=/; Max-Age=600"),
            ),
            (
                plain.delete(),
                "een_login_state=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0".to_owned(),
            ),
            (
                secure.keep(&state),
                format!(
                    "__Host-een_login_state={A}; HttpOnly; SameSite=Lax; Path=/; Max-Age=600; Secure"
                ),
            ),
            (
                secure.delete(),
                "__Host-een_login_state=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Secure"
                    .to_owned(),
            ),
        ];
        for (cookie, expected) in table {
            assert_eq!(cookie, expected);
        }
    }
}
