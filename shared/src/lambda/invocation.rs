//! One invocation: its id, and how much time there is.

use std::time::{Duration, SystemTime};

use crate::collect::Stop;
use crate::collect::pipeline::Worker;
use crate::model::Timestamp;

/// What is left of the time is not all for work: this share of it, at most [`MOST_RESERVE`], is kept for
/// ending in good order.
const RESERVE_SHARE: u32 = 5;

/// The most that is kept for ending in good order.
const MOST_RESERVE: Duration = Duration::from_mins(1);

/// What is assumed when the runtime gives a deadline in the past, as local runtimes do.
const ASSUMED: Duration = Duration::from_mins(1);

/// One invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The request id.
    pub id: String,
    /// When it began.
    pub began: Timestamp,
    /// When Lambda ends it.
    pub deadline: Timestamp,
}

impl Invocation {
    /// The invocation with this id and deadline, which begins now.
    pub fn new(id: impl Into<String>, deadline: SystemTime, now: Timestamp) -> Self {
        let assumed = || now.checked_add(ASSUMED).unwrap_or(now);
        let deadline = Timestamp::try_from(deadline).ok().filter(|deadline| *deadline > now);
        Self { id: id.into(), began: now, deadline: deadline.unwrap_or_else(assumed) }
    }

    /// A worker that stops in time to end in good order.
    pub fn worker(&self) -> Worker {
        let left = Duration::try_from(self.deadline.duration_since(self.began)).unwrap_or_default();
        let reserve = (left / RESERVE_SHARE).min(MOST_RESERVE);
        let stop = self.deadline.checked_sub(reserve).unwrap_or(self.deadline);
        Worker { name: self.id.clone(), stop: Stop::at(stop), gone: self.deadline }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_in_the_past_is_not_believed() {
        let now: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        let invocation =
            Invocation::new("x", SystemTime::UNIX_EPOCH + Duration::from_mins(10), now);
        assert!(invocation.deadline > now);
        assert!(!invocation.worker().stop.is_due(now));
    }

    #[test]
    fn work_stops_before_the_deadline() {
        let now: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        let deadline = SystemTime::from(now) + Duration::from_mins(15);
        let worker = Invocation::new("x", deadline, now).worker();
        assert!(!worker.stop.is_due(now + Duration::from_mins(13)));
        assert!(worker.stop.is_due(now + Duration::from_mins(14)));
    }
}
