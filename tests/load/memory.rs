//! How much memory is in use.

use std::alloc::System;
use std::time::Duration;

use cap::Cap;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// Bytes that are allocated now.
pub(crate) fn live() -> usize {
    MEMORY.allocated()
}

/// The live bytes, once everything that was under way has ended.
pub(crate) async fn at_rest() -> usize {
    let mut last = live();
    let mut same = 0;
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = live();
        same = if now == last { same + 1 } else { 0 };
        last = now;
        if same == 5 {
            return now;
        }
    }
    panic!("no rest within 20 seconds: {last} bytes are live and still change");
}

/// What the process takes from the machine, in bytes; `None` where that isn't told.
pub(crate) fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: usize = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
