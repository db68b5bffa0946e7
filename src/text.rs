//! Text that must not be printed as it is: secrets, and what comes from outside.

/// A text that cannot be printed: it has neither `Display` nor `Debug`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Each call is a place where it can leak.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Escapes the control characters of a text, so that it stays on its line of the log and cannot
/// control the terminal.
pub fn escape_control(text: &str) -> String {
    let escape = |c: char| {
        if c.is_control() {
            c.escape_debug().to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_nothing_else() {
        let escaped = escape_control("a\nb\u{1b}[31m\u{85} \"ü\"");
        assert_eq!(escaped, "a\\nb\\u{1b}[31m\\u{85} \"ü\"");
    }
}
