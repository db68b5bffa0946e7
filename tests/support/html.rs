//! Reads the tags of a page, as far as our own pages need it.

/// A start tag.
#[derive(Debug, Default)]
pub struct Tag {
    /// In lower case.
    pub name: String,
    /// Names in lower case, and values as they stand.
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// All start tags of a page, in their order. The text of scripts and styles has none.
pub fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some((_, from_here)) = rest.split_once('<') {
        rest = from_here;
        if !from_here.starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let (tag, after) = read_tag(from_here);
        rest = match tag.name.as_str() {
            "script" | "style" => {
                let end = format!("</{}", tag.name);
                after.split_once(&end).map_or("", |(_, rest)| rest)
            }
            _ => after,
        };
        tags.push(tag);
    }
    tags
}

/// Reads a tag from its name on, and gives what follows its `>`.
fn read_tag(text: &str) -> (Tag, &str) {
    let ends_name = |c: char| c.is_ascii_whitespace() || c == '/' || c == '>';
    let mut tag = Tag::default();
    let (name, mut rest) = text.split_at(text.find(ends_name).unwrap_or(text.len()));
    tag.name = name.to_ascii_lowercase();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return (tag, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (tag, after);
        }
        let end = rest.find(|c| ends_name(c) || c == '=');
        let (name, after_name) = rest.split_at(end.unwrap_or(rest.len()).max(1));
        let (value, after_value) = read_value(after_name);
        tag.attributes
            .push((name.to_ascii_lowercase(), value.to_owned()));
        rest = after_value;
    }
}

/// Reads the value of an attribute, where it has one.
fn read_value(text: &str) -> (&str, &str) {
    let Some(after_sign) = text.trim_ascii_start().strip_prefix('=') else {
        return ("", text);
    };
    let value = after_sign.trim_ascii_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = value.find(|c: char| c.is_ascii_whitespace() || c == '>');
    value.split_at(end.unwrap_or(value.len()))
}

/// What a page runs, or lets run, beside the script and the style that carry the nonce.
pub fn inline_code(html: &str, nonce: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in tags(html) {
        let carries_code = ["script", "style"].contains(&tag.name.as_str());
        if carries_code && tag.attribute("nonce") != Some(nonce) {
            found.push(format!("<{}> without the nonce", tag.name));
        }
        for (name, value) in &tag.attributes {
            let value_runs = value.trim().to_ascii_lowercase().starts_with("javascript:");
            if name.starts_with("on") || name == "style" || name == "srcdoc" || value_runs {
                found.push(format!("<{} {name}={value}>", tag.name));
            }
        }
    }
    found
}

/// What a page would load from anywhere: every address but those of links to be followed, and `data:`.
pub fn loaded(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in tags(html) {
        let is_link = tag.name == "a";
        for (name, value) in &tag.attributes {
            let is_address = [
                "src",
                "srcset",
                "href",
                "data",
                "poster",
                "action",
                "background",
            ];
            let is_harmless = value.starts_with("data:") || (is_link && name == "href");
            if is_address.contains(&name.as_str()) && !is_harmless {
                found.push(format!("<{} {name}={value}>", tag.name));
            }
        }
    }
    let from_styles = html.contains("@import") || html.contains("url(");
    if from_styles {
        found.push("a style".to_owned());
    }
    found
}
