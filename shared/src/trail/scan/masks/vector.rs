//! The same marks with the vector instructions that every processor of an architecture has: SSE2 of x86-64 and NEON of
//! `AArch64`. Both are part of what the compiler assumes anyway; that a function may use them has to be said all the
//! same, and calling such a function is called unsafe. That call is all that is: no pointer is read here.
#![expect(unsafe_code, reason = "the bench shows the need: a third of what reading records takes")]

use super::{ALIKE, BRACKET, Block, Masks};

/// No target that has the standard library is without them.
const _: () = assert!(
    cfg!(any(target_feature = "sse2", all(target_feature = "neon", target_endian = "little"))),
    "this target lacks the vector instructions of its architecture"
);

/// Finds the marks of a block.
#[inline]
pub(in crate::trail::scan) fn masks(block: &Block) -> Masks {
    // SAFETY: the instructions are there: what is above does not compile without them.
    unsafe { of_block(block) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn of_block(block: &Block) -> Masks {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };

    let bits = |bytes: __m128i, byte: u8| {
        let equal = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte.cast_signed()));
        u64::from(_mm_movemask_epi8(equal).cast_unsigned())
    };
    let mut found = Masks::default();
    for (at, half) in (0..).step_by(16).zip(block.as_chunks::<16>().0) {
        let whole = u128::from_le_bytes(*half);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of it")]
        let (low, high) = (whole as i64, (whole >> 64) as i64);
        let bytes = _mm_set_epi64x(high, low);
        let alike = _mm_or_si128(bytes, _mm_set1_epi8(ALIKE.cast_signed()));
        found.quote |= bits(bytes, b'"') << at;
        found.backslash |= bits(bytes, b'\\') << at;
        found.bracket |= bits(alike, BRACKET) << at;
    }
    found
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
