//! How often, with which outcome, from when to when.

use crate::model::activity::{EventTime, Outcome};

/// Counts over some events. Merging tallies of disjoint events is associative and commutative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// How many of them ended with an error code, denied or otherwise.
    pub errors: u64,
    /// How many of them were denied, or sign-ins that failed: no use. A sign-in that failed is no error, as it has no
    /// error code.
    pub denied: u64,
    /// When the first one was.
    pub first: EventTime,
    /// When the last one was.
    pub last: EventTime,
    /// When the last use was; `None` where there was none.
    pub last_used: Option<EventTime>,
}

impl Tally {
    /// One event.
    pub fn one(time: EventTime, outcome: Outcome) -> Self {
        let (errors, denied) = match outcome {
            Outcome::Success => (0, 0),
            Outcome::Failed => (1, 0),
            Outcome::Denied => (1, 1),
            Outcome::FailedSignIn => (0, 1),
        };
        let last_used = (denied == 0).then_some(time);
        Self { count: 1, errors, denied, first: time, last: time, last_used }
    }

    /// Adds the events of another tally, of which none is in this one.
    pub fn merge(&mut self, other: &Self) {
        let Self { count, errors, denied, first, last, last_used } = other;
        self.count = self.count.saturating_add(*count);
        self.errors = self.errors.saturating_add(*errors);
        self.denied = self.denied.saturating_add(*denied);
        self.first = self.first.min(*first);
        self.last = self.last.max(*last);
        // `None` is less than every time.
        self.last_used = self.last_used.max(*last_used);
    }

    /// How many of the events were uses: all that were not denied.
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
        (counts, [times.clone(), times.clone(), times]).prop_map(
            |((count, errors, denied), mut times)| {
                let errors = errors % (count + 1);
                let denied = denied % (count + 1);
                times.sort_unstable();
                let [first, used, last] = times.map(EventTime);
                let last_used = match denied {
                    0 => Some(last),
                    denied => (denied < count).then_some(used),
                };
                Tally { count, errors, denied, first, last, last_used }
            },
        )
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
            (one.count, one.errors, one.denied, one.used(), one.last_used)
        };
        assert_eq!(of(Outcome::Success), (1, 0, 0, 1, Some(EventTime(7))));
        assert_eq!(of(Outcome::Failed), (1, 1, 0, 1, Some(EventTime(7))));
        assert_eq!(of(Outcome::Denied), (1, 1, 1, 0, None));
        assert_eq!(of(Outcome::FailedSignIn), (1, 0, 1, 0, None));
    }

    #[test]
    fn the_last_use_is_not_the_last_refusal() {
        let one = |time, outcome| Tally::one(EventTime(time), outcome);
        let used = one(5, Outcome::Success);
        let both = merged(used, &one(9, Outcome::Denied));
        assert_eq!((both.last, both.last_used), (EventTime(9), Some(EventTime(5))));
        let denied = merged(one(1, Outcome::Denied), &one(2, Outcome::Denied));
        assert_eq!(denied.last_used, None);
        assert_eq!(merged(denied, &both).last_used, Some(EventTime(5)));
    }
}
