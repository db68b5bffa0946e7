//! Why there was no response: an error of awc becomes a cause.

use std::io;
use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, UnexpectedEof};

use awc::error::{ConnectError, SendRequestError};

use super::ProxyError;
use crate::failure::Cause;

pub fn cause(error: SendRequestError) -> Cause {
    match error {
        SendRequestError::Connect(ConnectError::Io(error)) => not_connected(error),
        SendRequestError::Connect(
            error @ (ConnectError::Resolver(_) | ConnectError::NoRecords),
        ) => Cause::Unreachable(error.to_string()),
        // Such as a connection that ends before the head of the response, or a head that is not HTTP.
        error => Cause::Broken(error.to_string()),
    }
}

fn not_connected(error: io::Error) -> Cause {
    let error = match error.downcast::<ProxyError>() {
        Ok(error) => return Cause::Proxy(error),
        Err(error) => error,
    };
    let tls_error = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (tls_error, error.kind()) {
        (Some(rustls::Error::InvalidCertificate(_)), _) => Cause::Untrusted(error.to_string()),
        // It did connect; the TLS handshake failed or was cut off.
        (Some(_), _) | (None, UnexpectedEof | ConnectionReset | ConnectionAborted) => {
            Cause::Broken(error.to_string())
        }
        _ => Cause::Unreachable(error.to_string()),
    }
}
