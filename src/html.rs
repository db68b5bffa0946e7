//! Templates: HTML files that are std format strings, so that rustc checks every name in them. What
//! is put in is escaped, unless its type says that it is HTML already.

use std::fmt::{Display, Formatter, Result, Write as _};

/// What is HTML already.
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

impl Put for str {
    fn put(&self, f: &mut Formatter<'_>) -> Result {
        let special = |b| match b {
            b'&' | b'<' | b'>' | b'"' | b'\'' => true,
            _ => !matches!(b, b' '..=b'~' | b'\n'),
        };
        let mut rest = self;
        while let Some(at) = rest.bytes().position(special) {
            let (plain, special) = rest.split_at(at);
            f.write_str(plain)?;
            let mut characters = special.chars();
            match characters.next() {
                Some('&') => f.write_str("&amp;")?,
                Some('<') => f.write_str("&lt;")?,
                Some('>') => f.write_str("&gt;")?,
                Some('"') => f.write_str("&quot;")?,
                Some('\'') => f.write_str("&#39;")?,
                Some(c) if !unfit(c) => f.write_char(c)?,
                _ => f.write_char(char::REPLACEMENT_CHARACTER)?,
            }
            rest = characters.as_str();
        }
        f.write_str(rest)
    }
}

/// Characters that HTML cannot have, or that would do something in a line pasted into a terminal, or
/// that turn text around.
fn unfit(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fdd0}'..='\u{fdef}')
        || u32::from(c) & 0xfffe == 0xfffe
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
/// written only when the whole page is, so that a template in a template costs no copy.
macro_rules! template {
    ($file:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::html::Html(std::fmt::from_fn(move |f| write!(
            f,
            include_str!(concat!("../templates/", $file)),
            $($name = $crate::html::Slot(&$value)),*
        )))
    };
}

pub(crate) use template;
