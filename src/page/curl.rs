//! Commands to be pasted: into any shell where the values are plain, else into POSIX shells and fish.

use crate::visible::{is_invisible, is_line_separator};

/// A `curl` line: the URL, then the options.
///
/// `None` where a value has something that cannot be seen or that ends a line: what is pasted must be
/// what was read.
pub fn command(url: &str, options: &[(&str, &str)]) -> Option<String> {
    let mut line = format!("curl {}", quote(url)?);
    for (option, value) in options {
        line.push_str(&format!(" {option} {}", quote(value)?));
    }
    Some(line)
}

/// A value as one word of a shell: in double quotes where no shell finds anything special in it, otherwise
/// as a word of POSIX shells.
///
/// Written by hand: a library for POSIX shells knows nothing of cmd and PowerShell.
fn quote(value: &str) -> Option<String> {
    if value.bytes().all(is_plain_everywhere) {
        return Some(format!("\"{value}\""));
    }
    if value
        .chars()
        .any(|c| is_invisible(c) || is_line_separator(c))
    {
        return None;
    }
    let mut word = String::from("'");
    for c in value.chars() {
        match c {
            '\'' => word.push_str(r"'\''"),
            // fish knows escapes within single quotes.
            '\\' => word.push_str(r#"'"\\"'"#),
            _ => word.push(c),
        }
    }
    word.push('\'');
    Some(word)
}

fn is_plain_everywhere(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" ._~+/=:@,-".contains(&byte)
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
            assert_eq!(quote(value).as_deref(), word, "{value:?}");
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
