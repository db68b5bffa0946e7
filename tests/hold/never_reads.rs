use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::support::process::{peak_memory, processor_time};
use crate::support::{PATIENCE, Program, wait_until};

/// Within this time a client is cut off that takes no byte: the program says 10 seconds, and the
/// system looks at a shut window only now and then.
const CUT_OFF: Duration = Duration::from_secs(13);

/// How much memory the program may take meanwhile, in kB: between what it takes with its receive buffer
/// (50 MB) and with the system's own (72 MB).
const MOST_MEMORY: u32 = 60_000;

/// How many requests one client sends at once.
const REQUESTS: usize = 10_000;

/// The state of a socket that listens, in the system's table.
const LISTENS: &str = "0A";

/// How many requests the client sends that reads slowly: their answers are more than both sides' buffers hold.
const SLOW_REQUESTS: usize = 600;

/// A client that sends many requests and reads no answer. It gives how long it was tolerated.
fn never_read(mut stream: TcpStream) -> Duration {
    let begin = Instant::now();
    let requests = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(REQUESTS);
    // This fails when the connection is gone in the middle.
    let _ = stream.write_all(requests.as_bytes());
    wait_until("the cut-off", || stream.write_all(b"G").is_err());
    begin.elapsed()
}

/// A client that sends many requests and takes the answers slowly.
fn read_slowly(mut stream: TcpStream) {
    let mut requests = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(SLOW_REQUESTS - 1);
    requests += "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(requests.as_bytes()).unwrap();
    let begin = Instant::now();
    let mut answers = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    while begin.elapsed() < CUT_OFF {
        let n = stream.read(&mut chunk).unwrap();
        answers.extend_from_slice(&chunk[..n]);
        thread::sleep(Duration::from_millis(500));
    }
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.read_to_end(&mut answers).unwrap();
    let pages = answers.windows(7).filter(|end| end == b"</html>").count();
    assert_eq!(pages, SLOW_REQUESTS);
}

/// How many connections a program holds.
fn connections(program: &Program) -> usize {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let port = format!(":{:04X}", program.address.port());
    let is_held = |line: &&str| {
        // The number of the line, both addresses, the state, and further on the inode: 0 where no
        // program holds the connection any more.
        let fields: Vec<_> = line.split_whitespace().collect();
        let (local, state, inode) = (fields[1], fields[3], fields[9]);
        local.ends_with(&port) && state != LISTENS && inode != "0"
    };
    table.lines().skip(1).filter(is_held).count()
}

#[test]
fn a_client_that_never_reads_is_cut_off_and_one_that_reads_slowly_is_not() {
    let program = Program::start(&[("RUST_LOG", "een_login=info,een_login::index=off")]);
    let connect = || TcpStream::connect(program.address).unwrap();
    let (slow, wide, narrow) = (connect(), connect(), connect());
    SockRef::from(&slow)
        .set_recv_buffer_size(64 * 1024)
        .unwrap();
    // Its window is shut from the first answer on.
    SockRef::from(&narrow).set_recv_buffer_size(1).unwrap();
    let slow_client = thread::spawn(move || read_slowly(slow));
    let greedy = [wide, narrow].map(|stream| thread::spawn(move || never_read(stream)));
    for client in greedy {
        // Meanwhile the others are served.
        assert_eq!(program.get("/").status, 200);
        let tolerated = client.join().unwrap();
        assert!(tolerated < CUT_OFF, "tolerated for {tolerated:?}");
    }
    slow_client.join().unwrap();
    let memory = peak_memory(program.pid()).unwrap();
    assert!(memory < MOST_MEMORY, "{memory} kB");

    wait_until("no connection is left", || connections(&program) == 0);
    let time_used = || processor_time(program.pid()).unwrap();
    let before = time_used();
    thread::sleep(Duration::from_secs(1));
    let used = time_used().saturating_sub(before);
    assert!(used < Duration::from_millis(200), "{used:?} in a second");
}
