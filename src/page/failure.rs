//! The pages of failures: what happened, what the server said, what to check, and the way back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::html::{Html, template};
use super::{Page, Site};
use crate::failure::{Cause, Failure, Reported, Words, status_text};

/// What a page says of a cause.
struct Explanation {
    status: StatusCode,
    /// Where in the login it happened.
    place: &'static str,
    /// What happened and what to check.
    text: &'static str,
    /// The way back.
    back: &'static str,
}

/// `explanation!(BAD_GATEWAY, "step-3", "broken")`: the status, the place and the text, by their names.
macro_rules! explanation {
    ($status:ident, $place:literal, $text:literal) => {
        explanation!($status, $place, $text, "Log in again")
    };
    ($status:ident, $place:literal, $text:literal, $back:literal) => {
        Explanation {
            status: StatusCode::$status,
            place: include_str!(concat!("../../templates/place/", $place, ".html")),
            text: include_str!(concat!("../../templates/causes/", $text, ".html")),
            back: $back,
        }
    };
}

/// The table from cause to page.
#[rustfmt::skip]
fn explain(cause: Cause) -> Explanation {
    match cause {
        Cause::NotFound => explanation!(NOT_FOUND, "none", "not-found", "Go to the start page"),
        Cause::MethodNotAllowed => explanation!(METHOD_NOT_ALLOWED, "none", "method-not-allowed", "Go to the start page"),
        Cause::BadQuery => explanation!(BAD_REQUEST, "step-2", "bad-query"),
        Cause::AnotherBrowser => explanation!(BAD_REQUEST, "step-2", "another-browser"),
        Cause::NoLogin => explanation!(BAD_REQUEST, "step-2", "no-login"),
        Cause::Refused => explanation!(FORBIDDEN, "step-2", "refused"),
        Cause::InvalidGrant => explanation!(BAD_GATEWAY, "step-3", "invalid-grant"),
        Cause::InvalidClient => explanation!(BAD_GATEWAY, "step-3", "invalid-client"),
        Cause::ErrorStatus => explanation!(BAD_GATEWAY, "step-3", "error-status"),
        Cause::NameNotFound => explanation!(BAD_GATEWAY, "step-3", "name-not-found"),
        Cause::Unreachable => explanation!(BAD_GATEWAY, "step-3", "unreachable"),
        Cause::Untrusted => explanation!(BAD_GATEWAY, "step-3", "untrusted"),
        Cause::NoAuthorities => explanation!(BAD_GATEWAY, "step-3", "no-authorities"),
        Cause::Broken => explanation!(BAD_GATEWAY, "step-3", "broken"),
        Cause::NotJson => explanation!(BAD_GATEWAY, "step-3", "not-json"),
        Cause::NoAccessToken => explanation!(BAD_GATEWAY, "step-3", "no-access-token"),
        Cause::TooLarge => explanation!(BAD_GATEWAY, "step-3", "too-large"),
        Cause::TimedOut => explanation!(GATEWAY_TIMEOUT, "step-3", "timed-out"),
        Cause::ProxyUnreachable => explanation!(BAD_GATEWAY, "step-3", "proxy-unreachable"),
        Cause::ProxyCredentials => explanation!(BAD_GATEWAY, "step-3", "proxy-credentials"),
        Cause::ProxyRefused => explanation!(BAD_GATEWAY, "step-3", "proxy-refused"),
        Cause::ProxyNotHttp => explanation!(BAD_GATEWAY, "step-3", "proxy-not-http"),
        Cause::ProxyBroken => explanation!(BAD_GATEWAY, "step-3", "proxy-broken"),
    }
}

/// The page of a failure.
#[must_use]
pub fn failure(failure: &Failure, site: Site) -> HttpResponse {
    let Explanation {
        status,
        place,
        text,
        back,
    } = explain(failure.cause);
    let title = failure.cause.title();
    let said = headline(&failure.reported);
    let detail = failure.detail.as_deref();
    let proxy = failure.proxy.as_deref();
    let body = template!(
        "failure.html",
        place = Html(place),
        title = title,
        headline = said
            .as_ref()
            .map(|text| template!("failure/headline.html", text = text)),
        start = start_of_body(&failure.reported)
            .map(|text| template!("failure/body.html", text = text)),
        detail = detail.map(|text| template!("failure/detail.html", text = text)),
        proxy = proxy.map(|address| template!("failure/proxy.html", address = address)),
        text = Html(text),
        back = back,
    );
    Page::new(title, site, body).respond(status)
}

/// What the server said, in one line: `400 invalid_grant: The code has expired`.
fn headline(reported: &Reported) -> Option<String> {
    match (reported.status, &reported.words) {
        (status, Words::Error { error, description }) => {
            let number = status.map(|status| format!("{} ", status.as_u16()));
            let before = number.unwrap_or_default();
            Some(match description {
                Some(description) => format!("{before}{error}: {description}"),
                None => format!("{before}{error}"),
            })
        }
        (Some(status), Words::None | Words::Body(_)) => Some(status_text(status)),
        (None, Words::None | Words::Body(_)) => None,
    }
}

fn start_of_body(reported: &Reported) -> Option<&str> {
    match &reported.words {
        Words::Body(text) => Some(text),
        Words::None | Words::Error { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_is_the_status_and_the_servers_own_words() {
        let error = |description: Option<&str>| Words::Error {
            error: "invalid_grant".to_owned(),
            description: description.map(str::to_owned),
        };
        let bad_request = Some(StatusCode::BAD_REQUEST);
        let table = [
            (None, Words::None, None),
            (None, error(Some("Why")), Some("invalid_grant: Why")),
            (bad_request, Words::None, Some("400 Bad Request")),
            (
                bad_request,
                Words::Body("x".to_owned()),
                Some("400 Bad Request"),
            ),
            (bad_request, error(None), Some("400 invalid_grant")),
            (
                bad_request,
                error(Some("Why")),
                Some("400 invalid_grant: Why"),
            ),
        ];
        for (status, words, expected) in table {
            let reported = Reported { status, words };
            assert_eq!(headline(&reported).as_deref(), expected, "{reported:?}");
        }
    }

    #[test]
    fn every_login_that_failed_has_a_title_of_its_own_advice_and_a_way_back() {
        let causes = [
            Cause::BadQuery,
            Cause::AnotherBrowser,
            Cause::NoLogin,
            Cause::Refused,
            Cause::InvalidGrant,
            Cause::InvalidClient,
            Cause::ErrorStatus,
            Cause::NameNotFound,
            Cause::Unreachable,
            Cause::Untrusted,
            Cause::NoAuthorities,
            Cause::Broken,
            Cause::NotJson,
            Cause::NoAccessToken,
            Cause::TooLarge,
            Cause::TimedOut,
            Cause::ProxyUnreachable,
            Cause::ProxyCredentials,
            Cause::ProxyRefused,
            Cause::ProxyNotHttp,
            Cause::ProxyBroken,
        ];
        let mut titles: Vec<_> = causes.iter().map(|cause| cause.title()).collect();
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), causes.len());
        for cause in causes {
            let Explanation { text, back, .. } = explain(cause);
            assert!(
                text.contains("<h2>What to check</h2>\n<ul>\n<li>"),
                "{cause:?}"
            );
            assert_eq!(back, "Log in again", "{cause:?}");
        }
    }
}
