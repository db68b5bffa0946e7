//! Which certificate authorities are trusted.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::CertificateResult;

/// The certificate authorities to trust in place of the system's, as OpenSSL's variables name them.
#[derive(Clone, Debug, Default)]
pub struct Authorities {
    /// A file of certificates in PEM form: `SSL_CERT_FILE`.
    pub file: Option<PathBuf>,
    /// Folders of such files, separated as in `PATH`: `SSL_CERT_DIR`.
    pub folders: Option<OsString>,
}

/// The rules for TLS. `None` where there is no authority to trust, since then no server can be trusted.
/// An authority that cannot be read is left out, with a warning.
///
/// Loading the certificates takes milliseconds: do it once.
///
/// # Panics
///
/// Never: the cryptography has ciphers for the versions of TLS that are asked for.
#[must_use]
pub fn client_config(authorities: &Authorities) -> Option<Arc<ClientConfig>> {
    let found = load(authorities);
    for error in &found.errors {
        log::warn!("certificate authorities: {error}");
    }
    let mut roots = RootCertStore::empty();
    let (_, unusable) = roots.add_parsable_certificates(found.certs);
    if unusable > 0 {
        log::warn!("certificate authorities: {unusable} cannot be used and are left out");
    }
    if roots.is_empty() {
        log::warn!(
            "there is no certificate authority to trust; set SSL_CERT_FILE to a file of certificates in PEM form"
        );
        return None;
    }
    // awc chooses no cryptography of its own.
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has ciphers for both versions of TLS");
    let mut config_for_clients = config.with_root_certificates(roots).with_no_client_auth();
    // HTTP/2 would put several exchanges on one connection.
    config_for_clients.alpn_protocols = vec![b"http/1.1".to_vec()];
    Some(Arc::new(config_for_clients))
}

fn load(authorities: &Authorities) -> CertificateResult {
    let Authorities {
        file: chosen_file,
        folders: chosen_folders,
    } = authorities;
    let is_chosen = chosen_file.is_some() || chosen_folders.is_some();
    if !is_chosen && !has_empty_variable() {
        return rustls_native_certs::load_native_certs();
    }
    let (file, folders) = if is_chosen {
        let paths = chosen_folders.iter().flat_map(env::split_paths);
        let folders = paths.filter(|path| !path.as_os_str().is_empty());
        (chosen_file.clone(), folders.collect())
    } else {
        usual_places()
    };
    let mut found = rustls_native_certs::load_certs_from_paths(file.as_deref(), None);
    for folder in folders {
        let more = rustls_native_certs::load_certs_from_paths(None, Some(&folder));
        found.certs.extend(more.certs);
        found.errors.extend(more.errors);
    }
    found
}

/// Whether a variable is set to an empty value. That counts as unset here, but the library would look
/// for a file without a name.
fn has_empty_variable() -> bool {
    let is_empty = |name| env::var_os(name).is_some_and(|value| value.is_empty());
    is_empty("SSL_CERT_FILE") || is_empty("SSL_CERT_DIR")
}

/// Where Linux and macOS keep the system's certificates.
fn usual_places() -> (Option<PathBuf>, Vec<PathBuf>) {
    let existing = |path| Some(Path::new(path)).filter(|path| path.exists());
    let file = existing("/etc/ssl/cert.pem").map(Path::to_owned);
    let folder = existing("/etc/ssl/certs").map(Path::to_owned);
    (file, folder.into_iter().collect())
}
