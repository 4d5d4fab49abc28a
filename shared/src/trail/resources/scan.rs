//! Texts in JSON that is not read: where they start and end, and under which key they stand.
//!
//! In valid JSON every answer is exact. In anything else an answer may be wrong or missing; it is never taken
//! for more than a text.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::model::activity::Text;
use crate::trail::scan::unescape;

/// How a text that is an ARN starts.
static ARN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"arn:"));

/// What the key of an ARN says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// It ends in `Arn` or `ARN`, and the text is its value.
    Arn,
    /// It is `ARNPrefix`.
    Prefix,
    /// Anything else, or the text stands in a list.
    Other,
}

/// All texts that start with `arn:`, at any depth, in their order. A key is no such text, and neither is what
/// stands in JSON within a text.
pub(super) fn arns(bytes: &[u8]) -> impl Iterator<Item = (Key, Text<'_>)> {
    ARN.find_iter(bytes).filter_map(|at| {
        let before = bytes.get(..at)?;
        if is_escaped(before) {
            return None;
        }
        let (raw, rest) = until_quote(bytes.get(at + 1..)?)?;
        if is_key(rest) { None } else { Some((key_at_end(before), raw.decode()?)) }
    })
}

/// Whether what follows is escaped: an odd number of backslashes.
fn is_escaped(before: &[u8]) -> bool {
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// What stands between two quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raw<'a> {
    /// As it is written.
    pub(super) bytes: &'a [u8],
    is_escaped: bool,
}

impl<'a> Raw<'a> {
    /// The text that is meant; `None` where it is no text.
    pub(super) fn decode(self) -> Option<Text<'a>> {
        let text = std::str::from_utf8(self.bytes).ok()?;
        if self.is_escaped {
            unescape(text).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(text))
        }
    }
}

/// Splits what follows an opening quote at its closing one; the closing quote is in neither part.
fn until_quote(bytes: &[u8]) -> Option<(Raw<'_>, &[u8])> {
    let (mut at, mut is_escaped) = (0, false);
    loop {
        let end = at + mark(bytes.get(at..)?)?;
        let (text, rest) = bytes.split_at_checked(end)?;
        if let Some(rest) = rest.strip_prefix(b"\"") {
            return Some((Raw { bytes: text, is_escaped }, rest));
        }
        (at, is_escaped) = (end + 2, true);
    }
}

/// Where the first quote or backslash is. Most texts are short: a call would take longer than eight bytes at a time do.
#[inline]
fn mark(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    // The highest bit of each byte that is zero; above the first, others may be among them.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found =
            zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    Some(words.len() * 8 + at)
}

/// Whether a text was a key: a colon follows.
fn is_key(rest: &[u8]) -> bool {
    rest.trim_ascii_start().first() == Some(&b':')
}

fn key_at_end(before: &[u8]) -> Key {
    let key = before.trim_ascii_end().strip_suffix(b":");
    match key.and_then(|key| key.trim_ascii_end().strip_suffix(b"\"")) {
        Some([.., b'A' | b'a', b'R' | b'r', b'N' | b'n']) => Key::Arn,
        Some([.., b'"', b'A', b'R', b'N', b'P', b'r', b'e', b'f', b'i', b'x']) => Key::Prefix,
        _ => Key::Other,
    }
}

/// A text, with the key that it stands under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    /// The last key before the text, escapes and all.
    pub(super) key: &'a [u8],
    /// In how many objects and lists that key is.
    pub(super) depth: usize,
    /// The text.
    pub(super) value: Raw<'a>,
}

/// All texts that are not keys, at any depth, in their order.
pub(super) fn fields(bytes: &[u8]) -> Fields<'_> {
    Fields { rest: bytes, depth: 0, key: (0, &[]) }
}

/// See [`fields`].
#[derive(Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
    depth: usize,
    key: (usize, &'a [u8]),
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        loop {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            match byte {
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                b'"' => {
                    let (value, rest) = until_quote(rest)?;
                    self.rest = rest;
                    if is_key(rest) {
                        self.key = (self.depth, value.bytes);
                    } else {
                        let (depth, key) = self.key;
                        return Some(Field { key, depth, value });
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
