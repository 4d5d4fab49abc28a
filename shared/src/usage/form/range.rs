//! Numbers in as few bits as they surprise: a range coder of adaptive bits.
//!
//! What is read and what is written is told once, by code over [`Code`]: the writer is given what it writes, the reader
//! gives what it reads, and both learn the same odds on the way.
//!
//! The coder is that of LZMA (G. N. N. Martin, 1979, with the carry of D. Subbotin); the odds learn faster, as a cell is small.

use super::ReadError;

/// How likely a bit is 0, learned from those before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Odds {
    /// In 65536ths.
    zero: u16,
    /// How many bits it has learned from, as far as it matters to [`RATES`].
    seen: u8,
}

/// How much is learned from each bit, in 65536ths: after some, it gets no less.
const RATES: [u32; 27] = {
    let mut rates = [0; 27];
    let (mut seen, mut parts) = (0, 2);
    while seen < rates.len() {
        #[expect(clippy::indexing_slicing, reason = "computed by the compiler: cannot fail later")]
        {
            rates[seen] = (1 << 16) / parts;
        }
        seen += 1;
        parts += 1;
    }
    rates
};

/// No bit is taken for surer than this, in 65536ths: what follows from little has an end, as each bit costs something.
const LEAST: u16 = 512;

impl Default for Odds {
    fn default() -> Self {
        Self { zero: 1 << 15, seen: 0 }
    }
}

impl Odds {
    #[inline]
    fn learn(&mut self, bit: bool) {
        let seen = usize::from(self.seen).min(RATES.len() - 1);
        #[expect(clippy::indexing_slicing, reason = "no more than the last")]
        let rate = RATES[seen];
        self.seen += u8::from(seen < RATES.len() - 1);
        // What is learned from a 1 of the odds of 0 is learned from a 0 of those of 1, without a branch that nobody foresees.
        let flip = if bit { 0 } else { u16::MAX };
        let odds = self.zero ^ flip;
        let part = ((u32::from(odds) * rate) >> 16) as u16;
        self.zero = (odds - part).max(LEAST) ^ flip;
    }
}

/// How large a number is likely to be: its length in bits, and then the first of these. Those of long numbers share
/// their odds: there are hundreds of these, made anew for each cell.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size {
    longer: [Odds; 16],
    second: [Odds; 12],
    third: [[Odds; 2]; 12],
}

/// The one of that number, or the last.
#[inline]
#[expect(clippy::indexing_slicing, reason = "no more than the last, and none are empty")]
pub(super) fn of<T, const N: usize>(all: &mut [T; N], at: u64) -> &mut T {
    const { assert!(N > 0) };
    &mut all[usize::try_from(at).map_or(N - 1, |at| at.min(N - 1))]
}

/// The most that [`Code::below`] takes at once.
const AT_ONCE: u64 = 1 << 16;

/// A reader or a writer.
pub(super) trait Code {
    /// Whether it reads: what a writer is given need not be made again.
    const READS: bool;

    /// A bit.
    fn bit(&mut self, odds: &mut Odds, given: bool) -> Result<bool, ReadError>;

    /// A number below `end`, which is 1 to 65536; all are as likely.
    fn few(&mut self, end: u32, given: u32) -> Result<u32, ReadError>;

    /// A number of so many bits, at most 16; all are as likely. As [`Self::few`], without a division.
    fn bits(&mut self, count: u32, given: u32) -> Result<u32, ReadError>;

    /// A number below `end`; all are as likely.
    fn below(&mut self, end: u64, given: u64) -> Result<u64, ReadError> {
        let narrow = |number: u64| u32::try_from(number).map_err(|_| ReadError::Number);
        if end <= AT_ONCE {
            return Ok(self.few(narrow(end.max(1))?, narrow(given)?)?.into());
        }
        let high = self.below((end - 1) / AT_ONCE + 1, given / AT_ONCE)?;
        let low = self.bits(AT_ONCE.ilog2(), low_bits(given, AT_ONCE.ilog2()))?;
        let number = high * AT_ONCE + u64::from(low);
        if number < end { Ok(number) } else { Err(ReadError::Number) }
    }

