//! What Linux tells of a process; `None` where the system tells nothing.

use std::fs;
use std::time::Duration;

/// How many files a process has open.
pub fn open_files(process: u32) -> Option<usize> {
    Some(fs::read_dir(format!("/proc/{process}/fd")).ok()?.count())
}

/// The memory that a process has now, in kB.
pub fn memory(process: u32) -> Option<u32> {
    status(process, "VmRSS:")
}

/// The most memory that a process has had, in kB.
pub fn peak_memory(process: u32) -> Option<u32> {
    status(process, "VmHWM:")
}

fn status(process: u32, name: &str) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The processor time that a process has used.
pub fn processor_time(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program, in parentheses, is the last field that could hold a space.
    let (_, after_name) = stat.rsplit_once(") ")?;
    // `utime` and `stime`, fields 14 and 15 of proc(5), in hundredths of a second.
    let times = after_name.split(' ').skip(11).take(2);
    let ticks: Option<u64> = times.map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some(Duration::from_millis(ticks? * 10))
}
