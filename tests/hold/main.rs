//! What the program withstands: clients that never read or never finish, and a log that has nowhere
//! to go.

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
