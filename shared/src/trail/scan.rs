//! Reading over JSON bytes without building a tree: skip a value, read a text, name a key.
//!
//! Two cursors read the same grammar behind [`Scan`]. [`Plain`] goes byte by byte and holds everything to the
//! grammar; it needs no preparation, which suits a short value, and is the oracle of the other.
//! [`Indexed`] jumps over what is skipped with the bit maps of an [`Index`]: seven tenths of a record are never
//! looked at. It holds a skipped object or list only to its quotes, its brackets and their depth. Whatever
//! `serde_json` accepts both accept, and what they read of it is equal.

mod index;
mod indexed;
mod masks;
mod plain;
mod text;

use std::borrow::Cow;

pub(crate) use index::Index;
pub(crate) use indexed::Indexed;
pub use plain::Plain;
pub(in crate::trail) use text::unescape;

use crate::model::activity::Text;

/// How deep values may be nested: `serde_json` stops at 127, and no recorded call comes near.
pub const DEEPEST: usize = 128;

/// Why something cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The bytes end before the value does.
    End,
    /// It is not JSON.
    Malformed,
    /// It is not UTF-8.
    Encoding,
    /// It is nested deeper than [`DEEPEST`].
    Deep,
}

/// A cursor over JSON bytes.
pub trait Scan<'a> {
    /// Where the cursor is.
    fn at(&self) -> usize;

    /// Moves the cursor: only to where one like it has been.
    fn go(&mut self, at: usize);

    /// The bytes between two places.
    fn raw(&self, from: usize, to: usize) -> &'a [u8];

    /// The next byte that is not white space: the cursor moves up to it.
    fn peek(&mut self) -> Result<u8, Fault>;

    /// Goes over a text, and gives its inside: the cursor is at its first quote.
    fn inside(&mut self) -> Result<Inside<'a>, Fault>;

    /// Goes over an object or a list.
    fn skip_nested(&mut self) -> Result<(), Fault>;

    /// The inside of a text as it stands there: nothing if it is not UTF-8.
    fn plain(&self, inside: &Inside<'a>) -> Option<&'a str>;

    /// The inside of a text with its escapes decoded.
    #[inline]
    fn text(&self, inside: &Inside<'a>) -> Result<Text<'a>, Fault> {
        let plain = self.plain(inside).ok_or(Fault::Encoding)?;
        if inside.escaped {
            return unescape(plain).map(Cow::Owned);
        }
        Ok(Cow::Borrowed(plain))
    }

    /// Goes over these very bytes, if they follow: a guess at what comes next. It may always say no.
    #[inline]
    fn follows<const N: usize>(&mut self, _: &[u8; N]) -> bool {
        false
    }

    /// Reads a value as text, if it follows behind these very bytes.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would put the cursor into memory")]
    fn text_after<const N: usize>(
        &mut self,
        bytes: &[u8; N],
        to: &mut Option<Text<'a>>,
    ) -> Result<(), Fault> {
        if self.follows(bytes) { self.text_or_skip(to) } else { Ok(()) }
    }

    /// Goes over a value, if it follows behind these very bytes.
    #[inline]
    fn skip_after<const N: usize>(&mut self, bytes: &[u8; N]) -> Result<(), Fault> {
        if self.follows(bytes) { self.skip() } else { Ok(()) }
    }

    /// Goes over a byte, after white space, if it is this one.
    #[inline]
    fn take(&mut self, byte: u8) -> Result<bool, Fault> {
        let found = self.peek()? == byte;
        if found {
            self.go(self.at() + 1);
        }
        Ok(found)
    }

    /// Goes over a byte, after white space, which must be this one.
    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Fault> {
        if self.take(byte)? { Ok(()) } else { Err(Fault::Malformed) }
    }

    /// Goes up to the next member of an object, and names its key; nothing at the object's end, which is gone
    /// over. The cursor is then at the value.
    #[inline]
    fn member<T>(&mut self, first: First, name: impl Fn(&[u8]) -> T) -> Result<Option<T>, Fault> {
        let mut byte = self.peek()?;
        if byte == b'}' {
            self.go(self.at() + 1);
            return Ok(None);
        }
        if first == First::No {
            self.expect(b',')?;
            byte = self.peek()?;
        }
        if byte != b'"' {
            return Err(Fault::Malformed);
        }
        let inside = self.inside()?;
        self.expect(b':')?;
        if inside.escaped {
            return Ok(Some(name(self.text(&inside)?.as_bytes())));
        }
        Ok(Some(name(inside.bytes)))
    }

    /// Goes over any value.
    #[inline]
    fn skip(&mut self) -> Result<(), Fault> {
        match self.peek()? {
            b'"' => self.inside().map(drop),
            b'{' | b'[' => self.skip_nested(),
            _ => self.skip_scalar(),
        }
    }

    /// Goes over `null`, `true`, `false` or a number.
    fn skip_scalar(&mut self) -> Result<(), Fault> {
        let rest = self.raw(self.at(), usize::MAX);
        let length = scalar(rest)?;
        self.go(self.at() + length);
        Ok(())
    }

    /// Reads a value as text into a place for it: nothing if it is empty or no text.
    ///
    /// It is read into its place because a processor waits when a text is moved there right after it was written.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would put the cursor into memory")]
    fn text_or_skip(&mut self, to: &mut Option<Text<'a>>) -> Result<(), Fault> {
        if self.peek()? != b'"' {
            *to = None;
            return self.skip();
        }
        let inside = self.inside()?;
        if inside.bytes.is_empty() {
            *to = None;
            return Ok(());
        }
        *to = if inside.escaped {
            Some(self.text(&inside)?)
        } else {
            Some(Cow::Borrowed(self.plain(&inside).ok_or(Fault::Encoding)?))
        };
        Ok(())
    }

    /// Reads a value as yes or no, also where it is the text of one: nothing if it is anything else.
    fn flag_or_skip(&mut self) -> Result<Option<bool>, Fault> {
        self.peek()?;
        let from = self.at();
        self.skip()?;
        Ok(match self.raw(from, self.at()) {
            b"true" | b"\"true\"" => Some(true),
            b"false" | b"\"false\"" => Some(false),
            _ => None,
        })
    }

    /// Goes over a value and gives its bytes: nothing if it is `null` or an empty text.
    fn raw_or_skip(&mut self) -> Result<Option<&'a [u8]>, Fault> {
        self.peek()?;
        let from = self.at();
        self.skip()?;
        let raw = self.raw(from, self.at());
        Ok((!matches!(raw, b"null" | b"\"\"")).then_some(raw))
    }
}

