//! What users rely on, tested over real sockets against the built program.

mod browser;
mod curl;
mod exchange;
mod failures;
mod log;
mod login;
mod pages;
mod proxy;
mod sandbox;
mod settings;
mod stop;
mod support;
mod tls;
