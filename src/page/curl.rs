//! Commands to be pasted: into any shell where the values are plain, else into POSIX shells and fish.

use crate::visible::{all_bytes, is_unfit_for_a_line};

/// In bytes. Most lines fit, so that the text need not grow.
const LINE_SIZE: usize = 512;

/// A `curl` line: the URL, then the options.
///
/// `None` where a value has something that cannot be seen or that ends a line: what is pasted must be
/// what was read.
pub fn command(url: &str, options: &[(&str, &str)]) -> Option<String> {
    let mut line = String::with_capacity(LINE_SIZE);
    line.push_str("curl ");
    push_word(&mut line, url)?;
    for (option, value) in options {
        line.extend([" ", option, " "]);
        push_word(&mut line, value)?;
    }
    Some(line)
}

/// Adds a value as one word of a shell: in double quotes where no shell finds anything special in it,
/// otherwise as a word of POSIX shells. `None` where no word can be trusted.
///
/// Written by hand: a library for POSIX shells knows nothing of cmd and PowerShell.
fn push_word(line: &mut String, value: &str) -> Option<()> {
    if all_bytes(value, is_plain_everywhere) {
        line.extend(["\"", value, "\""]);
        return Some(());
    }
    if value.chars().any(is_unfit_for_a_line) {
        return None;
    }
    line.push('\'');
    for c in value.chars() {
        match c {
            '\'' => line.push_str(r"'\''"),
            // fish knows escapes within single quotes.
            '\\' => line.push_str(r#"'"\\"'"#),
            _ => line.push(c),
        }
    }
    line.push('\'');
    Some(())
}

fn is_plain_everywhere(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b' ' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=' | b':' | b'@' | b',' | b'-'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_word_whatever_it_holds() {
        let table = [
            ("", Some("\"\"")),
            ("aZ9 ._~+/=:@,-", Some("\"aZ9 ._~+/=:@,-\"")),
            ("a$b", Some("'a$b'")),
            ("a%b", Some("'a%b'")),
            ("a!b", Some("'a!b'")),
            ("a\"b", Some("'a\"b'")),
            ("a\\b", Some(r#"'a'"\\"'b'"#)),
            (r"\'; id #", Some(r#"''"\\"''\''; id #'"#)),
            ("it's", Some(r"'it'\''s'")),
            ("ü", Some("'ü'")),
            ("a\nb", None),
            ("a\tb", None),
            ("a\u{1b}b", None),
            ("a\u{200b}b", None),
            ("a\u{e0041}b", None),
            ("a\u{2028}b", None),
            ("a\u{2029}b", None),
        ];
        for (value, word) in table {
            let mut line = String::new();
            let pushed = push_word(&mut line, value).map(|()| line.as_str());
            assert_eq!(pushed, word, "{value:?}");
        }
    }

    #[test]
    fn a_command_has_the_url_first_and_is_left_out_with_any_bad_value() {
        let options = [("-u", "id"), ("-d", "a=b")];
        let line = command("https://h/p", &options);
        assert_eq!(
            line.as_deref(),
            Some("curl \"https://h/p\" -u \"id\" -d \"a=b\"")
        );
        assert_eq!(command("https://h\n", &options), None);
        assert_eq!(command("https://h", &[("-u", "\t")]), None);
    }
}
