//! Which certificate authorities are trusted.

use std::path::Path;
use std::sync::Arc;
use std::{env, io};

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

/// Trusts the system's authorities, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR` in their place.
/// One that cannot be read is left out, with a warning. `None` where not one is left, since no
/// server can be trusted then, and where `auth_url` needs none. It takes milliseconds: do it once.
///
/// # Errors
///
/// When the cryptography has no cipher for the protocol versions.
pub fn client_config(auth_url: &str) -> io::Result<Option<Arc<ClientConfig>>> {
    if !auth_url.to_ascii_lowercase().starts_with("https:") {
        return Ok(None);
    }
    let empty = |name| env::var_os(name).map(|value| value.is_empty());
    let found = match (empty("SSL_CERT_FILE"), empty("SSL_CERT_DIR")) {
        // An empty value counts as unset, but rustls-native-certs looks for a file of that name.
        (Some(true), None | Some(true)) => {
            rustls_native_certs::load_certs_from_paths(None, Some(Path::new("/etc/ssl/certs")))
        }
        _ => rustls_native_certs::load_native_certs(),
    };
    for error in &found.errors {
        log::warn!("certificate authorities: {error}");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        log::warn!("there is no certificate authority to trust; set SSL_CERT_FILE");
        return Ok(None);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    // HTTP/2 would put several exchanges on one connection.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(Arc::new(config)))
}
