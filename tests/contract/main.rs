//! What the program does, seen from outside: settings, route, requests, pages, log, sandbox, stop.

#[path = "../support/mod.rs"]
mod support;

mod exchange;
mod log;
mod pages;
mod route;
mod sandbox;
mod settings;
mod stop;
mod tls;
