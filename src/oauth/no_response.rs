//! What it means that no response came.

use std::io::{self, ErrorKind};

use actix_web::http::StatusCode;
use awc::error::{ConnectError, SendRequestError};

use super::proxy::ProxyError;
use crate::failure::{Cause, Failure};

/// What it means that no response came.
pub(super) fn no_response(error: &SendRequestError) -> Failure {
    match error {
        SendRequestError::Connect(ConnectError::Resolver(error)) => {
            Failure::detailed(Cause::NameNotFound, error)
        }
        SendRequestError::Connect(ConnectError::NoRecords) => {
            Failure::detailed(Cause::NameNotFound, "the name has no address")
        }
        SendRequestError::Connect(ConnectError::SslIsNotSupported) => {
            Failure::new(Cause::NoAuthorities)
        }
        // awc says so when a connection ends before the head of a response.
        SendRequestError::Connect(ConnectError::Disconnected) => Failure::detailed(
            Cause::Broken,
            "the server closed the connection without an answer",
        ),
        SendRequestError::Connect(ConnectError::Io(error)) => not_connected(error),
        SendRequestError::Send(error) => Failure::detailed(Cause::Broken, error),
        SendRequestError::Response(error) => {
            Failure::detailed(Cause::Broken, format!("the answer is not HTTP: {error}"))
        }
        // What is left are requests that cannot be written, and HTTP/2, which is not used.
        error => Failure::detailed(Cause::Broken, error),
    }
}

/// What it means that the connection did not come about: the proxy, TLS or the network.
fn not_connected(error: &io::Error) -> Failure {
    if let Some(inner) = error.get_ref() {
        if let Some(error) = inner.downcast_ref::<ProxyError>() {
            return proxy_failure(error);
        }
        if let Some(error) = inner.downcast_ref::<rustls::Error>() {
            let cause = match error {
                rustls::Error::InvalidCertificate(_) => Cause::Untrusted,
                _ => Cause::Broken,
            };
            return Failure::detailed(cause, error);
        }
    }
    let cause = match error.kind() {
        // It did connect, and ended in the middle of the TLS handshake.
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe => Cause::Broken,
        _ => Cause::Unreachable,
    };
    Failure::detailed(cause, error)
}

fn proxy_failure(error: &ProxyError) -> Failure {
    let cause = match error {
        ProxyError::Unreachable(_) => Cause::ProxyUnreachable,
        // Some proxies answer a wrong password with 401, which is for servers: tinyproxy does.
        ProxyError::Status(
            StatusCode::PROXY_AUTHENTICATION_REQUIRED | StatusCode::UNAUTHORIZED,
        ) => Cause::ProxyCredentials,
        ProxyError::Status(_) => Cause::ProxyRefused,
        ProxyError::NotHttp | ProxyError::TooLarge => Cause::ProxyNotHttp,
        ProxyError::Broken(_) => Cause::ProxyBroken,
    };
    Failure::detailed(cause, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_connection_ended_tells_why_there_is_no_response() {
        let other = |error: Box<dyn std::error::Error + Send + Sync>| io::Error::other(error);
        let bad_certificate =
            rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let table = [
            (ErrorKind::ConnectionRefused.into(), Cause::Unreachable),
            (ErrorKind::HostUnreachable.into(), Cause::Unreachable),
            (ErrorKind::ConnectionReset.into(), Cause::Broken),
            (ErrorKind::UnexpectedEof.into(), Cause::Broken),
            (other(bad_certificate.into()), Cause::Untrusted),
            (other(rustls::Error::DecryptError.into()), Cause::Broken),
            (other(ProxyError::NotHttp.into()), Cause::ProxyNotHttp),
            (other(ProxyError::TooLarge.into()), Cause::ProxyNotHttp),
            (
                other(ProxyError::Status(StatusCode::PROXY_AUTHENTICATION_REQUIRED).into()),
                Cause::ProxyCredentials,
            ),
            (
                other(ProxyError::Status(StatusCode::UNAUTHORIZED).into()),
                Cause::ProxyCredentials,
            ),
            (
                other(ProxyError::Status(StatusCode::FORBIDDEN).into()),
                Cause::ProxyRefused,
            ),
        ];
        for (error, cause) in table {
            assert_eq!(not_connected(&error).cause, cause, "{error}");
        }
    }
}
