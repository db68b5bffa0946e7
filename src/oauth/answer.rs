//! The answer of the token endpoint: read within bounds, unpacked, and understood.

use std::borrow::Cow;
use std::io::{self, Read};

use actix_web::http::{StatusCode, header};
use awc::ClientResponse;
use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use futures_util::StreamExt as _;
use serde_json::{Map, Value};

use super::mask::Mask;
use crate::failure::{Cause, Failure, Reported, Words};

/// The largest body, in bytes, both as it comes and unpacked.
const MAX_BODY: usize = 64 * 1024;

/// How much is shown of what the server said, in characters.
const MAX_SHOWN: usize = 500;

/// A successful answer (RFC 6749, section 5.1): a JSON object with an access token in it.
pub struct TokenAnswer {
    access_token: String,
    fields: Map<String, Value>,
}

impl TokenAnswer {
    /// Checks that JSON is an object with an access token: a text that is not empty.
    #[must_use]
    pub fn new(json: Value) -> Option<Self> {
        let Value::Object(fields) = json else {
            return None;
        };
        let access_token = text_of(&fields, "access_token")?.to_owned();
        Some(Self {
            access_token,
            fields,
        })
    }

    /// The access token.
    #[must_use]
    pub fn access_token(&self) -> &str {
        &self.access_token
    }

    /// The refresh token, where one came.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&str> {
        text_of(&self.fields, "refresh_token")
    }

    /// How long the access token is good, in seconds, where that came.
    #[must_use]
    pub fn expires_in(&self) -> Option<u64> {
        self.fields.get("expires_in")?.as_u64()
    }

    /// Every field that came, in the order in which they came.
    #[must_use]
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }
}

/// A field that is a text and not empty.
fn text_of<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let text = fields.get(name)?.as_str()?;
    Some(text).filter(|text| !text.is_empty())
}

/// A body as far as it came.
pub struct Body {
    bytes: Vec<u8>,
    /// Whether that was all of it.
    end: Result<(), Failure>,
    /// Whether the server said how long it is.
    has_length: bool,
}

/// Reads a body and undoes its content coding, so far that neither fills the memory.
pub async fn read(response: ClientResponse) -> Body {
    let headers = response.headers();
    let header_text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let length = header_text(header::CONTENT_LENGTH).and_then(|text| text.parse::<usize>().ok());
    let coding = header_text(header::CONTENT_ENCODING).map(|text| text.trim().to_ascii_lowercase());

    let (packed, end) = receive(response, length).await;
    let (bytes, unpacked) = match coding.as_deref() {
        Some("gzip" | "x-gzip") => unpack_gzip(&packed),
        Some("deflate") => unpack_deflate(&packed),
        _ => (packed, Ok(())),
    };
    Body {
        bytes,
        end: end.and(unpacked),
        has_length: length.is_some(),
    }
}

async fn receive(
    response: ClientResponse,
    length: Option<usize>,
) -> (Vec<u8>, Result<(), Failure>) {
    let mut bytes = Vec::new();
    let mut chunks = response;
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(error) => return (bytes, Err(Failure::detailed(Cause::Broken, error))),
        }
        if bytes.len() > MAX_BODY {
            return (bytes, Err(Failure::new(Cause::TooLarge)));
        }
    }
    // awc takes a body that was cut off for a whole one.
    if length.is_some_and(|length| bytes.len() < length) {
        let failure = Failure::detailed(Cause::Broken, "the body is shorter than its length");
        return (bytes, Err(failure));
    }
    (bytes, Ok(()))
}

/// Unpacks gzip: one member after the other (RFC 1952, section 2.2). What follows the last member and
/// is none itself is left out, as Python's requests does.
///
/// awc would unpack without a limit. The members are read one by one, since flate2's `MultiGzDecoder`
/// fails at what follows the last one.
fn unpack_gzip(packed: &[u8]) -> (Vec<u8>, Result<(), Failure>) {
    let mut plain = Vec::new();
    let mut rest = packed;
    loop {
        let mut member = GzDecoder::new(rest);
        let is_first = rest.len() == packed.len();
        if !is_first && member.header().is_none() {
            return (plain, Ok(()));
        }
        if let Err(failure) = read_within_limit(&mut member, &mut plain) {
            return (plain, Err(failure));
        }
        rest = member.into_inner();
        if rest.is_empty() {
            return (plain, Ok(()));
        }
    }
}

