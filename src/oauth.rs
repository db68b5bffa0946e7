//! The two requests of the authorization code flow (RFC 6749, section 4.1). The browser makes the
//! first, by the link on the login page; this server makes the second. Eagle Eye Networks describes
//! them at <https://developer.eagleeyenetworks.com/docs/login-confidential>.

use std::future::poll_fn;
use std::io::Read;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_web::body::{BodyStream, MessageBody};
use actix_web::http::{StatusCode, header};
use actix_web::rt::time::timeout;
use awc::error::{ConnectError, SendRequestError};
use awc::{ClientRequest, ClientResponse};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use flate2::read::{GzDecoder, ZlibDecoder};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rustls::ClientConfig;
use serde::Deserialize;
use serde_json::Value;

use crate::page::{Cause, Failure};
use crate::secret::Secret;

/// How long the exchange may take, from the look-up of the name to the last byte of the answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// The largest answer, in bytes, both as it comes and unpacked.
const MAX_ANSWER: usize = 64 * 1024;

/// How much is shown of an error that is not JSON, in characters.
const MAX_SHOWN: usize = 500;

/// What the second request sends beside `Authorization`.
const HEADERS: [(&str, &str); 3] = [
    ("accept", "*/*"),
    ("accept-encoding", "gzip, deflate"),
    (
        "user-agent",
        concat!("een-login/", env!("CARGO_PKG_VERSION")),
    ),
];

/// All headers of the second request as people may see them.
static SHOWN_HEADERS: LazyLock<String> = LazyLock::new(|| {
    let headers = HEADERS.map(|(name, value)| format!("{name}: {value}\n"));
    let headers = headers.concat();
    format!("authorization: Basic ***\n{headers}content-length: 0\nconnection: close")
});

/// What a value in a query cannot hold as it is (RFC 3986, section 3.4), or what would end it.
#[rustfmt::skip]
const VALUE: &AsciiSet = &CONTROLS
    .add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'\'').add(b'+').add(b';').add(b'<')
    .add(b'>').add(b'[').add(b'\\').add(b']').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// This program, as the authorization server knows it: the client (RFC 6749, section 2).
#[derive(Clone, Debug)]
pub struct Client {
    /// Scheme, host and port of the authorization server, without a slash at the end.
    pub auth_url: String,
    /// The client identifier, which is public.
    pub id: String,
    /// The client secret.
    pub secret: Secret,
    /// Where the login comes back to. It is compared as a string, so it is sent as it is.
    pub redirect_uri: String,
    /// Both for Basic authentication (RFC 6749, section 2.3.1; RFC 7617).
    credentials: Secret,
}

impl Client {
    pub(crate) fn new(auth_url: String, id: String, secret: Secret, redirect_uri: String) -> Self {
        let credentials = BASE64_STANDARD.encode(format!("{id}:{}", secret.expose()));
        let credentials = Secret(credentials);
        Self {
            auth_url,
            id,
            secret,
            redirect_uri,
            credentials,
        }
    }

    /// The first request (RFC 6749, section 4.1.1), but for its last parameter, the state.
    pub(crate) fn authorize_url(&self) -> String {
        let id = utf8_percent_encode(&self.id, VALUE);
        let query = format!("client_id={id}&response_type=code&scope=vms.all");
        let (server, back) = (&self.auth_url, &self.redirect_uri);
        format!("{server}/oauth2/authorize?{query}&redirect_uri={back}")
    }

    /// The second request (RFC 6749, section 4.1.3); its parameters go into the query.
    fn token_url(&self, code: &str) -> String {
        let code = utf8_percent_encode(code, VALUE);
        let query = format!("grant_type=authorization_code&scope=vms.all&code={code}");
        let (server, back) = (&self.auth_url, &self.redirect_uri);
        format!("{server}/oauth2/token?{query}&redirect_uri={back}")
    }

