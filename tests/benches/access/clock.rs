//! The time that this thread has had of a processor, and the memory that the process has needed.

use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What a job gives, and how long a processor works for it.
pub(crate) fn timed<T>(job: impl FnOnce() -> T) -> (T, Duration) {
    let start = processor();
    let done = job();
    (done, processor().saturating_sub(start))
}

/// The time of a processor that this thread has had; it ends where nobody counts it.
fn processor() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

/// The shortest of some rounds.
pub(crate) fn best<T>(rounds: usize, mut job: impl FnMut() -> T) -> Duration {
    let times = (0..rounds).map(|_| timed(|| std::hint::black_box(job())).1);
    times.min().unwrap_or_default()
}

/// The most memory that the process has had, in MiB; `None` where nobody tells.
pub(crate) fn peak_mib() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()?.div_ceil(1024))
}
