//! When to stop: the signals, which differ from system to system.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

/// The signals that ask the program to stop: Ctrl-C, and SIGTERM where the system has it.
///
/// Listening begins when this value is made. Until then a signal kills the program.
#[cfg(unix)]
pub struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

#[cfg(unix)]
impl StopSignals {
    /// Begins to listen, within a runtime.
    ///
    /// # Errors
    ///
    /// When the system has no room for another listener.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) {
        let interrupt = std::pin::pin!(self.interrupt.recv());
        let terminate = std::pin::pin!(self.terminate.recv());
        futures_util::future::select(interrupt, terminate).await;
    }
}

/// The signal that asks the program to stop: Ctrl-C.
///
/// Listening begins when this value is made. Until then it kills the program.
#[cfg(windows)]
pub struct StopSignals {
    interrupt: CtrlC,
}

#[cfg(windows)]
impl StopSignals {
    /// Begins to listen, within a runtime.
    ///
    /// # Errors
    ///
    /// When the system has no room for another listener.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: ctrl_c()?,
        })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) {
        self.interrupt.recv().await;
    }
}
