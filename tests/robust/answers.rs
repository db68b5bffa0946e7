//! Answers that are packed, too large, errors or redirects.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::faults::{Fault, check};
use crate::support::stand_in::{StandIn, TOKENS};

const GZIP: (&str, &str) = ("200 OK", "content-encoding: gzip\r\n");
const X_GZIP: (&str, &str) = ("200 OK", "content-encoding: X-GZip\r\n");
const DEFLATE: (&str, &str) = ("200 OK", "content-encoding: deflate\r\n");

const LARGE: &[&str] = &["larger than 64 KiB"];
const BROKE: &[&str] = &["The connection broke"];
const GOOD: &[&str] = &["You are logged in", "eyJhY2Nlc3M", "refresh-1"];

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn bare_deflate(plain: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_packed_answer_is_unpacked() {
    let tokens = TOKENS.as_bytes();
    let (start, rest) = tokens.split_at(30);
    let members = [gzip(start), gzip(b""), gzip(rest)].concat();
    let padded = [gzip(tokens), vec![0; 16]].concat();
    let created = ("201 Created", "content-type: text/plain\r\n");
    check(vec![
        Fault::answer("gzip", 200, GOOD, GZIP, gzip(tokens)),
        Fault::answer("x-gzip", 200, GOOD, X_GZIP, gzip(tokens)),
        Fault::answer("several members", 200, GOOD, GZIP, members),
        Fault::answer("padded", 200, GOOD, GZIP, padded),
        Fault::answer("zlib", 200, GOOD, DEFLATE, zlib(tokens)),
        Fault::answer("bare deflate", 200, GOOD, DEFLATE, bare_deflate(tokens)),
        Fault::answer("as it is", 200, GOOD, created, TOKENS),
    ]);
}

#[test]
fn a_packed_answer_that_is_cut_off_or_spoiled_is_a_502_that_says_so() {
    let whole = gzip(TOKENS.as_bytes());
    let cut = whole[..whole.len() / 2].to_vec();
    let second_cut = [&gzip(b"{"), &cut[..]].concat();
    let plain = TOKENS.as_bytes();
    check(vec![
        Fault::answer("gzip cut off", 502, BROKE, GZIP, cut),
        Fault::answer("the second member cut off", 502, BROKE, GZIP, second_cut),
        Fault::answer("not gzip at all", 502, BROKE, GZIP, plain),
        Fault::answer("not deflate at all", 502, BROKE, DEFLATE, plain),
    ]);
}

#[test]
fn an_answer_of_more_than_64_kib_is_a_502_packed_or_not() {
    let of_length = |length: usize| {
        let token = "t".repeat(length - r#"{"access_token":""}"#.len());
        format!(r#"{{"access_token":"{token}"}}"#)
    };
    let large = of_length(10_000_000);
    let in_chunks = large.clone();
    let spaces = vec![b' '; 5_000_000];
    let in_gzip = gzip(&spaces);
    let in_members = gzip(&[b' '; 1000]).repeat(100);
    let in_zlib = zlib(&spaces);
    let in_deflate = bare_deflate(&spaces);
    for bomb in [&in_gzip, &in_members, &in_zlib, &in_deflate] {
        assert!(bomb.len() < 65_536, "it would be too large as it comes");
    }
    check(vec![
        Fault::ok("64 KiB", 200, &["You are logged in"], of_length(65_536)),
        Fault::ok("64 KiB and a byte", 502, LARGE, of_length(65_537)),
        Fault::ok("10 MB by length", 502, LARGE, large),
        Fault::new("10 MB chunked", 502, LARGE, move |connection| {
            connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
            connection.send(format!("{:x}\r\n{in_chunks}\r\n0\r\n\r\n", in_chunks.len()));
        }),
        Fault::answer("a bomb in gzip", 502, LARGE, GZIP, in_gzip),
        Fault::answer("a bomb in members", 502, LARGE, GZIP, in_members),
        Fault::answer("a bomb in zlib", 502, LARGE, DEFLATE, in_zlib),
        Fault::answer("a bomb in deflate", 502, LARGE, DEFLATE, in_deflate),
    ]);
}

#[test]
fn another_status_than_2xx_is_a_502_with_what_the_other_side_said() {
    let json = r#"{"error":"invalid_<b>","error_description":"Bad \"code\" <script>"}"#;
    let said = &["invalid_&lt;b&gt;: Bad &quot;code&quot; &lt;script&gt;"];
    let cut = "HTTP/1.1 400 Bad Request\r\ncontent-length: 99\r\n\r\nhalf";
    let grant = r#"{"error":"invalid_grant"}"#;
    let texts = |texts: &[&'static str]| texts.to_vec();
    check(vec![
        Fault::answer("400", 502, said, ("400 Bad Request", ""), json),
        Fault::answer("403", 502, said, ("403 Forbidden", ""), json),
        Fault::answer("500", 502, said, ("500 Internal Server Error", ""), json),
        Fault::answer(
            "only error",
            502,
            &texts(&["The code was not accepted", "401 invalid_grant"]),
            ("401 Unauthorized", ""),
            grant,
        ),
        Fault::answer(
            "HTML",
            502,
            &texts(&["500 Internal Server Error", "&lt;h1&gt;Oh no"]),
            ("500 x", ""),
            "<h1>Oh no",
        ),
        Fault::answer(
            "nothing",
            502,
            &["503 Service Unavailable"],
            ("503 Service Unavailable", ""),
            "",
        ),
        Fault::bytes("cut off", 502, &["400 Bad Request", "half"], cut),
        Fault::answer("a status of no class", 502, &["600"], ("600 x", ""), ""),
    ]);
}

#[test]
fn a_redirect_is_not_followed_and_no_other_host_gets_the_credentials() {
    let other = StandIn::good();
    let mut faults = Vec::new();
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let location = format!("location: {}/oauth2/token\r\n", other.url());
        faults.push(Fault::new(status, 502, &[status], move |connection| {
            connection.answer(status, &location, "");
        }));
    }
    check(faults);
    assert_eq!(other.requests(), Vec::<String>::new());
}
