//! The client: this program, as the authorization server knows it.

use super::mask::Mask;
use crate::origin::Origin;
use crate::secret::Secret;

/// This program, as the authorization server knows it: the client (RFC 6749, section 2).
#[derive(Clone, Debug)]
pub struct Client {
    /// The authorization server.
    pub auth_server: Origin,
    /// The client identifier, which is public. It has no `:`.
    pub id: String,
    /// Where the login comes back to. The authorization server compares it as a string.
    pub redirect_uri: Origin,
    /// The client secret.
    pub(super) secret: Secret,
    pub(super) mask: Mask,
}

impl Client {
    /// A client as it is registered at an authorization server.
    #[must_use]
    pub fn new(auth_server: Origin, id: String, secret: Secret, redirect_uri: Origin) -> Self {
        let mask = Mask::new(&id, &secret);
        Self {
            auth_server,
            id,
            redirect_uri,
            secret,
            mask,
        }
    }

    /// A text from the other side, without the client's secret, should it have been sent back.
    #[must_use]
    pub fn mask(&self, text: String) -> String {
        self.mask.text(text)
    }
}
