//! The same marks with vector instructions: SSE2 of x86-64 and NEON of `AArch64`, which every processor of the architecture
//! has, and AVX2 and AVX-512 of x86-64 where the processor says that it has them. That a function may use them has to be
//! said, and calling such a function is called unsafe. That call is all that is: no pointer is read here.
#![expect(unsafe_code, reason = "the bench shows the need: a third of what reading records takes")]

use super::{ALIKE, BRACKET, Block, Masks};

/// No target that has the standard library is without them.
const _: () = assert!(
    cfg!(any(target_feature = "sse2", all(target_feature = "neon", target_endian = "little"))),
    "this target lacks the vector instructions of its architecture"
);

/// Finds the marks of blocks, each in its place; of the shorter of the two, if one is.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(in crate::trail::scan) fn masks(blocks: &[Block], found: &mut [Masks]) {
    if is_x86_feature_detected!("avx512bw") {
        // SAFETY: the processor has the instructions, as it says itself.
        unsafe { with_avx512(blocks, found) }
    } else if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the instructions, as it says itself.
        unsafe { with_avx2(blocks, found) }
    } else {
        // SAFETY: the instructions are there: what is above does not compile without them.
        unsafe { with_sse2(blocks, found) }
    }
}

/// Finds the marks of blocks, each in its place; of the shorter of the two, if one is.
#[cfg(target_arch = "aarch64")]
#[inline]
pub(in crate::trail::scan) fn masks(blocks: &[Block], found: &mut [Masks]) {
    // SAFETY: the instructions are there: what is above does not compile without them.
    unsafe { with_neon(blocks, found) }
}

/// So many bytes as numbers.
#[cfg(target_arch = "x86_64")]
#[inline]
fn words<const BYTES: usize, const WORDS: usize>(bytes: &[u8; BYTES]) -> [i64; WORDS] {
    let mut words = [0; WORDS];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *word = i64::from_le_bytes(*bytes);
    }
    words
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw")]
fn with_avx512(blocks: &[Block], found: &mut [Masks]) {
    use std::arch::x86_64::{
        _mm512_cmpeq_epi8_mask, _mm512_or_si512, _mm512_set_epi64, _mm512_set1_epi8,
    };

    let of = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
    for (block, found) in blocks.iter().zip(found) {
        let [w0, w1, w2, w3, w4, w5, w6, w7] = words(block);
        let bytes = _mm512_set_epi64(w7, w6, w5, w4, w3, w2, w1, w0);
        *found = Masks {
            quote: _mm512_cmpeq_epi8_mask(bytes, of(b'"')),
            backslash: _mm512_cmpeq_epi8_mask(bytes, of(b'\\')),
            bracket: _mm512_cmpeq_epi8_mask(_mm512_or_si512(bytes, of(ALIKE)), of(BRACKET)),
        };
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2(blocks: &[Block], found: &mut [Masks]) {
    use std::arch::x86_64::{
        __m256i, _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set_epi64x,
        _mm256_set1_epi8,
    };

    let of = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
    let bits = |bytes: __m256i, byte: u8| {
        u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, of(byte))).cast_unsigned())
    };
    for (block, found) in blocks.iter().zip(found) {
        *found = Masks::default();
        for (at, half) in [0, 32].into_iter().zip(block.as_chunks::<32>().0) {
            let [a, b, c, d] = words(half);
            let bytes = _mm256_set_epi64x(d, c, b, a);
            found.quote |= bits(bytes, b'"') << at;
            found.backslash |= bits(bytes, b'\\') << at;
            found.bracket |= bits(_mm256_or_si256(bytes, of(ALIKE)), BRACKET) << at;
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn with_sse2(blocks: &[Block], found: &mut [Masks]) {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };

    let of = |byte: u8| _mm_set1_epi8(byte.cast_signed());
    let bits = |bytes: __m128i, byte: u8| {
        u64::from(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, of(byte))).cast_unsigned())
    };
    for (block, found) in blocks.iter().zip(found) {
        *found = Masks::default();
        for (at, quarter) in [0, 16, 32, 48].into_iter().zip(block.as_chunks::<16>().0) {
            let [low, high] = words(quarter);
            let bytes = _mm_set_epi64x(high, low);
            found.quote |= bits(bytes, b'"') << at;
            found.backslash |= bits(bytes, b'\\') << at;
            found.bracket |= bits(_mm_or_si128(bytes, of(ALIKE)), BRACKET) << at;
        }
    }
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
fn with_neon(blocks: &[Block], found: &mut [Masks]) {
    for (block, found) in blocks.iter().zip(found) {
        *found = of_block(block);
    }
}

#[cfg(target_arch = "aarch64")]
#[target_feature(enable = "neon")]
#[inline]
fn of_block(block: &Block) -> Masks {
    use std::arch::aarch64::{
        uint8x16_t, vandq_u8, vceqq_u8, vcombine_u8, vcreate_u8, vdupq_n_u8, vgetq_lane_u64,
        vorrq_u8, vpaddq_u8, vreinterpretq_u64_u8,
    };

    let of = |low: u64, high: u64| vcombine_u8(vcreate_u8(low), vcreate_u8(high));
    let mut rows = [vdupq_n_u8(0); 4];
    for (row, bytes) in rows.iter_mut().zip(block.as_chunks::<16>().0) {
        let whole = u128::from_le_bytes(*bytes);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of it")]
        let (low, high) = (whole as u64, (whole >> 64) as u64);
        *row = of(low, high);
    }
    // There is no instruction that takes one bit of each byte: each keeps the bit of its place, and neighbours are added.
    let place = of(0x8040_2010_0804_0201, 0x8040_2010_0804_0201);
    let bits = |set: u8, byte: u8| {
        let [a, b, c, d] = rows.map(|row: uint8x16_t| {
            let equal = vceqq_u8(vorrq_u8(row, vdupq_n_u8(set)), vdupq_n_u8(byte));
            vandq_u8(equal, place)
        });
        let sums = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
        vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(sums, sums)))
    };
    Masks { quote: bits(0, b'"'), backslash: bits(0, b'\\'), bracket: bits(ALIKE, BRACKET) }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn all_instructions_find_the_same(bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b'}')], 192)) {
            let blocks = bytes.as_chunks::<64>().0;
            let mut all = [[Masks::default(); 3]; 3];
            let [narrow, wide, widest] = &mut all;
            // SAFETY: the instructions are there, always or as the processor says itself.
            unsafe {
                with_sse2(blocks, narrow);
                if is_x86_feature_detected!("avx2") {
                    with_avx2(blocks, wide);
                    prop_assert_eq!(*narrow, *wide);
                }
                if is_x86_feature_detected!("avx512bw") {
                    with_avx512(blocks, widest);
                    prop_assert_eq!(*narrow, *widest);
                }
            }
        }
    }
}
