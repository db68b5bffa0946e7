//! How the program stops: in order at the first signal, at once at the second.

use std::io;
use std::process;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt::Runtime;
use actix_web::rt::time::timeout;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

/// The exit code of a program that a second signal ended, whichever it was: 128 plus the number of
/// SIGINT, as shells say it of Ctrl-C.
const ENDED_BY_SIGNAL: i32 = 130;

/// How long a stop may take. The server itself gives up a little earlier.
const LONGEST_STOP: Duration = Duration::from_millis(11_500);

/// Stops a server in order at the first signal. The second ends the program at once, and so does a stop
/// that takes longer than it may.
///
/// Until this returns, a signal kills the program. Afterwards it is watched for on a thread of its own,
/// since a log that nobody reads blocks every thread that writes to it. For the same reason nothing here
/// writes to the log.
///
/// # Errors
///
/// When the system has no room for another thread or listener.
pub fn stop_on_signals(server: ServerHandle) -> io::Result<()> {
    let (report, listening) = mpsc::channel();
    let watch_and_report = move || {
        if let Err(error) = watch(&server, &report) {
            // The receiver waits until it has heard one thing.
            let _ = report.send(Err(error));
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(watch_and_report)?;
    let began = listening.recv();
    began.unwrap_or_else(|_| Err(io::Error::other("the thread for signals ended")))
}

/// Watches for signals, and reports when it has begun to.
fn watch(server: &ServerHandle, report: &Sender<io::Result<()>>) -> io::Result<()> {
    Runtime::new()?.block_on(async {
        let mut signals = StopSignals::listen()?;
        let _ = report.send(Ok(()));

        signals.next().await;
        // The order to stop is given by this call. What it returns waits for the end, as `main` does.
        drop(server.stop(true));
        let second_signal = std::pin::pin!(signals.next());
        match timeout(LONGEST_STOP, second_signal).await {
            Ok(()) => process::exit(ENDED_BY_SIGNAL),
            // What is left cannot be finished: its log line, say, finds no reader.
            Err(_) => process::exit(0),
        }
    })
}

/// The signals that ask the program to stop: Ctrl-C, and SIGTERM where the system has it.
///
/// Listening begins when this value is made. Until then a signal kills the program.
#[cfg(unix)]
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

#[cfg(unix)]
impl StopSignals {
    /// Begins to listen, within a runtime.
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next signal.
    async fn next(&mut self) {
        let interrupt = std::pin::pin!(self.interrupt.recv());
        let terminate = std::pin::pin!(self.terminate.recv());
        futures_util::future::select(interrupt, terminate).await;
    }
}

/// The signal that asks the program to stop: Ctrl-C.
///
/// Listening begins when this value is made. Until then it kills the program.
#[cfg(windows)]
struct StopSignals {
    interrupt: CtrlC,
}

#[cfg(windows)]
impl StopSignals {
    /// Begins to listen, within a runtime.
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: ctrl_c()?,
        })
    }

    /// Waits for the next signal.
    async fn next(&mut self) {
        self.interrupt.recv().await;
    }
}