    /// The second request as people may see it.
    pub(crate) fn shown(&self, code: &str) -> String {
        format!("POST {}\n{}", self.token_url(code), *SHOWN_HEADERS)
    }

    /// A text from the other side, without the secret, should it have been sent back.
    fn masked(&self, bytes: &[u8]) -> String {
        let mut text = String::from_utf8_lossy(bytes).into_owned();
        for secret in [&self.credentials, &self.secret] {
            // A shorter one stands in ordinary words, and hides nothing.
            if secret.expose().len() >= 8 {
                text = text.replace(secret.expose(), "***");
            }
        }
        text
    }
}

/// The second request on its way to the log: the line is written when its status is known, or when
/// it is clear that none will come.
struct Logged<'a> {
    client: &'a Client,
    code: &'a str,
    status: Option<StatusCode>,
}

impl Drop for Logged<'_> {
    fn drop(&mut self) {
        let debug = log::log_enabled!(log::Level::Debug);
        let request = self.client.shown(if debug { self.code } else { "***" });
        let request = request.replace('\n', ", ");
        let status = self
            .status
            .map_or("none".to_owned(), |status| status.to_string());
        log::info!(
            "steps 2 and 3, back with a code, the second request: {request}, status: {status}"
        );
    }
}

/// The token endpoint, as one worker reaches it.
pub(crate) struct TokenEndpoint {
    client: Arc<Client>,
    http: awc::Client,
}

impl TokenEndpoint {
    pub fn new(client: Arc<Client>, tls: Option<Arc<ClientConfig>>) -> Self {
        // awc's own time limits end before the deadline and leave out the body, and its limit of 100
        // connections would make logins wait for each other.
        let never = Duration::MAX;
        let connector = awc::Connector::new().limit(0);
        let connector = connector.timeout(never).handshake_timeout(never);
        let connector = match tls {
            Some(tls) => connector.rustls_0_23(tls),
            None => connector,
        };
        let http = awc::Client::builder().connector(connector);
        // A redirect would take the code to another host.
        let http = http.disable_timeout().disable_redirects().finish();
        Self { client, http }
    }

    /// Exchanges a code for tokens; gives the status and the answer. The request is sent once,
    /// whatever happens.
    pub async fn exchange(&self, code: &str) -> Result<(StatusCode, Value), Failure> {
        let result = timeout(DEADLINE, self.send(code)).await;
        let result = result.unwrap_or(Err(Failure::new(Cause::TimedOut)));
        if let Err(failure) = &result {
            let (title, detail) = (failure.cause.title(), failure.detail());
            log::warn!("step 3, no tokens: {title}: {detail}");
        }
        result
    }

    async fn send(&self, code: &str) -> Result<(StatusCode, Value), Failure> {
        let (client, status) = (&*self.client, None);
        let mut log = Logged {
            client,
            code,
            status,
        };
        let authorization = format!("Basic {}", client.credentials.expose());
        let request = self.http.post(client.token_url(code));
        let request = HEADERS
            .into_iter()
            .fold(request, ClientRequest::insert_header);
        let request = request
            .insert_header((header::AUTHORIZATION, authorization))
            // An answer that comes late or twice must not meet the next person's request.
            .force_close()
            // The body is unpacked below, with a limit.
            .no_decompress();
        let sent = request.send_body("").await;
        let response = sent.map_err(|error| Failure::detailed(cause(&error), error))?;
        let status = response.status();
        log.status = Some(status);
        drop(log);

        let has_length = response.headers().contains_key(header::CONTENT_LENGTH);
        let (body, end) = read(response).await;
        log::debug!("the answer: {}", self.client.masked(&body));
        if !status.is_success() {
            return Err(self.error_answer(status, &body));
        }
        end?;
        match serde_json::from_slice::<Value>(&body) {
            Ok(answer) => match answer["access_token"].as_str() {
                None | Some("") => Err(Failure::new(Cause::NoAccessToken)),
                Some(_) => Ok((status, answer)),
            },
            Err(_) if body.is_empty() => {
                Err(Failure::detailed(Cause::NotJson, "the body is empty"))
            }
            // Without a length, only the JSON tells that the answer was cut off.
            Err(error) if error.is_eof() && !has_length => {
                Err(Failure::detailed(Cause::Broken, error))
            }
            Err(error) => Err(Failure::detailed(Cause::NotJson, error)),
        }
    }

