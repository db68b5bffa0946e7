//! What the program does, seen from outside: settings, route, requests, pages, log, sandbox, stop.

#[path = "../support/mod.rs"]
mod support;

mod dotenv;
mod exchange;
mod failures;
mod log;
mod pages;
mod route;
mod sandbox;
mod settings;
mod start_log;
mod state;
mod stop;
mod tls;
mod token_page;
