//! What the program withstands: faults of the other side and of a proxy, hostile input, other people's
//! tokens, secrets, copies.

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod copies;
mod deadline;
mod faults;
mod hostile;
mod isolation;
mod proxy;
mod secrets;
mod settings;
mod unreachable;
