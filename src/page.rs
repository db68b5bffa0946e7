//! The pages: templates to HTML, HTML to a response.

use std::fmt::{Display, Write as _};
use std::time::{Duration, SystemTime};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue, HttpDate};
use serde::Deserialize;
use serde_json::Value;

use crate::html::{Html, template};
use crate::secret::random;

const STYLE: &str = include_str!("../templates/style.css");
const SCRIPT: &str = include_str!("../templates/script.js");

/// Most pages fit, and are written without moving.
const PAGE_SIZE: usize = 16 * 1024;

/// Stand for the nonce and the state in a page that was made at start. No value can hold them: they
/// would be escaped.
const NONCE: char = '\u{1}';
const STATE: char = '\u{2}';

/// Makes the login page once, for everybody: in pieces, each but the last with [`NONCE`] or
/// [`STATE`] at its end. The page takes the first request apart, whose parameters have their order.
pub fn prepare_login(authorize_url: &str, sandbox: bool) -> Vec<String> {
    let part: Vec<_> = authorize_url.split(['?', '&']).collect();
    let body = template!(
        "login.html",
        authorize_url = authorize_url,
        endpoint = part[0],
        client_id = part[1],
        response_type = part[2],
        scope = part[3],
        redirect_uri = part[4],
        state = Html(STATE),
    );
    let html = page("Log in", &NONCE.to_string(), sandbox, SCRIPT, &body);
    html.split_inclusive([NONCE, STATE])
        .map(str::to_owned)
        .collect()
}

/// The login page for one state.
pub fn login(prepared: &[String], state: &str) -> HttpResponse {
    let nonce = random();
    let mut html = String::with_capacity(PAGE_SIZE);
    for piece in prepared {
        if let Some(text) = piece.strip_suffix(NONCE) {
            html.extend([text, &nonce]);
        } else if let Some(text) = piece.strip_suffix(STATE) {
            html.extend([text, state]);
        } else {
            html.push_str(piece);
        }
    }
    respond(StatusCode::OK, &nonce, html)
}

/// The token page: the second request, as it may be shown, and the answer (RFC 6749, section 5.1).
/// What did not come, or is not what it should be, is left out.
pub fn tokens(request: &str, answer: &Value, auth_url: &str, sandbox: bool) -> HttpResponse {
    let text = |name| answer[name].as_str().unwrap_or_default();
    let access_token = text("access_token");
    let bearer = quoted(&format!("Authorization: Bearer {access_token}"));
    let base_url = base_url(answer).map(|base_url| {
        let users_self = quoted(&format!("{base_url}/api/v3.0/users/self"));
        template!(
            "token-base-url.html",
            base_url = base_url,
            bearer = bearer,
            url = users_self
        )
    });
    let token_endpoint = quoted(&format!("{auth_url}/oauth2/token"));
    let refresh_token = Some(text("refresh_token")).filter(|token| !token.is_empty());
    let refresh = refresh_token.map(|token| {
        let parameter = quoted(&format!("refresh_token={token}"));
        template!(
            "token-refresh.html",
            token = token,
            parameter = parameter,
            url = token_endpoint
        )
    });
    let body = template!(
        "token.html",
        access_token = access_token,
        expiry = answer["expires_in"].as_u64().and_then(expiry),
        base_url = base_url,
        refresh = refresh,
        token = quoted(&format!("token={access_token}")),
        revocation_endpoint = quoted(&format!("{auth_url}/oauth2/revoke")),
        request = request,
        // The answer has the refresh token in it, which stands folded.
        open = Html(if refresh_token.is_none() { " open" } else { "" }),
        answer = serde_json::to_string_pretty(answer).unwrap_or_default(),
    );
    show(StatusCode::OK, "You are logged in", sandbox, SCRIPT, &body)
}

/// Where the API of the account is: Eagle Eye Networks has many, and names one host for each.
fn base_url(answer: &Value) -> Option<String> {
    #[derive(Deserialize)]
    struct HttpsBaseUrl {
        hostname: String,
        port: u16,
    }
    let HttpsBaseUrl { hostname, port } =
        HttpsBaseUrl::deserialize(&answer["httpsBaseUrl"]).ok()?;
    // It goes into a command that people copy.
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    if hostname.is_empty() || !hostname.bytes().all(plain) || port == 0 {
        return None;
    }
    let port = if port == 443 {
        String::new()
    } else {
        format!(":{port}")
    };
    Some(format!("https://{hostname}{port}"))
}

/// A text as one word of a POSIX shell, whatever it holds.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// When a token expires, in words and as a time; `None` from the year 10000 on.
fn expiry(seconds: u64) -> Option<Html<impl Display>> {
    let (unit, name) = match seconds {
        0..120 => (1, "seconds"),
        120..7_200 => (60, "minutes"),
        7_200..172_800 => (3_600, "hours"),
        _ => (86_400, "days"),
    };
    let words = format!("{} {name}", seconds.saturating_add(unit / 2) / unit);
    let time = SystemTime::now().checked_add(Duration::from_secs(seconds))?;
    let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    let time = (since_1970 < 253_402_300_800).then(|| HttpDate::from(time).to_string())?;
    Some(template!("token-expiry.html", words = words, time = time))
}

