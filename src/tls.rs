//! Which certificate authorities are trusted.

use std::path::Path;
use std::sync::Arc;
use std::{env, io};

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

/// Trusts the system's authorities, or those of `SSL_CERT_FILE` and `SSL_CERT_DIR` in their place.
/// One that cannot be read is left out, with a warning. `None` where not one is left: no server can
/// be trusted then. The work takes milliseconds, so it is done once and shared.
///
/// # Errors
///
/// When the cryptography has no cipher for the protocol versions.
pub fn client_config() -> io::Result<Option<Arc<ClientConfig>>> {
    let is_unset = |name| env::var_os(name).is_none_or(|value| value.is_empty());
    let found = if env::var_os("SSL_CERT_FILE").is_some_and(|file| file.is_empty())
        && is_unset("SSL_CERT_DIR")
    {
        // An empty value counts as unset, but rustls-native-certs looks for a file of that name.
        rustls_native_certs::load_certs_from_paths(None, Some(Path::new("/etc/ssl/certs")))
    } else {
        rustls_native_certs::load_native_certs()
    };
    found
        .errors
        .iter()
        .for_each(|error| log::warn!("certificate authorities: {error}"));
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
