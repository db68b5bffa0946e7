//! A stand-in for Eagle Eye Networks' authorization server, so that the whole flow works without an
//! account. It holds to the rules of the real one: the redirect URI is compared as a string, the
//! client authenticates with Basic authentication, a code is good once and for 5 minutes, and errors
//! are those of RFC 6749. It listens on a free loopback port, so only this machine reaches it.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::html::template;
use crate::oauth::Client;
use crate::page;
use crate::query;
use crate::secret::{Secret, random};

/// How long a code is good.
const CODE_LIFETIME: Duration = Duration::from_mins(5);

/// How long an access token lives, in seconds: 12 hours, as Eagle Eye Networks documents it.
const TOKEN_LIFETIME: u32 = 43_200;

/// What the sandbox knows.
struct Sandbox {
    client: Client,
    codes: Mutex<HashMap<String, Code>>,
}

/// A code that was given out and not used yet.
struct Code {
    expires: Instant,
    /// Whether the client is to fail to authenticate, to show a person what that looks like.
    rejects_client: bool,
}

/// Starts the sandbox for a client with this redirect URI. Gives the client as it is registered,
/// and a handle to stop it.
///
/// # Errors
///
/// When there is no loopback port to listen on.
pub fn start(redirect_uri: &str) -> io::Result<(Client, ServerHandle)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let auth_url = format!("http://{}", listener.local_addr()?);
    let id = "sandbox-client".to_owned();
    let client = Client::new(auth_url, id, Secret(random()), redirect_uri.to_owned());
    let sandbox = Data::new(Sandbox {
        client: client.clone(),
        codes: Mutex::default(),
    });
    let server = HttpServer::new(move || {
        let authorize = web::resource("/oauth2/authorize")
            .route(web::get().to(authorize))
            .default_service(web::to(get_only));
        let token = web::resource("/oauth2/token")
            .route(web::post().to(token))
            .default_service(web::to(post_only));
        App::new()
            .app_data(sandbox.clone())
            .service(authorize)
            .service(token)
            .default_service(web::to(not_found))
    });
    let server = server.workers(1).disable_signals().listen(listener)?.run();
    let handle = server.handle();
    rt::spawn(server);
    Ok((client, handle))
}

/// The authorization endpoint (RFC 6749, section 4.1.1): a page to sign in on, and with `decision`,
/// which the links on that page add, the way back to the client.
async fn authorize(request: HttpRequest, sandbox: Data<Sandbox>) -> HttpResponse {
    let Client {
        id, redirect_uri, ..
    } = &sandbox.client;
    let Ok(parameters) = query::parameters(request.query_string()) else {
        return sandbox
            .refusal("invalid_request: a parameter is not percent-encoded UTF-8 or comes twice");
    };
    let given = |name| parameters.get(name).map_or("", String::as_str);
    // RFC 6749, section 4.1.2.1: with these two wrong, the person must not be sent anywhere.
    if given("client_id") != id {
        return sandbox.refusal("invalid_client: there is no client with this client_id");
    }
    if given("redirect_uri") != redirect_uri {
        return sandbox
            .refusal("redirect_uri mismatch: it must be the registered one, byte for byte");
    }
    let state = parameters
        .get("state")
        .map(|state| ("state", state.as_str()));
    let back = |answer: &[(&str, &str)]| sandbox.back(answer.iter().copied().chain(state));
    if given("response_type") != "code" {
        return back(&[("error", "unsupported_response_type")]);
    }
    if given("scope") != "vms.all" {
        return back(&[("error", "invalid_scope")]);
    }
    match given("decision") {
        "sign-in" => back(&[("code", &sandbox.new_code(CODE_LIFETIME, false))]),
        "expired-code" => back(&[("code", &sandbox.new_code(Duration::ZERO, false))]),
        "wrong-credentials" => back(&[("code", &sandbox.new_code(CODE_LIFETIME, true))]),
        "refuse" => back(&[
            ("error", "access_denied"),
            ("error_description", "The user refused the login."),
        ]),
        _ => {
            let query = request.query_string();
            let body = template!(
                "sandbox-sign-in.html",
                client_id = id,
                redirect_uri = redirect_uri,
                query = query
            );
            page::show(StatusCode::OK, "Sandbox: sign in", false, "", &body)
        }
    }
}

