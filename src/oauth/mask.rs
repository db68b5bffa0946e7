//! Takes the client's secret out of what the authorization server sends, should it send it back.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;
use url::form_urlencoded;

use crate::secret::Secret;

/// What stands where the secret stood.
const STARS: &str = "***";

/// The shortest secret that is masked, in characters. A shorter one stands in ordinary words too, and
/// masking it would hide those.
const SHORTEST: usize = 8;

/// The forms in which a client's secret is searched for: bare, form-encoded, in base64, and in base64
/// as it is sent (RFC 7617, section 2). Each of them may have come through JSON, which escapes some
/// characters.
#[derive(Clone, Debug)]
pub struct Mask {
    /// The longest first: a shorter form can be a part of a longer one.
    forms: Vec<Secret>,
}

impl Mask {
    /// The mask for a client.
    pub fn new(client_id: &str, secret: &Secret) -> Self {
        let bare = secret.expose();
        if bare.chars().count() < SHORTEST {
            return Self { forms: Vec::new() };
        }
        let credentials = format!("{client_id}:{bare}");
        // Without its padding, a form is found with and without it.
        let plain = [
            BASE64_STANDARD_NO_PAD.encode(&credentials),
            BASE64_URL_SAFE_NO_PAD.encode(&credentials),
            BASE64_STANDARD_NO_PAD.encode(bare),
            BASE64_URL_SAFE_NO_PAD.encode(bare),
            form_urlencoded::byte_serialize(bare.as_bytes()).collect(),
            bare.to_owned(),
        ];
        let escaped = plain.iter().flat_map(|text| json_escapes(text));
        let mut texts: Vec<String> = escaped.collect();
        texts.extend(plain);
        texts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        texts.dedup();
        let forms = texts.into_iter().map(Secret::new).collect();
        Self { forms }
    }

    /// A text without the secret.
    pub fn text(&self, text: String) -> String {
        let mut masked = text;
        for form in &self.forms {
            if masked.contains(form.expose()) {
                masked = masked.replace(form.expose(), STARS);
            }
        }
        masked
    }

    /// A JSON value without the secret in any of its keys, texts and numbers.
    pub fn json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.json(item)).collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| (self.text(name), self.json(value)))
                .collect(),
            Value::Number(number) if self.finds(&number.to_string()) => STARS.into(),
            Value::Number(_) | Value::Bool(_) | Value::Null => value,
        }
    }

    /// Whether a text has the secret in it.
    pub fn finds(&self, text: &str) -> bool {
        self.forms.iter().any(|form| text.contains(form.expose()))
    }
}

/// What JSON makes of a text: with the escapes that it needs, and with that of `/`, which some servers
/// write.
fn json_escapes(text: &str) -> [String; 2] {
    let quoted = Value::from(text).to_string();
    let needed = quoted[1..quoted.len() - 1].to_owned();
    let with_slashes = needed.replace('/', "\\/");
    [needed, with_slashes]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_secret_is_masked_in_every_form() {
        let mask = Mask::new("id", &Secret::new("s3cret??>".to_owned()));
        // printf 's3cret??>' | base64; printf 'id:s3cret??>' | base64
        let table = [
            ("nothing", "nothing"),
            ("<s3cret??>>", "<***>"),
            ("czNjcmV0Pz8+", "***"),
            ("czNjcmV0Pz8-", "***"),
            ("Basic aWQ6czNjcmV0Pz8+.", "Basic ***."),
            ("s3cret??>s3cret??>", "******"),
            ("client_secret=s3cret%3F%3F%3E&a=b", "client_secret=***&a=b"),
        ];
        for (text, masked) in table {
            assert_eq!(mask.text(text.to_owned()), masked);
        }
        let mask = Mask::new("id", &Secret::new("12345678".to_owned()));
        // printf '12345678' | base64 gives MTIzNDU2Nzg=
        assert_eq!(mask.text("MTIzNDU2Nzg= MTIzNDU2Nzg".to_owned()), "***= ***");
        let came = json!({"12345678": [{"a": "x12345678"}, 912_345_678, 1, true, null]});
        let masked = json!({"***": [{"a": "x***"}, "***", 1, true, null]});
        assert_eq!(mask.json(came), masked);
    }

    #[test]
    fn the_secret_is_masked_in_the_escapes_of_json_too() {
        let mask = Mask::new("id", &Secret::new(r#"ab/cd"ef\gh"#.to_owned()));
        let table = [r#"ab/cd"ef\gh"#, r#"ab/cd\"ef\\gh"#, r#"ab\/cd\"ef\\gh"#];
        for text in table {
            assert_eq!(mask.text(format!("<{text}>")), "<***>");
        }
    }

    #[test]
    fn a_short_secret_is_left_alone() {
        let mask = Mask::new("id", &Secret::new("1234567".to_owned()));
        assert_eq!(mask.text("1234567".to_owned()), "1234567");
    }
}
