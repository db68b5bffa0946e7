//! The token page: the tokens, what to do with them, and how they came.

use std::time::{Duration, SystemTime};

use actix_web::http::header::HttpDate;
use serde_json::Value;

use super::html::{Html, code_box, html, template};
use super::{program_page, second_request, steps};
use crate::oauth::{BaseUrl, Client, Exchange, SCOPE, TokenResponse, encode};
use crate::state::State;

/// The token page. What did not come is left out.
pub fn tokens(client: &Client, state: &State, exchange: &Exchange) -> String {
    let tokens = &exchange.tokens;
    let access_token = tokens.access_token.expose();
    let base_url = tokens.base_url.as_ref();
    let code = encode(&exchange.code).to_string();
    let status = tokens.status.to_string();
    let callback = html!(
        "{url}?<wbr>code={code}&amp;<wbr>state={state}",
        url = client.redirect_uri.join("/"),
        code = code.as_str(),
        state = state.as_str(),
    );
    let body = template!(
        "token.html",
        steps = steps("done", "done", "done"),
        expiry = tokens.expires_in.and_then(expiry),
        calls = base_url.map(|base_url| calls(client, base_url, access_token)),
        access_token = code_box("access-token", "access token", access_token),
        auth_url = client.auth_url.as_str(),
        callback = callback,
        request = second_request(client, exchange.parameters, &code, &status),
        status = status,
        oauth_object = oauth_object(&tokens.json),
        session = session(client, tokens),
    );
    program_page(client, "You are logged in", body)
}

/// When a token expires that is valid for `seconds` from now on.
fn expiry(seconds: u32) -> Option<Html> {
    let time = SystemTime::now() + Duration::from_secs(seconds.into());
    let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(html!(
        "It expires in <strong>{duration}</strong><span id=\"expiry\" \
         data-seconds=\"{seconds_since_1970}\">, on {utc}</span>. ",
        duration = in_words(seconds),
        seconds_since_1970 = since_1970.as_secs().to_string(),
        utc = HttpDate::from(time).to_string().replace("GMT", "UTC"),
    ))
}

/// A duration in the largest unit of which it has at least two, else in seconds; rounded.
fn in_words(seconds: u32) -> String {
    let (unit, name) = match seconds {
        0..120 => (1, "seconds"),
        120..7_200 => (60, "minutes"),
        7_200..172_800 => (3_600, "hours"),
        _ => (86_400, "days"),
    };
    format!("{} {name}", (u64::from(seconds) + unit / 2) / unit)
}

/// The first calls of the API. Eagle Eye Networks has many hosts, and names one for each account.
fn calls(client: &Client, base_url: &BaseUrl, access_token: &str) -> Html {
    let BaseUrl { hostname, port } = base_url;
    let base_url = match (client.is_sandbox, port) {
        // The sandbox has no TLS.
        (true, _) => format!("http://{hostname}:{port}"),
        (false, 443) => format!("https://{hostname}"),
        (false, _) => format!("https://{hostname}:{port}"),
    };
    let authorization = format!("Authorization: Bearer {access_token}");
    let call = |id: &str, name: &str, path: &str| {
        let url = format!("{base_url}{path}");
        curl(id, name, &url, &[("-H", &authorization)])
    };
    template!(
        "calls.html",
        user = call("user", "line that asks who you are", "/api/v3.0/users/self"),
        cameras = call(
            "cameras",
            "line that lists your cameras",
            "/api/v3.0/cameras"
        ),
        base_url = base_url,
    )
}

/// The refresh token, how to get new tokens, and how to end the session.
fn session(client: &Client, tokens: &TokenResponse) -> Html {
    let secret = client.is_sandbox.then(|| {
        html!(
            ", in the sandbox <code>{secret}</code>",
            secret = client.secret.expose()
        )
    });
    let revoke = |token: &str| {
        let url = client.auth_url.join("/oauth2/revoke");
        let token = format!("token={token}");
        let options = [("-u", client.id.as_str()), ("--data-urlencode", &token)];
        curl("revoke", "line that ends the session", &url, &options)
    };
    let Some(refresh_token) = &tokens.refresh_token else {
        let revoke = revoke(tokens.access_token.expose());
        return template!("revoke.html", revoke = revoke, secret = secret);
    };
    let refresh_token = refresh_token.expose();
    let scope = format!("scope={SCOPE}");
    let parameter = format!("refresh_token={refresh_token}");
    let options = [
        ("-u", client.id.as_str()),
        ("-d", "grant_type=refresh_token"),
        ("-d", &scope),
        ("--data-urlencode", &parameter),
    ];
    let url = client.token_url();
    template!(
        "refresh.html",
        refresh = curl("refresh", "line that gets new tokens", &url, &options),
        revoke = revoke(refresh_token),
        refresh_token = code_box("refresh-token", "refresh token", refresh_token),
        secret = secret,
    )
}

/// A line that can be pasted into any shell, in a box: `None` if a shell would find something special in
/// a value. What is left needs no escape in HTML either.
fn curl(id: &str, name: &str, url: &str, options: &[(&str, &str)]) -> Option<Html> {
    let is_special = |value: &str| !value.bytes().all(is_plain);
    if is_special(url) || options.iter().any(|(_, value)| is_special(value)) {
        return None;
    }
    let mut line = format!("curl \"{url}\"");
    for (option, value) in options {
        // A browser would break some options at their hyphens.
        line += &format!(" <span class=\"word\">{option}</span> \"{value}\"");
    }
    Some(code_box(id, name, Html::raw(line)))
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" ._~+/=:@,-".contains(&byte)
}

/// The token response as it came, but for the refresh token, which is folded away.
fn oauth_object(json: &Value) -> String {
    let mut shown = json.clone();
    if json["refresh_token"].is_string() {
        shown["refresh_token"] = "…".into();
    }
    format!("{shown:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_its_largest_unit() {
        let table = [
            (0, "0 seconds"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_199, "120 minutes"),
            (43_198, "12 hours"),
            (172_800, "2 days"),
            (u32::MAX, "49710 days"),
        ];
        for (seconds, words) in table {
            assert_eq!(in_words(seconds), words);
        }
    }

    #[test]
    fn a_curl_line_can_be_pasted_into_any_shell_or_is_left_out() {
        let line = |url: &str, value: &str| curl("id", "name", url, &[("-d", value)]);
        let good = line("https://h/p", "a=b c~d,e@f+g").map(Html::into_string);
        let expected =
            "curl \"https://h/p\" <span class=\"word\">-d</span> \"a=b c~d,e@f+g\"</pre>";
        assert!(good.is_some_and(|html| html.contains(expected)));
        for value in [
            "$x", "`x`", "%x%", "!x", "x\"", "x\\", "it's", "ü", "a\nb", "a&b", "[x]",
        ] {
            assert!(line("https://h", value).is_none(), "{value}");
            assert!(line(value, "").is_none(), "{value}");
        }
    }
}