/// Unpacks deflate, which is zlib (RFC 9110, section 8.4.1.2), or, from some servers, bare deflate.
fn unpack_deflate(packed: &[u8]) -> (Vec<u8>, Result<(), Failure>) {
    let mut plain = Vec::new();
    let unpacked = read_within_limit(ZlibDecoder::new(packed), &mut plain);
    let is_broken = matches!(&unpacked, Err(failure) if failure.cause == Cause::Broken);
    if is_broken {
        let mut bare = Vec::new();
        let bare_unpacked = read_within_limit(DeflateDecoder::new(packed), &mut bare);
        let is_bare = match &bare_unpacked {
            Ok(()) => true,
            Err(failure) => failure.cause == Cause::TooLarge,
        };
        if is_bare {
            return (bare, bare_unpacked);
        }
    }
    (plain, unpacked)
}

fn read_within_limit(reader: impl Read, plain: &mut Vec<u8>) -> Result<(), Failure> {
    // One byte more than is allowed, so that too much shows.
    let most = MAX_BODY as u64 + 1;
    let room = most.saturating_sub(plain.len() as u64);
    let read: io::Result<_> = reader.take(room).read_to_end(plain);
    if plain.len() > MAX_BODY {
        return Err(Failure::new(Cause::TooLarge));
    }
    match read {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::detailed(Cause::Broken, error)),
    }
}

/// Finds the tokens in an answer, or why there are none. Nothing of it has the client's secret.
///
/// # Errors
///
/// When the answer is an error, is not whole, or has no access token.
pub fn interpret(status: StatusCode, body: Body, mask: &Mask) -> Result<TokenAnswer, Failure> {
    // What is a text already need not be checked again, value by value.
    let (came, parsed) = match str::from_utf8(&body.bytes) {
        Ok(text) => (Cow::from(text), serde_json::from_str::<Value>(text)),
        // This is no JSON: the error tells whether it was cut off in the middle of a character.
        Err(_) => (
            String::from_utf8_lossy(&body.bytes),
            serde_json::from_slice(&body.bytes),
        ),
    };
    // An escape of JSON can hide the secret in the text.
    let has_escapes = came.contains('\\');
    let may_have_secret = has_escapes || mask.finds(&came);
    let masked = parsed.map(|json| {
        if may_have_secret {
            mask.json(json)
        } else {
            json
        }
    });
    // A good answer is not shown as a text, unless the log asks for it.
    let text = || match &masked {
        // Written anew, numbers and commas can come out in another way, and be the secret.
        Ok(json) if has_escapes => mask.text(json.to_string()),
        _ => mask.text(came.to_string()),
    };
    log::debug!("the answer: {}", text());
    if !status.is_success() {
        return Err(error_answer(status, masked.as_ref().ok(), &text()));
    }
    body.end?;
    let reported = |words| Reported {
        status: Some(status),
        words,
    };
    match masked {
        Ok(json) => TokenAnswer::new(json).ok_or_else(|| Failure {
            reported: reported(Words::None),
            ..Failure::new(Cause::NoAccessToken)
        }),
        // Without a length, only the JSON tells that the answer was cut off.
        Err(error) if error.is_eof() && !body.has_length && !body.bytes.is_empty() => {
            Err(Failure::detailed(Cause::Broken, error))
        }
        Err(error) => {
            let detail = if body.bytes.is_empty() {
                "the body is empty".to_owned()
            } else {
                error.to_string()
            };
            Err(Failure {
                reported: reported(start_of(&mask.text(came.into_owned()))),
                ..Failure::detailed(Cause::NotJson, detail)
            })
        }
    }
}

/// What the token endpoint says of an error (RFC 6749, section 5.2).
fn error_answer(status: StatusCode, json: Option<&Value>, text: &str) -> Failure {
    let field = |name: &str| {
        let value = json?.get(name)?.as_str()?;
        Some(value.chars().take(MAX_SHOWN).collect::<String>())
    };
    let words = match field("error").filter(|error| !error.is_empty()) {
        Some(error) => Words::Error {
            error,
            description: field("error_description").filter(|text| !text.is_empty()),
        },
        None => start_of(text),
    };
    let cause = match &words {
        Words::Error { error, .. } if error == "invalid_grant" => Cause::InvalidGrant,
        Words::Error { error, .. } if error == "invalid_client" => Cause::InvalidClient,
        _ => Cause::ErrorStatus,
    };
    Failure {
        reported: Reported {
            status: Some(status),
            words,
        },
        ..Failure::new(cause)
    }
}

fn start_of(text: &str) -> Words {
    if text.trim().is_empty() {
        return Words::None;
    }
    Words::Body(text.chars().take(MAX_SHOWN).collect())
}

#[cfg(test)]
mod tests;
