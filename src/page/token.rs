//! The token page: the answer, and what to do with it.

use std::fmt::Display;
use std::time::SystemTime;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::expiry::Expiry;
use super::html::{Html, template};
use super::{Page, Site, curl};
use crate::failure::status_text;
use crate::oauth::{Client, Exchange, SCOPE, TokenAnswer};
use crate::state::State;

/// What the token page is made of.
pub struct TokenPage<'a> {
    /// This program, as the authorization server knows it.
    pub client: &'a Client,
    /// The code that came back, used up now.
    pub code: &'a str,
    /// The state that came back, the same as in this browser's cookie.
    pub state: &'a State,
    /// What the exchange brought.
    pub exchange: &'a Exchange,
    /// What all pages have in common.
    pub site: Site,
}

impl TokenPage<'_> {
    /// The page. What did not come, or is not what it should be, is left out.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let answer = &self.exchange.answer;
        let hidden_note = Html(include_str!("../../templates/token/hidden.html"));
        let body = template!(
            "token.html",
            access_token = answer.access_token(),
            expiry = self.expiry(),
            answer = shown(answer),
            hidden_note = answer.refresh_token().is_some().then_some(&hidden_note),
            base_url = self.base_url_section(),
            refresh = self.refresh_section(),
            code = self.client.mask(self.code.to_owned()),
            state = self.state.as_str(),
            request = self.exchange.request,
            status = status_text(self.exchange.status),
            revoke = self.revoke_section(),
        );
        Page::new("You are logged in", self.site, body).respond(StatusCode::OK)
    }

    /// When the access token expires.
    fn expiry(&self) -> Option<Html<impl Display>> {
        let seconds = self.exchange.answer.expires_in()?;
        let expiry = Expiry::new(seconds, SystemTime::now())?;
        Some(template!(
            "token/expiry.html",
            words = expiry.words,
            seconds_since_1970 = Html(expiry.seconds_since_1970),
            time = expiry.time,
        ))
    }

    /// The base URL, and the command that asks it who the person is.
    fn base_url_section(&self) -> Option<Html<impl Display>> {
        let answer = &self.exchange.answer;
        let base_url = parse_base_url(answer.fields(), self.site.api_scheme)?;
        let url = [&base_url, "/api/v3.0/users/self"].concat();
        let authorization = ["Authorization: Bearer ", answer.access_token()].concat();
        let command = Command {
            id: "self-curl",
            lead: Html("Ask it who you are:"),
            label: Html("the line that asks who you are"),
            line: curl::command(&url, &[("-H", &authorization)]),
            password: None,
        };
        Some(template!(
            "token/base-url.html",
            base_url = base_url,
            command = command.html(),
        ))
    }

    /// The refresh token, folded, and what to do with it.
    fn refresh_section(&self) -> Option<Html<impl Display>> {
        let token = self.exchange.answer.refresh_token()?;
        let scope = ["scope=", SCOPE].concat();
        let parameter = ["refresh_token=", token].concat();
        let options = [
            ("-u", self.client.id.as_str()),
            ("-d", "grant_type=refresh_token"),
            ("-d", &scope),
            ("--data-urlencode", &parameter),
        ];
        let command = Command {
            id: "refresh-curl",
            lead: Html(
                "Get a new access token with it. When curl asks for a password, type the client \
                 secret. If the answer has a new refresh token, use that one from then on.",
            ),
            label: Html("the line that gets a new access token"),
            line: curl::command(&self.client.token_endpoint, &options),
            password: self.site.curl_password,
        };
        Some(template!(
            "token/refresh.html",
            token = token,
            command = command.html(),
        ))
    }

    /// How to end the session: no section without its command.
    fn revoke_section(&self) -> Option<Html<impl Display>> {
        let parameter = ["token=", self.exchange.answer.access_token()].concat();
        let options = [
            ("-u", self.client.id.as_str()),
            ("--data-urlencode", &parameter),
        ];
        let command = Command {
            id: "revoke-curl",
            lead: Html(
                "This revokes the access token and ends the session. When curl asks for a password, \
                 type the client secret. If curl then prints nothing, the session has ended.",
            ),
            label: Html("the line that ends the session"),
            line: Some(curl::command(&self.client.revocation_endpoint, &options)?),
            password: self.site.curl_password,
        };
        Some(template!("token/revoke.html", command = command.html()))
    }
}

