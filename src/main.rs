//! The start: settings, log, sandbox, sockets, stop.

use std::env;
use std::ffi::OsString;
use std::future::poll_fn;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::Poll;

use actix_web::rt::System;
use actix_web::rt::signal::unix::{SignalKind, signal};
use een_login::dotenv::DotEnv;
use een_login::settings::Settings;
use een_login::{sandbox, server, tls};

const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

fn main() -> ExitCode {
    let Err(problems) = System::new().block_on(start()) else {
        return ExitCode::SUCCESS;
    };
    for problem in problems {
        eprintln!("een-login: {problem}");
    }
    ExitCode::FAILURE
}

/// Runs until it is told to stop. An error is a line for each thing that keeps it from running.
async fn start() -> Result<(), Vec<String>> {
    let failed = |error: io::Error| vec![error.to_string()];
    let dotenv = DotEnv::find(&env::current_dir().map_err(failed)?)?;
    let lookup = |name: &str| {
        let in_file = || dotenv.as_ref()?.values.get(name).map(OsString::from);
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .or_else(in_file)
    };
    let settings = Settings::read(lookup)?;
    let taken = |what| vec![what];
    let listeners = server::bind(&settings.host_name, settings.port).map_err(taken)?;

    let filters = lookup("RUST_LOG").unwrap_or_else(|| "info".into());
    let mut logger = env_logger::Builder::new();
    logger.parse_filters(&filters.to_string_lossy()).init();
    if let Some(dotenv) = &dotenv {
        log::info!("settings from {}", dotenv.path.display());
    }
    log::info!("the redirect URI to register: {}", settings.redirect_uri);
    for name in PROXIES.iter().filter(|name| lookup(name).is_some()) {
        log::warn!("{name} is set, but no proxy is used: the exchange goes out directly");
    }
    let (client, sandbox) = if let Some(client) = settings.client {
        (client, None)
    } else {
        let (client, sandbox) = sandbox::start(&settings.redirect_uri).map_err(failed)?;
        log::info!("Sandbox at {}, since CLIENT_ID is not set", client.auth_url);
        (client, Some(sandbox))
    };
    let tls = tls::client_config(&client.auth_url).map_err(failed)?;

    // Listened for before anybody reads that the server runs: a signal would kill it until then.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let shutdown = poll_fn(move |context| {
        let stop = [interrupt.poll_recv(context), terminate.poll_recv(context)];
        if stop.iter().any(Poll::is_ready) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    let (client, in_sandbox) = (Arc::new(client), sandbox.is_some());
    let server = server::run(listeners, client, tls, in_sandbox, shutdown).map_err(failed)?;
    log::info!("Running on {}", settings.own_url);
    server.await.map_err(failed)?;
    // Only now: an exchange in flight needed it.
    if let Some(sandbox) = sandbox {
        sandbox.stop(false).await;
    }
    Ok(())
}
