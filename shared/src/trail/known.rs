//! Who was seen before: the bytes of a `userIdentity` → what they say, read and normalized once.
//!
//! A session makes many calls, and CloudTrail writes the same bytes of it each time. They are found again by all of
//! them, so that nothing depends on what is kept here but time. What came once only is not kept, and each place has
//! room for one: [`PLACES`] identities of at most [`LONGEST`] bytes, whatever is read.

use std::hash::BuildHasher as _;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::RandomState;

use super::identity;
use super::record::Identity;
use super::scan::{Plain, Scan as _};
use crate::model::activity::{Human, Text};

/// How many identities are kept: as many as a busy account has in a day, with some megabytes at most.
const PLACES: usize = 2048;

/// The longest identity that is kept, in bytes; most have some hundreds.
const LONGEST: usize = 1024;

/// How many bytes of each end are hashed.
const END: usize = 96;

/// What some bytes of `userIdentity` say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    number: NonZeroU64,
    raw: Box<[u8]>,
    identity: Identity<'static>,
    principal: Text<'static>,
    human: Option<Human<'static>>,
}

impl Known {
    /// What the bytes of an identity say; nothing if they are not one JSON object.
    fn read(raw: &[u8]) -> Option<Self> {
        /// No two are given the same number: whatever is known by it stays known.
        static LAST: AtomicU64 = AtomicU64::new(0);
        let (mut identity, mut scan) = (Identity::default(), Plain::new(raw));
        identity.read(&mut scan).ok()?;
        if scan.at() != raw.len() {
            return None;
        }
        let number = NonZeroU64::new(LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1))?;
        let human = identity::human(&identity);
        Some(Self {
            number,
            raw: raw.into(),
            principal: owned(&identity::principal(&identity)),
            human: human.map(|human| Human { by: human.by, name: owned(&human.name) }),
            identity: identity.into_owned(),
        })
    }

    /// Stands for principal, human and access key: whatever has the same number has the same of all three.
    pub fn number(&self) -> NonZeroU64 {
        self.number
    }

    /// The identity itself.
    pub fn identity(&self) -> &Identity<'static> {
        &self.identity
    }

    /// As [`identity::principal`] says.
    pub fn principal(&self) -> &str {
        &self.principal
    }

    /// As [`identity::human`] says.
    pub fn human(&self) -> Option<&Human<'static>> {
        self.human.as_ref()
    }
}

fn owned(text: &Text<'_>) -> Text<'static> {
    Text::Owned(text.clone().into_owned())
}

/// One place of a memo.
#[derive(Clone, Debug, Default)]
struct Place {
    /// The hash of what was last looked for here and not found.
    missed: u64,
    /// The hash of what is known here.
    hash: u64,
    known: Option<Box<Known>>,
}

/// The identities that came more than once.
#[derive(Clone, Debug, Default)]
pub(in crate::trail) struct Memo {
    /// Seeded anew each time: what is logged is chosen by whoever is logged.
    hasher: RandomState,
    /// Nothing, until something is missed.
    places: Vec<Place>,
}

impl Memo {
    /// What the bytes of an identity say, if they are known.
    #[inline]
    pub(in crate::trail) fn find(&self, raw: &[u8]) -> Option<&Known> {
        if raw.len() > LONGEST || self.places.is_empty() {
            return None;
        }
        let hash = self.hash(raw);
        let place = self.places.get(at(hash)).filter(|place| place.hash == hash)?;
        place.known.as_deref().filter(|known| *known.raw == *raw)
    }

    /// The hash of both ends: they have the session and its start, and all bytes are compared afterwards.
    #[inline]
    fn hash(&self, raw: &[u8]) -> u64 {
        match (raw.first_chunk::<END>(), raw.last_chunk::<END>()) {
            (Some(first), Some(last)) => self.hasher.hash_one((raw.len(), first, last)),
            _ => self.hasher.hash_one(raw),
        }
    }

    /// Notes bytes that were not found: the second time they become known, in place of others.
    #[cold]
    pub(in crate::trail) fn missed(&mut self, raw: &[u8]) {
        if raw.len() > LONGEST {
            return;
        }
        if self.places.is_empty() {
            self.places = vec![Place::default(); PLACES];
        }
        let hash = self.hash(raw);
        let Some(place) = self.places.get_mut(at(hash)) else { return };
        if place.missed != hash {
            place.missed = hash;
        } else if let Some(known) = Known::read(raw) {
            (place.hash, place.known) = (hash, Some(Box::new(known)));
        }
    }
}

/// Where something of that hash is kept.
#[expect(clippy::cast_possible_truncation, reason = "the lowest bits")]
fn at(hash: u64) -> usize {
    hash as usize % PLACES
}

#[cfg(test)]
mod tests;
