//! On which cores a server and its client are, and what it spends there.

use std::sync::OnceLock;

use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Who is on which core.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The first.
    Client,
    /// The others. Threads that it starts stay with it.
    Server,
}

/// Keeps this thread there.
pub(crate) fn stay_on(side: Side) {
    keep(None, side);
}

/// Keeps a thread of any process there.
pub(crate) fn keep(thread: Option<Pid>, side: Side) {
    let cores = sched_getaffinity(None).unwrap();
    let all: Vec<usize> = (0..CpuSet::MAX_CPU)
        .filter(|core| cores.is_set(*core))
        .collect();
    let mut own = CpuSet::new();
    for (index, core) in CORES.get_or_init(|| all).iter().enumerate() {
        if (index == 0) == (side == Side::Client) {
            own.set(*core);
        }
    }
    if own.count() > 0 {
        sched_setaffinity(thread, &own).unwrap();
    }
}

/// Those that this program had at its start.
static CORES: OnceLock<Vec<usize>> = OnceLock::new();

/// What the threads of this name in a process spent, in nanoseconds.
pub(crate) fn time_of(process: &str, name: &str) -> f64 {
    let mut total = 0.0;
    for thread in std::fs::read_dir(format!("/proc/{process}/task")).unwrap() {
        let thread = thread.unwrap().path();
        // One that just ended belongs to somebody else: ours stay.
        let Ok(its) = std::fs::read_to_string(thread.join("comm")) else {
            continue;
        };
        if its.trim_end() == name {
            let text = std::fs::read_to_string(thread.join("schedstat")).unwrap();
            total += text.split(' ').next().unwrap().parse::<f64>().unwrap();
        }
    }
    assert!(total > 0.0, "{name}: no thread");
    total
}
