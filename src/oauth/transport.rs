//! The HTTP client for the second request: TLS, and the proxy.

use std::sync::Arc;
use std::time::Duration;
use std::{env, io};

use actix_tls::connect::{ConnectError, ConnectInfo, Connection, Connector as TcpConnector};
use actix_web::dev::{Service as _, fn_service};
use actix_web::http::Uri;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::{load_certs_from_paths, load_native_certs};

use super::Client;

/// An HTTP client, for one worker.
pub fn http_client(client: &Client, tls: Option<Arc<ClientConfig>>) -> awc::Client {
    let direct = TcpConnector::default().service();
    let proxy = client.proxy.clone();
    let server = client.auth_url.authority();
    let connect = fn_service(move |info: ConnectInfo<Uri>| {
        let (direct, proxy, server) = (direct.clone(), proxy.clone(), server.clone());
        async move {
            let Some(proxy) = proxy else {
                return direct.call(info).await;
            };
            match proxy.tunnel(&server).await {
                Ok(stream) => Ok(Connection::new(info.request().clone(), stream)),
                Err(error) => Err(ConnectError::Io(io::Error::other(error))),
            }
        }
    });
    let mut connector = awc::Connector::new()
        .connector(connect)
        // The exchange has one overall deadline. awc's timeouts end earlier and do not cover the body.
        .timeout(Duration::MAX)
        .handshake_timeout(Duration::MAX)
        // The default of 100 connections would make logins wait for each other.
        .limit(0);
    if let Some(tls) = tls {
        connector = connector.rustls_0_23(tls);
    }
    awc::Client::builder()
        .connector(connector)
        .disable_timeout()
        // A redirect would take the code to another host.
        .disable_redirects()
        .finish()
}

/// Which servers to trust: those with a certificate of the system's certificate authorities, or of the
/// authorities that `SSL_CERT_FILE` and `SSL_CERT_DIR` name. Loading takes milliseconds: do it once.
pub fn tls_config() -> Arc<ClientConfig> {
    let found = load_native_certs();
    for error in &found.errors {
        log::warn!("certificate authorities: {error}");
    }
    warn_about_file_without_certificates();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        log::warn!("there is no certificate authority to trust, so no login can succeed");
    }
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// rustls-native-certs finds no certificate in a file that is not PEM, and reports no error.
fn warn_about_file_without_certificates() {
    let Some(file) = env::var_os("SSL_CERT_FILE") else {
        return;
    };
    let found = load_certs_from_paths(Some(file.as_ref()), None);
    if found.certs.is_empty() && found.errors.is_empty() {
        log::warn!(
            "no certificate in PEM form in SSL_CERT_FILE, {}; convert a DER file with: openssl x509 \
             -inform der -in FILE -out ca.pem",
            file.display()
        );
    }
}
