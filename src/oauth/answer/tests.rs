use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;
use crate::secret::Secret;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

fn cause_of<T>(result: Result<T, Failure>) -> Option<Cause> {
    result.err().map(|failure| failure.cause)
}

#[test]
fn gzip_is_unpacked_as_pythons_requests_does() {
    let whole = gzip("hello");
    let two = [gzip("hello "), gzip("world")].concat();
    let cut_in_the_second = two[..two.len() - 4].to_vec();
    let table = [
        (whole.clone(), "hello", None),
        (two, "hello world", None),
        (
            [whole.as_slice(), b"garbage and more"].concat(),
            "hello",
            None,
        ),
        ([whole.as_slice(), &[0; 20]].concat(), "hello", None),
        (
            whole[..whole.len() - 4].to_vec(),
            "hello",
            Some(Cause::Broken),
        ),
        (cut_in_the_second, "hello world", Some(Cause::Broken)),
        (b"garbage".to_vec(), "", Some(Cause::Broken)),
        (Vec::new(), "", Some(Cause::Broken)),
    ];
    for (packed, expected, cause) in table {
        let (plain, end) = unpack_gzip(&packed);
        assert_eq!(String::from_utf8_lossy(&plain), expected, "{packed:?}");
        assert_eq!(cause_of(end), cause, "{packed:?}");
    }
}

#[test]
fn deflate_is_unpacked_with_and_without_its_wrapper() {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(b"hello").expect("memory");
    let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
    bare.write_all(b"hello").expect("memory");
    for packed in [zlib.finish(), bare.finish()] {
        let (plain, end) = unpack_deflate(&packed.expect("memory"));
        assert_eq!(plain, b"hello");
        assert_eq!(cause_of(end), None);
    }
    let (_, end) = unpack_deflate(b"garbage");
    assert_eq!(cause_of(end), Some(Cause::Broken));
}

#[test]
fn what_unpacks_to_more_than_64_kib_is_too_large() {
    assert_eq!(MAX_BODY, 65_536);
    let limit = " ".repeat(MAX_BODY);
    assert_eq!(cause_of(unpack_gzip(&gzip(&limit)).1), None);
    let more = " ".repeat(MAX_BODY + 1);
    assert_eq!(cause_of(unpack_gzip(&gzip(&more)).1), Some(Cause::TooLarge));
    let in_two = [gzip(&limit), gzip(" ")].concat();
    assert_eq!(cause_of(unpack_gzip(&in_two).1), Some(Cause::TooLarge));
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(more.as_bytes()).expect("memory");
    let bare = encoder.finish().expect("memory");
    assert_eq!(cause_of(unpack_deflate(&bare).1), Some(Cause::TooLarge));
}

fn interpret_text(number: u16, text: &str) -> Result<TokenAnswer, Failure> {
    let body = Body {
        bytes: text.as_bytes().to_vec(),
        end: Ok(()),
        has_length: true,
    };
    let status = StatusCode::from_u16(number).expect("a status");
    let mask = Mask::new("id", &Secret::new("the-secret".to_owned()));
    interpret(status, body, &mask)
}

