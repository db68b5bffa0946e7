//! The codes and tokens of the sandbox.

use std::time::{Duration, Instant};

use crate::state::random_hex;

const CODE_LIFETIME: Duration = Duration::from_mins(5);
pub const ACCESS_TOKEN_LIFETIME: Duration = Duration::from_hours(12);
const REFRESH_TOKEN_LIFETIME: Duration = Duration::from_hours(14 * 24);

/// How many codes, and how many logins, are stored. The oldest go first.
const CAPACITY: usize = 1_000;

#[derive(Default)]
pub struct Store {
    /// The codes, and when they were issued.
    codes: Vec<(String, Instant)>,
    logins: Vec<Login>,
}

/// The tokens of a login.
pub struct Login {
    /// `None` once it was revoked.
    pub access_token: Option<String>,
    pub refresh_token: String,
    issued: Instant,
}

impl Store {
    /// A code that begins with what was chosen on the sign-in page.
    pub fn issue_code(&mut self, decision: &str) -> String {
        // Half of the digits, so that the code fits on a line of the page.
        let code = format!("{decision}_{}", &random_hex()[..16]);
        drop_oldest(&mut self.codes);
        self.codes.push((code.clone(), Instant::now()));
        code
    }

    /// Whether a code is valid. It works once.
    pub fn use_code(&mut self, code: &str) -> bool {
        let position = self.codes.iter().position(|(other, _)| other == code);
        position.is_some_and(|position| {
            let (_, issued) = self.codes.remove(position);
            issued.elapsed() < CODE_LIFETIME
        })
    }

    pub fn issue_tokens(&mut self) -> &Login {
        drop_oldest(&mut self.logins);
        self.logins.push(Login {
            access_token: Some(format!("sandbox_access_{}", random_hex())),
            refresh_token: format!("sandbox_refresh_{}", random_hex()),
            issued: Instant::now(),
        });
        &self.logins[self.logins.len() - 1]
    }

    /// New tokens for a refresh token, which ends both old ones.
    pub fn refresh(&mut self, refresh_token: &str) -> Option<&Login> {
        let position = self
            .logins
            .iter()
            .position(|login| login.refresh_token == refresh_token)?;
        let login = self.logins.remove(position);
        (login.issued.elapsed() < REFRESH_TOKEN_LIFETIME).then(|| self.issue_tokens())
    }

    /// Revoking a refresh token ends its login; revoking an access token ends that one alone.
    pub fn revoke(&mut self, token: &str) {
        self.logins.retain(|login| login.refresh_token != token);
        for login in &mut self.logins {
            if login.access_token.as_deref() == Some(token) {
                login.access_token = None;
            }
        }
    }

    pub fn is_access_token(&self, token: &str) -> bool {
        self.logins.iter().any(|login| {
            login.access_token.as_deref() == Some(token)
                && login.issued.elapsed() < ACCESS_TOKEN_LIFETIME
        })
    }
}

fn drop_oldest<T>(items: &mut Vec<T>) {
    if items.len() == CAPACITY {
        items.remove(0);
    }
}
