//! The two requests of the authorization code flow (RFC 6749, section 4.1). The browser makes the
//! first, by the link on the login page; this server makes the second. Eagle Eye Networks describes
//! them at <https://developer.eagleeyenetworks.com/docs/login-confidential-client>.

mod no_response;
mod proxy;
mod response;
mod transport;

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::rt::time::timeout;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::failure::{Cause, Failure};
use crate::origin::Origin;
use crate::text::Secret;

pub use proxy::{Proxy, ProxyError};
pub use response::{BaseUrl, ErrorResponse, TokenResponse};
pub use transport::{http_client, tls_config};

/// What the tokens are for: all of the video management system.
pub const SCOPE: &str = "vms.all";

/// How long the exchange may take, from looking up the host to the last byte of the response.
const DEADLINE: Duration = Duration::from_secs(10);

/// The largest response, in bytes, unpacked.
const MAX_RESPONSE: usize = 64 * 1024;

/// The shortest secret that is redacted, in bytes: a shorter one may be a part of ordinary words.
const MIN_REDACTED: usize = 8;

/// The headers of the second request besides `Authorization` and those of the body.
pub const TOKEN_HEADERS: [(&str, &str); 3] = [
    ("accept", "*/*"),
    ("accept-encoding", "gzip, deflate"),
    (
        "user-agent",
        concat!("een-login/", env!("CARGO_PKG_VERSION")),
    ),
];

pub const FORM: &str = "application/x-www-form-urlencoded";

/// What cannot stand in the value of a parameter as it is: what a query cannot have (RFC 3986, section
/// 3.4), `&` and `;`, which end a parameter, and `+`, which stands for a space.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b';')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

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
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Parameters {
    /// In the query, as in the original script.
    InQuery,
    /// In the body, as in RFC 6749, section 4.1.3.
    InBody,
}

/// One attempt at the second request.
pub struct Attempt {
    pub parameters: Parameters,
    /// The status of the response; `None` if there was none.
    pub status: Option<StatusCode>,
}

/// An exchange that brought tokens.
pub struct Exchange {
    /// The code, which is used up.
    pub code: String,
    pub tokens: TokenResponse,
    /// One or two attempts, of which the last succeeded.
    pub attempts: Vec<Attempt>,
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

    /// The parameters of the second request (RFC 6749, section 4.1.3).
    pub fn token_parameters(&self, code: &str) -> String {
        let code = encode(code);
        let redirect_uri = &self.redirect_uri;
        format!(
            "grant_type=authorization_code&scope={SCOPE}&code={code}&redirect_uri={redirect_uri}"
        )
    }

    /// Exchanges a code for tokens.
    ///
    /// # Errors
    ///
    /// Why there are no tokens, after 10 seconds at the latest.
    pub async fn exchange(&self, http: &awc::Client, code: String) -> Result<Exchange, Failure> {
        let mut attempts = Vec::new();
        let in_time = timeout(DEADLINE, self.request_tokens(http, &code, &mut attempts)).await;
        match in_time.unwrap_or(Err(Cause::TimedOut)) {
            Ok(tokens) => Ok(Exchange {
                code,
                tokens,
                attempts,
            }),
            Err(cause) => Err(Failure { cause, attempts }),
        }
    }

    /// Sends the second request with its parameters in the query, as the original script does. A server
    /// that reads only the body gets it once more.
    async fn request_tokens(
        &self,
        http: &awc::Client,
        code: &str,
        attempts: &mut Vec<Attempt>,
    ) -> Result<TokenResponse, Cause> {
        match self.send(http, code, Parameters::InQuery, attempts).await {
            Err(Cause::ErrorResponse(response)) if response.says_query_was_not_read() => {
                self.send(http, code, Parameters::InBody, attempts).await
            }
            result => result,
        }
    }

    async fn send(
        &self,
        http: &awc::Client,
        code: &str,
        parameters: Parameters,
        attempts: &mut Vec<Attempt>,
    ) -> Result<TokenResponse, Cause> {
        self.log_request(code, parameters);
        attempts.push(Attempt {
            parameters,
            status: None,
        });
        let url = self.token_url();
        let encoded = self.token_parameters(code);
        let (url_with_query, body) = match parameters {
            Parameters::InQuery => (format!("{url}?{encoded}"), String::new()),
            Parameters::InBody => (url, encoded),
        };
        let mut request = http
            .post(url_with_query)
            // RFC 7617. By RFC 6749, section 2.3.1, both would be form-encoded first; Eagle Eye
            // Networks' samples do not do that.
            .basic_auth(&self.id, self.secret.expose())
            // A late response must not meet the next person's request.
            .force_close();
        if parameters == Parameters::InBody {
            request = request.content_type(FORM);
        }
        let mut response = request.send_body(body).await.map_err(no_response::cause)?;
        let status = response.status();
        log::info!("the response: {status}");
        if let Some(attempt) = attempts.last_mut() {
            attempt.status = Some(status);
        }
        let body = response.body().limit(MAX_RESPONSE).await;
        response::parse(status, body, |text| self.redact(text))
    }

    /// Logs the second request, with the code only at `debug`.
    fn log_request(&self, code: &str, parameters: Parameters) {
        let url = self.token_url();
        let shown_code = if log::log_enabled!(log::Level::Debug) {
            code
        } else {
            "***"
        };
        let encoded = self.token_parameters(shown_code);
        match parameters {
            Parameters::InQuery => log::info!("the second request: POST {url}?{encoded}"),
            Parameters::InBody => {
                log::info!("the second request, again: POST {url} with the body {encoded}");
            }
        }
        let headers = TOKEN_HEADERS.map(|(name, value)| format!("{name}: {value}"));
        log::info!(
            "its headers: authorization: Basic ***, {}",
            headers.join(", ")
        );
    }

    /// Replaces the client secret, as it is and as it is sent, in what the authorization server sent.
    pub fn redact(&self, text: &str) -> String {
        let secret = self.secret.expose();
        if secret.len() < MIN_REDACTED {
            return text.to_owned();
        }
        let credentials = BASE64_STANDARD.encode(format!("{}:{secret}", self.id));
        text.replace(secret, "***").replace(&credentials, "***")
    }
}

fn encode(value: &str) -> impl std::fmt::Display {
    utf8_percent_encode(value, RESERVED)
}
