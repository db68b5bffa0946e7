//! The two requests of the flow.

use std::borrow::Cow;
use std::sync::LazyLock;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::client::Client;

/// What the tokens are for: all of the video management system.
pub const SCOPE: &str = "vms.all";

/// The headers that the second request always has, besides `Authorization`. `accept` and
/// `accept-encoding` are those of Python's requests, which Eagle Eye Networks' sample uses.
pub(super) const TOKEN_HEADERS: [(&str, &str); 3] = [
    ("accept", "*/*"),
    ("accept-encoding", "gzip, deflate"),
    (
        "user-agent",
        concat!("een-login/", env!("CARGO_PKG_VERSION")),
    ),
];

/// The headers of the second request as people may see them, one a line. `host` and `date`, which awc
/// adds, say nothing new.
static SHOWN_HEADERS: LazyLock<String> = LazyLock::new(|| {
    let lines = TOKEN_HEADERS.map(|(name, value)| format!("{name}: {value}\n"));
    let always_the_same = lines.concat();
    format!("authorization: Basic ***\n{always_the_same}content-length: 0\nconnection: close")
});

/// The same in one line.
static LOGGED_HEADERS: LazyLock<String> = LazyLock::new(|| SHOWN_HEADERS.replace('\n', ", "));

/// What the value of a parameter cannot hold as it is: what is not allowed in a query (RFC 3986,
/// section 3.4), what ends a parameter (`&`, and `;` for older servers), and `+`, which stands for a
/// space.
#[rustfmt::skip]
const NOT_IN_A_VALUE: &AsciiSet = &CONTROLS
    .add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'+').add(b';').add(b'<').add(b'>')
    .add(b'[').add(b'\\').add(b']').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// The first request (RFC 6749, section 4.1.1). The values are percent-encoded where they have to be,
/// as they stand in the URL.
pub struct AuthorizationRequest {
    /// The authorization endpoint.
    pub endpoint: String,
    /// Which application asks.
    pub client_id: String,
    /// What the application wants to come back: a code.
    pub response_type: &'static str,
    /// What the tokens will be for.
    pub scope: &'static str,
    /// Where the browser comes back to.
    pub redirect_uri: String,
}

impl AuthorizationRequest {
    /// The first request of a client.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        Self {
            endpoint: client.authorization_endpoint.clone(),
            client_id: encode(&client.id).into_owned(),
            response_type: "code",
            scope: SCOPE,
            redirect_uri: client.redirect_uri.to_string(),
        }
    }

    /// The URL of the request with a state, which ties the login to a browser.
    #[must_use]
    pub fn url(&self, state: &str) -> String {
        format!("{}&state={state}", self.url_without_state())
    }

    /// The URL without its last parameter, for the log.
    #[must_use]
    pub fn url_without_state(&self) -> String {
        let Self {
            endpoint,
            client_id,
            response_type,
            scope,
            redirect_uri,
        } = self;
        format!(
            "{endpoint}?client_id={client_id}&response_type={response_type}&scope={scope}\
             &redirect_uri={redirect_uri}"
        )
    }
}

/// The second request (RFC 6749, section 4.1.3).
#[derive(Clone, Copy)]
pub(super) struct TokenRequest<'a> {
    client: &'a Client,
    code: &'a str,
}

impl<'a> TokenRequest<'a> {
    /// The request of a client for a code.
    pub fn new(client: &'a Client, code: &'a str) -> Self {
        Self { client, code }
    }

    /// The URL.
    pub fn url(self) -> String {
        self.url_with(&encode(self.code))
    }

    /// First line and headers, as the person may see them who has brought the code.
    pub fn shown_to_person(self) -> String {
        ["POST ", &self.url_with_shown_code(), "\n", &SHOWN_HEADERS].concat()
    }

