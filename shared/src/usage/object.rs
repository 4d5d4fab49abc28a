//! Which log objects a cell was folded from.

use sha2::{Digest as _, Sha256};

use crate::model::activity::EventTime;

/// The identity of a log object: the first 64 bits of the SHA-256 of its key, a zero byte and its version.
///
/// The version is what tells two contents of one key apart (the `ETag`, or the version id). Among a million
/// objects of one cell, two share an identity with a probability of 3 in 10⁸.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u64);

impl ObjectId {
    /// The identity of the object with that key and that `ETag` or version.
    pub fn of(key: &str, version: &str) -> Self {
        let digest = Sha256::new().chain_update(key).chain_update([0]).chain_update(version);
        let digest: [u8; 32] = digest.finalize().into();
        Self(digest.first_chunk().map_or(0, |first| u64::from_be_bytes(*first)))
    }
}

/// How long after the end of an hour objects with its events are still looked for in the listing: 20 minutes,
/// in milliseconds. CloudTrail delivers within five minutes on average; the latest in genuine logs came after ten.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html>
pub const NEAR: i64 = 20 * 60 * 1_000;

/// Whether an object that was delivered at that time is found again by listing what was delivered in and
/// shortly after an hour (whole hours since 1970). What is not near is remembered by its key.
pub fn is_near(hour: i64, delivered: EventTime) -> bool {
    const HOUR: i64 = 3_600_000;
    let start = hour.saturating_mul(HOUR);
    let end = start.saturating_add(HOUR + NEAR);
    (start..end).contains(&delivered.0)
}

/// A set of log objects: sorted, each once. Equal sets are equal values.
///
/// An object that was written over is another object. As what is stored is replaced only by more, the identity of
/// the earlier one stays in the set of a cell although nobody can fold it again: whoever makes the cell anew unites
/// its objects with those that are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ObjectSet {
    ids: Vec<u64>,
    far: Vec<String>,
}

impl ObjectSet {
    /// The set of these identities and these keys of far objects, whose identities are among the first.
    pub fn new(ids: impl IntoIterator<Item = ObjectId>, far: Vec<String>) -> Self {
        let mut set = Self { ids: ids.into_iter().map(|id| id.0).collect(), far };
        set.ids.sort_unstable();
        set.ids.dedup();
        set.far.sort_unstable();
        set.far.dedup();
        set
    }

    /// Adds an object; its key is remembered only if it is not `near` (see [`is_near`]). Says whether it is new.
    pub fn add(&mut self, key: &str, version: &str, near: bool) -> bool {
        if !near && let Err(place) = self.far.binary_search_by(|known| known.as_str().cmp(key)) {
            self.far.insert(place, key.to_owned());
        }
        self.add_id(ObjectId::of(key, version))
    }

    /// Adds an object by its identity alone. Says whether it is new.
    pub fn add_id(&mut self, id: ObjectId) -> bool {
        match self.ids.binary_search(&id.0) {
            Ok(_) => false,
            Err(place) => {
                self.ids.insert(place, id.0);
                true
            }
        }
    }

    /// Whether the object is in the set.
    pub fn contains(&self, id: ObjectId) -> bool {
        self.ids.binary_search(&id.0).is_ok()
    }

    /// Whether every object of `other` is in this set: the condition for replacing what was folded from `other`.
    pub fn contains_all(&self, other: &Self) -> bool {
        fn within<T: Ord>(some: &[T], all: &[T]) -> bool {
            let mut rest = all.iter();
            some.iter().all(|wanted| rest.by_ref().find(|found| *found >= wanted) == Some(wanted))
        }
        within(&other.ids, &self.ids) && within(&other.far, &self.far)
    }

    /// The objects of both.
    #[must_use]
    pub fn unite(&self, other: &Self) -> Self {
        let ids = self.ids.iter().chain(&other.ids).map(|id| ObjectId(*id));
        Self::new(ids, self.far.iter().chain(&other.far).cloned().collect())
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The identities, in ascending order.
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }

    /// The full keys of the objects that listing near the hour does not find, in byte order.
    pub fn far(&self) -> &[String] {
        &self.far
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_identity_is_of_key_and_version() {
        // printf 'a/b.json.gz\0etag' | sha256sum
        assert_eq!(ObjectId::of("a/b.json.gz", "etag"), ObjectId(0x0bd1_2afe_ac6f_9241));
        assert_ne!(ObjectId::of("a", "bc"), ObjectId::of("ab", "c"));
        assert_ne!(ObjectId::of("a", "1"), ObjectId::of("a", "2"));
    }

    #[test]
    fn near_is_from_the_start_of_the_hour_to_twenty_minutes_after_its_end() {
        let at = |text: &str| EventTime::read(text).unwrap();
        let hour = at("2026-11-29T08:00:00Z").hour();
        for (text, near) in [
            ("2026-11-29T07:59:59Z", false),
            ("2026-11-29T08:00:00Z", true),
            ("2026-11-29T09:19:59.999Z", true),
            ("2026-11-29T09:20:00Z", false),
            ("2027-11-29T08:30:00Z", false),
        ] {
            assert_eq!(is_near(hour, at(text)), near, "{text}");
        }
        assert!(!is_near(i64::MAX, EventTime(0)));
    }

    #[test]
    fn only_far_keys_are_remembered() {
        let mut set = ObjectSet::default();
        assert!(set.add("b", "1", true));
        assert!(set.add("z", "1", false));
        assert!(set.add("a", "1", false));
        assert!(!set.add("a", "1", false));
        assert_eq!((set.len(), set.far()), (3, &["a".to_owned(), "z".to_owned()][..]));
        assert!(set.contains(ObjectId::of("b", "1")) && !set.contains(ObjectId::of("b", "2")));
    }

    fn set() -> impl Strategy<Value = ObjectSet> {
        proptest::collection::vec((0_u8..12, any::<bool>()), 0..8).prop_map(|keys| {
            let mut set = ObjectSet::default();
            for (key, far) in keys {
                // Whether a key is far depends on the key, as it does for one hour.
                set.add(&key.to_string(), "v", !(far && key % 2 == 0));
            }
            set
        })
    }

    proptest! {
        #[test]
        fn sets_are_sets(a in set(), b in set()) {
            let both = a.unite(&b);
            prop_assert_eq!(&both, &b.unite(&a));
            prop_assert_eq!(&a.unite(&a), &a);
            prop_assert!(both.contains_all(&a) && both.contains_all(&b));
            let of = |set: &ObjectSet| -> BTreeSet<String> {
                let ids = set.ids().iter().map(u64::to_string);
                ids.chain(set.far().iter().map(|key| format!("far {key}"))).collect()
            };
            prop_assert_eq!(a.contains_all(&b), of(&a).is_superset(&of(&b)));
        }
    }
}
