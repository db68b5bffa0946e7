//! The pages: templates to HTML.

pub mod html;
mod token;

use std::sync::LazyLock;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::digest::{SHA256, digest};

use crate::failure::Failure;
use crate::oauth::{Client, Parameters, SCOPE};
use crate::origin::Origin;
use crate::state::State;
use html::{Html, code_box, html, prose, template};

pub use token::tokens;

/// Browsers turn CR LF, as a checkout on Windows may have it, into LF before they hash.
static STYLE: LazyLock<String> =
    LazyLock::new(|| include_str!("../templates/style.css").replace('\r', ""));
static SCRIPT: LazyLock<String> =
    LazyLock::new(|| include_str!("../templates/script.js").replace('\r', ""));

/// Allows the program's own style and script by their hashes, and nothing else: a value that somebody
/// forgot to escape would still do nothing.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let sha256 = |text: &str| BASE64_STANDARD.encode(digest(&SHA256, text.as_bytes()));
    let style = sha256(&STYLE);
    let script = sha256(&SCRIPT);
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// A response with the headers that every page has.
pub fn response(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY.as_str()));
    response
}

/// The whole of a page. `header` stands above the card, and `body` in it.
pub fn layout(title: &str, class: &str, header: Html, body: Html) -> String {
    let html = template!(
        "layout.html",
        title = title,
        class = class,
        style = Html::raw(STYLE.as_str()),
        header = header,
        body = body,
        script = Html::raw(SCRIPT.as_str()),
    );
    html.into_string()
}

/// A page of the program itself.
fn program_page(client: &Client, title: &str, body: Html) -> String {
    let banner = client.is_sandbox.then(|| template!("sandbox-banner.html"));
    layout(
        title,
        "program",
        template!("header.html", banner = banner),
        body,
    )
}

/// The login page, which explains the first request. `other_origin` is where it was opened, if the
/// login returns elsewhere.
pub fn login(client: &Client, state: &State, other_origin: Option<&Origin>) -> String {
    let url = format!("{}&state={}", client.authorize_url(), state.as_str());
    let body = template!(
        "login.html",
        steps = steps("current", "pending", "pending"),
        notice = other_origin.map(|origin| notice(client, origin)),
        url = url,
        auth_url = client.auth_url.as_str(),
        client_id = client.id.as_str(),
        scope = SCOPE,
        redirect_uri = client.redirect_uri.as_str(),
        state = state.as_str(),
    );
    program_page(client, "Log in", body)
}

/// What to do if the browser reaches this page under another address than the redirect URI.
fn notice(client: &Client, opened: &Origin) -> Html {
    let setting = format!("REDIRECT_URI={opened}");
    let more = if client.is_sandbox {
        format!(
            "This browser must also reach the sandbox at `{}`, which listens only on this machine.",
            client.auth_url
        )
    } else {
        "Register it for your client too.".to_owned()
    };
    template!(
        "notice.html",
        opened = opened.as_str(),
        redirect_uri = client.redirect_uri.as_str(),
        setting = code_box("setting", "setting", setting),
        more = prose(&more),
    )
}

/// The page of a failed login.
pub fn failure(client: &Client, failure: &Failure) -> String {
    let (title, text) = failure.cause.explanation();
    let (summary, advice) = text.split_once('\n').unwrap_or((text, ""));
    let advice = advice
        .lines()
        .map(|line| format!("<li>{}</li>\n", prose(line)));
    let body = template!(
        "failure.html",
        steps = match failure.parameters {
            Some(_) => steps("done", "done", "failed"),
            None => steps("done", "failed", "pending"),
        },
        title = title,
        detail = failure.cause.detail(),
        summary = prose(summary),
        advice = Html::raw(advice.collect::<String>()),
        request = failure
            .parameters
            .map(|parameters| failed_request(client, parameters)),
    );
    program_page(client, title, body)
}

fn failed_request(client: &Client, parameters: Parameters) -> Html {
    let proxy = client.proxy.as_ref().map(|proxy| {
        html!(
            "<p>It went through the proxy <code>{proxy}</code>.</p>\n",
            proxy = proxy.to_string(),
        )
    });
    html!(
        "<h2>The request that failed</h2>\n<p>The code and the secret are masked.</p>\n{proxy}{request}",
        proxy = proxy,
        request = second_request(client, parameters, "***", "failed"),
    )
}

/// A page that is not about a login.
pub fn error(client: &Client, title: &str, text: &str) -> String {
    let body = template!(
        "error.html",
        steps = steps("pending", "pending", "pending"),
        title = title,
        text = text,
        link = "/"
    );
    program_page(client, title, body)
}

/// The steps of a login: each is done, current, failed or pending.
fn steps(log_in: &str, come_back: &str, exchange: &str) -> Html {
    template!(
        "steps.html",
        log_in = log_in,
        come_back = come_back,
        exchange = exchange
    )
}

/// The second request, part by part. If it was the second try, `outcome` is what became of it.
fn second_request(client: &Client, parameters: Parameters, code: &str, outcome: &str) -> Html {
    let (place, tries) = match parameters {
        Parameters::InQuery => ("query, and the body is empty", None),
        Parameters::InBody => ("body", Some(template!("tries.html", outcome = outcome))),
    };
    template!(
        "second-request.html",
        tries = tries,
        place = place,
        auth_url = client.auth_url.as_str(),
        scope = SCOPE,
        code = code,
        redirect_uri = client.redirect_uri.as_str(),
        headers = parameters.header_lines().join("\n"),
    )
}
