//! HTML that is safe to put into a page.

/// A piece of HTML. Text converted with `From` is escaped, so that nobody can forget it.
#[derive(Default)]
pub struct Html(String);

impl Html {
    /// Takes what is HTML already.
    pub fn raw(html: impl Into<String>) -> Self {
        Self(html.into())
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

impl std::fmt::Display for Html {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Html {
    fn from(text: &str) -> Self {
        let mut html = String::with_capacity(text.len() + 16);
        // What needs no escape is copied as a whole.
        for part in text.split_inclusive(needs_escape) {
            let plain = part.trim_end_matches(needs_escape);
            html.push_str(plain);
            html.push_str(match &part[plain.len()..] {
                "" => "",
                "&" => "&amp;",
                "<" => "&lt;",
                ">" => "&gt;",
                "\"" => "&quot;",
                "'" => "&#39;",
                _control => "\u{fffd}",
            });
        }
        Self(html)
    }
}

fn needs_escape(c: char) -> bool {
    let is_control = c.is_control() && c != '\n' && c != '\t';
    is_control || matches!(c, '&' | '<' | '>' | '"' | '\'')
}

impl From<String> for Html {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

/// `None` renders as nothing.
impl From<Option<Html>> for Html {
    fn from(html: Option<Html>) -> Self {
        html.unwrap_or_default()
    }
}

/// `html!("<b>{name}</b>", name = value, …)`: `format!` with each value converted to [`Html`].
macro_rules! html {
    ($format:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::page::html::Html::raw(format!(
            $format,
            $($name = $crate::page::html::Html::from($value)),*
        ))
    };
}
pub(crate) use html;

/// `template!("login.html", name = value, …)`: the same with a file of `templates/`.
macro_rules! template {
    ($file:literal $($values:tt)*) => {
        $crate::page::html::html!(
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $file)) $($values)*
        )
    };
}
pub(crate) use template;

/// A code box with a button that copies it. Screen readers read out its name.
pub fn code_box(id: &str, name: &str, text: impl Into<Html>) -> Html {
    template!("code-box.html", id = id, name = name, text = text.into())
}

/// Prose in which backticks enclose code.
pub fn prose(text: &str) -> Html {
    let Html(escaped) = text.into();
    let mut html = String::with_capacity(escaped.len() + 64);
    for (number, part) in escaped.split('`').enumerate() {
        html += match number {
            0 => "",
            _ if number % 2 == 1 => "<code>",
            _ => "</code>",
        };
        html += part;
    }
    Html(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        let table = [
            ("plain\n\tü 😀", "plain\n\tü 😀"),
            (
                "<a href=\"x\">'&'</a>",
                "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;",
            ),
            (
                "\0\r\u{1b}\u{7f}\u{85}x",
                "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}x",
            ),
        ];
        for (text, escaped) in table {
            assert_eq!(Html::from(text).into_string(), escaped, "{text:?}");
        }
    }

    #[test]
    fn prose_is_escaped_too() {
        assert_eq!(prose("a `b<` c").into_string(), "a <code>b&lt;</code> c");
    }
}
