//! What the sandbox keeps: codes and tokens, all of them bounded.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::secret::random;

/// How long a code works.
const CODE_LIFETIME: Duration = Duration::from_mins(5);

/// How long an access token works, in seconds: 12 hours, as Eagle Eye Networks documents it.
pub const ACCESS_TOKEN_LIFETIME: u32 = 43_200;

/// How long a refresh token works. Eagle Eye Networks' documents do not say.
const REFRESH_TOKEN_LIFETIME: Duration = Duration::from_hours(7 * 24);

/// How many of each kind are kept.
const MOST: usize = 10_000;

/// What becomes of a code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Code {
    /// It works.
    Good,
    /// It is taken for expired, to show what that looks like.
    Expired,
    /// The client is taken for another one, to show what that looks like.
    WrongCredentials,
}

/// A pair of tokens.
pub struct Tokens {
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
}

/// All codes and tokens that work.
#[derive(Default)]
pub struct Store {
    codes: Expiring<Code>,
    access_tokens: Expiring<Login>,
    refresh_tokens: Expiring<Login>,
    logins: u64,
}

/// The number of the login that a token comes from: revoking one token ends all of its login.
type Login = u64;

impl Store {
    /// A new code.
    pub fn new_code(&mut self, code: Code) -> String {
        let name = random();
        self.codes.insert(name.clone(), code, CODE_LIFETIME);
        name
    }

    /// Takes a code out: it works once. Its tokens stay when it comes again, although RFC 6749, section
    /// 4.1.2, advises to revoke them.
    pub fn take_code(&mut self, name: &str) -> Option<Code> {
        self.codes.remove(name)
    }

    /// The tokens of a new login.
    pub fn new_tokens(&mut self) -> Tokens {
        self.logins += 1;
        self.tokens_of(self.logins)
    }

    /// New tokens for a refresh token, which works once (RFC 9700, section 4.14.2). Those stay when it
    /// comes again, although that section advises to revoke them.
    pub fn rotate(&mut self, refresh_token: &str) -> Option<Tokens> {
        let login = self.refresh_tokens.remove(refresh_token)?;
        Some(self.tokens_of(login))
    }

    /// Whether an access token works.
    pub fn is_access_token(&mut self, name: &str) -> bool {
        self.access_tokens.get(name).is_some()
    }

    /// Ends all tokens of the login that a token of either kind comes from.
    pub fn revoke(&mut self, name: &str) {
        let access = self.access_tokens.get(name);
        let login = access.or_else(|| self.refresh_tokens.get(name)).copied();
        if let Some(login) = login {
            self.access_tokens.remove_all(&login);
            self.refresh_tokens.remove_all(&login);
        }
    }

    fn tokens_of(&mut self, login: Login) -> Tokens {
        let access = format!("sandbox-access-{}", random());
        let refresh = format!("sandbox-refresh-{}", random());
        let access_lifetime = Duration::from_secs(ACCESS_TOKEN_LIFETIME.into());
        self.access_tokens
            .insert(access.clone(), login, access_lifetime);
        self.refresh_tokens
            .insert(refresh.clone(), login, REFRESH_TOKEN_LIFETIME);
        Tokens { access, refresh }
    }
}

/// Values of one lifetime by their names. They go when they expire, and the oldest go first where
/// there are too many.
struct Expiring<V> {
    values: HashMap<String, (Instant, V)>,
    /// The names in the order in which they expire. Some may be gone already.
    order: VecDeque<(Instant, String)>,
}

impl<V> Default for Expiring<V> {
    fn default() -> Self {
        Self {
            values: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<V: PartialEq> Expiring<V> {
    fn insert(&mut self, name: String, value: V, lifetime: Duration) {
        let now = Instant::now();
        while let Some((expires, _)) = self.order.front() {
            if *expires > now && self.order.len() < MOST {
                break;
            }
            if let Some((_, oldest)) = self.order.pop_front() {
                self.values.remove(&oldest);
            }
        }
        let expires = now + lifetime;
        self.order.push_back((expires, name.clone()));
        self.values.insert(name, (expires, value));
    }

    fn get(&self, name: &str) -> Option<&V> {
        let (expires, value) = self.values.get(name)?;
        (*expires > Instant::now()).then_some(value)
    }

    fn remove(&mut self, name: &str) -> Option<V> {
        let (expires, value) = self.values.remove(name)?;
        (expires > Instant::now()).then_some(value)
    }

    fn remove_all(&mut self, unwanted: &V) {
        self.values.retain(|_, (_, value)| value != unwanted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_works_once() {
        let mut store = Store::default();
        let name = store.new_code(Code::Good);
        assert_eq!(store.take_code(&name), Some(Code::Good));
        assert_eq!(store.take_code(&name), None);
    }

    #[test]
    fn revoking_either_token_ends_both_and_no_others() {
        for revoke_access in [true, false] {
            let mut store = Store::default();
            let first = store.new_tokens();
            let other = store.new_tokens();
            let rotated = store.rotate(&first.refresh).expect("it works once");
            assert!(store.rotate(&first.refresh).is_none());
            store.revoke(if revoke_access {
                &rotated.access
            } else {
                &rotated.refresh
            });
            assert!(!store.is_access_token(&first.access));
            assert!(!store.is_access_token(&rotated.access));
            assert!(store.rotate(&rotated.refresh).is_none());
            assert!(store.is_access_token(&other.access));
            assert!(store.rotate(&other.refresh).is_some());
        }
    }

    #[test]
    fn what_has_expired_is_gone() {
        let mut kept = Expiring::default();
        kept.insert("a".to_owned(), 1, Duration::ZERO);
        assert_eq!(kept.get("a"), None);
        kept.insert("b".to_owned(), 2, Duration::from_hours(1));
        assert_eq!(kept.values.len(), 1);
        assert_eq!(kept.get("b"), Some(&2));
        kept.insert("c".to_owned(), 3, Duration::ZERO);
        assert_eq!(kept.remove("c"), None);
    }

    #[test]
    fn from_10_000_on_the_oldest_go_first() {
        let mut kept = Expiring::default();
        for number in 0..=MOST {
            kept.insert(number.to_string(), number, Duration::from_hours(1));
        }
        assert_eq!(kept.values.len(), MOST);
        assert_eq!(kept.order.len(), MOST);
        assert_eq!(kept.get("0"), None);
        assert_eq!(kept.get("1"), Some(&1));
    }
}
