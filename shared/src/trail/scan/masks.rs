//! Where in 64 bytes the marks of JSON stand: one bit for each byte, the first byte lowest.
//!
//! Vector instructions without a word of them: the loop over a block's bytes is one that compilers turn into
//! comparisons of 16 bytes at a time (SSE2, NEON). What those leave, one bit a byte in eight rows, is brought into
//! order by turning an 8 × 8 square of bits. Measured at 9 GB/s, a version by whole numbers at 4.

/// 64 bytes.
pub(super) type Block = [u8; 64];

/// Where the marks of a block stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Masks {
    /// `"`.
    pub(super) quote: u64,
    /// `\`.
    pub(super) backslash: u64,
    /// `{`, `}`, `[`, `]`, and the four bytes that differ from them only in the bits of [`ALIKE`]: `Y`, `_`, `y`
    /// and DEL, which JSON has only within texts.
    pub(super) bracket: u64,
}

/// The bits in which brackets differ: with them set, all brackets are [`BRACKET`].
const ALIKE: u8 = 0x26;

/// What all brackets are once [`ALIKE`] is set.
const BRACKET: u8 = 0x7f;

/// Finds the marks of a block.
#[inline]
pub(super) fn masks(block: &Block) -> Masks {
    let backslash = rows::<0, b'\\'>(block);
    Masks {
        quote: turned(rows::<0, b'"'>(block)),
        backslash: if backslash == 0 { 0 } else { turned(backslash) },
        bracket: turned(rows::<ALIKE, BRACKET>(block)),
    }
}

/// Bit `r` of byte `c` says whether byte `8 r + c` of the block, with some bits set, is a certain one.
#[inline]
fn rows<const SET: u8, const BYTE: u8>(block: &Block) -> u64 {
    let mut found = *block;
    for byte in &mut found {
        *byte = if *byte | SET == BYTE { u8::MAX } else { 0 };
    }
    let (mut rows, mut bit) = (0, 0x0101_0101_0101_0101);
    for row in found.as_chunks::<8>().0 {
        rows |= u64::from_le_bytes(*row) & bit;
        bit <<= 1;
    }
    rows
}

/// Bit `c` of byte `r` becomes bit `r` of byte `c` (Warren, "Hacker's Delight", 7-3: transposing a bit matrix).
#[inline]
fn turned(square: u64) -> u64 {
    let swapped = |square: u64, by: u32, which: u64| {
        let differ = (square ^ (square >> by)) & which;
        square ^ differ ^ (differ << by)
    };
    let square = swapped(square, 7, 0x00aa_00aa_00aa_00aa);
    let square = swapped(square, 14, 0x0000_cccc_0000_cccc);
    swapped(square, 28, 0x0000_0000_f0f0_f0f0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn obvious(block: &Block) -> Masks {
        let bits = |is: fn(u8) -> bool| {
            block.iter().rev().fold(0, |bits, byte| bits << 1 | u64::from(is(*byte)))
        };
        Masks {
            quote: bits(|byte| byte == b'"'),
            backslash: bits(|byte| byte == b'\\'),
            bracket: bits(|byte| b"{}[]Y_y\x7f".contains(&byte)),
        }
    }

    #[test]
    fn every_byte_is_told_at_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..64 {
                let mut block = [b' '; 64];
                block[place] = byte;
                assert_eq!(masks(&block), obvious(&block), "{byte} at {place}");
            }
        }
    }

    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b'{'), Just(b']')]
    }

    proptest! {
        #[test]
        fn all_marks_of_a_block_are_found(bytes in proptest::collection::vec(byte(), 64)) {
            let block: Block = bytes.try_into().unwrap();
            prop_assert_eq!(masks(&block), obvious(&block));
        }
    }
}
