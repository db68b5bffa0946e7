//! The codes and tokens of the sandbox.

use std::time::{Duration, Instant};

use crate::state::random_hex;

const CODE_LIFETIME: Duration = Duration::from_mins(5);
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_hours(12);
const REFRESH_TOKEN_LIFETIME: Duration = Duration::from_hours(14 * 24);

/// How many codes, and how many logins, are stored. The oldest go first.
const CAPACITY: usize = 1_000;

/// What the token endpoint will do with a code: each failure is worth seeing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Behavior {
    Accept,
    /// Say that the code has expired.
    Expire,
    /// Say that the credentials are wrong.
    RejectCredentials,
    /// Say that the client may not use the scope.
    Forbid,
    /// Read the parameters only in the body.
    ReadBodyOnly,
}

/// A pair of tokens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
}

#[derive(Default)]
pub struct Store {
    codes: Vec<Code>,
    logins: Vec<Login>,
}

struct Code {
    value: String,
    issued: Instant,
    behavior: Behavior,
}

struct Login {
    tokens: Tokens,
    issued: Instant,
    access_is_revoked: bool,
}

impl Store {
    pub fn issue_code(&mut self, behavior: Behavior) -> String {
        let value = random_hex();
        let code = Code {
            value: value.clone(),
            issued: Instant::now(),
            behavior,
        };
        push(&mut self.codes, code, |code| {
            code.issued.elapsed() < CODE_LIFETIME
        });
        value
    }

    /// The behavior of a code that is valid.
    pub fn code(&self, value: &str) -> Option<Behavior> {
        let code = self.codes.iter().find(|code| code.value == value)?;
        (code.issued.elapsed() < CODE_LIFETIME).then_some(code.behavior)
    }

    /// A code works once.
    pub fn remove_code(&mut self, value: &str) {
        self.codes.retain(|code| code.value != value);
    }

    pub fn issue_tokens(&mut self) -> Tokens {
        let tokens = Tokens {
            access: format!("sandbox_access_{}", random_hex()),
            refresh: format!("sandbox_refresh_{}", random_hex()),
        };
        let login = Login {
            tokens: tokens.clone(),
            issued: Instant::now(),
            access_is_revoked: false,
        };
        push(&mut self.logins, login, |login| {
            login.issued.elapsed() < REFRESH_TOKEN_LIFETIME
        });
        tokens
    }

    /// New tokens for a refresh token, which ends both old ones.
    pub fn refresh(&mut self, refresh_token: &str) -> Option<Tokens> {
        let position = self
            .logins
            .iter()
            .position(|login| login.tokens.refresh == refresh_token)?;
        let login = self.logins.remove(position);
        (login.issued.elapsed() < REFRESH_TOKEN_LIFETIME).then(|| self.issue_tokens())
    }

    /// Revoking a refresh token ends its login; revoking an access token ends that one alone.
    pub fn revoke(&mut self, token: &str) {
        self.logins.retain(|login| login.tokens.refresh != token);
        for login in &mut self.logins {
            login.access_is_revoked |= login.tokens.access == token;
        }
    }

    pub fn is_access_token(&self, token: &str) -> bool {
        self.logins.iter().any(|login| {
            let is_valid =
                !login.access_is_revoked && login.issued.elapsed() < ACCESS_TOKEN_LIFETIME;
            is_valid && login.tokens.access == token
        })
    }
}

/// Adds an item, and forgets those that have expired and the oldest of too many.
fn push<T>(items: &mut Vec<T>, item: T, is_valid: impl Fn(&T) -> bool) {
    items.retain(is_valid);
    if items.len() == CAPACITY {
        items.remove(0);
    }
    items.push(item);
}