/// A command in its box, with what to know before it is pasted.
struct Command {
    /// What the button finds the command by.
    id: &'static str,
    /// What it does.
    lead: Html<&'static str>,
    /// What it is called by those who listen to the page.
    label: Html<&'static str>,
    /// The command, unless it would hold what nobody can see.
    line: Option<String>,
    /// What to type where curl asks, if that is no secret.
    password: Option<&'static str>,
}

impl Command {
    fn html(&self) -> Option<Html<impl Display>> {
        let line = self.line.as_ref()?;
        let password = self
            .password
            .map(|password| template!("token/password.html", password = password));
        Some(template!(
            "token/command.html",
            shells = shells(line),
            id = Html(self.id),
            lead = self.lead,
            label = self.label,
            line = line,
            password = password,
        ))
    }
}

/// Where a command can be pasted: cmd and PowerShell know no single quotes as POSIX shells do.
fn shells(line: &str) -> Html<&'static str> {
    Html(if line.contains('\'') {
        include_str!("../../templates/token/shells-posix.html")
    } else {
        include_str!("../../templates/token/shells-all.html")
    })
}

fn shown(answer: &TokenAnswer) -> String {
    serde_json::to_string_pretty(&ShownAnswer(answer))
        .expect("the names are texts, and memory takes all that is written")
}

/// The answer as it came, but for the refresh token, which stands folded below it.
struct ShownAnswer<'a>(&'a TokenAnswer);

impl Serialize for ShownAnswer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hidden = Value::from("…");
        let is_hidden = |name: &str| name == "refresh_token" && self.0.refresh_token().is_some();
        let fields = self.0.fields().iter();
        serializer.collect_map(fields.map(|(name, value)| {
            let shown = if is_hidden(name) { &hidden } else { value };
            (name, shown)
        }))
    }
}

/// Where the API of the account is: Eagle Eye Networks has many, and names one host for each. See
/// <https://developer.eagleeyenetworks.com/docs/getting-base-url>.
fn parse_base_url(fields: &Map<String, Value>, scheme: &str) -> Option<String> {
    let address = fields.get("httpsBaseUrl")?;
    let hostname = address["hostname"].as_str()?;
    let port = u16::try_from(address["port"].as_u64()?).ok()?;
    // It goes into a command that people paste.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    if hostname.is_empty() || !hostname.bytes().all(is_plain) {
        return None;
    }
    match port {
        0 => None,
        443 if scheme == "https" => Some(format!("{scheme}://{hostname}")),
        _ => Some(format!("{scheme}://{hostname}:{port}")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_base_url_is_a_plain_host_and_a_port() {
        let table = [
            (
                json!({"hostname": "api.example", "port": 443}),
                Some("https://api.example"),
            ),
            (
                json!({"hostname": "a.b", "port": 8443}),
                Some("https://a.b:8443"),
            ),
            (json!({"hostname": "a", "port": 0}), None),
            (json!({"hostname": "a", "port": 99999}), None),
            (json!({"hostname": "", "port": 443}), None),
            (json!({"hostname": "a/b", "port": 443}), None),
            (json!({"hostname": "a'b", "port": 443}), None),
            (json!({"hostname": "u@a", "port": 443}), None),
            (json!({"hostname": "a:1", "port": 443}), None),
            (json!({"hostname": "a"}), None),
            (json!("https://api"), None),
            (json!(null), None),
        ];
        let base_url = |value: Value, scheme| {
            let fields = Map::from_iter([("httpsBaseUrl".to_owned(), value)]);
            parse_base_url(&fields, scheme)
        };
        for (value, expected) in table {
            let text = value.to_string();
            assert_eq!(base_url(value, "https").as_deref(), expected, "{text}");
        }
        assert_eq!(parse_base_url(&Map::new(), "https"), None);
        let local = json!({"hostname": "127.0.0.1", "port": 443});
        assert_eq!(
            base_url(local, "http").as_deref(),
            Some("http://127.0.0.1:443")
        );
    }

    #[test]
    fn the_answer_is_shown_in_its_order_without_the_refresh_token() {
        let shown_of = |json| shown(&TokenAnswer::new(json).expect("an access token"));
        let whole = json!({"z": 1, "refresh_token": "r", "access_token": "t", "a": [null]});
        assert_eq!(
            shown_of(whole),
            "{\n  \"z\": 1,\n  \"refresh_token\": \"…\",\n  \"access_token\": \"t\",\n  \"a\": [\n    \
             null\n  ]\n}"
        );
        let odd = json!({"access_token": "t", "refresh_token": 7});
        assert_eq!(
            shown_of(odd),
            "{\n  \"access_token\": \"t\",\n  \"refresh_token\": 7\n}"
        );
    }
}
