//! What a call acted on, as ARNs.
//!
//! From three places, in this order, each ARN once, at most [`MOST_RESOURCES`]:
//! 1. `resources`: its ARNs, and each `ARNPrefix` with a `*` behind it;
//! 2. where that names nothing: the names in `requestParameters` that are ARNs but for what the record says
//!    elsewhere (`names`);
//! 3. texts of `requestParameters` that are ARNs: those whose key ends in `Arn` before the others.
//!
//! No tree is built. The bytes may be huge, nested, cut or no JSON at all: then less is found, and nothing fails.

mod names;
mod parent;
mod scan;

pub use parent::parent_of;

use std::borrow::Cow;

use self::names::Place;
use self::scan::Key;
use super::record::Record;
use crate::model::activity::{MOST_RESOURCES, Text};

/// The longest ARN that is kept, in bytes: a bucket with the longest key (1,024 bytes) fits.
const LONGEST: usize = 2048;

/// What a record acted on. `account` owns what the record names without an account.
pub(super) fn resources<'a>(
    record: &Record<'a>,
    source: &str,
    region: &str,
    account: &str,
) -> Vec<Text<'a>> {
    let mut found = Vec::new();
    for (key, text) in record.resources.into_iter().flat_map(scan::arns) {
        let whole = if key == Key::Prefix && !text.ends_with('*') {
            Cow::Owned([&*text, "*"].concat())
        } else {
            text
        };
        push(&mut found, whole);
    }
    let Some(request) = record.request else { return found };
    if found.is_empty() {
        let name = record.name.as_deref().unwrap_or_default();
        let place = Place { source, name, region, account };
        names::arns(&place, request, |arn| push(&mut found, arn));
    }
    let mut others = Vec::new();
    for (key, text) in scan::arns(request) {
        match key {
            Key::Arn => push(&mut found, text),
            Key::Prefix | Key::Other => push(&mut others, text),
        }
    }
    for text in others {
        push(&mut found, text);
    }
    found
}

fn push<'a>(found: &mut Vec<Text<'a>>, text: Text<'a>) {
    // What is found already is an ARN, and mostly the same one is named twice.
    if found.len() < MOST_RESOURCES && !found.contains(&text) && is_arn(&text) {
        found.push(text);
    }
}

/// Whether a text has the six parts of an ARN, of which the last is not empty.
fn is_arn(text: &str) -> bool {
    text.len() <= LONGEST
        && text.starts_with("arn:aws")
        && fifth_colon(text.as_bytes()).is_some_and(|colon| colon + 1 < text.len())
}

/// Where the fifth colon is, found by eight bytes at a time.
fn fifth_colon(bytes: &[u8]) -> Option<usize> {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    const COLONS: u64 = 0x3a3a_3a3a_3a3a_3a3a;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut more = 5;
    for (at, word) in words.iter().enumerate() {
        let differs = u64::from_le_bytes(*word) ^ COLONS;
        // The highest bit of each byte that does not differ.
        let mut found = !(((differs & LOW) + LOW) | differs | LOW);
        if found.count_ones() < more {
            more -= found.count_ones();
            continue;
        }
        for _ in 1..more {
            found &= found - 1;
        }
        return Some(at * 8 + found.trailing_zeros() as usize / 8);
    }
    let colons = rest.iter().enumerate().filter(|(_, byte)| **byte == b':');
    let (at, _) = colons.into_iter().nth(more as usize - 1)?;
    Some(words.len() * 8 + at)
}

#[cfg(test)]
mod tests;
