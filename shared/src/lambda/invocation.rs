//! One invocation: its id, and how much time there is.

use std::time::{Duration, SystemTime};

use super::Failure;
use crate::collect::Stop;
use crate::collect::pipeline::Worker;
use crate::model::Timestamp;

/// What is left of the time is not all for work: this share of it, at most [`MOST_RESERVE`], is kept for
/// ending in good order.
const RESERVE_SHARE: u32 = 5;

/// The most that is kept for ending in good order.
const MOST_RESERVE: Duration = Duration::from_mins(1);

/// Less than this is no time to begin anything in: a session and a first page would not fit.
const LEAST: Duration = Duration::from_secs(3);

/// What is assumed when the runtime gives no deadline, which reads as one long past.
const ASSUMED: Duration = Duration::from_mins(1);

/// A deadline that passed longer ago than an invocation lasts was never one.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LONG_PAST: Duration = Duration::from_mins(15);

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
        let oldest = now.checked_sub(LONG_PAST).unwrap_or(now);
        let deadline = Timestamp::try_from(deadline).ok().filter(|deadline| *deadline > oldest);
        Self { id: id.into(), began: now, deadline: deadline.unwrap_or_else(assumed) }
    }

    /// Whether there is time to begin anything.
    pub fn can_begin(&self) -> bool {
        let soonest = self.began.checked_add(LEAST).unwrap_or(self.began);
        !self.worker().stop.is_due(soonest)
    }

    /// That there is time to begin something.
    ///
    /// # Errors
    ///
    /// [`Failure::Retry`], which says what to do, where there is none.
    pub fn check_time(&self) -> Result<(), Failure> {
        if self.can_begin() {
            return Ok(());
        }
        Err(Failure::Retry(format!(
            "there is no time to begin before {}: raise the function's timeout",
            self.deadline
        )))
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
    fn too_near_a_deadline_nothing_is_begun() {
        let now: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        for (left, can_begin) in [(0, false), (3, false), (5, true), (900, true)] {
            let deadline = SystemTime::from(now) + Duration::from_secs(left);
            let invocation = Invocation::new("x", deadline, now);
            assert_eq!(invocation.can_begin(), can_begin, "{left} s");
        }
        let passed = SystemTime::from(now) - Duration::from_mins(1);
        assert!(!Invocation::new("x", passed, now).can_begin());
    }

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