/// Makes the table of causes: name, status and title of the page, and the template that explains.
macro_rules! causes {
    ($($cause:ident, $status:ident, $title:literal, $file:literal;)*) => {
        /// Why there are no tokens.
        #[derive(Clone, Copy)]
        pub enum Cause { $(#[doc = $title] $cause),* }

        impl Cause {
            /// What happened, in a few words: for the page and for the log.
            pub fn title(self) -> &'static str {
                match self { $(Self::$cause => $title),* }
            }

            fn explain(self, facts: &str) -> (StatusCode, String) {
                match self { $(Self::$cause => (
                    StatusCode::$status,
                    format!(include_str!(concat!("../templates/causes/", $file)), title = $title, facts = facts),
                )),* }
            }
        }
    };
}

causes! {
    BadQuery, BAD_REQUEST, "This address cannot be read", "bad-query.html";
    ForeignState, BAD_REQUEST, "This login did not begin in this browser", "foreign-state.html";
    Refused, FORBIDDEN, "The login was refused", "refused.html";
    NotFound, NOT_FOUND, "There is no such page", "not-found.html";
    MethodNotAllowed, METHOD_NOT_ALLOWED, "This method is not allowed", "method-not-allowed.html";
    BadGrant, BAD_GATEWAY, "The code was not accepted", "bad-grant.html";
    Unauthorized, BAD_GATEWAY, "The code or the credentials were not accepted", "unauthorized.html";
    OtherStatus, BAD_GATEWAY, "The token endpoint answered with an error", "other-status.html";
    NameNotFound, BAD_GATEWAY, "The authorization server was not found", "name-not-found.html";
    Unreachable, BAD_GATEWAY, "The authorization server cannot be reached", "unreachable.html";
    Untrusted, BAD_GATEWAY, "The certificate is not trusted", "untrusted.html";
    NoAuthorities, BAD_GATEWAY, "There is no certificate authority to trust", "no-authorities.html";
    Broken, BAD_GATEWAY, "The connection broke", "broken.html";
    NotJson, BAD_GATEWAY, "The answer is not JSON", "not-json.html";
    NoAccessToken, BAD_GATEWAY, "The answer has no access token", "no-access-token.html";
    TooLarge, BAD_GATEWAY, "The answer is larger than 64 KiB", "too-large.html";
    TimedOut, GATEWAY_TIMEOUT, "There was no answer within 10 seconds", "timed-out.html";
}

/// The name of the fact that this side saw.
const DETAIL: &str = "Detail";

/// A failure: why, and what was seen of it, each fact with a name.
pub struct Failure {
    /// Why.
    pub cause: Cause,
    /// What was seen, to be shown escaped.
    pub facts: Vec<(&'static str, String)>,
}

impl Failure {
    /// A failure of which nothing was seen yet.
    pub fn new(cause: Cause) -> Self {
        let facts = Vec::new();
        Self { cause, facts }
    }

    /// A failure of which this side saw something.
    pub fn detailed(cause: Cause, detail: impl Display) -> Self {
        Self::new(cause).seen(DETAIL, Some(detail.to_string()))
    }

    /// What was seen on this side. What the other side wrote is not for the log: it can hold the
    /// code.
    pub fn detail(&self) -> &str {
        let mut details = self.facts.iter().filter(|(name, _)| *name == DETAIL);
        details.next().map_or("", |(_, text)| text)
    }

    /// Adds a fact, where there is one.
    pub fn seen(mut self, name: &'static str, text: Option<String>) -> Self {
        self.facts.extend(text.map(|text| (name, text)));
        self
    }
}

/// The page of a failure: what happened, what was seen, what to check, and the way back.
pub fn failure(failure: &Failure, sandbox: bool) -> HttpResponse {
    let mut facts = String::new();
    for (name, text) in &failure.facts {
        facts += &template!("fact.html", name = name, text = text)
            .0
            .to_string();
    }
    if !facts.is_empty() {
        facts = template!("facts.html", facts = Html(&facts)).0.to_string();
    }
    let (status, explanation) = failure.cause.explain(&facts);
    let body = template!("failure.html", explanation = Html(&explanation));
    show(status, failure.cause.title(), sandbox, SCRIPT, &body)
}

/// A page as a response.
pub fn show(
    status: StatusCode,
    title: &str,
    sandbox: bool,
    script: &str,
    body: &Html<impl Display>,
) -> HttpResponse {
    let nonce = random();
    let html = page(title, &nonce, sandbox, script, body);
    respond(status, &nonce, html)
}

fn page(
    title: &str,
    nonce: &str,
    sandbox: bool,
    script: &str,
    body: &Html<impl Display>,
) -> String {
    let banner = sandbox.then_some(Html(include_str!("../templates/sandbox-banner.html")));
    let page = template!(
        "layout.html",
        title = title,
        nonce = Html(nonce),
        style = Html(STYLE),
        script = Html(script),
        banner = banner,
        body = body,
    );
    let mut html = String::with_capacity(PAGE_SIZE);
    write!(html, "{}", page.0).expect("writing to a string cannot fail");
    html
}

/// The headers that every page has. The policy lets nothing run that does not carry this response's
/// nonce: a value that were not escaped would still do nothing.
fn respond(status: StatusCode, nonce: &str, html: String) -> HttpResponse {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let fixed = HeaderValue::from_static;
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, fixed("text/html; charset=utf-8")))
        .insert_header((header::CACHE_CONTROL, fixed("no-store")))
        .insert_header((header::REFERRER_POLICY, fixed("no-referrer")))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")))
        .insert_header((header::CROSS_ORIGIN_OPENER_POLICY, fixed("same-origin")))
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .body(html)
}
