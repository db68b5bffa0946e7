//! Which characters a person can see, on a page, in a terminal and in a command to be pasted.

use std::borrow::Cow;

/// Whether a character cannot be seen or turns the text around it: control characters, and
/// Unicode's format characters (general category Cf), among them the ones that change the direction
/// of writing and the invisible tags.
///
/// Written by hand, since the standard library knows the control characters only; the table is that
/// of Unicode 17.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00ad}'
                | '\u{0600}'..='\u{0605}'
                | '\u{061c}'
                | '\u{06dd}'
                | '\u{070f}'
                | '\u{0890}'..='\u{0891}'
                | '\u{08e2}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2064}'
                | '\u{2066}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0001}'
                | '\u{e0020}'..='\u{e007f}'
        )
}

/// Writes out what cannot be seen, as `\u{1b}`, so that a text stays on its line of the log and
/// cannot control the terminal.
#[must_use]
pub fn escape_invisible(text: &str) -> Cow<'_, str> {
    if all_bytes(text, |byte| matches!(byte, b' '..=b'~')) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unfit_for_a_line(c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    escaped.into()
}

/// Whether something is true of every byte of a text.
///
/// Unlike `Iterator::all` it does not end early, so that the compiler can look at many bytes in one step.
pub(crate) fn all_bytes(text: &str, is_so: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, byte| all & is_so(byte))
}

/// Whether a character cannot stand on a line of text that a person reads: it cannot be seen, or it ends
/// the line although it is no control character (U+2028 and U+2029).
#[must_use]
pub fn is_unfit_for_a_line(c: char) -> bool {
    is_invisible(c) || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use unicode_general_category::{GeneralCategory, get_general_category};

    use super::*;

    #[test]
    fn exactly_the_control_and_format_characters_of_unicode_are_invisible() {
        for c in '\0'..=char::MAX {
            let category = get_general_category(c);
            let expected = matches!(category, GeneralCategory::Control | GeneralCategory::Format);
            assert_eq!(is_invisible(c), expected, "{}", c.escape_unicode());
        }
    }

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        let table = [
            ("plain ü 😀", "plain ü 😀"),
            ("\u{1b}[31m", "\\u{1b}[31m"),
            ("a\nb\tc", "a\\u{a}b\\u{9}c"),
            ("\u{85}\u{202e}\u{e0041}", "\\u{85}\\u{202e}\\u{e0041}"),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
        ];
        for (text, escaped) in table {
            assert_eq!(escape_invisible(text), escaped);
        }
    }
}
