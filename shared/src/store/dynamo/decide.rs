//! What one sighting means for what is stored. Pure: the same two always decide the same, so that any
//! order and repetition of sightings ends in the same state.

use crate::model::{ChangeKind, Look, Timestamp};

/// What is known of a stored entity without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) hash: String,
    pub(super) revision: u64,
    pub(super) first_seen: Timestamp,
    pub(super) last_seen: Timestamp,
    pub(super) changed: Timestamp,
    pub(super) observed: Timestamp,
    pub(super) deleted: Option<Timestamp>,
}

/// What to do with a sighting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Write it, with a change of that kind.
    Write(ChangeKind),
    /// It is as stored.
    Unchanged,
    /// What is stored is newer.
    Stale,
}

/// Decides.
///
/// A tombstone is an answer, too, as old as the end of the listing that did not contain the entity:
/// what was observed before that does not undo it. Whether a look at the whole scope is newer still is
/// only asked about what would be written.
pub(super) fn decide(head: Option<&Head>, hash: &str, observed: Timestamp) -> Decision {
    let Some(head) = head else { return Decision::Write(ChangeKind::Created) };
    if observed < head.deleted.map_or(head.observed, |deleted| deleted.max(head.observed)) {
        Decision::Stale
    } else if head.deleted.is_some() {
        Decision::Write(ChangeKind::Restored)
    } else if hash == head.hash {
        Decision::Unchanged
    } else if observed == head.observed && hash < head.hash.as_str() {
        // Two answers of one moment: the larger hash wins, whichever came first.
        Decision::Stale
    } else {
        Decision::Write(ChangeKind::Changed)
    }
}

/// Whether an entity that a look at its whole scope did not see is to be tombstoned.
pub(super) fn vanished(head: &Head, look: Look) -> bool {
    head.deleted.is_none() && look.is_newer_than(head.observed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::new(second, 0).unwrap()
    }

    fn head(hash: &str, observed: i64, deleted: Option<i64>) -> Head {
        Head {
            hash: hash.to_owned(),
            revision: 1,
            first_seen: at(0),
            last_seen: at(observed),
            changed: at(observed),
            observed: at(observed),
            deleted: deleted.map(at),
        }
    }

    #[test]
    fn every_case() {
        use ChangeKind::{Changed, Created, Restored};
        use Decision::{Stale, Unchanged, Write};
        let rows = [
            (None, "b", 10, Write(Created)),
            (Some(head("b", 10, None)), "b", 11, Unchanged),
            (Some(head("b", 10, None)), "b", 10, Unchanged),
            (Some(head("b", 10, None)), "b", 9, Stale),
            (Some(head("b", 10, None)), "a", 9, Stale),
            (Some(head("b", 10, None)), "a", 10, Stale),
            (Some(head("b", 10, None)), "c", 10, Write(Changed)),
            (Some(head("b", 10, None)), "a", 11, Write(Changed)),
            (Some(head("b", 10, Some(12))), "b", 11, Stale),
            (Some(head("b", 10, Some(12))), "b", 12, Write(Restored)),
            (Some(head("b", 10, Some(12))), "a", 13, Write(Restored)),
        ];
        for (head, hash, observed, expected) in rows {
            assert_eq!(
                decide(head.as_ref(), hash, at(observed)),
                expected,
                "{head:?} {hash} {observed}"
            );
        }
    }

    fn apply(state: Option<Head>, hash: &str, observed: i64) -> Option<Head> {
        match decide(state.as_ref(), hash, at(observed)) {
            Decision::Write(_) => Some(head(hash, observed, None)),
            Decision::Unchanged | Decision::Stale => state,
        }
    }

    proptest! {
        /// Contents that differ with every moment: then nothing that is skipped as unchanged can hide
        /// when it was observed last.
        #[test]
        fn the_order_of_sightings_does_not_matter(
            mut moments in proptest::collection::vec((0..6_i64, 0..3_usize), 1..8), seed in any::<u64>(),
        ) {
            const HASHES: [[&str; 3]; 6] = [
                ["a0", "f0", "m0"], ["a1", "f1", "m1"], ["a2", "f2", "m2"],
                ["a3", "f3", "m3"], ["a4", "f4", "m4"], ["a5", "f5", "m5"],
            ];
            let run = |moments: &[(i64, usize)]| {
                let seen = moments.iter().fold(None, |state, (at, hash)| {
                    apply(state, HASHES[usize::try_from(*at).unwrap()][*hash], *at)
                });
                seen.map(|head| (head.hash, head.observed))
            };
            let expected = run(&moments);
            let length = moments.len();
            for at in 0..length {
                let with = usize::try_from(seed.rotate_left(u32::try_from(at).unwrap()) % 97).unwrap() % length;
                moments.swap(at, with);
            }
            moments.extend(moments.clone());
            prop_assert_eq!(run(&moments), expected);
        }
    }

    #[test]
    fn only_what_nobody_observed_since_the_look_began_has_vanished() {
        let look = Look { from: at(10), seen: at(20) };
        assert!(vanished(&head("a", 9, None), look));
        assert!(!vanished(&head("a", 10, None), look));
        assert!(!vanished(&head("a", 9, Some(9)), look));
    }
}
