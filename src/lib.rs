//! Logs a person in at Eagle Eye Networks and shows the tokens: the OAuth 2.0 authorization code
//! flow. A request passes through these modules in order; each depends only on those below it:
//!
//! | module | what it holds |
//! |---|---|
//! | `main` | the start: settings, log, sockets, stop |
//! | [`server`] | the web server around the one route |
//! | `index` | the one route: which case is it? |
//! | `callback` | what came back with the person, read strictly |
//! | [`page`] | the pages: templates to HTML |
//! | `state` | is this callback this browser's? |
//! | [`oauth`] | the two requests of the flow; `oauth/` has the answer, TLS and the proxy |
//! | `failure` | why there are no tokens |
//!
//! Several modules use [`origin`] (URLs of scheme, host and port), [`secret`] (texts that cannot be
//! printed) and [`visible`] (characters that cannot be seen). Only the start needs [`settings`] and
//! [`stop`] (the signals). [`sandbox`] is a stand-in for Eagle Eye Networks, which only `main` and
//! the tests know.

mod callback;
mod failure;
mod index;
pub mod oauth;
pub mod origin;
pub mod page;
pub mod sandbox;
pub mod secret;
pub mod server;
pub mod settings;
mod state;
pub mod stop;
pub mod visible;
