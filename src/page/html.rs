//! HTML that is safe to put into a page.

/// A piece of HTML. What is made of a text by `From` is escaped, so that nobody can forget it.
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
        let mut rest = text;
        // What needs no escape is copied as a whole.
        while let Some(position) = rest.find(needs_escape) {
            let (plain, from_here) = rest.split_at(position);
            html.push_str(plain);
            let mut chars = from_here.chars();
            html.push_str(match chars.next() {
                Some('&') => "&amp;",
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('"') => "&quot;",
                Some('\'') => "&#39;",
                _ => "\u{fffd}",
            });
            rest = chars.as_str();
        }
        html.push_str(rest);
        Self(html)
    }
}

fn needs_escape(c: char) -> bool {
    matches!(c, '&' | '<' | '>' | '"' | '\'') || (c.is_control() && c != '\n' && c != '\t')
}

impl From<&String> for Html {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Html {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

/// A part that is left out is nothing.
impl From<Option<Html>> for Html {
    fn from(html: Option<Html>) -> Self {
        html.unwrap_or_default()
    }
}

/// `html!("<b>{name}</b>", name = value, …)`: a format string of std, with the values in it.
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

/// A code box with a button that copies it. What one calls it is for those who listen to the page.
pub fn code_box(id: &str, name: &str, text: &str) -> Html {
    let label = name.strip_prefix("the ").unwrap_or(name);
    template!(
        "code-box.html",
        id = id,
        name = name,
        label = label,
        text = code(text)
    )
}

/// Code whose lines break after `&` and `?` rather than in a word.
pub fn code(text: &str) -> Html {
    let mut html = String::with_capacity(text.len() + 64);
    for word in text.split_inclusive([' ', '\n', '&', '?']) {
        let Html(escaped) = Html::from(word);
        // A browser would break short words such as `--data-urlencode` at their hyphens.
        if word.contains('-') && word.len() < 24 {
            html += &format!("<span class=\"word\">{escaped}</span>");
        } else {
            html += &escaped;
        }
        if word.ends_with(['&', '?']) {
            html += "<wbr>";
        }
    }
    Html(html)
}

/// Prose in which backquotes enclose code.
pub fn prose(text: &str) -> Html {
    let mut html = String::with_capacity(text.len() + 64);
    for (number, part) in text.split('`').enumerate() {
        let Html(escaped) = Html::from(part);
        if number % 2 == 1 {
            html += &format!("<code>{escaped}</code>");
        } else {
            html += &escaped;
        }
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
    fn code_and_prose_are_escaped_too() {
        assert_eq!(code("a?b=<&c").into_string(), "a?<wbr>b=&lt;&amp;<wbr>c");
        assert_eq!(
            code("x --b-c <").into_string(),
            "x <span class=\"word\">--b-c </span>&lt;"
        );
        assert_eq!(prose("a `b<` c").into_string(), "a <code>b&lt;</code> c");
    }
}
