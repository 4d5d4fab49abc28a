//! Hexadecimal text, as digests carry hashes and signatures.

use std::fmt::Write as _;

/// The bytes of hexadecimal text of either case; `None` where it is anything else, or empty.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    let pair = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    pairs.iter().map(pair).collect()
}

/// A SHA-256 from hexadecimal text.
pub(super) fn decode_hash(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 {
        return None;
    }
    decode(text)?.try_into().ok()
}

/// Bytes as lower-case hexadecimal text.
pub(super) fn encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a text does not fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

/// The value of one hexadecimal digit.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_pairs_of_digits_are_bytes() {
        assert_eq!(decode("00ff1A").unwrap(), [0, 255, 26]);
        for text in ["", "0", "0g", "é", "0x00", " 00", "００"] {
            assert_eq!(decode(text), None, "{text}");
        }
        assert_eq!(decode_hash(&"ab".repeat(31)), None);
        assert_eq!(decode_hash(&"aB".repeat(32)), Some([0xab; 32]));
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 1..80), upper: bool) {
            let text = encode(&bytes);
            let text = if upper { text.to_ascii_uppercase() } else { text };
            prop_assert_eq!(decode(&text), Some(bytes));
        }
    }
}
