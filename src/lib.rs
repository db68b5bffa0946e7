//! Logs a person in at Eagle Eye Networks and shows the tokens: the OAuth 2.0 authorization code
//! flow. A request walks one way, and no file knows one that stands before it:
//!
//! | file | what it holds |
//! |---|---|
//! | `main` | the start: settings, log, sockets, stop |
//! | `server` | the web server around the one route |
//! | `index` | the one route: which case is it? |
//! | `query` | the parameters of a callback, read strictly |
//! | `state` | is this callback this browser's? |
//! | `oauth` | the two requests of the flow |
//! | `page` | the pages: templates to HTML |
//!
//! Aside stand what several of them use, `html` (templates, escaping), `origin` (URLs, loopback
//! hosts) and `secret`, and what only the start needs: `settings`, `dotenv`, `tls`. `sandbox` is a
//! stand-in for the authorization server, which only `main` and the tests know.

pub mod dotenv;
mod html;
mod index;
pub mod oauth;
mod origin;
mod page;
mod query;
pub mod sandbox;
pub mod secret;
pub mod server;
pub mod settings;
mod state;
pub mod tls;
