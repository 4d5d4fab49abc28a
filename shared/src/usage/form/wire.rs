//! Numbers and texts as bytes.

use super::ReadError;

/// Writes a number in as few bytes as it needs, seven bits each, the lowest first (LEB128).
#[inline]
pub(super) fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        // The lowest seven bits, and that there are more.
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Writes a number that may be negative: small ones of both signs in few bytes.
pub(super) fn put_signed(out: &mut Vec<u8>, number: i64) {
    put(out, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

/// Writes a text with its length before it.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Bytes that are read from their beginning on. Nothing is believed: every length is held against what is left.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn byte(&mut self) -> Result<u8, ReadError> {
        let (first, rest) = self.rest.split_first().ok_or(ReadError::Short)?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], ReadError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(ReadError::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(ReadError::Short)?;
        self.rest = rest;
        Ok(*taken)
    }

    #[inline]
    pub(super) fn number(&mut self) -> Result<u64, ReadError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if (bits << shift) >> shift != bits {
                return Err(ReadError::Number);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(ReadError::Number)
    }

    pub(super) fn signed(&mut self) -> Result<i64, ReadError> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// A number that is the length of something in memory.
    pub(super) fn length(&mut self) -> Result<usize, ReadError> {
        usize::try_from(self.number()?).map_err(|_| ReadError::Number)
    }

    /// How many of something follow, each of at least `size` bytes: never more than there is room for.
    pub(super) fn count(&mut self, size: usize) -> Result<usize, ReadError> {
        let count = usize::try_from(self.number()?).map_err(|_| ReadError::Short)?;
        if count > self.rest.len() / size.max(1) { Err(ReadError::Short) } else { Ok(count) }
    }

    pub(super) fn text(&mut self) -> Result<&'a str, ReadError> {
        let length = self.count(1)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| ReadError::Text)
    }

    pub(super) fn end(&self) -> Result<(), ReadError> {
        if self.rest.is_empty() { Ok(()) } else { Err(ReadError::Long) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_round_trip(number: u64, signed: i64, text in ".*") {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            put_signed(&mut bytes, signed);
            put_text(&mut bytes, &text);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.number().unwrap(), number);
            prop_assert_eq!(reader.signed().unwrap(), signed);
            prop_assert_eq!(reader.text().unwrap(), text);
            prop_assert_eq!(reader.end(), Ok(()));
        }
    }

    #[test]
    fn small_numbers_are_short() {
        for (number, length) in [(0, 1), (127, 1), (128, 2), (u64::MAX, 10)] {
            let mut bytes = Vec::new();
            put(&mut bytes, number);
            assert_eq!(bytes.len(), length, "{number}");
        }
        let mut bytes = Vec::new();
        put_signed(&mut bytes, -64);
        assert_eq!(bytes, [127]);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let read = |bytes: &[u8]| Reader::new(bytes).number();
        assert_eq!(read(&[0x80]), Err(ReadError::Short));
        assert_eq!(read(&[0xFF; 20]), Err(ReadError::Number));
        // One bit more than 64.
        let mut bytes = [0xFF; 10];
        bytes[9] = 2;
        assert_eq!(read(&bytes), Err(ReadError::Number));
        bytes[9] = 1;
        assert_eq!(read(&bytes), Ok(u64::MAX));
    }

    #[test]
    fn a_count_is_no_larger_than_what_is_left() {
        let bytes = [4, 0, 0, 0, 0];
        assert_eq!(Reader::new(&bytes).count(1), Ok(4));
        assert_eq!(Reader::new(&bytes).count(2), Err(ReadError::Short));
    }
}
