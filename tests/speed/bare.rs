//! The least that the two libraries can do: fixed pages, and an exchange on a connection of its own.
//! No log, no state, no template.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use actix_web::rt::System;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};

/// The environment variable that makes this test serve.
pub const SETTINGS: &str = "BARE_PROGRAM";

/// What the bare program is told, by an environment variable.
pub struct Settings {
    pub port: u16,
    pub token_endpoint: SocketAddr,
    /// The sizes of its pages, in bytes.
    pub login_page: usize,
    pub token_page: usize,
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            port,
            token_endpoint,
            login_page,
            token_page,
        } = self;
        write!(f, "{port} {token_endpoint} {login_page} {token_page}")
    }
}

impl FromStr for Settings {
    type Err = Box<dyn std::error::Error>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split(' ');
        let mut next = || words.next().ok_or("a word is missing");
        Ok(Self {
            port: next()?.parse()?,
            token_endpoint: next()?.parse()?,
            login_page: next()?.parse()?,
            token_page: next()?.parse()?,
        })
    }
}

struct Pages {
    http: awc::Client,
    token_url: String,
    login: Bytes,
    token: Bytes,
}

async fn get(request: HttpRequest, pages: Data<Pages>) -> HttpResponse {
    if !request.query_string().contains("code=") {
        return page(&pages.login);
    }
    let sent = pages
        .http
        .post(&pages.token_url)
        .basic_auth("test-client", "test-secret")
        .force_close()
        .send()
        .await;
    let body = sent.unwrap().body().await.unwrap();
    assert!(!body.is_empty());
    page(&pages.token)
}

fn page(text: &Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(text.clone())
}

/// Serves until it is ended.
pub fn serve(settings: &Settings) {
    let token_url = format!(
        "http://{}/oauth2/token?grant_type=authorization_code&scope=vms.all&code=a-code\
         &redirect_uri=http://127.0.0.1:3333",
        settings.token_endpoint
    );
    let login = Bytes::from("x".repeat(settings.login_page));
    let token = Bytes::from("x".repeat(settings.token_page));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::new(Pages {
                http: awc::Client::default(),
                token_url: token_url.clone(),
                login: login.clone(),
                token: token.clone(),
            }))
            .route("/", web::get().to(get))
    });
    let bound = server.bind(("127.0.0.1", settings.port)).unwrap();
    System::new().block_on(bound.run()).unwrap();
}
