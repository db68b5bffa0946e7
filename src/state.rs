//! The state: does a callback belong to a login that this browser began?
//!
//! Without it, an attacker could make somebody else's browser finish a login with the attacker's code, and
//! the victim would work in the attacker's account without noticing (RFC 6749, section 10.12). The
//! browser keeps the state in a cookie and the server stores nothing, so any copy of the server can
//! finish a login.

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Query;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use crate::failure::Cause;
use crate::origin::Origin;

/// How many hexadecimal digits a state has: 128 bits (RFC 6749, section 10.10).
const DIGITS: usize = 32;

/// What ties a login to a browser. It has no `Debug`: it is as secret as the login.
#[derive(Clone, PartialEq)]
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
        let text = str::from_utf8(value).ok()?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_state = text.len() == DIGITS && text.bytes().all(is_digit);
        is_state.then(|| Self(text.to_owned()))
    }
}

/// 128 random bits from the operating system as 32 hexadecimal digits.
pub fn random_hex() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("every operating system that runs this has random bytes");
    format!("{:032x}", u128::from_ne_bytes(bytes))
}

/// The state in the query of a callback. It is parsed apart from the rest, so that a callback that cannot
/// be read uses its state up too.
#[derive(Deserialize)]
struct StateParameter {
    state: Option<String>,
}

/// The cookie that keeps the state in the browser.
pub struct StateCookie {
    name: &'static str,
    /// `SameSite=Strict` would withhold the cookie from the callback, which another site starts.
    attributes: &'static str,
}

impl StateCookie {
    /// The cookie for a login that returns to this URI.
    pub fn new(redirect_uri: &Origin) -> Self {
        if redirect_uri.is_https() {
            Self {
                // Browsers accept the prefix only over `https` and only from this host, so no other host
                // can plant the cookie (RFC 6265bis, section 4.1.3.2).
                name: "__Host-een_login_state",
                attributes: "HttpOnly; SameSite=Lax; Path=/; Secure",
            }
        } else {
            Self {
                name: "een_login_state",
                attributes: "HttpOnly; SameSite=Lax; Path=/",
            }
        }
    }

    /// The state of this browser, if it has exactly one.
    pub fn get(&self, request: &HttpRequest) -> Option<State> {
        match self.states(request).as_slice() {
            [state] => Some(state.clone()),
            _ => None,
        }
    }

    /// The state of this browser, if the callback carries the same one.
    ///
    /// # Errors
    ///
    /// [`Cause::NoLogin`] or [`Cause::OtherBrowser`].
    pub fn verify(&self, request: &HttpRequest) -> Result<State, Cause> {
        let query = Query::<StateParameter>::from_query(request.query_string());
        let given = query.ok().and_then(|query| query.into_inner().state);
        let given = given.unwrap_or_default();
        match self.states(request).as_slice() {
            [] => Err(Cause::NoLogin),
            // The comparison takes the same time wherever the difference is.
            [state] if state.0.as_bytes().ct_eq(given.as_bytes()).into() => Ok(state.clone()),
            // With several, one of them may be an attacker's.
            _ => Err(Cause::OtherBrowser),
        }
    }

    /// The `Set-Cookie` that keeps a state as long as the browser runs.
    pub fn set(&self, state: &State) -> String {
        format!("{}={}; {}", self.name, state.0, self.attributes)
    }

    /// The `Set-Cookie` that deletes the state.
    pub fn delete(&self) -> String {
        format!("{}=; {}; Max-Age=0", self.name, self.attributes)
    }

    /// The states in the cookies of a request, without adjacent repeats: none, one or several.
    ///
    /// Parsed here, since actix-web gives up on all cookies if one is not UTF-8, and another program on
    /// the same host may have set that one.
    fn states(&self, request: &HttpRequest) -> Vec<State> {
        let headers = request.headers().get_all(header::COOKIE);
        let pairs = headers.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
        let values = pairs.filter_map(|pair| {
            let after_name = pair.trim_ascii().strip_prefix(self.name.as_bytes())?;
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
        let same = format!("&state={A}");
        let different = format!("&state={B}");
        let table = [
            ("", same.as_str(), no_login),
            (&one, &same, None),
            (&twice, &same, None),
            (&one, &different, other_browser),
            (&one, "&state=", other_browser),
            (&one, "", other_browser),
            (&several, &same, other_browser),
            (&several, &different, other_browser),
        ];
        for (header, given, expected) in table {
            let request = TestRequest::with_uri(&format!("/?code=c&code=c{given}"));
            let request = request.insert_header((header::COOKIE, header));
            let verified = cookie.verify(&request.to_http_request());
            let cause = verified.err().map(|cause| cause.explanation().0);
            assert_eq!(cause, expected, "{header} {given}");
        }
    }
}