    /// What the token endpoint says of an error (RFC 6749, section 5.2).
    fn error_answer(&self, status: StatusCode, body: &[u8]) -> Failure {
        #[derive(Deserialize)]
        struct ErrorAnswer {
            error: String,
            error_description: Option<String>,
        }
        let cause = match status {
            StatusCode::BAD_REQUEST => Cause::BadGrant,
            StatusCode::UNAUTHORIZED => Cause::Unauthorized,
            _ => Cause::OtherStatus,
        };
        let shown = |text: &[u8]| self.client.masked(text).chars().take(MAX_SHOWN).collect();
        let shown = |text: &[u8]| Some(shown(text)).filter(|text: &String| !text.is_empty());
        let failure = Failure::detailed(cause, format!("status {status}"));
        let Ok(answer) = serde_json::from_slice::<ErrorAnswer>(body) else {
            return failure.seen("body", shown(body));
        };
        let description = answer.error_description.unwrap_or_default();
        let failure = failure.seen("error", shown(answer.error.as_bytes()));
        failure.seen("error_description", shown(description.as_bytes()))
    }
}

/// Reads a body and undoes its content coding, so far that neither fills the memory. Gives what
/// came, and whether that was all.
async fn read(response: ClientResponse) -> (Vec<u8>, Result<(), Failure>) {
    let headers = response.headers();
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let length = header(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    let coding = header(header::CONTENT_ENCODING).map(str::to_ascii_lowercase);
    let too_large = || Err(Failure::new(Cause::TooLarge));
    let (mut bytes, mut end) = (Vec::new(), Ok(()));
    let mut stream = pin!(BodyStream::new(response));
    while end.is_ok() {
        match poll_fn(|context| stream.as_mut().poll_next(context)).await {
            Some(Ok(chunk)) => bytes.extend_from_slice(&chunk),
            Some(Err(error)) => end = Err(Failure::detailed(Cause::Broken, error)),
            // awc takes a body that was cut off for a whole one.
            None if length.is_none_or(|length| length <= bytes.len()) => break,
            None => {
                end = Err(Failure::detailed(
                    Cause::Broken,
                    "the body is shorter than its length",
                ));
            }
        }
        if bytes.len() > MAX_ANSWER {
            end = too_large();
        }
    }
    let (limit, mut plain) = (MAX_ANSWER as u64 + 1, Vec::new());
    let reader: Box<dyn Read> = match coding.as_deref() {
        Some("gzip") => Box::new(GzDecoder::new(&*bytes)),
        Some("deflate") => Box::new(ZlibDecoder::new(&*bytes)),
        _ => return (bytes, end),
    };
    if let (Err(error), true) = (reader.take(limit).read_to_end(&mut plain), end.is_ok()) {
        end = Err(Failure::detailed(Cause::Broken, error));
    }
    if plain.len() > MAX_ANSWER {
        end = too_large();
    }
    (plain, end)
}

/// What it means that no answer came.
fn cause(error: &SendRequestError) -> Cause {
    use ConnectError as E;
    match error {
        SendRequestError::Connect(E::Resolver(_) | E::NoRecords) => Cause::NameNotFound,
        SendRequestError::Connect(E::SslIsNotSupported) => Cause::NoAuthorities,
        SendRequestError::Connect(E::Io(error)) => {
            match error.get_ref().and_then(|error| error.downcast_ref()) {
                Some(rustls::Error::InvalidCertificate(_)) => Cause::Untrusted,
                _ => Cause::Unreachable,
            }
        }
        _ => Cause::Broken,
    }
}
