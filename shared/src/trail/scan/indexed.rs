//! The cursor that jumps, with the bit maps of an index.

use super::{DEEPEST, Fault, Index, Inside, Scan, is_space};

/// A cursor over an indexed window.
#[derive(Clone, Debug)]
pub(crate) struct Indexed<'a, 'i> {
    bytes: &'a [u8],
    /// The window as text, up to the first byte that is none.
    text: &'a str,
    index: &'i Index,
    at: usize,
}

impl<'a, 'i> Indexed<'a, 'i> {
    /// Indexes a window, which starts outside of any text.
    pub(crate) fn new(bytes: &'a [u8], index: &'i mut Index) -> Self {
        index.fill(bytes);
        Self { bytes, text: leading_text(bytes), index, at: 0 }
    }

    /// Whether what lies between two places is UTF-8.
    pub(crate) fn is_text(&self, from: usize, to: usize) -> bool {
        to <= self.text.len() || str::from_utf8(self.raw(from, to)).is_ok()
    }
}

/// The text that bytes start with.
fn leading_text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or_else(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        str::from_utf8(valid).unwrap_or_default()
    })
}

/// The brackets that are open: one bit for each, the innermost lowest, 1 for `{`.
trait Kinds: Copy {
    /// How many there is room for.
    const MOST: usize;

    /// Opens one.
    fn opened(self, kind: u8) -> Self;

    /// Closes one.
    fn closed(self) -> Self;

    /// The kind of the innermost one.
    fn innermost(self) -> u8;
}

macro_rules! kinds {
    ($number:ty) => {
        impl Kinds for $number {
            const MOST: usize = Self::BITS as usize;

            #[inline]
            fn opened(self, kind: u8) -> Self {
                self << 1 | Self::from(kind)
            }

            #[inline]
            fn closed(self) -> Self {
                self >> 1
            }

            #[inline]
            fn innermost(self) -> u8 {
                u8::from(self & 1 == 1)
            }
        }
    };
}

kinds!(u64);
kinds!(u128);

/// How deep it is within brackets, and which.
struct Open<K> {
    kinds: K,
    depth: usize,
    /// Not 0 if a bracket closed one of the other kind.
    broken: u8,
}

impl<K: Kinds> Open<K> {
    /// Goes over a bracket. Whether it opens or closes is not branched on: no processor guesses it.
    #[inline]
    fn bracket(&mut self, byte: u8) {
        // The bits in which `{[` differ from `}]` and from what the index takes for brackets, and `{}` from `[]`.
        let (opens, closes, kind) = (byte >> 1 & 1, byte >> 2 & 1, byte >> 5 & 1);
        let is_open = opens == 1;
        let differs = self.kinds.innermost() ^ kind;
        self.broken |= (1 ^ opens ^ closes) | if is_open { 0 } else { differs };
        self.kinds = if is_open { self.kinds.opened(kind) } else { self.kinds.closed() };
        self.depth = if is_open { self.depth + 1 } else { self.depth - 1 };
    }
}

impl Indexed<'_, '_> {
    /// Goes over an object or a list; nothing if it is nested deeper than there is room for.
    #[inline]
    fn skip_with<K: Kinds>(&mut self, none: K) -> Option<Result<(), Fault>> {
        // What opens the value is not looked for: behind a broken text the index takes it for a part of one.
        let mut open = Open { kinds: none, depth: 0, broken: 0 };
        match self.peek() {
            Ok(byte) => open.bracket(byte),
            Err(fault) => return Some(Err(fault)),
        }
        let (mut block, shift) = ((self.at + 1) / 64, (self.at + 1) % 64);
        let Some(first) = self.index.brackets(block) else { return Some(Err(Fault::End)) };
        let mut bits = first >> shift << shift;
        loop {
            while bits != 0 {
                let place = block * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let Some(byte) = self.bytes.get(place) else { return Some(Err(Fault::End)) };
                open.bracket(*byte);
                if open.depth == 0 {
                    self.at = place + 1;
                    let whole = if open.broken == 0 { Ok(()) } else { Err(Fault::Malformed) };
                    return Some(whole);
                }
                if open.depth > K::MOST {
                    return None;
                }
            }
            block += 1;
            let Some(next) = self.index.brackets(block) else { return Some(Err(Fault::End)) };
            bits = next;
        }
    }
}

/// There is room for all that may be open.
const _: () = assert!(<u128 as Kinds>::MOST == DEEPEST, "the deepest nesting has one bit each");

impl<'a> Scan<'a> for Indexed<'a, '_> {
    #[inline]
    fn at(&self) -> usize {
        self.at
    }

    #[inline]
    fn go(&mut self, at: usize) {
        self.at = at;
    }

    #[inline]
    fn raw(&self, from: usize, to: usize) -> &'a [u8] {
        self.bytes.get(from..to.min(self.bytes.len())).unwrap_or_default()
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would put the cursor into memory")]
    fn peek(&mut self) -> Result<u8, Fault> {
        loop {
            match self.bytes.get(self.at) {
                Some(byte) if is_space(*byte) => self.at += 1,
                Some(byte) => return Ok(*byte),
                None => return Err(Fault::End),
            }
        }
    }

    #[inline]
    fn follows<const N: usize>(&mut self, bytes: &[u8; N]) -> bool {
        let rest = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk);
        let follows = rest == Some(bytes);
        if follows {
            self.at += N;
        }
        follows
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would put the cursor into memory")]
    fn inside(&mut self) -> Result<Inside<'a>, Fault> {
        let from = self.at + 1;
        let (mut end, mut escaped) = (from, false);
        loop {
            end = self.index.next_mark(end).ok_or(Fault::End)?;
            if self.bytes.get(end) == Some(&b'"') {
                break;
            }
            escaped = true;
            end += 1;
        }
        self.at = end + 1;
        let bytes = self.bytes.get(from..end).unwrap_or_default();
        Ok(Inside { bytes, from, escaped })
    }

    #[inline]
    fn skip_nested(&mut self) -> Result<(), Fault> {
        // Hardly anything is as deep as half of what is allowed, and small numbers are faster.
        self.skip_with(0_u64).or_else(|| self.skip_with(0_u128)).unwrap_or(Err(Fault::Deep))
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would put the cursor into memory")]
    fn plain(&self, inside: &Inside<'a>) -> Option<&'a str> {
        let to = inside.from + inside.bytes.len();
        match self.text.get(inside.from..to) {
            None => str::from_utf8(inside.bytes).ok(),
            text => text,
        }
    }
}
