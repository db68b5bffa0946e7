//! Texts that nobody may read, and texts that nobody may guess.

use std::fmt;

/// A text that cannot be printed: it has no `Display`, and its `Debug` is `***`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes a text out of sight.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself. Each call is a place where it can leak.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// 128 random bits from the operating system, as 32 lowercase hexadecimal digits.
///
/// That meets what RFC 6749, section 10.10, requires: the chance of a guess is at most 2^-128.
pub(crate) fn random() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("an operating system that runs this has random numbers");
    format!("{:032x}", u128::from_ne_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new("xyz".to_owned());
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(secret.expose(), "xyz");
    }

    #[test]
    fn a_random_text_is_32_lowercase_hexadecimal_digits_and_never_comes_twice() {
        let text = random();
        let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        assert_eq!(text.len(), 32);
        assert!(text.bytes().all(is_digit), "{text}");
        assert_ne!(text, random());
    }
}