    /// The same in one line for the log, which gets the code only where a developer wants to see all.
    pub fn shown_in_log(self) -> String {
        let url = if log::log_enabled!(log::Level::Debug) {
            self.url_with_shown_code()
        } else {
            self.url_with("***")
        };
        ["POST ", &url, ", ", &LOGGED_HEADERS].concat()
    }

    /// The URL with the code, unless somebody sent the client's secret as the code.
    fn url_with_shown_code(self) -> String {
        let code = self.client.mask(self.code.to_owned());
        self.url_with(&encode(&code))
    }

    /// Eagle Eye Networks takes the parameters in the query; the RFC has them in the body.
    fn url_with(self, code: &str) -> String {
        // Made three times for each exchange: `concat` takes its memory once, where `format!` grows it.
        [
            &self.client.token_endpoint,
            "?grant_type=authorization_code&scope=",
            SCOPE,
            "&code=",
            code,
            "&redirect_uri=",
            self.client.redirect_uri.as_str(),
        ]
        .concat()
    }
}

fn encode(value: &str) -> Cow<'_, str> {
    utf8_percent_encode(value, NOT_IN_A_VALUE).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;
    use crate::secret::Secret;

    fn client(id: &str) -> Client {
        let origin = |text| Origin::parse(text).expect(text);
        Client::new(
            origin("https://auth.example:8443"),
            id.to_owned(),
            Secret::new("the+secret".to_owned()),
            origin("http://127.0.0.1:3333/"),
        )
    }

    #[test]
    fn only_what_must_be_is_percent_encoded() {
        let table = [
            ("a-._~!$()*,=/?@:b", "a-._~!$()*,=/?@:b"),
            ("it's", "it's"),
            (" &+;#%", "%20%26%2B%3B%23%25"),
            ("\"<>[\\]^`{|}", "%22%3C%3E%5B%5C%5D%5E%60%7B%7C%7D"),
            ("\0\n\x7f", "%00%0A%7F"),
            ("ü😀", "%C3%BC%F0%9F%98%80"),
        ];
        for (value, encoded) in table {
            assert_eq!(encode(value), encoded);
        }
    }

    #[test]
    fn the_first_request_is_made_of_its_parts() {
        let request = AuthorizationRequest::new(&client("a?b&c"));
        assert_eq!(
            request.endpoint,
            "https://auth.example:8443/oauth2/authorize"
        );
        assert_eq!(request.client_id, "a?b%26c");
        assert_eq!(request.redirect_uri, "http://127.0.0.1:3333/");
        assert_eq!(
            request.url_without_state(),
            "https://auth.example:8443/oauth2/authorize?client_id=a?b%26c&response_type=code\
             &scope=vms.all&redirect_uri=http://127.0.0.1:3333/"
        );
        let whole = format!("{}&state=s", request.url_without_state());
        assert_eq!(request.url("s"), whole);
    }

    #[test]
    fn the_second_request_has_its_parameters_in_their_order_and_hides_the_secret() {
        let client = client("id");
        let request = TokenRequest::new(&client, "a&b the+secret");
        let before = "https://auth.example:8443/oauth2/token?grant_type=authorization_code\
                      &scope=vms.all&code=";
        let after = "&redirect_uri=http://127.0.0.1:3333/";
        assert_eq!(
            request.url(),
            format!("{before}a%26b%20the%2Bsecret{after}")
        );
        assert_eq!(
            request.shown_in_log(),
            format!(
                "POST {before}***{after}, authorization: Basic ***, accept: */*, accept-encoding: \
                 gzip, deflate, user-agent: een-login/{}, content-length: 0, connection: close",
                env!("CARGO_PKG_VERSION")
            )
        );
        let shown = request.shown_to_person();
        assert!(shown.starts_with(&format!("POST {before}a%26b%20***{after}\nauthorization:")));
    }

    #[test]
    fn a_client_does_not_print_its_secret() {
        let printed = format!("{:?}", client("id"));
        assert!(!printed.contains("the+secret"), "{printed}");
    }
}