    /// A number that is likely to be small.
    #[inline]
    fn number(&mut self, size: &mut Size, given: u64) -> Result<u64, ReadError> {
        // Most are 0.
        if self.bit(of(&mut size.longer, 0), given > 0)? { self.longer(size, given) } else { Ok(0) }
    }

    /// The rest of a number that is not 0.
    fn longer(&mut self, size: &mut Size, given: u64) -> Result<u64, ReadError> {
        let given_bits = u64::BITS - given.leading_zeros();
        let mut bits = 1;
        while bits < u64::BITS && self.bit(of(&mut size.longer, bits.into()), given_bits > bits)? {
            bits += 1;
        }
        if bits < 2 {
            return Ok(1);
        }
        let at = |place: u32| given >> (bits - 1 - place) & 1 == 1;
        let second = self.bit(of(&mut size.second, bits.into()), at(1))?;
        let mut number = 2 | u64::from(second);
        if bits == 2 {
            return Ok(number);
        }
        let odds = of(of(&mut size.third, bits.into()), second.into());
        number = number << 1 | u64::from(self.bit(odds, at(2))?);
        let mut left = bits - 3;
        while left > 0 {
            let taken = left.min(16);
            left -= taken;
            let low = self.bits(taken, low_bits(given >> left, taken))?;
            number = number << taken | u64::from(low);
        }
        Ok(number)
    }
}

/// The lowest bits of a number, at most 16.
fn low_bits(number: u64, count: u32) -> u32 {
    (number & 0xFFFF) as u32 & ((1 << count) - 1)
}

/// Below this the range is widened by a byte.
const NARROW: u32 = 1 << 24;

/// Writes.
#[derive(Debug)]
pub(super) struct Encoder {
    low: u64,
    range: u32,
    out: Vec<u8>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self { low: 0, range: u32::MAX, out: Vec::new() }
    }

    #[inline]
    fn shift(&mut self) {
        let [_, _, _, carry, top, rest @ ..] = self.low.to_be_bytes();
        if carry > 0 {
            self.carry();
        }
        self.out.push(top);
        let [a, b, c] = rest;
        self.low = u64::from(u32::from_be_bytes([a, b, c, 0]));
    }

    /// Adds one to what is written.
    #[cold]
    fn carry(&mut self) {
        for byte in self.out.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte > 0 {
                return;
            }
        }
    }

    #[inline]
    fn widen(&mut self) {
        while self.range < NARROW {
            self.range <<= 8;
            self.shift();
        }
    }

    /// What was written.
    pub(super) fn finish(mut self) -> Vec<u8> {
        // Of all that mean the same, the one that ends in zeros: the reader puts these behind the end.
        self.low = (self.low + u64::from(self.range) - 1) & !u64::from(NARROW - 1);
        self.shift();
        self.out
    }
}

impl Code for Encoder {
    const READS: bool = false;

    #[inline]
    fn bit(&mut self, odds: &mut Odds, given: bool) -> Result<bool, ReadError> {
        let zero = (self.range >> 16) * u32::from(odds.zero);
        if given {
            self.low += u64::from(zero);
            self.range -= zero;
        } else {
            self.range = zero;
        }
        odds.learn(given);
        self.widen();
        Ok(given)
    }

    fn few(&mut self, end: u32, given: u32) -> Result<u32, ReadError> {
        debug_assert!(given < end, "{given} is not below {end}");
        self.range /= end.max(1);
        self.low += u64::from(self.range) * u64::from(given);
        self.widen();
        Ok(given)
    }

    #[inline]
    fn bits(&mut self, count: u32, given: u32) -> Result<u32, ReadError> {
        debug_assert!(given >> count == 0, "{given} has more than {count} bits");
        self.range >>= count;
        self.low += u64::from(self.range) * u64::from(given);
        self.widen();
        Ok(given)
    }
}

/// How many bytes are read behind the end, at most.
const BEHIND: usize = 3;

