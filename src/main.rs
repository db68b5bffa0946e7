//! een-login logs a developer in at Eagle Eye Networks (API v3) and shows the tokens: the OAuth 2.0
//! authorization code flow, step by step.
//!
//! | module | what it holds |
//! |---|---|
//! | `main` | the start: `.env`, settings, log, sandbox, server |
//! | `server` | the actix-web app with its one route |
//! | `login` | `GET /`, from the login page to the tokens |
//! | `callback` | the query of a callback: a code or an error |
//! | `state` | the state and its cookie |
//! | `oauth` | the two requests and the token response; TLS and the proxy |
//! | `failure` | why a login failed, and what to check |
//! | `page` | the pages: templates to HTML |
//! | `settings`, `dotenv` | environment variables, checked; the `.env` file |
//! | `origin`, `text` | URLs of scheme, host and port; text that must not be printed as it is |
//! | `sandbox` | the stand-in for Eagle Eye Networks |

mod callback;
mod dotenv;
mod failure;
mod login;
mod oauth;
mod origin;
mod page;
mod sandbox;
mod server;
mod settings;
mod state;
mod text;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use crate::oauth::Client;
use crate::origin::Origin;
use crate::settings::Settings;

const USAGE: &str = "\
een-login logs you in at Eagle Eye Networks and shows the tokens.

It takes no arguments. Start it, and open http://localhost:3333 (or the PORT that you set).
Settings come from the environment or from a .env file: see README.md and .env.example.";

#[actix_web::main]
async fn main() -> ExitCode {
    if let Some(argument) = env::args_os().nth(1) {
        if argument == "--help" || argument == "-h" {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs until a signal stops it.
async fn run() -> Result<(), Box<dyn Error>> {
    let dotenv = dotenv::load()?;
    let Settings {
        own_url,
        mut client,
    } = Settings::from_env()?;
    env_logger::Builder::new()
        .parse_filters(&settings::log_filter())
        .init();
    match dotenv {
        Some(path) => log::info!("settings from {}", path.display()),
        None => log::info!(
            "no .env in {} or above",
            env::current_dir().unwrap_or_default().display()
        ),
    }
    if client.is_sandbox {
        client = sandbox::start(client, own_url.port())?;
    }
    let bound = server::bind(&own_url, client.clone());
    let server = bound.map_err(|error| {
        format!(
            "cannot listen on {own_url}: {error}; set PORT to a free port, or HOST_NAME to an \
             address of this machine"
        )
    })?;
    log_client(&client);
    log_running(&own_url, &client.redirect_uri);
    server.await?;
    Ok(())
}

fn log_client(client: &Client) {
    let auth_url = &client.auth_url;
    if client.is_sandbox {
        log::info!("Sandbox at {auth_url}, because CLIENT_ID is not set");
    } else {
        log::info!("the authorization server: {auth_url}");
        log::info!("the client id: {}", client.id);
        log::info!("the redirect URI to register: {}", client.redirect_uri);
    }
    if let Some(proxy) = &client.proxy {
        log::info!("the proxy for the exchange: {proxy}");
    }
}

/// The last line is the one that people wait for: it is printed even if `RUST_LOG` hides it.
fn log_running(own_url: &Origin, redirect_uri: &Origin) {
    let mut line = format!("Running on {own_url}");
    if redirect_uri != own_url {
        log::info!(
            "the login returns to {redirect_uri}, which must reach this program at {own_url}"
        );
        line += &format!("; open {redirect_uri}");
    }
    if log::log_enabled!(log::Level::Info) {
        log::info!("{line}");
    } else {
        eprintln!("{line}");
    }
}