/// Whether a member is the first of its object: before the others stands a comma. An object may end before
/// either, and a comma before its end is then found with the member that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// What stands between the quotes of a text.
#[derive(Clone, Copy, Debug)]
pub struct Inside<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Where they start.
    pub from: usize,
    /// Whether an escape is among them.
    pub escaped: bool,
}

/// Whether a byte is white space of JSON.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// The length of the `null`, `true`, `false` or number that bytes start with. Where they end with it, more of it
/// may follow.
fn scalar(bytes: &[u8]) -> Result<usize, Fault> {
    let is_end = |byte: u8| is_space(byte) || matches!(byte, b',' | b'}' | b']' | b':' | b'"');
    match bytes {
        // Most are one of these.
        [b'n', b'u', b'l', b'l', end, ..] | [b't', b'r', b'u', b'e', end, ..] if is_end(*end) => {
            return Ok(4);
        }
        [b'f', b'a', b'l', b's', b'e', end, ..] if is_end(*end) => return Ok(5),
        _ => {}
    }
    let length = bytes.iter().position(|byte| is_end(*byte)).ok_or(Fault::End)?;
    let word = bytes.get(..length).unwrap_or_default();
    let known = matches!(word, b"null" | b"true" | b"false") || text::is_number(word);
    if known { Ok(length) } else { Err(Fault::Malformed) }
}

#[cfg(test)]
pub(in crate::trail) mod tests;
