//! How fast the program is beside a bare one of the same two libraries.
//!
//! `cargo test --release --test speed -- --ignored --nocapture`

#[path = "../support/mod.rs"]
mod support;

mod bare;
mod load;
mod token_endpoint;

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use tempfile::TempDir;

use load::Load;
use support::{
    CLIENT_ID, CLIENT_SECRET, Program, command, free_port, process, request, wait_until,
};
use token_endpoint::TokenEndpoint;

/// How many turns each program takes.
const ROUNDS: usize = 15;

/// How long a turn is. A shared machine changes its pace within seconds, so turns are short.
const TURN: Duration = Duration::from_secs(1);

/// How many requests the program has answered when its memory is looked at again.
const MANY: u32 = 1_000_000;

/// Any state will do, since the server keeps none.
const STATE: &str = "0123456789abcdef0123456789abcdef";

/// A program that is ended with the test.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// The program, with its log in a file.
    fn program(folder: &Path, auth_url: &str) -> Self {
        let port = free_port();
        let text = port.to_string();
        let settings = [
            ("CLIENT_ID", CLIENT_ID),
            ("CLIENT_SECRET", CLIENT_SECRET),
            ("AUTH_URL", auth_url),
            ("PORT", &text),
        ];
        let log = File::create(folder.join("log")).unwrap();
        let child = command(folder, &settings).stderr(log).spawn().unwrap();
        Self::new(child, port)
    }

    /// The bare program: this test once more, told to serve.
    fn bare(bare: &bare::Settings) -> Self {
        let mut command = std::process::Command::new(env::current_exe().unwrap());
        command
            .args(env::args().skip(1))
            .env(bare::SETTINGS, bare.to_string())
            .stdout(Stdio::null());
        Self::new(command.spawn().unwrap(), bare.port)
    }

    fn new(child: Child, port: u16) -> Self {
        let address = ([127, 0, 0, 1], port).into();
        wait_until("a server", || std::net::TcpStream::connect(address).is_ok());
        Self { child, address }
    }

    /// The memory that it has now, in MB, where the system tells.
    fn memory(&self) -> Option<f64> {
        Some(f64::from(process::memory(self.child.id())?) / 1024.0)
    }

    /// The processor time that it has used, where the system tells.
    fn processor_time(&self) -> Option<Duration> {
        process::processor_time(self.child.id())
    }

    fn size(&self, target: &str) -> usize {
        let page = request(self.address, "GET", target, &[("Cookie", &cookie())]);
        assert_eq!(page.status, 200, "{page:?}");
        page.body.len()
    }
}

fn cookie() -> String {
    format!("een_login_state={STATE}")
}

fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "NOT reached" }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// What one program did in one turn.
struct Turn {
    answers: u32,
    processor_time: Option<Duration>,
}

impl Turn {
    fn of(server: &Server, target: &str) -> Self {
        let before = server.processor_time();
        let answers = Load::new(server.address, target, &cookie()).run(TURN);
        let used = |before| server.processor_time()?.checked_sub(before);
        Self {
            answers,
            processor_time: before.and_then(used),
        }
    }

    fn per_second(&self) -> f64 {
        f64::from(self.answers) / TURN.as_secs_f64()
    }

    /// How much processor time an answer took.
    fn cost(&self) -> Option<f64> {
        Some(self.processor_time?.as_secs_f64() / f64::from(self.answers))
    }
}

/// Both programs in turn, and a line of medians. It gives how many answers the program sent.
fn compare(name: &str, target: &str, program: &Server, bare: &Server) -> u32 {
    const GOAL: f64 = 0.82;

    let turn = |_| (Turn::of(program, target), Turn::of(bare, target));
    let turns: Vec<_> = (0..ROUNDS).map(turn).collect();
    let of_turns = |value: fn(&(Turn, Turn)) -> f64| median(turns.iter().map(value).collect());
    let ratio = of_turns(|(ours, other)| ours.per_second() / other.per_second());
    print!(
        "{name}: {:.0} a second, the bare one {:.0}; ratio {ratio:.2}, goal {GOAL}: {}",
        of_turns(|(ours, _)| ours.per_second()),
        of_turns(|(_, other)| other.per_second()),
        verdict(ratio >= GOAL)
    );
    let costs = turns.iter().map(|(a, b)| Some(b.cost()? / a.cost()?));
    if let Some(ratios) = costs.collect() {
        print!("; by processor time {:.2}", median(ratios));
    }
    println!();
    turns.iter().map(|(ours, _)| ours.answers).sum()
}

/// From the start to the moment at which it listens, with the system's certificates read.
fn time_to_listening() -> Duration {
    let start = |_| {
        let begin = Instant::now();
        let program = Program::start(&[("CLIENT_ID", CLIENT_ID), ("CLIENT_SECRET", CLIENT_SECRET)]);
        let time = begin.elapsed();
        drop(program);
        time.as_secs_f64()
    };
    Duration::from_secs_f64(median((0..9).map(start).collect()))
}

#[test]
#[ignore = "a minute of load: cargo test --release --test speed -- --ignored --nocapture"]
fn the_program_reaches_its_goals_beside_a_bare_one() {
    if let Ok(settings) = env::var(bare::SETTINGS) {
        return bare::serve(&settings.parse().unwrap());
    }
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    assert_eq!(profile, "release", "this measures release builds");
    let folder = TempDir::new().unwrap();
    let token_endpoint = TokenEndpoint::start();
    let exchange = format!("/?code=a-code&state={STATE}");

    let program = Server::program(folder.path(), &token_endpoint.url());
    let idle = program.memory();
    let bare = Server::bare(&bare::Settings {
        port: free_port(),
        token_endpoint: token_endpoint.address,
        login_page: program.size("/"),
        token_page: program.size(&exchange),
    });

    let cores = thread::available_parallelism().unwrap();
    println!(
        "\n{ROUNDS} turns of {} s for each program, {} connections, {cores} cores for everything; medians",
        TURN.as_secs(),
        load::CONNECTIONS
    );
    let mut answered = compare("login page", "/", &program, &bare);
    token_endpoint.begin_to_watch();
    answered += compare("exchange", &exchange, &program, &bare);
    let waited = token_endpoint.waited();
    println!(
        "the token endpoint waited {:.0} % of that time",
        waited * 100.0
    );

    while answered < MANY {
        answered += Turn::of(&program, "/").answers;
    }
    if let (Some(idle), Some(then)) = (idle, program.memory()) {
        println!(
            "memory: {idle:.1} MB idle, goal 6: {}; {then:.1} MB after {answered} requests, goal 10: {}",
            verdict(idle <= 6.0),
            verdict(then <= 10.0)
        );
    }
    drop((program, bare));
    let time = time_to_listening();
    println!(
        "from start to listening: {:.1} ms, goal 20: {}",
        time.as_secs_f64() * 1000.0,
        verdict(time <= Duration::from_millis(20))
    );
}
