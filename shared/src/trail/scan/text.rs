//! What is inside a text or a number: escapes, and the grammar of numbers.

use super::Fault;

/// Decodes the escapes of a text's inside.
///
/// The grammar allows half of a surrogate pair (RFC 8259, 8.2), and what was cut between the two has one. It names no
/// character, so U+FFFD stands for it, as the Unicode Standard has it (3.9, "U+FFFD Substitution"): the record that it is
/// in has more to say.
pub(in crate::trail) fn unescape(inside: &str) -> Result<String, Fault> {
    let mut decoded = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some((plain, escape)) = rest.split_once('\\') {
        decoded.push_str(plain);
        let (character, after) = escaped(escape).ok_or(Fault::Malformed)?;
        decoded.push(character);
        rest = after;
    }
    decoded.push_str(rest);
    Ok(decoded)
}

/// The character of an escape whose backslash is gone over, and what follows.
fn escaped(escape: &str) -> Option<(char, &str)> {
    let mut rest = escape.chars();
    let character = match rest.next()? {
        quoted @ ('"' | '\\' | '/') => quoted,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(rest.as_str()),
        _ => return None,
    };
    Some((character, rest.as_str()))
}

/// The character of four hexadecimal digits, or of a surrogate pair of them.
fn unicode(digits: &str) -> Option<(char, &str)> {
    let (first, rest) = unit(digits)?;
    let pair = || {
        let high = first.checked_sub(0xd800).filter(|high| *high < 0x400)?;
        let (second, rest) = unit(rest.strip_prefix("\\u")?)?;
        let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x1_0000 + (high << 10) + low).map(|character| (character, rest))
    };
    let alone = || (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), rest);
    Some(pair().unwrap_or_else(alone))
}

fn unit(digits: &str) -> Option<(u32, &str)> {
    let (four, rest) = digits.split_at_checked(4)?;
    let hexadecimal = four.bytes().all(|digit| digit.is_ascii_hexdigit());
    let unit = u32::from_str_radix(four, 16).ok().filter(|_| hexadecimal)?;
    Some((unit, rest))
}

/// Whether a word is a number: `-0.5e+3`.
pub(super) fn is_number(word: &[u8]) -> bool {
    let word = word.strip_prefix(b"-").unwrap_or(word);
    let Some(rest) = digits(word) else { return false };
    let whole = word.len() - rest.len();
    if whole > 1 && word.starts_with(b"0") {
        return false;
    }
    let rest = match rest.strip_prefix(b".").map(digits) {
        Some(None) => return false,
        Some(Some(rest)) => rest,
        None => rest,
    };
    match rest.split_first() {
        None => true,
        Some((b'e' | b'E', exponent)) => {
            let signed = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-"));
            digits(signed.unwrap_or(exponent)).is_some_and(<[u8]>::is_empty)
        }
        Some(_) => false,
    }
}

/// What follows the digits that bytes start with: nothing if they start with none.
fn digits(bytes: &[u8]) -> Option<&[u8]> {
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    bytes.get(count..).filter(|_| count > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn half_of_a_surrogate_pair_is_replaced() {
        assert_eq!(unescape(r"\ud83d\ude00\u00e9\/\n").as_deref(), Ok("😀é/\n"));
        for (text, meant) in [
            (r"\ud83d", "\u{fffd}"),
            (r"\ud83dx", "\u{fffd}x"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (r"\ude00", "\u{fffd}"),
            (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(unescape(text).as_deref(), Ok(meant), "{text}");
        }
        for text in [r"\u12", r"\u+123", r"\ud83d\u12", r"\x", r"\"] {
            assert_eq!(unescape(text), Err(Fault::Malformed), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_is_decoded_as_by_serde_json(text in r#"([a-zé😀 ]|\\[nrtbf/\\"u]|\\u(00|d8|dc|DB|DF)[0-9a-f]{2}){0,8}"#) {
            // `serde_json` refuses a half as text, and gives it as bytes.
            let slow = serde_json::from_str::<String>(&format!("\"{text}\""));
            let fast = unescape(&text).ok();
            match slow {
                Ok(slow) => prop_assert_eq!(fast, Some(slow)),
                Err(_) => prop_assert!(fast.is_none_or(|fast| fast.contains(char::REPLACEMENT_CHARACTER))),
            }
        }

        #[test]
        fn a_number_is_what_serde_json_says(text in "-?[0-9]{0,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?x?") {
            let slow = serde_json::from_str::<serde_json::Value>(&text);
            prop_assert_eq!(is_number(text.as_bytes()), slow.is_ok(), "{}", text);
        }
    }
}
