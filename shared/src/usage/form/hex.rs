//! Ids within texts: their hexadecimal digits are random, and each costs four bits where only digits can be. Left among
//! letters, it costs more.
//!
//! What is left of a text has a byte that no UTF-8 has in place of each id.

use super::ReadError;
use super::range::Code;

/// Stands for digits, as many as the byte behind it says.
const RUN: u8 = 0xFE;

/// Stands for the end of a UUID: a hyphen and 4 digits, three times; a hyphen and 12.
const TAIL: u8 = 0xFD;

/// Shorter ones are left.
const SHORTEST: usize = 6;

/// As many as one byte says, below those that mean something else.
const LONGEST: usize = 128;

/// How many digits stand behind each hyphen of [`TAIL`].
const TAIL_GROUPS: [usize; 4] = [4, 4, 4, 12];

fn value(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// Codes the digits of a text's ids, and adds the text without them to what is `left`.
pub(super) fn split<C: Code>(
    coder: &mut C,
    text: &[u8],
    left: &mut Vec<u8>,
) -> Result<(), ReadError> {
    let (mut rest, mut is_inside) = (text, false);
    let mut code = |digits: &[u8]| -> Result<(), ReadError> {
        for digit in digits.iter().copied().filter_map(value) {
            coder.bits(4, digit.into())?;
        }
        Ok(())
    };
    while let Some((first, others)) = rest.split_first() {
        if let Some(tail) = tail(rest) {
            left.push(TAIL);
            code(tail)?;
            rest = rest.get(tail.len()..).unwrap_or_default();
            continue;
        }
        if is_inside && first.is_ascii_alphanumeric() {
            let inside = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let (word, behind) = rest.split_at_checked(inside).unwrap_or_default();
            left.extend_from_slice(word);
            rest = behind;
            continue;
        }
        let run = rest.iter().take(LONGEST).take_while(|byte| value(**byte).is_some()).count();
        let (run, behind) = rest.split_at_checked(run).unwrap_or_default();
        // Numbers alone are accounts and dates, which come again and again; letters alone are words.
        let is_id = || run.iter().any(u8::is_ascii_digit) && !run.iter().all(u8::is_ascii_digit);
        if run.len() >= SHORTEST && is_id() {
            left.push(RUN);
            left.extend(u8::try_from(run.len()));
            code(run)?;
            rest = behind;
            continue;
        }
        is_inside = first.is_ascii_alphanumeric();
        left.push(*first);
        rest = others;
    }
    Ok(())
}

/// The end of a UUID that a text begins with.
fn tail(text: &[u8]) -> Option<&[u8]> {
    if text.first() != Some(&b'-') {
        return None;
    }
    let length = TAIL_GROUPS.iter().sum::<usize>() + TAIL_GROUPS.len();
    let tail = text.get(..length)?;
    let mut rest = tail;
    for group in TAIL_GROUPS {
        let digits;
        (digits, rest) = rest.strip_prefix(b"-")?.split_at_checked(group)?;
        if !digits.iter().all(|byte| value(*byte).is_some()) {
            return None;
        }
    }
    Some(tail)
}

/// Adds to a text what is left of one, with the digits that are coded.
pub(super) fn join<C: Code>(
    coder: &mut C,
    left: &[u8],
    text: &mut Vec<u8>,
) -> Result<(), ReadError> {
    let mut left = left.iter();
    let mut code = |text: &mut Vec<u8>, count: usize| -> Result<(), ReadError> {
        for _ in 0..count {
            let digit = coder.bits(4, 0)?;
            text.extend(char::from_digit(digit, 16).and_then(|digit| u8::try_from(digit).ok()));
        }
        Ok(())
    };
    while let Some(byte) = left.next() {
        match *byte {
            RUN => code(text, usize::from(*left.next().ok_or(ReadError::Short)?))?,
            TAIL => {
                for group in TAIL_GROUPS {
                    text.push(b'-');
                    code(text, group)?;
                }
            }
            byte => text.push(byte),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::range::{Decoder, Encoder};
    use super::*;

    /// What is left of a text, and how many bytes its digits take.
    fn round(text: &[u8]) -> (Vec<u8>, usize) {
        let (mut encoder, mut left) = (Encoder::new(), Vec::new());
        split(&mut encoder, text, &mut left).unwrap();
        let (bytes, mut back) = (encoder.finish(), b"before".to_vec());
        join(&mut Decoder::new(&bytes).unwrap(), &left, &mut back).unwrap();
        assert_eq!(back, [b"before", text].concat());
        (left, bytes.len())
    }

    #[test]
    fn ids_are_taken_out() {
        for (text, left, count) in [
            ("subnet-4eb4b83f0c6df7e5b", &b"subnet-\xFE\x11"[..], 17),
            ("key/7102e601-7284-405f-967a-6bc69508a3c6", b"key/\xFE\x08\xFD", 32),
            ("02e601-7284-405f-967a-6bc69508a3c6/a", b"\xFE\x06\xFD/a", 30),
            ("1-7284-405f-967a-6bc69508a3c6", b"1\xFD", 24),
            ("arn:aws:iam::111122223333:role/facade", b"arn:aws:iam::111122223333:role/facade", 0),
            ("table-7f3a", b"table-7f3a", 0),
            ("4EB4B83F0C6DF7E5B", b"4EB4B83F0C6DF7E5B", 0),
            ("x4eb4b83f", b"x4eb4b83f", 0),
            ("", b"", 0),
        ] {
            let (found, bytes) = round(text.as_bytes());
            assert_eq!(found, left, "{text}");
            assert!((count / 2..=count / 2 + 2).contains(&bytes), "{bytes} bytes for {text}");
        }
        let long = "0a".repeat(300);
        assert_eq!(round(long.as_bytes()).1, 301);
    }

    proptest! {
        #[test]
        fn texts_come_back(text in "([0-9a-f]{0,20}|-[0-9a-f]{4}|[a-zü/]{0,3}){0,12}") {
            round(text.as_bytes());
        }

        #[test]
        fn pieces_of_texts_come_back(text in proptest::collection::vec(0..0xFD_u8, 0..60)) {
            round(&text);
        }
    }
}
