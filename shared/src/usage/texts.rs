//! Each text once, by number; and the small table that finds things by their hash.

use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// Finds the number of a thing by its hash. What the thing is, only the caller knows.
#[derive(Clone, Debug, Default)]
pub(super) struct Index(HashTable<(u64, u32)>);

impl Index {
    /// The number of the thing with that hash that `is_it`.
    pub(super) fn find(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        self.0.find(hash, |(known, number)| *known == hash && is_it(*number)).map(|found| found.1)
    }

    /// Adds what [`Self::find`] did not find.
    pub(super) fn add(&mut self, hash: u64, number: u32) {
        self.0.insert_unique(hash, (hash, number), |(hash, _)| *hash);
    }
}

/// A position as a number. Four thousand million things do not fit into memory.
pub(super) fn number(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Texts by number, in one piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct List {
    all: String,
    ends: Vec<usize>,
}

impl List {
    pub(super) fn push(&mut self, text: &str) {
        self.all.push_str(text);
        self.ends.push(self.all.len());
    }

    /// The text of that number; empty if there is none.
    pub(super) fn text(&self, number: u32) -> &str {
        self.range(number as usize).and_then(|range| self.all.get(range)).unwrap_or_default()
    }

    /// Whether the text of that number is this one.
    fn is(&self, number: u32, text: &str) -> bool {
        let found = self.range(number as usize).and_then(|range| self.all.as_bytes().get(range));
        found == Some(text.as_bytes())
    }

    fn range(&self, at: usize) -> Option<std::ops::Range<usize>> {
        let start = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        Some(start..*self.ends.get(at)?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..number(self.len())).map(|number| self.text(number))
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes all of them have.
    pub(super) fn bytes(&self) -> usize {
        self.all.len()
    }
}

/// Texts, each once, numbered in the order in which they came. The hash is seeded anew each time: names in logs
/// are chosen by whoever is logged. What is made of the texts must not depend on their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    hasher: RandomState,
    list: List,
    index: Index,
}

impl Texts {
    /// The hash of something made of texts and numbers.
    pub(super) fn hash(&self, of: impl Hash) -> u64 {
        self.hasher.hash_one(of)
    }

    /// The number of a text, which is added if it is new.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        let hash = self.hash(text);
        if let Some(known) = self.index.find(hash, |number| self.is(number, text)) {
            return known;
        }
        let new = number(self.list.len());
        self.list.push(text);
        self.index.add(hash, new);
        new
    }

    /// The text of that number.
    pub(super) fn text(&self, number: u32) -> &str {
        self.list.text(number)
    }

    /// Whether the text of that number is this one.
    pub(super) fn is(&self, number: u32, text: &str) -> bool {
        self.list.is(number, text)
    }

    /// The texts that are `used`, in byte order, and the place of each number among them. The place of a text
    /// that is not used means nothing.
    pub(super) fn sorted(&self, used: &[bool]) -> (List, Vec<u32>) {
        let is_used = |number: &u32| used.get(*number as usize) == Some(&true);
        let mut order: Vec<u32> = (0..number(self.len())).filter(is_used).collect();
        self.sort(&mut order);
        let mut places = vec![0; self.len()];
        for (place, number) in (0..).zip(&order) {
            if let Some(found) = places.get_mut(*number as usize) {
                *found = place;
            }
        }
        let mut sorted = List::default();
        for number in order {
            sorted.push(self.text(number));
        }
        (sorted, places)
    }

    /// Sorts numbers by their texts, in byte order.
    ///
    /// Names in logs begin alike, so that to compare two of them is to go far into both. Here a few bytes of each text at
    /// a time are compared as one number, and the next few only of those that do not differ in them.
    fn sort(&self, numbers: &mut [u32]) {
        let mut items: Vec<Item> = numbers.iter().map(|number| (0, *number)).collect();
        self.sort_from(0, &mut items);
        for (number, (_, sorted)) in numbers.iter_mut().zip(items) {
            *number = sorted;
        }
    }

    /// Sorts texts that are equal up to a place.
    fn sort_from(&self, from: usize, items: &mut [Item]) {
        if items.len() <= FEW || from >= DEEP {
            items.sort_unstable_by(|(_, a), (_, b)| self.text(*a).cmp(self.text(*b)));
            return;
        }
        for (start, number) in items.iter_mut() {
            *start = start_of(self.text(*number).as_bytes().get(from..).unwrap_or_default());
        }
        items.sort_unstable_by_key(|(start, _)| *start);
        for alike in items.chunk_by_mut(|(a, _), (b, _)| a == b) {
            if alike.len() > 1 {
                self.sort_from(from + STEP, alike);
            }
        }
    }

    /// How many texts there are.
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }
}

/// Some bytes of a text, and its number.
type Item = (u128, u32);

/// How many bytes are compared at a time.
const STEP: usize = size_of::<u128>();

/// How many texts are compared as they are.
const FEW: usize = 4;

/// How far into texts they are compared by a few bytes at a time. (Beyond its end a text has zeros here: were there no
/// bound, a text that ends in zeros would be looked at without end.)
const DEEP: usize = 16 * STEP;

/// The start of a text as a number of the same order, with zeros behind a short one.
fn start_of(text: &[u8]) -> u128 {
    if let Some(start) = text.first_chunk() {
        return u128::from_be_bytes(*start);
    }
    let mut start = [0; STEP];
    for (to, from) in start.iter_mut().zip(text) {
        *to = *from;
    }
    u128::from_be_bytes(start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_has_one_number() {
        let mut texts = Texts::default();
        let numbers: Vec<u32> =
            ["b", "", "ü", "b", "a", "ü", ""].map(|text| texts.number(text)).to_vec();
        assert_eq!(numbers, [0, 1, 2, 0, 3, 2, 1]);
        assert_eq!([0, 1, 2, 3, 4].map(|number| texts.text(number)), ["b", "", "ü", "a", ""]);
        assert!(texts.is(1, "") && !texts.is(4, "") && !texts.is(0, "a"));
        assert_eq!(texts.len(), 4);
    }

    #[test]
    fn only_used_texts_are_sorted() {
        let mut texts = Texts::default();
        for text in ["c", "a", "unused", "b"] {
            texts.number(text);
        }
        let (sorted, places) = texts.sorted(&[true, true, false, true]);
        assert_eq!(sorted.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((places[0], places[1], places[3]), (2, 0, 1));
    }

    proptest! {
        #[test]
        fn texts_are_sorted_by_their_bytes(
            middle in "[ab]{0,40}",
            some in proptest::collection::hash_set("[ab\\x00ü]{0,3}(x{14,17}|x{300})?[ab\\x00]{0,3}", 0..60),
        ) {
            let mut texts = Texts::default();
            for text in &some {
                texts.number(text);
                texts.number(&format!("{text}{middle}"));
            }
            let (sorted, places) = texts.sorted(&vec![true; texts.len()]);
            let found: Vec<&str> = sorted.iter().collect();
            let mut wanted: Vec<&str> = (0..number(texts.len())).map(|at| texts.text(at)).collect();
            wanted.sort_unstable();
            prop_assert_eq!(found, wanted);
            for at in 0..number(texts.len()) {
                prop_assert_eq!(sorted.text(places[at as usize]), texts.text(at));
            }
        }
    }

    #[test]
    fn things_of_one_hash_are_told_apart() {
        let mut index = Index::default();
        for number in 0..100 {
            assert_eq!(index.find(7, |found| found == number), None);
            index.add(7, number);
        }
        assert_eq!(index.find(7, |found| found == 42), Some(42));
        assert_eq!(index.find(8, |_| true), None);
    }
}
