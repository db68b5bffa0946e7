//! Texts that nobody may read, and texts that nobody may guess.

use std::fmt;

/// A text that cannot be printed: it has no `Display`, and its `Debug` is `***`.
#[derive(Clone)]
pub struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Secret {
    /// The text itself. Each call is a place where it can leak.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// 128 random bits from the operating system, as 32 lowercase hexadecimal digits. RFC 6749, section
/// 10.10, wants a guess to succeed with a chance of 2^-128 at most.
pub(crate) fn random() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("an operating system with a network has random numbers");
    format!("{:032x}", u128::from_ne_bytes(bytes))
}
