//! The client: this program, as the authorization server knows it.

use super::mask::Mask;
use crate::origin::Origin;
use crate::secret::Secret;

/// This program, as the authorization server knows it: the client (RFC 6749, section 2).
#[derive(Clone, Debug)]
pub struct Client {
    /// The authorization server.
    pub auth_server: Origin,
    /// Where the browser goes for a code (RFC 6749, section 3.1).
    pub authorization_endpoint: String,
    /// Where a code, and later a refresh token, is exchanged (RFC 6749, section 3.2).
    pub token_endpoint: String,
    /// Where a token is revoked (RFC 7009, section 2).
    pub revocation_endpoint: String,
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
        Self {
            authorization_endpoint: format!("{auth_server}/oauth2/authorize"),
            token_endpoint: format!("{auth_server}/oauth2/token"),
            revocation_endpoint: format!("{auth_server}/oauth2/revoke"),
            mask: Mask::new(&id, &secret),
            auth_server,
            id,
            redirect_uri,
            secret,
        }
    }

    /// A text from the other side, without the client's secret, should it have been sent back.
    #[must_use]
    pub fn mask(&self, text: String) -> String {
        self.mask.text(text)
    }
}
