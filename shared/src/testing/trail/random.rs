//! The only source of variety: `SplitMix64` in whole numbers, so that a seed gives the same bytes everywhere.

/// A generator of numbers that follow from a seed and a list of labels.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

/// A distribution by its quantiles, of rising shares of a million: between two of them every value is as likely.
pub type Quantiles = &'static [(u64, u64)];

const MILLION: u64 = 1_000_000;

impl Random {
    /// A generator of its own for what the labels name, whatever was drawn elsewhere.
    pub(super) fn of(seed: u64, labels: &[&str]) -> Self {
        let mut state = seed ^ 0xcbf2_9ce4_8422_2325;
        for label in labels {
            for byte in label.bytes().chain([0]) {
                state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        Self(state)
    }

    /// The next 64 bits.
    pub(super) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when `end` is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let wide = (u128::from(self.draw()) * u128::from(end)) >> 64;
        u64::try_from(wide).unwrap_or_default()
    }

    /// A number from `low` up to and with `high`.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Whether something happens that happens `share` times in a million.
    pub(super) fn chance(&mut self, share: u64) -> bool {
        self.below(MILLION) < share
    }

    /// One of the items.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.place(items.len()))
    }

    /// One of the words; the empty word when there is none.
    pub(super) fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or_default()
    }

    /// A place in a list of `length`, every one as likely.
    pub(super) fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }

    /// A place in a list of `length`, early ones far likelier: a few do most of the work.
    pub(super) fn early_place(&mut self, length: usize) -> usize {
        let length = length as u64;
        let first = self.below(length);
        let second = self.below(first + 1);
        usize::try_from(second.min(length.saturating_sub(1))).unwrap_or_default()
    }

    /// A value of a distribution.
    pub(super) fn quantile(&mut self, quantiles: Quantiles) -> u64 {
        let share = self.below(MILLION);
        let mut below = (0, 0);
        for &(upper, value) in quantiles {
            if share < upper {
                let (lower, least) = below;
                let inside = (share - lower) * value.abs_diff(least) / (upper - lower).max(1);
                return least + inside;
            }
            below = (upper, value);
        }
        below.1
    }

    /// Appends `digits` hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize, out: &mut String) {
        self.letters(b"0123456789abcdef", digits, out);
    }

    /// Appends `length` letters of an alphabet.
    pub(super) fn letters(&mut self, alphabet: &[u8], length: usize, out: &mut String) {
        for _ in 0..length {
            let letter = self.pick(alphabet).copied().unwrap_or(b'0');
            out.push(char::from(letter));
        }
    }

    /// Appends a random UUID of version 4.
    pub(super) fn uuid(&mut self, out: &mut String) {
        self.hex(8, out);
        out.push('-');
        self.hex(4, out);
        out.push_str("-4");
        self.hex(3, out);
        out.push('-');
        self.letters(b"89ab", 1, out);
        self.hex(3, out);
        out.push('-');
        self.hex(12, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_make_generators_of_their_own() {
        let draw = |seed, labels: &[&str]| Random::of(seed, labels).draw();
        assert_eq!(draw(7, &["a", "b"]), draw(7, &["a", "b"]));
        assert_ne!(draw(7, &["a", "b"]), draw(8, &["a", "b"]));
        assert_ne!(draw(7, &["a", "b"]), draw(7, &["ab"]));
        assert_ne!(draw(7, &["a", "b"]), draw(7, &["b", "a"]));
    }

    #[test]
    fn numbers_stay_in_their_bounds_and_reach_them() {
        let mut random = Random::of(1, &[]);
        let seen: std::collections::BTreeSet<u64> =
            (0..200).map(|_| random.between(3, 6)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [3, 4, 5, 6]);
        assert_eq!(random.below(0), 0);
        assert!((0..500).all(|_| random.early_place(9) < 9));
        assert_eq!(random.early_place(0), 0);
        assert_eq!(random.word(&[]), "");
    }

    #[test]
    fn a_distribution_has_its_quantiles() {
        let table: Quantiles = &[(0, 1), (500_000, 4), (900_000, 23), (1_000_000, 600)];
        let mut random = Random::of(2, &[]);
        let mut drawn: Vec<u64> = (0..20_001).map(|_| random.quantile(table)).collect();
        drawn.sort_unstable();
        assert!((3..=4).contains(&drawn[10_000]), "{}", drawn[10_000]);
        assert!((21..=26).contains(&drawn[18_000]), "{}", drawn[18_000]);
        assert!(drawn[0] >= 1 && drawn[20_000] <= 600);
    }

    #[test]
    fn a_uuid_has_the_form_of_one() {
        let mut text = String::new();
        Random::of(3, &[]).uuid(&mut text);
        let parts: Vec<usize> = text.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert!(text.chars().all(|letter| letter == '-' || letter.is_ascii_hexdigit()));
    }
}
