//! `Numeric…`: decimal numbers, compared exactly, however many digits they have.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Numeric>

use std::cmp::Ordering;

/// A decimal number without exponent, by its digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// The digits before the point, without leading zeros.
    whole: Box<str>,
    /// The digits behind it, without trailing zeros.
    part: Box<str>,
}

impl Decimal {
    /// Reads a number; `None` where the text is none.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && part.is_empty()) || !are_digits(whole) || !are_digits(part) {
            return None;
        }
        let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
        let is_zero = whole.is_empty() && part.is_empty();
        Some(Self { negative: negative && !is_zero, whole: whole.into(), part: part.into() })
    }

    /// How this number is to another.
    pub fn order(&self, other: &Self) -> Ordering {
        let size = || {
            let whole = self.whole.len().cmp(&other.whole.len());
            whole
                .then_with(|| self.whole.cmp(&other.whole))
                .then_with(|| self.part.cmp(&other.part))
        };
        match (self.negative, other.negative) {
            (false, false) => size(),
            (true, true) => size().reverse(),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_compared_by_their_digits() {
        let order = |a: &str, b: &str| Decimal::read(a).unwrap().order(&Decimal::read(b).unwrap());
        assert_eq!(order("10", "9"), Ordering::Greater);
        assert_eq!(order("-0", "0.00"), Ordering::Equal);
        assert_eq!(order("007", "+7.0"), Ordering::Equal);
        assert_eq!(order("-1.5", "-1.25"), Ordering::Less);
        assert_eq!(order("9007199254740993", "9007199254740992"), Ordering::Greater);
        assert_eq!(order(".5", "0.25"), Ordering::Greater);
        for wrong in ["", "-", ".", "1e3", "0x1", "NaN", "1,000", "١"] {
            assert_eq!(Decimal::read(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn as_integers_and_fractions(a in -5_000_i32..5_000, b in -5_000_i32..5_000) {
            let text = |value: i32| format!("{}", f64::from(value) / 8.0);
            let read = |value: i32| Decimal::read(&text(value)).unwrap();
            prop_assert_eq!(read(a).order(&read(b)), a.cmp(&b));
        }
    }
}
