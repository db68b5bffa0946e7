//! Templates: HTML files that are std format strings, so that rustc checks every name in them. What is
//! put in is escaped, unless its type says that it is HTML already.

use std::fmt::{Display, Formatter, Result, Write as _};

use crate::visible::is_invisible;

/// What is HTML already, and is not escaped.
pub struct Html<T>(pub T);

/// What a template can take.
pub trait Put {
    /// Writes the value as HTML. Only the formatter can fail.
    fn put(&self, f: &mut Formatter<'_>) -> Result;
}

impl<T: Display> Put for Html<T> {
    fn put(&self, f: &mut Formatter<'_>) -> Result {
        self.0.fmt(f)
    }
}

/// Escapes a text.
///
/// Written by hand, since no library in the tree does it. It goes from one byte that matters to the
/// next: most text has none.
impl Put for str {
    fn put(&self, f: &mut Formatter<'_>) -> Result {
        let mut rest = self;
        loop {
            let (plain, from_here) = rest.split_at(plain_length(rest.as_bytes()));
            f.write_str(plain)?;
            let mut characters = from_here.chars();
            let Some(c) = characters.next() else {
                return Ok(());
            };
            put_character(c, f)?;
            rest = characters.as_str();
        }
    }
}

/// How many bytes at the start of a text are written as they are. The bytes are looked up in blocks,
/// with one branch a block: tokens are long, and nothing in them has to be escaped.
fn plain_length(text: &[u8]) -> usize {
    const BLOCK: usize = 8;
    let needs_a_look = |byte: &u8| NEEDS_A_LOOK[usize::from(*byte)];
    let is_plain = |block: &&[u8; BLOCK]| {
        let needs = block.iter().map(needs_a_look);
        !needs.fold(false, |any, needs| any | needs)
    };
    let (blocks, _) = text.as_chunks::<BLOCK>();
    let plain_blocks = blocks.iter().take_while(is_plain).count();
    let (plain, rest) = text.split_at(plain_blocks * BLOCK);
    plain.len() + rest.iter().position(needs_a_look).unwrap_or(rest.len())
}

/// Which bytes are, or begin, what may have to be written in another way (and those within a character,
/// which are never looked up first). A table, since every byte of every value is looked up.
static NEEDS_A_LOOK: [bool; 256] = {
    let mut table = [true; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        table[byte as usize] = matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
        byte += 1;
    }
    table[b'\n' as usize] = false;
    table[b'\t' as usize] = false;
    table
};

fn put_character(c: char, f: &mut Formatter<'_>) -> Result {
    match c {
        '&' => f.write_str("&amp;"),
        '<' => f.write_str("&lt;"),
        '>' => f.write_str("&gt;"),
        '"' => f.write_str("&quot;"),
        '\'' => f.write_str("&#39;"),
        _ if is_invisible(c) || is_noncharacter(c) => f.write_char(char::REPLACEMENT_CHARACTER),
        _ => f.write_char(c),
    }
}

/// The code points that Unicode will never give to a character, which HTML cannot have.
fn is_noncharacter(c: char) -> bool {
    let is_last_of_a_plane = u32::from(c) & 0xfffe == 0xfffe;
    is_last_of_a_plane || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

impl Put for String {
    fn put(&self, f: &mut Formatter<'_>) -> Result {
        self.as_str().put(f)
    }
}

impl<T: Put + ?Sized> Put for &T {
    fn put(&self, f: &mut Formatter<'_>) -> Result {
        (**self).put(f)
    }
}

impl<T: Put> Put for Option<T> {
    fn put(&self, f: &mut Formatter<'_>) -> Result {
        self.iter().try_for_each(|value| value.put(f))
    }
}

/// A value on its way into a template.
pub struct Slot<T>(pub T);

impl<T: Put> Display for Slot<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.0.put(f)
    }
}

/// `template!("page.html", name = value, …)`: a file of `templates/` with the values in it. It is
/// written only when what it stands in is, so that a template in a template costs no copy. The values
/// are worked out when it is written, not before.
macro_rules! template {
    ($file:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::page::html::Html(std::fmt::from_fn(move |f| write!(
            f,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $file)),
            $($name = $crate::page::html::Slot(&$value)),*
        )))
    };
}

pub(crate) use template;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_escaped_and_what_cannot_be_seen_is_replaced() {
        let table = [
            ("", ""),
            ("plain text\n\tü 😀", "plain text\n\tü 😀"),
            (
                "<a href=\"x\">'&'</a>",
                "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;",
            ),
            ("&amp;", "&amp;amp;"),
            (
                "\0\r\u{1b}\u{7f}\u{85}",
                "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}",
            ),
            (
                "a\u{202e}b\u{200b}c\u{e0041}",
                "a\u{fffd}b\u{fffd}c\u{fffd}",
            ),
            ("\u{fdd0}\u{ffff}\u{1fffe}", "\u{fffd}\u{fffd}\u{fffd}"),
        ];
        for (text, escaped) in table {
            assert_eq!(Slot(text).to_string(), escaped, "{text:?}");
        }
    }

    #[test]
    fn a_character_is_escaped_wherever_it_stands() {
        for before in 0..20 {
            for after in 0..20 {
                let (begin, end) = ("a".repeat(before), "b".repeat(after));
                for (c, as_html) in [
                    ("<", "&lt;"),
                    ("ü", "ü"),
                    ("😀", "😀"),
                    ("\u{202e}", "\u{fffd}"),
                ] {
                    let text = format!("{begin}{c}{end}{c}");
                    let escaped = format!("{begin}{as_html}{end}{as_html}");
                    assert_eq!(Slot(text).to_string(), escaped);
                }
            }
        }
    }

    #[test]
    fn what_is_html_already_is_left_alone_and_what_is_missing_is_nothing() {
        assert_eq!(Slot(Html("<b>")).to_string(), "<b>");
        assert_eq!(Slot(Some("<")).to_string(), "&lt;");
        assert_eq!(Slot(None::<&str>).to_string(), "");
        assert_eq!(Slot("<".to_owned()).to_string(), "&lt;");
    }
}
