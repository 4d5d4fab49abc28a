//! A piece with `?` in it, looked for in a long text: one bit for each place of the piece, all of them moved on with
//! each character of the text (the shift-and algorithm of Baeza-Yates and Gonnet).

use std::collections::BTreeMap;

use super::{AsPart, Part};

/// From how many characters of the text, times parts of the piece, on it is worth its tables.
pub(super) const WORTH: usize = 4_096;

/// How many places there are in a word.
const PLACES: usize = 64;

/// What is behind the first place where the piece stands. It has no star.
pub(super) fn behind_first<'t, P: AsPart>(piece: &[P], text: &'t str) -> Option<&'t str> {
    let places = places(piece);
    let last = 1_u64 << ((places.len().checked_sub(1)?) % PLACES);
    let (masks, others) = masks(&places);
    let mut found = vec![0_u64; others.len()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        // A piece may begin at every character.
        let mut carry = 1;
        for (word, mask) in found.iter_mut().zip(masks.get(&c).unwrap_or(&others)) {
            let next = *word >> (PLACES - 1);
            *word = ((*word << 1) | carry) & mask;
            carry = next;
        }
        if found.last().is_some_and(|word| word & last != 0) {
            return Some(chars.as_str());
        }
    }
    None
}

/// The characters of a piece; `None` stands for any.
fn places<P: AsPart>(piece: &[P]) -> Vec<Option<char>> {
    let mut places = Vec::new();
    for part in piece {
        match part.part() {
            Part::Text(text) => places.extend(text.chars().map(Some)),
            Part::One | Part::Any => places.push(None),
        }
    }
    places
}

/// For each character of the piece the places where it may stand, and those where any other may.
fn masks(places: &[Option<char>]) -> (BTreeMap<char, Vec<u64>>, Vec<u64>) {
    let words = |may: &dyn Fn(Option<char>) -> bool| {
        let word = |places: &[Option<char>]| {
            places.iter().rev().fold(0, |word, place| (word << 1) | u64::from(may(*place)))
        };
        places.chunks(PLACES).map(word).collect::<Vec<u64>>()
    };
    let mut masks = BTreeMap::new();
    for c in places.iter().flatten() {
        masks.entry(*c).or_insert_with(|| words(&|place| place.is_none_or(|own| own == *c)));
    }
    (masks, words(&|place| place.is_none()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::wildcard::{after, parts};

    proptest! {
        #[test]
        fn the_first_place_is_found(piece in "[abé][ab?é]{0,140}", text in "[abé]{0,300}") {
            let piece: Vec<_> = parts(&piece).collect();
            let ends = text.char_indices().filter_map(|(at, _)| after(&piece, text.get(at..)?));
            prop_assert_eq!(behind_first(&piece, &text), ends.into_iter().next());
        }

        #[test]
        fn a_piece_that_is_there_is_found(before in "[ab]{0,90}", piece in "[ab]{1,150}", behind in "[ab]{0,9}") {
            let open: String =
                piece.chars().enumerate().map(|(at, c)| if at % 3 == 1 { '?' } else { c }).collect();
            let parts: Vec<_> = parts(&open).collect();
            let text = format!("{before}{piece}{behind}");
            let found = behind_first(&parts, &text);
            prop_assert!(found.is_some_and(|rest| rest.len() >= behind.len()));
        }
    }
}
