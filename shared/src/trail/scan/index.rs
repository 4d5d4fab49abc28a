//! Bit maps of a window of JSON: where texts end, and where brackets stand that are not within texts.

use super::masks::{Block, Masks, masks};

/// How many blocks are looked at together: what is found in them stays near the processor.
const AT_ONCE: usize = 32;

/// The bit maps of a window, made anew for each: one bit for each byte.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Quotes that are not escaped, and backslashes that escape. One word more than the bytes fill.
    marks: Vec<u64>,
    /// Brackets outside of texts; as `masks` says, four other bytes may be among them.
    brackets: Vec<u64>,
}

impl Index {
    /// Indexes a window that starts outside of any text.
    pub(super) fn fill(&mut self, window: &[u8]) {
        let (blocks, rest) = window.as_chunks::<64>();
        // What is not whole blocks, and a word more.
        let more = 2;
        self.marks.resize(blocks.len() + more, 0);
        self.brackets.resize(blocks.len() + more, 0);
        let mut carry = Carry::default();
        let mut places = self.marks.iter_mut().zip(&mut self.brackets);
        let mut put = |blocks: &[Block]| {
            let mut found = [Masks::default(); AT_ONCE];
            masks(blocks, &mut found);
            // The places come last: a block too much would take one along.
            for ((_, found), (mark, bracket)) in blocks.iter().zip(&found).zip(&mut places) {
                (*mark, *bracket) = carry.block(found);
            }
        };
        for blocks in blocks.chunks(AT_ONCE) {
            put(blocks);
        }
        put(&[padded(rest), padded(&[])]);
    }

    /// The first mark at or after a place.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would put the cursor into memory")]
    pub(super) fn next_mark(&self, from: usize) -> Option<usize> {
        next(&self.marks, from)
    }

    /// The brackets of a block.
    #[inline]
    pub(super) fn brackets(&self, block: usize) -> Option<u64> {
        self.brackets.get(block).copied()
    }
}

/// Fewer bytes than a block has, with white space behind them.
fn padded(bytes: &[u8]) -> Block {
    let mut block = [b' '; 64];
    for (to, from) in block.iter_mut().zip(bytes) {
        *to = *from;
    }
    block
}

/// The first bit at or after a place.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call would put the cursor into memory")]
fn next(words: &[u64], from: usize) -> Option<usize> {
    let (mut word, shift) = (from / 64, from % 64);
    let low = words.get(word)? >> shift;
    // Twice, because a shift by 64 is none.
    let high = words.get(word + 1)? << 1 << (63 - shift);
    let near = low | high;
    if near != 0 {
        return Some(from + near.trailing_zeros() as usize);
    }
    loop {
        word += 1;
        let bits = *words.get(word)?;
        if bits != 0 {
            return Some(word * 64 + bits.trailing_zeros() as usize);
        }
    }
}

/// What a block leaves to the next one.
#[derive(Default)]
struct Carry {
    /// 1 if the next block's first byte is escaped.
    escaped: u64,
    /// All ones if it is within a text.
    inside: u64,
}

impl Carry {
    #[inline]
    fn block(&mut self, found: &Masks) -> (u64, u64) {
        let mut marks = found.quote;
        let mut quotes = found.quote;
        if found.backslash | self.escaped != 0 {
            let escaped = self.escaped(found.backslash);
            quotes &= !escaped;
            marks = quotes | (found.backslash & !escaped);
        }
        let inside = self.inside ^ within(quotes);
        self.inside = if inside >> 63 == 0 { 0 } else { u64::MAX };
        (marks, found.bracket & !inside)
    }

    /// Which bytes follow an odd number of backslashes, as simdjson finds them (Langdale, Lemire: "Parsing
    /// gigabytes of JSON per second", 3.1.1): a run that starts at an odd place is added, and its carry tells
    /// where it ends.
    #[inline]
    fn escaped(&mut self, backslash: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let backslash = backslash & !self.escaped;
        let follows = backslash << 1 | self.escaped;
        let odd_starts = backslash & !EVEN & !follows;
        let (even_runs, over) = odd_starts.overflowing_add(backslash);
        self.escaped = u64::from(over);
        (EVEN ^ (even_runs << 1)) & follows
    }
}

/// The bits from each opening quote up to before its closing one: the exclusive or of all bits up to each.
#[inline]
fn within(quotes: u64) -> u64 {
    let mut bits = quotes;
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The places of marks and brackets, told byte by byte.
    fn obvious(window: &[u8]) -> (Vec<usize>, Vec<usize>) {
        let (mut marks, mut brackets) = (vec![], vec![]);
        let (mut inside, mut escaped) = (false, false);
        for (place, byte) in window.iter().enumerate() {
            match byte {
                _ if escaped => {
                    escaped = false;
                    if b"{}[]Y_y\x7f".contains(byte) && !inside {
                        brackets.push(place);
                    }
                }
                b'\\' => {
                    escaped = true;
                    marks.push(place);
                }
                b'"' => {
                    inside = !inside;
                    marks.push(place);
                }
                b'{' | b'}' | b'[' | b']' | b'Y' | b'_' | b'y' | 0x7f if !inside => {
                    brackets.push(place);
                }
                _ => {}
            }
        }
        (marks, brackets)
    }

    proptest! {
        #[test]
        fn the_maps_say_what_is_obvious(window in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'"'), Just(b'\\'), Just(b'\\'), Just(b'{'), any::<u8>()], 0..300)) {
            let mut index = Index::default();
            index.fill(b"\"left over {");
            index.fill(&window);
            let (marks, brackets) = obvious(&window);
            for from in 0..=window.len() {
                let mark = marks.iter().copied().find(|mark| *mark >= from);
                prop_assert_eq!(index.next_mark(from), mark);
            }
            let found: Vec<usize> = (0..window.len())
                .filter(|place| index.brackets(place / 64).unwrap() >> (place % 64) & 1 == 1)
                .collect();
            prop_assert_eq!(found, brackets);
        }
    }
}
