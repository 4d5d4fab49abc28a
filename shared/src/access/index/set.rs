//! Sets of principals, by their places in the estate, and sets that know *perhaps*.

use std::ops::{BitAnd, BitOr};

use crate::policy::truth::Truth;

const WORD: usize = 64;

/// A set of places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set(Box<[u64]>);

impl Set {
    /// The empty set, for places below the limit.
    pub fn none(limit: usize) -> Self {
        Self(vec![0; limit.div_ceil(WORD)].into())
    }

    /// All places below the limit.
    pub fn all(limit: usize) -> Self {
        let mut set = Self::none(limit);
        for (at, word) in set.0.iter_mut().enumerate() {
            let left = limit - at * WORD;
            *word = if left >= WORD { u64::MAX } else { (1 << left) - 1 };
        }
        set
    }

    /// Some places below the limit.
    pub(super) fn of<'p>(limit: usize, places: impl IntoIterator<Item = &'p u32>) -> Self {
        let mut set = Self::none(limit);
        for place in places {
            set.add(*place as usize);
        }
        set
    }

    /// Adds a place; nothing happens if it is above the limit.
    #[inline]
    pub fn add(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / WORD) {
            *word |= 1 << (place % WORD);
        }
    }

    /// Whether a place is in it.
    #[inline]
    pub fn has(&self, place: usize) -> bool {
        self.0.get(place / WORD).is_some_and(|word| word >> (place % WORD) & 1 == 1)
    }

    /// Whether something of another is in it.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(own, other)| own & other != 0)
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// How many are in it.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Adds what is in another.
    pub fn join(&mut self, other: &Self) {
        self.each(other, |own, other| own | other);
    }

    /// Adds what is in both of two others.
    pub fn join_within(&mut self, other: &Self, limit: &Self) {
        for ((own, other), limit) in self.0.iter_mut().zip(&other.0).zip(&limit.0) {
            *own |= other & limit;
        }
    }

    /// Keeps what is in another too.
    pub fn keep(&mut self, other: &Self) {
        self.each(other, |own, other| own & other);
    }

    /// Takes out what is in another.
    pub fn drop(&mut self, other: &Self) {
        self.each(other, |own, other| own & !other);
    }

    /// What is in one of two sets alone.
    #[must_use]
    pub fn unlike(&self, other: &Self) -> Self {
        let mut set = self.clone();
        set.each(other, |own, other| own ^ other);
        set
    }

    #[inline]
    fn each(&mut self, other: &Self, combine: impl Fn(u64, u64) -> u64) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own = combine(*own, *other);
        }
    }

    /// The places, in order.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as usize;
                left &= left.checked_sub(1)?;
                Some(at * WORD + bit)
            })
        })
    }
}

/// For each principal whether something holds: certainly for those in `yes`, perhaps for those in `may` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truths {
    /// For whom it holds or may; whoever is in `yes` is here too.
    pub may: Set,
    /// For whom it certainly holds.
    pub yes: Set,
}

impl Truths {
    /// It holds for nobody.
    pub fn none(limit: usize) -> Self {
        Self { may: Set::none(limit), yes: Set::none(limit) }
    }

    /// The same for everybody.
    pub fn all(limit: usize, truth: Truth) -> Self {
        let of = |is: bool| if is { Set::all(limit) } else { Set::none(limit) };
        Self { may: of(!truth.is_no()), yes: of(truth.is_yes()) }
    }

    /// Adds that it holds for one.
    #[inline]
    pub fn add(&mut self, place: usize, truth: Truth) {
        match truth {
            Truth::No => {}
            Truth::Maybe => self.may.add(place),
            Truth::Yes => {
                self.may.add(place);
                self.yes.add(place);
            }
        }
    }

    /// Whether it holds for one.
    #[inline]
    pub fn of(&self, place: usize) -> Truth {
        match (self.yes.has(place), self.may.has(place)) {
            (true, _) => Truth::Yes,
            (_, true) => Truth::Maybe,
            _ => Truth::No,
        }
    }

    /// *Or*, in place.
    pub fn join(&mut self, other: &Self) {
        self.may.join(&other.may);
        self.yes.join(&other.yes);
    }

    /// *And*, in place.
    pub fn keep(&mut self, other: &Self) {
        self.may.keep(&other.may);
        self.yes.keep(&other.yes);
    }

    /// *And* with the same truth for everybody.
    pub fn limit(&mut self, truth: Truth) {
        match truth {
            Truth::Yes => {}
            Truth::Maybe => self.yes = Set(vec![0; self.yes.0.len()].into()),
            Truth::No => {
                self.yes = Set(vec![0; self.yes.0.len()].into());
                self.may = self.yes.clone();
            }
        }
    }

    /// Only for those in a set.
    pub fn within(&mut self, set: &Set) {
        self.may.keep(set);
        self.yes.keep(set);
    }
}

impl BitAnd for Truths {
    type Output = Self;

    fn bitand(mut self, other: Self) -> Self {
        self.keep(&other);
        self
    }
}

impl BitOr for Truths {
    type Output = Self;

    fn bitor(mut self, other: Self) -> Self {
        self.join(&other);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_out_in_order() {
        for limit in [0, 1, 63, 64, 65, 200] {
            assert_eq!(
                Set::all(limit).places().collect::<Vec<_>>(),
                (0..limit).collect::<Vec<_>>()
            );
            assert_eq!(Set::all(limit).len(), limit);
        }
        let mut set = Set::none(130);
        for place in [129, 0, 64, 500] {
            set.add(place);
        }
        assert_eq!(set.places().collect::<Vec<_>>(), [0, 64, 129]);
        assert!(set.has(64) && !set.has(63) && !set.has(500));
    }

    #[test]
    fn truths_are_what_truth_is() {
        let all = [Truth::No, Truth::Maybe, Truth::Yes];
        let (mut left, mut right) = (Truths::none(9), Truths::none(9));
        for place in 0..9 {
            left.add(place, all[place % 3]);
            right.add(place, all[place / 3]);
        }
        let (and, or) = (left.clone() & right.clone(), left.clone() | right);
        for place in 0..9 {
            assert_eq!(and.of(place), all[place % 3] & all[place / 3]);
            assert_eq!(or.of(place), all[place % 3] | all[place / 3]);
            for truth in all {
                let mut limited = left.clone();
                limited.limit(truth);
                assert_eq!(limited.of(place), all[place % 3] & truth);
            }
        }
    }
}