/// Reads.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    code: u32,
    range: u32,
    rest: std::slice::Iter<'a, u8>,
    behind: usize,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let mut decoder = Self { code: 0, range: u32::MAX, rest: bytes.iter(), behind: 0 };
        for _ in 0..4 {
            decoder.next()?;
        }
        Ok(decoder)
    }

    fn next(&mut self) -> Result<(), ReadError> {
        let byte = self.rest.next().copied();
        self.behind += usize::from(byte.is_none());
        self.code = self.code << 8 | u32::from(byte.unwrap_or_default());
        if self.behind > BEHIND { Err(ReadError::Short) } else { Ok(()) }
    }

    fn widen(&mut self) -> Result<(), ReadError> {
        while self.range < NARROW {
            self.range <<= 8;
            self.next()?;
        }
        Ok(())
    }

    /// That all was read.
    pub(super) fn end(&self) -> Result<(), ReadError> {
        if self.rest.len() > 0 { Err(ReadError::Long) } else { Ok(()) }
    }
}

impl Code for Decoder<'_> {
    const READS: bool = true;

    #[inline]
    fn bit(&mut self, odds: &mut Odds, _: bool) -> Result<bool, ReadError> {
        let zero = (self.range >> 16) * u32::from(odds.zero);
        let bit = self.code >= zero;
        if bit {
            self.code -= zero;
            self.range -= zero;
        } else {
            self.range = zero;
        }
        odds.learn(bit);
        self.widen()?;
        Ok(bit)
    }

    fn bits(&mut self, count: u32, _: u32) -> Result<u32, ReadError> {
        self.few(1 << count, 0)
    }

    fn few(&mut self, end: u32, _: u32) -> Result<u32, ReadError> {
        self.range /= end.max(1);
        let number = self.code / self.range;
        if number >= end {
            return Err(ReadError::Number);
        }
        self.code -= number * self.range;
        self.widen()?;
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum One {
        Bit(bool),
        Below(u64, u64),
        Number(u64),
    }

    fn one() -> impl Strategy<Value = One> {
        let below = (1..u64::MAX, any::<u64>(), 0..64_u32).prop_map(|(end, number, shift)| {
            let end = (end >> shift).max(1);
            One::Below(end, number % end)
        });
        let number = (any::<u64>(), 0..65_u32)
            .prop_map(|(number, shift)| One::Number(number.checked_shr(shift).unwrap_or(0)));
        prop_oneof![any::<bool>().prop_map(One::Bit), below, number, Just(One::Bit(true))]
    }

    /// Codes all of them, and says which they are.
    fn code<C: Code>(coder: &mut C, all: &[One], is_given: bool) -> Result<Vec<One>, ReadError> {
        let (mut odds, mut size) = (Odds::default(), Size::default());
        let given = |number: u64| if is_given { number } else { 0 };
        all.iter()
            .map(|one| match one {
                One::Bit(bit) => coder.bit(&mut odds, is_given && *bit).map(One::Bit),
                One::Below(end, number) => {
                    coder.below(*end, given(*number)).map(|number| One::Below(*end, number))
                }
                One::Number(number) => coder.number(&mut size, given(*number)).map(One::Number),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(all in proptest::collection::vec(one(), 0..300)) {
            let mut encoder = Encoder::new();
            code(&mut encoder, &all, true).unwrap();
            let bytes = encoder.finish();
            let mut decoder = Decoder::new(&bytes).unwrap();
            let read = code(&mut decoder, &all, false).unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{all:?}"));
            prop_assert_eq!(decoder.end(), Ok(()));
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 1..40)) {
            let Ok(mut decoder) = Decoder::new(&bytes) else { return Ok(()) };
            let mut odds = Odds::default();
            // Every bit costs something: the end is near.
            let mut bits = 0;
            while decoder.bit(&mut odds, false).is_ok() {
                bits += 1;
                prop_assert!(bits < 1_000 * (bytes.len() + 4), "{} bits", bits);
            }
        }
    }

    #[test]
    fn what_does_not_surprise_is_short() {
        let mut encoder = Encoder::new();
        let mut odds = Odds::default();
        for at in 0..10_000 {
            encoder.bit(&mut odds, at % 500 == 0).unwrap();
        }
        let length = encoder.finish().len();
        assert!(length < 50, "{length}");
    }
}
