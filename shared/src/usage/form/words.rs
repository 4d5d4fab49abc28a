//! Texts ↔ bytes and bits: how much each shares with the one before it, the digits of ids, and the rest.

use super::range::{Code, Size, of};
use super::{END, ReadError, hex};
use crate::usage::texts::List;

/// The texts' own bytes, without the digits of ids, each with [`END`] behind it.
#[derive(Debug)]
pub(super) enum Own<'a> {
    /// Those that are written.
    Written(Vec<u8>),
    /// Those that are left to be read.
    Left(&'a [u8]),
}

impl Own<'_> {
    /// What a text does not share with the one before it, to the end of `text`.
    fn code<C: Code>(
        &mut self,
        coder: &mut C,
        given: &[u8],
        text: &mut Vec<u8>,
    ) -> Result<(), ReadError> {
        match self {
            Self::Written(bytes) => {
                hex::split(coder, given, bytes)?;
                bytes.push(END);
                text.extend_from_slice(given);
                Ok(())
            }
            Self::Left(left) => {
                let end = memchr::memchr(END, left).ok_or(ReadError::Short)?;
                let (own, rest) = left.split_at_checked(end).ok_or(ReadError::Short)?;
                *left = rest.get(1..).unwrap_or_default();
                hex::join(coder, own, text)
            }
        }
    }
}

/// Texts of one kind.
#[derive(Debug, Default)]
pub(super) struct Texts {
    count: Size,
    shared: [Size; 8],
}

/// How many bytes two texts have in common, from their beginning on.
fn shared(one: &[u8], other: &[u8]) -> usize {
    let words = one.as_chunks::<8>().0.iter().zip(other.as_chunks::<8>().0);
    let same = 8 * words.take_while(|(a, b)| a == b).count();
    let (one, other) = (one.iter().skip(same), other.iter().skip(same));
    same + one.zip(other).take_while(|(a, b)| a == b).count()
}

/// Texts in ascending order: how much each shares with the one before it, and the rest.
pub(super) fn texts<C: Code>(
    coder: &mut C,
    learned: &mut Texts,
    given: &List,
    own: &mut Own<'_>,
    bytes: &mut usize,
) -> Result<List, ReadError> {
    let count = coder.number(&mut learned.count, given.len() as u64)?;
    let (mut list, mut text) = (List::default(), Vec::<u8>::new());
    let mut before = 0_u64;
    for at in 0..count {
        let given = u32::try_from(at).map_or("", |at| given.text(at)).as_bytes();
        let same = shared(&text, given);
        let size = of(&mut learned.shared, u64::from(u64::BITS - before.leading_zeros()));
        before = coder.number(size, same as u64)?;
        let same = usize::try_from(before).map_err(|_| ReadError::Short)?;
        if same > text.len() {
            return Err(ReadError::Short);
        }
        text.truncate(same);
        own.code(coder, given.get(same..).unwrap_or_default(), &mut text)?;
        // A few bytes that share much would make much out of little.
        *bytes += text.len();
        if *bytes > super::MOST_BYTES {
            return Err(ReadError::Number);
        }
        if C::READS {
            list.push(std::str::from_utf8(&text).map_err(|_| ReadError::Text)?);
        }
    }
    Ok(list)
}
