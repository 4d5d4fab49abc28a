//! Where in 64 bytes the marks of JSON stand: one bit for each byte, the first byte lowest.
//!
//! Where one instruction takes a bit of each of 16 bytes or more, it is used (`vector`); anywhere else, and as the oracle of that,
//! the same is done without a word of vector instructions (`plain`).

#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod plain;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod vector;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(super) use plain::masks;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(super) use vector::masks;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a way says of one block.
    fn one(way: fn(&[Block], &mut [Masks]), block: &Block) -> Masks {
        let mut found = [Masks::default()];
        way(&[*block], &mut found);
        found[0]
    }

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
                assert_eq!(one(masks, &block), obvious(&block), "{byte} at {place}");
                assert_eq!(one(plain::masks, &block), obvious(&block), "{byte} at {place}");
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
            prop_assert_eq!(one(masks, &block), obvious(&block));
            prop_assert_eq!(one(plain::masks, &block), obvious(&block));
        }
    }
}