/// The token endpoint (RFC 6749, section 4.1.3). Eagle Eye Networks takes the parameters from the
/// query, and from the body.
async fn token(request: HttpRequest, body: String, sandbox: Data<Sandbox>) -> HttpResponse {
    if !sandbox.authenticates(&request) {
        return invalid_client();
    }
    let Ok(parameters) = query::parameters(&format!("{}&{body}", request.query_string())) else {
        return error(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "A parameter cannot be read or comes twice.",
        );
    };
    let given = |name| parameters.get(name).map_or("", String::as_str);
    let bad_request = |code, description| error(StatusCode::BAD_REQUEST, code, description);
    match given("grant_type") {
        "authorization_code" => {}
        "" => return bad_request("invalid_request", "There is no grant_type."),
        _ => {
            return bad_request(
                "unsupported_grant_type",
                "The sandbox knows authorization_code only.",
            );
        }
    }
    if given("scope") != "vms.all" {
        return bad_request("invalid_scope", "The scope must be vms.all.");
    }
    if given("redirect_uri") != sandbox.client.redirect_uri {
        return bad_request(
            "invalid_grant",
            "The redirect URI is not the one of the first request.",
        );
    }
    let code = sandbox
        .codes
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(given("code"));
    match code {
        Some(code) if code.rejects_client => invalid_client(),
        Some(code) if Instant::now() < code.expires => json(StatusCode::OK).json(json!({
            "access_token": format!("sandbox-access-{}", random()),
            "expires_in": TOKEN_LIFETIME,
            "refresh_token": format!("sandbox-refresh-{}", random()),
            "httpsBaseUrl": { "hostname": "api.sandbox.invalid", "port": 443 },
            "scope": "vms.all",
            "token_type": "Bearer",
        })),
        Some(_) => bad_request(
            "invalid_grant",
            "The code has expired: it is good for 5 minutes.",
        ),
        None => bad_request(
            "invalid_grant",
            "The code is unknown, or it was used already: it is good once.",
        ),
    }
}

impl Sandbox {
    fn new_code(&self, lifetime: Duration, rejects_client: bool) -> String {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        codes.retain(|_, code| now < code.expires + CODE_LIFETIME);
        let code = random();
        codes.insert(
            code.clone(),
            Code {
                expires: now + lifetime,
                rejects_client,
            },
        );
        code
    }

    /// Sends the browser back to the client (RFC 6749, section 4.1.2).
    fn back<'a>(&self, answer: impl Iterator<Item = (&'a str, &'a str)>) -> HttpResponse {
        let encoded =
            |(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
        let query: Vec<_> = answer.map(encoded).collect();
        let location = &format!("{}?{}", self.client.redirect_uri, query.join("&"));
        let body = template!("sandbox-back.html", location = location);
        let mut response = page::show(
            StatusCode::FOUND,
            "Sandbox: back to the application",
            false,
            "",
            &body,
        );
        let location = location
            .parse()
            .expect("a checked redirect URI, and percent-encoded text");
        response.headers_mut().insert(header::LOCATION, location);
        response
    }

    /// An error page of the authorization server itself.
    fn refusal(&self, what: &str) -> HttpResponse {
        self.page(
            StatusCode::BAD_REQUEST,
            "Sandbox: this request is wrong",
            what,
        )
    }

    fn page(&self, status: StatusCode, title: &str, what: &str) -> HttpResponse {
        let body = template!(
            "sandbox-error.html",
            title = title,
            what = what,
            client = self.client.redirect_uri
        );
        page::show(status, title, false, "", &body)
    }

    fn method_not_allowed(&self, allowed: &'static str) -> HttpResponse {
        let what = format!("The only method here is {allowed}.");
        let mut response = self.page(
            StatusCode::METHOD_NOT_ALLOWED,
            "Sandbox: wrong method",
            &what,
        );
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static(allowed));
        response
    }

    /// Whether the client authenticates itself (RFC 6749, section 2.3.1).
    fn authenticates(&self, request: &HttpRequest) -> bool {
        let given = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
        let expected = format!("{}:{}", self.client.id, self.client.secret.expose());
        given
            .and_then(|given| BASE64_STANDARD.decode(given).ok())
            .is_some_and(|given| given == expected.as_bytes())
    }
}

async fn get_only(sandbox: Data<Sandbox>) -> HttpResponse {
    sandbox.method_not_allowed("GET")
}

async fn post_only(sandbox: Data<Sandbox>) -> HttpResponse {
    sandbox.method_not_allowed("POST")
}

async fn not_found(sandbox: Data<Sandbox>) -> HttpResponse {
    sandbox.page(
        StatusCode::NOT_FOUND,
        "Sandbox: no such page",
        "There are /oauth2/authorize and /oauth2/token.",
    )
}

fn invalid_client() -> HttpResponse {
    let description = "The client id or the client secret is wrong.";
    error(StatusCode::UNAUTHORIZED, "invalid_client", description)
}

/// An error of the token endpoint (RFC 6749, section 5.2).
fn error(status: StatusCode, error: &str, description: &str) -> HttpResponse {
    let mut answer = json(status);
    if status == StatusCode::UNAUTHORIZED {
        answer.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"sandbox\""));
    }
    answer.json(json!({ "error": error, "error_description": description }))
}

/// An answer of the token endpoint (RFC 6749, section 5.1: not to be kept).
fn json(status: StatusCode) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::PRAGMA, "no-cache"));
    answer
}
