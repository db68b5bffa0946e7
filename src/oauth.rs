//! The two requests of the authorization code flow (RFC 6749, section 4.1). The browser makes the
//! first, by the link on the login page; this server makes the second. Eagle Eye Networks describes
//! them at <https://developer.eagleeyenetworks.com/docs/login-confidential-client>.

mod answer;
mod client;
mod mask;
mod no_response;
pub mod proxy;
mod request;
pub mod tls;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::rt::time::timeout;
use rustls::ClientConfig;

use crate::failure::{Cause, Failure, status_text};
use no_response::no_response;
use proxy::{Proxy, Route};
use request::{TOKEN_HEADERS, TokenRequest};

pub use answer::TokenAnswer;
pub use client::Client;
pub use request::{AuthorizationRequest, SCOPE};

/// How long the exchange may take, from the look-up of the name to the last byte of the answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// An exchange that brought tokens.
pub struct Exchange {
    /// The second request as people may see it: its first line and its headers.
    pub request: String,
    /// The status of the answer.
    pub status: StatusCode,
    /// The tokens.
    pub answer: TokenAnswer,
}

/// How the authorization server is reached: the same for every worker.
#[derive(Clone)]
pub struct Transport {
    /// Whom to trust; `None` where no certificate authority is trusted, or none is needed.
    pub tls: Option<Arc<ClientConfig>>,
    /// The proxy that the exchange goes through, if it goes through one.
    pub proxy: Option<Proxy>,
}

/// The token endpoint, as one worker reaches it.
pub struct TokenEndpoint {
    client: Arc<Client>,
    http: awc::Client,
    proxy: Option<Rc<Proxy>>,
}

impl TokenEndpoint {
    /// The token endpoint of a client's authorization server.
    #[must_use]
    pub fn new(client: Arc<Client>, transport: Transport) -> Self {
        // What stays on this machine, in clear, needs no proxy.
        let proxy = transport.proxy.filter(|_| client.auth_server.is_https());
        let shared_proxy = proxy.map(Rc::new);
        // awc's own time limits end before the deadline and leave out the body.
        let never = Duration::MAX;
        let connector = awc::Connector::new()
            .connector(Route::new(shared_proxy.clone()))
            .timeout(never)
            .handshake_timeout(never)
            // The default of 100 connections would make logins wait for each other.
            .limit(0);
        let with_tls = match transport.tls {
            Some(tls) => connector.rustls_0_23(tls),
            None => connector,
        };
        let builder = awc::Client::builder()
            .connector(with_tls)
            .disable_timeout()
            // A redirect would take the code to another host.
            .disable_redirects()
            .no_default_headers();
        let [accept, encoding, agent] = TOKEN_HEADERS;
        let http = builder
            .add_default_header(accept)
            .add_default_header(encoding)
            .add_default_header(agent)
            // RFC 7617. By RFC 6749, section 2.3.1, both would be form-encoded first; Eagle Eye Networks'
            // samples do not do that.
            .basic_auth(&client.id, Some(client.secret.expose()))
            .finish();
        Self {
            client,
            http,
            proxy: shared_proxy,
        }
    }

    /// Exchanges a code for tokens. The request is sent once, whatever happens.
    ///
    /// # Errors
    ///
    /// Why there are no tokens, at the latest after 10 seconds.
    pub async fn exchange(&self, code: &str) -> Result<Exchange, Failure> {
        let request = TokenRequest::new(&self.client, code);
        let in_time = timeout(DEADLINE, self.send(request)).await;
        let result = in_time.unwrap_or_else(|_| Err(Failure::new(Cause::TimedOut)));
        result.map_err(|failure| Failure {
            detail: failure.detail.map(|detail| self.client.mask(detail)),
            proxy: self.proxy.as_ref().map(ToString::to_string),
            ..failure
        })
    }

    async fn send(&self, request: TokenRequest<'_>) -> Result<Exchange, Failure> {
        let mut logged = LoggedRequest::new(request);
        let sent = self
            .http
            .post(request.url())
            // An answer that comes late or twice must not meet the next person's request.
            .force_close()
            // awc would unpack the body without a limit.
            .no_decompress()
            .send_body("")
            .await;
        let response = sent.map_err(|error| no_response(&error))?;
        let status = response.status();
        logged.status = Some(status);
        drop(logged);

        let body = answer::read(response).await;
        let answer = answer::interpret(status, body, &self.client.mask)?;
        Ok(Exchange {
            request: request.shown_to_person(),
            status,
            answer,
        })
    }
}

/// The second request on its way to the log. Its line is written when the status has come, or when it
/// is clear that none will: the deadline, or a browser that goes away, drops the exchange where it
/// stands.
struct LoggedRequest<'a> {
    request: TokenRequest<'a>,
    status: Option<StatusCode>,
}

impl<'a> LoggedRequest<'a> {
    fn new(request: TokenRequest<'a>) -> Self {
        Self {
            request,
            status: None,
        }
    }
}

impl Drop for LoggedRequest<'_> {
    fn drop(&mut self) {
        if !log::log_enabled!(log::Level::Info) {
            return;
        }
        let request = self.request.shown_in_log();
        let status = match self.status {
            Some(status) => status_text(status),
            None => "no answer".to_owned(),
        };
        log::info!("the second request: {request}, status: {status}");
    }
}
