//! The program where nobody can read its log, so that no test can wait for a line of it.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::support::{command, wait_until};

/// How long a stop takes at most.
pub const STOP: Duration = Duration::from_secs(12);

/// The program as a script of a shell starts it, by `exec "$0"`.
pub fn by_a_shell(script: &str, folder: &TempDir, settings: &[(&str, &str)]) -> Command {
    let program = command(folder.path(), settings);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", script]).arg(program.get_program());
    shell.env_clear().current_dir(folder.path());
    shell.envs(settings.iter().copied());
    shell
}

/// The running program.
pub struct Unread {
    child: Child,
    pub address: SocketAddr,
}

impl Unread {
    /// Starts a command that becomes the program, and waits until it listens.
    pub fn start(mut command: Command, port: u16) -> Self {
        let mut child = command.spawn().unwrap();
        let address = ([127, 0, 0, 1], port).into();
        wait_until("it listens", || {
            assert!(child.try_wait().unwrap().is_none(), "it ended");
            TcpStream::connect(address).is_ok()
        });
        Self { child, address }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends signals. It has to end in time, with an exit code.
    pub fn ends_by(mut self, signals: &[Signal], code: i32) {
        let begin = Instant::now();
        let pid = Pid::from_raw(self.pid().try_into().unwrap());
        for signal in signals {
            kill(pid, *signal).unwrap();
        }
        wait_until("its end", || self.child.try_wait().unwrap().is_some());
        let took = begin.elapsed();
        assert!(took < STOP, "{took:?}");
        assert_eq!(self.child.wait().unwrap().code(), Some(code));
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
