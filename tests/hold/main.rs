//! It holds: against clients that never read or never finish, and where the log has nowhere to go.

#[path = "../support/mod.rs"]
mod support;

#[cfg(target_os = "linux")]
mod never_reads;
#[cfg(unix)]
mod start;
#[cfg(unix)]
mod unfinished;
#[cfg(unix)]
mod unread;