#[test]
fn an_answer_without_tokens_is_a_failure_with_its_cause() {
    let table = [
        (200, r#"{"access_token":"t"}"#, None),
        (201, r#"{"access_token":"t"}"#, None),
        (200, r#"{"access_token":""}"#, Some(Cause::NoAccessToken)),
        (200, r#"{"access_token":7}"#, Some(Cause::NoAccessToken)),
        (200, "[]", Some(Cause::NoAccessToken)),
        (200, "null", Some(Cause::NoAccessToken)),
        (200, "", Some(Cause::NotJson)),
        (200, "<html>", Some(Cause::NotJson)),
        (200, r#"{"access_token":"#, Some(Cause::NotJson)),
        (302, r#"{"access_token":"t"}"#, Some(Cause::ErrorStatus)),
        (
            400,
            r#"{"error":"invalid_grant"}"#,
            Some(Cause::InvalidGrant),
        ),
        (
            401,
            r#"{"error":"invalid_client"}"#,
            Some(Cause::InvalidClient),
        ),
        (
            400,
            r#"{"error":"invalid_client"}"#,
            Some(Cause::InvalidClient),
        ),
        (400, r#"{"error":"other"}"#, Some(Cause::ErrorStatus)),
        (401, "", Some(Cause::ErrorStatus)),
        (500, "oh", Some(Cause::ErrorStatus)),
    ];
    for (status, text, cause) in table {
        let failure = interpret_text(status, text).err();
        let reported = failure.as_ref().map(|failure| failure.reported.status);
        let expected = cause.map(|_| StatusCode::from_u16(status).ok());
        assert_eq!(reported, expected, "{status} {text}");
        assert_eq!(
            failure.map(|failure| failure.cause),
            cause,
            "{status} {text}"
        );
    }
}

#[test]
fn a_failure_has_the_servers_words_and_never_the_clients_secret() {
    let words = |status, text| match interpret_text(status, text) {
        Ok(_) => panic!("{text} has tokens"),
        Err(failure) => match failure.reported.words {
            Words::None => String::new(),
            Words::Error { error, description } => format!("{error}|{description:?}"),
            Words::Body(body) => body,
        },
    };
    assert_eq!(
        words(400, r#"{"error":"a","error_description":"the-secret"}"#),
        "a|Some(\"***\")"
    );
    assert_eq!(
        words(400, r#"{"error":"a","error_description":""}"#),
        "a|None"
    );
    assert_eq!(words(400, r#"{ "message": 1 }"#), r#"{ "message": 1 }"#);
    assert_eq!(
        words(400, r#"{"message":"\u0074he-secret"}"#),
        r#"{"message":"***"}"#
    );
    assert_eq!(words(500, "oh the-secret"), "oh ***");
    assert_eq!(words(200, "oh the-secret"), "oh ***");
    assert_eq!(words(500, &"x".repeat(1000)).len(), MAX_SHOWN);
    let answer = interpret_text(200, r#"{"access_token":"the\u002dsecret"}"#);
    assert_eq!(
        answer.map(|answer| answer.access_token().to_owned()).ok(),
        Some("***".to_owned())
    );
}

#[test]
fn what_only_becomes_the_secret_when_it_is_written_anew_is_masked_too() {
    let body = Body {
        bytes: br#"{"x":[12345, 67890],"y":"\u0074"}"#.to_vec(),
        end: Ok(()),
        has_length: true,
    };
    let mask = Mask::new("id", &Secret::new("12345,67890".to_owned()));
    let result = interpret(StatusCode::BAD_GATEWAY, body, &mask);
    let words = result.err().map(|failure| failure.reported.words);
    let Some(Words::Body(text)) = words else {
        panic!("these are not the words: {words:?}");
    };
    assert_eq!(text, r#"{"x":[***],"y":"t"}"#);
}

#[test]
fn the_fields_of_an_answer_are_what_they_should_be_or_missing() {
    let table = [
        (
            r#"{"access_token":"t","refresh_token":"r","expires_in":60}"#,
            Some("r"),
            Some(60),
        ),
        (
            r#"{"access_token":"t","refresh_token":"","expires_in":"60"}"#,
            None,
            None,
        ),
        (
            r#"{"access_token":"t","refresh_token":7,"expires_in":-1}"#,
            None,
            None,
        ),
        (r#"{"access_token":"t"}"#, None, None),
    ];
    for (text, refresh_token, expires_in) in table {
        let answer = interpret_text(200, text).unwrap_or_else(|_| panic!("{text}"));
        assert_eq!(answer.access_token(), "t");
        assert_eq!(answer.refresh_token(), refresh_token, "{text}");
        assert_eq!(answer.expires_in(), expires_in, "{text}");
    }
}

#[test]
fn without_a_length_json_that_is_cut_off_is_a_broken_connection() {
    let mask = Mask::new("id", &Secret::new("the-secret".to_owned()));
    let in_a_character = b"{\"access_token\":\"\xc3";
    for bytes in [&b"{\"access_token\":"[..], in_a_character] {
        let cut_off = Body {
            bytes: bytes.to_vec(),
            end: Ok(()),
            has_length: false,
        };
        let result = interpret(StatusCode::OK, cut_off, &mask);
        assert_eq!(cause_of(result), Some(Cause::Broken), "{bytes:?}");
    }
}
