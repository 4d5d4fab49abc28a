//! `BinaryEquals`: bytes, written in base64.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_BinaryEquals>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The bytes of a value; as they are where they are no base64.
pub fn read(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_compared_and_not_their_text() {
        assert_eq!(read("QmluYXJ5VmFsdWVJbkJhc2U2NA=="), b"BinaryValueInBase64");
        assert_eq!(read("not base64!"), b"not base64!");
    }
}
