//! The two requests of the authorization code flow (RFC 6749, section 4.1). The browser makes the
//! first, by the link on the login page; this server makes the second. Eagle Eye Networks describes
//! them at <https://developer.eagleeyenetworks.com/docs/login-confidential-client>.

mod no_response;
mod proxy;
mod response;
mod transport;

use std::time::Duration;

use actix_web::http::header;
use actix_web::rt::time::timeout;
use actix_web::web::Bytes;
use awc::ClientResponse;
use awc::error::PayloadError;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::failure::{Cause, Failure, OAuthError};
use crate::origin::Origin;
use crate::text::{Secret, escape_control};

pub use proxy::{Proxy, ProxyError};
pub use response::{BaseUrl, TokenResponse};
pub use transport::{http_client, tls_config};

/// What the tokens are for: all of the video management system.
pub const SCOPE: &str = "vms.all";

/// How long the exchange may take, from looking up the host to the last byte of the response.
const DEADLINE: Duration = Duration::from_secs(10);

/// The largest response, in bytes, decompressed.
const MAX_RESPONSE: usize = 64 * 1024;

/// The shortest secret that is redacted, in bytes: a shorter one may be a part of ordinary words.
const MIN_REDACTED: usize = 8;

/// Names the program and its version.
const USER_AGENT: &str = concat!("een-login/", env!("CARGO_PKG_VERSION"));

/// What cannot stand in the value of a parameter as it is: what a query cannot have (RFC 3986, section
/// 3.4), `&` and `;`, which end a parameter, and `+`, which stands for a space.
#[rustfmt::skip]
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'+').add(b';').add(b'<').add(b'>')
    .add(b'[').add(b'\\').add(b']').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// This program as the authorization server knows it: the client (RFC 6749, section 2).
#[derive(Clone)]
pub struct Client {
    /// The authorization server.
    pub auth_url: Origin,
    /// The client identifier, which is public.
    pub id: String,
    pub secret: Secret,
    /// Where the login returns to. The authorization server compares it as a string.
    pub redirect_uri: Origin,
    /// The proxy for the exchange.
    pub proxy: Option<Proxy>,
    /// Whether the authorization server is the sandbox.
    pub is_sandbox: bool,
}

/// Where the parameters of the second request are.
#[derive(Clone, Copy)]
pub enum Parameters {
    /// In the query, as in the original script.
    InQuery,
    /// In the body, as in RFC 6749, section 4.1.3.
    InBody,
}

impl Parameters {
    /// The headers of the second request, but for `Host`, `Authorization` and the length of a body. awc
    /// writes its own `connection` and `content-length`; they are listed for the log and the page.
    fn headers(self) -> [(&'static str, &'static str); 5] {
        let about_body = match self {
            Self::InQuery => ("content-length", "0"),
            Self::InBody => ("content-type", "application/x-www-form-urlencoded"),
        };
        [
            ("accept", "*/*"),
            ("accept-encoding", "gzip, deflate"),
            ("user-agent", USER_AGENT),
            about_body,
            ("connection", "close"),
        ]
    }

    /// The same, a line each.
    pub fn header_lines(self) -> [String; 5] {
        self.headers()
            .map(|(name, value)| format!("{name}: {value}"))
    }
}

/// A successful exchange.
pub struct Exchange {
    /// The code, which is used up.
    pub code: String,
    /// Where the parameters of the last request were.
    pub parameters: Parameters,
    pub tokens: TokenResponse,
}

impl Client {
    /// The URL of the first request (RFC 6749, section 4.1.1) without its last parameter, the state.
    pub fn authorize_url(&self) -> String {
        let endpoint = self.auth_url.join("/oauth2/authorize");
        let client_id = encode(&self.id);
        let redirect_uri = &self.redirect_uri;
        format!(
            "{endpoint}?client_id={client_id}&response_type=code&scope={SCOPE}&redirect_uri={redirect_uri}"
        )
    }

    pub fn token_url(&self) -> String {
        self.auth_url.join("/oauth2/token")
    }

    /// The URL and the body of the second request (RFC 6749, section 4.1.3).
    fn token_request(&self, code: &str, parameters: Parameters) -> (String, String) {
        let url = self.token_url();
        let code = encode(code);
        let redirect_uri = &self.redirect_uri;
        let encoded = format!(
            "grant_type=authorization_code&scope={SCOPE}&code={code}&redirect_uri={redirect_uri}"
        );
        match parameters {
            Parameters::InQuery => (format!("{url}?{encoded}"), String::new()),
            Parameters::InBody => (url, encoded),
        }
    }

