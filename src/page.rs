//! The pages: templates to HTML.

pub mod html;
mod token;

use std::cmp::Ordering;
use std::sync::LazyLock;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, HttpResponseBuilder};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::digest::{SHA256, digest};

use crate::failure::{Failure, Step};
use crate::oauth::{Attempt, Client, Parameters, SCOPE};
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
        steps = steps(Step::LogIn, "current"),
        notice = other_origin.map(|origin| notice(client, origin)),
        place = if client.is_sandbox {
            "at the sandbox"
        } else {
            "with your Eagle Eye Networks account"
        },
        url = url,
        endpoint = client.auth_url.join("/oauth2/authorize"),
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
            "This browser must also reach the sandbox at {}.",
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
        more = more,
    )
}

/// The page of a failed login.
pub fn failure(client: &Client, failure: &Failure) -> String {
    let Failure { cause, attempts } = failure;
    let (title, text) = cause.explanation();
    let (summary, advice) = text.split_once('\n').unwrap_or((text, ""));
    let advice = advice
        .lines()
        .map(|line| format!("<li>{}</li>\n", prose(line)));
    let proxy = client
        .proxy
        .as_ref()
        .filter(|_| cause.step() == Step::Exchange);
    let body = template!(
        "failure.html",
        steps = steps(cause.step(), "failed"),
        title = title,
        detail = cause.detail(),
        summary = prose(summary),
        proxy = proxy.map(|proxy| html!(
            "<p>The exchange goes through the proxy <code>{proxy}</code>.</p>\n",
            proxy = proxy.to_string(),
        )),
        advice = Html::raw(advice.collect::<String>()),
        // The code may still be good.
        request = second_request(client, attempts, "***").map(|request| html!(
            "<h2>The request that failed</h2>\n{request}",
            request = request
        )),
    );
    program_page(client, title, body)
}

/// A page that is not about a login.
pub fn error(client: &Client, title: &str, text: &str) -> String {
    let steps = steps(Step::LogIn, "pending");
    let body = template!(
        "error.html",
        steps = steps,
        title = title,
        text = text,
        link = "/"
    );
    program_page(client, title, body)
}

/// Where in the login a page is: the steps before `step` are done, and those after it pending.
fn steps(step: Step, status: &str) -> Html {
    let names = [
        (Step::LogIn, "Log in"),
        (Step::ComeBack, "Come back"),
        (Step::Exchange, "Exchange"),
    ];
    let items = names.map(|(other, name)| {
        let status = match other.cmp(&step) {
            Ordering::Less => "done",
            Ordering::Equal => status,
            Ordering::Greater => "pending",
        };
        format!(r#"<li class="{status}">{name}<span class="status"> {status}</span></li>"#)
    });
    let items = items.concat();
    Html::raw(format!(r#"<ol class="steps">{items}</ol>"#))
}

/// The last attempt at the second request, part by part, and what became of the one before it.
fn second_request(client: &Client, attempts: &[Attempt], code: &str) -> Option<Html> {
    let last = attempts.last()?;
    let place = match last.parameters {
        Parameters::InQuery => "query, and the body is empty",
        Parameters::InBody => "body",
    };
    let statuses = attempts.iter().map(|attempt| match attempt.status {
        Some(status) => status.to_string(),
        None => "no response".to_owned(),
    });
    let statuses: Vec<String> = statuses.collect();
    let attempts = match &statuses[..] {
        [first, second] => Some(template!(
            "attempts.html",
            first = first.as_str(),
            second = second.as_str()
        )),
        _ => None,
    };
    Some(template!(
        "second-request.html",
        attempts = attempts,
        place = place,
        endpoint = client.token_url(),
        scope = SCOPE,
        code = code,
        redirect_uri = client.redirect_uri.as_str(),
        headers = last.parameters.headers().join("\n"),
    ))
}
