//! How often, with which outcome, from when to when.

use crate::model::activity::{EventTime, Outcome};

/// Counts over some events. Merging tallies of disjoint events is associative and commutative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// How many of them ended with an error code, denied or otherwise.
    pub errors: u64,
    /// How many of them were denied: no use of the permission.
    pub denied: u64,
    /// When the first one was.
    pub first: EventTime,
    /// When the last one was.
    pub last: EventTime,
}

impl Tally {
    /// One event.
    pub fn one(time: EventTime, outcome: Outcome) -> Self {
        let (errors, denied) = match outcome {
            Outcome::Success => (0, 0),
            Outcome::Failed => (1, 0),
            Outcome::Denied => (1, 1),
        };
        Self { count: 1, errors, denied, first: time, last: time }
    }

    /// Adds the events of another tally, of which none is in this one.
    pub fn merge(&mut self, other: &Self) {
        let Self { count, errors, denied, first, last } = other;
        self.count = self.count.saturating_add(*count);
        self.errors = self.errors.saturating_add(*errors);
        self.denied = self.denied.saturating_add(*denied);
        self.first = self.first.min(*first);
        self.last = self.last.max(*last);
    }

    /// How many of the events used the permission: all that were not denied.
    pub fn used(&self) -> u64 {
        self.count.saturating_sub(self.denied)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any tally of events that happened between two times.
    pub(in crate::usage) fn tally(
        times: std::ops::Range<i64>,
    ) -> impl Strategy<Value = Tally> + Clone {
        let counts = (1..1_000_000_u64, 0..1_000_000_u64, 0..1_000_000_u64);
        (counts, times.clone(), times).prop_map(|((count, errors, denied), a, b)| {
            let errors = errors % (count + 1);
            let denied = denied % (errors + 1);
            let (first, last) = (EventTime(a.min(b)), EventTime(a.max(b)));
            Tally { count, errors, denied, first, last }
        })
    }

    fn merged(mut a: Tally, b: &Tally) -> Tally {
        a.merge(b);
        a
    }

    proptest! {
        #[test]
        fn merging_is_associative_and_commutative(
            a in tally(0..9_999), b in tally(0..9_999), c in tally(0..9_999),
        ) {
            prop_assert_eq!(merged(a, &b), merged(b, &a));
            prop_assert_eq!(merged(merged(a, &b), &c), merged(a, &merged(b, &c)));
        }
    }

    #[test]
    fn a_denied_call_is_an_error_and_no_use() {
        let of = |outcome| {
            let one = Tally::one(EventTime(7), outcome);
            (one.count, one.errors, one.denied, one.used())
        };
        assert_eq!(of(Outcome::Success), (1, 0, 0, 1));
        assert_eq!(of(Outcome::Failed), (1, 1, 0, 1));
        assert_eq!(of(Outcome::Denied), (1, 1, 1, 0));
    }
}