    /// Exchanges a code for tokens by the second request, with its parameters in the query, as the
    /// original script sends it. A server that reads only the body gets it once more.
    ///
    /// # Errors
    ///
    /// Why there are no tokens, after 10 seconds at the latest.
    pub async fn exchange(&self, http: &awc::Client, code: String) -> Result<Exchange, Failure> {
        let mut parameters = Parameters::InQuery;
        let requests = async {
            match self.send(http, &code, parameters).await {
                Err(cause) if cause.is_unread_query() => {
                    parameters = Parameters::InBody;
                    self.send(http, &code, parameters).await
                }
                result => result,
            }
        };
        let in_time = timeout(DEADLINE, requests).await;
        match in_time.unwrap_or(Err(Cause::TimedOut)) {
            Ok(tokens) => Ok(Exchange {
                code,
                parameters,
                tokens,
            }),
            Err(cause) => Err(Failure {
                cause,
                parameters: Some(parameters),
            }),
        }
    }

    async fn send(
        &self,
        http: &awc::Client,
        code: &str,
        parameters: Parameters,
    ) -> Result<TokenResponse, Cause> {
        self.log_request(code, parameters);
        let (url, body) = self.token_request(code, parameters);
        let mut request = http
            .post(url)
            // RFC 7617. By RFC 6749, section 2.3.1, both would be form-encoded first; Eagle Eye
            // Networks' samples do not do that.
            .basic_auth(&self.id, self.secret.expose())
            // A late response must not be taken for the response to another user's request.
            .force_close();
        for header in parameters.headers() {
            request = request.insert_header(header);
        }
        let mut response = request.send_body(body).await.map_err(no_response::cause)?;
        let status = response.status();
        log::info!("the response: {status}");
        let body = match response.body().limit(MAX_RESPONSE).await {
            Ok(body) if status.is_success() && is_cut_off(&response, &body) => {
                return Err(Cause::Broken(
                    "the body is shorter than its length".to_owned(),
                ));
            }
            Ok(body) => body,
            // The status says what is wrong.
            Err(_) if !status.is_success() => Bytes::new(),
            Err(PayloadError::Overflow) => {
                return Err(Cause::NoTokens(
                    "The response is larger than 64 KiB",
                    String::new(),
                ));
            }
            Err(error) => return Err(Cause::Broken(error.to_string())),
        };
        let text = self.redact(&String::from_utf8_lossy(&body));
        log::debug!("the token response: {}", escape_control(&text));
        response::parse(status, &text)
    }

    /// Logs the second request, with the code only at `debug`.
    fn log_request(&self, code: &str, parameters: Parameters) {
        let is_debug = log::log_enabled!(log::Level::Debug);
        let code = if is_debug { code } else { "***" };
        let (url, body) = self.token_request(code, parameters);
        match parameters {
            Parameters::InQuery => log::info!("the second request: POST {url}"),
            Parameters::InBody => {
                log::info!("the second request, again: POST {url} with the body {body}");
            }
        }
        let headers = parameters.header_lines().join(", ");
        log::info!("its headers: authorization: Basic ***, {headers}");
    }

    /// Id and secret as Basic authentication sends them (RFC 7617).
    pub fn basic_credentials(&self) -> Secret {
        Secret::new(BASE64_STANDARD.encode(format!("{}:{}", self.id, self.secret.expose())))
    }

    /// Replaces the client secret, as it is and as it is sent, in what the authorization server sent.
    fn redact(&self, text: &str) -> String {
        let secret = self.secret.expose();
        if secret.len() < MIN_REDACTED {
            return text.to_owned();
        }
        let credentials = self.basic_credentials();
        text.replace(secret, "***")
            .replace(credentials.expose(), "***")
    }

    /// Redacts both texts of an error.
    pub fn redact_error(&self, error: &OAuthError) -> OAuthError {
        OAuthError {
            error: self.redact(&error.error),
            description: self.redact(&error.description),
        }
    }
}

/// Whether a body is shorter than its `Content-Length`: awc takes it for a whole one.
fn is_cut_off<S>(response: &ClientResponse<S>, body: &[u8]) -> bool {
    let header = |name| response.headers().get(name)?.to_str().ok();
    let length = header(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    let is_compressed = header(header::CONTENT_ENCODING).is_some();
    !is_compressed && length.is_some_and(|length| body.len() < length)
}

/// Percent-encodes the value of a parameter, where that is needed.
pub fn encode(value: &str) -> impl std::fmt::Display {
    utf8_percent_encode(value, ENCODED)
}
