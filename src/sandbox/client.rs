//! Is this request the client's?

use actix_web::HttpRequest;
use actix_web::http::header;
use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::{CLIENT_ID, CLIENT_SECRET};

/// Whether the client authenticates itself with Basic authentication (RFC 6749, section 2.3.1).
pub fn is_authenticated(request: &HttpRequest) -> bool {
    let credentials = authorization(request, "Basic");
    let decoded = credentials.and_then(|text| BASE64_STANDARD.decode(text).ok());
    let expected = format!("{CLIENT_ID}:{CLIENT_SECRET}");
    decoded.is_some_and(|given| given == expected.as_bytes())
}

/// What stands behind a scheme in `Authorization`. The case of the scheme does not matter (RFC 9110,
/// section 11.1).
pub fn authorization<'a>(request: &'a HttpRequest, scheme: &str) -> Option<&'a str> {
    let header = request.headers().get(header::AUTHORIZATION)?;
    let (given_scheme, rest) = header.to_str().ok()?.split_once(' ')?;
    given_scheme
        .eq_ignore_ascii_case(scheme)
        .then(|| rest.trim())
}
