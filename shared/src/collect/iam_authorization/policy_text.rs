//! The percent-encoding that IAM puts around policy documents → the text that AWS stores.
//!
//! It does not parse policies, and it does not rewrite them: what comes out is what the customer put
//! in, byte for byte.

use percent_encoding::percent_decode_str;
use serde::de::IgnoredAny;

use crate::model::policy::PolicyDocument;

/// A document, and what is wrong with it if it was kept as given.
#[derive(Debug, PartialEq, Eq)]
pub struct Text {
    /// The document as AWS stores it; as given, if there is a problem.
    pub document: PolicyDocument,
    /// Why the document was kept as given.
    pub problem: Option<&'static str>,
}

/// Takes the encoding off. It is that of RFC 3986: `%XX` is a byte, and `+` is a plus sign.
///
/// An encoded document has no `{` or `"` in it, so a text that is a JSON object already was never
/// encoded (emulators do that), and a `%41` inside it is the customer's own.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
pub fn decode(given: String) -> Text {
    if is_object(&given) {
        return Text { document: PolicyDocument(given), problem: None };
    }
    let problem = match percent_decode_str(&given).decode_utf8() {
        Ok(text) if is_object(&text) => {
            return Text { document: PolicyDocument(text.into_owned()), problem: None };
        }
        Ok(_) => "the policy document is not a JSON object; it is kept as given",
        Err(_) => "the policy document is not UTF-8 once decoded; it is kept as given",
    };
    Text { document: PolicyDocument(given), problem: Some(problem) }
}

fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;

    /// The unreserved characters of RFC 3986 stay as they are.
    const RFC_3986: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

    fn check(given: &str, expected: &str, fine: bool) {
        let text = decode(given.to_owned());
        assert_eq!(text.document.0, expected, "{given}");
        assert_eq!(text.problem.is_none(), fine, "{given}: {:?}", text.problem);
    }

    #[test]
    fn documents_are_decoded_once_and_only_if_encoded() {
        let rows = [
            // A plus sign is a plus sign, encoded or not.
            ("%7B%22Sid%22%3A%22a+b%2Bc%22%7D", r#"{"Sid":"a+b+c"}"#),
            // What the customer wrote with percent signs comes back with them, once.
            ("%7B%22Sid%22%3A%22%2541%22%7D", r#"{"Sid":"%41"}"#),
            (r#"{"Sid":"%41"}"#, r#"{"Sid":"%41"}"#),
            ("%0A%7B%20%7D%0A", "\n{ }\n"),
            ("\n {\"Sid\":\"%7B\"}", "\n {\"Sid\":\"%7B\"}"),
            // Lower-case digits, and an encoder that left the braces alone.
            ("%7b%22Sid%22%3a%22%c3%a9%22%7d", r#"{"Sid":"é"}"#),
            ("{%22Sid%22:%22x%22}", r#"{"Sid":"x"}"#),
        ];
        for (given, expected) in rows {
            check(given, expected, true);
        }
    }

    #[test]
    fn what_is_no_document_is_kept_as_given() {
        for given in ["", "%", "%7B", "%zz", "%FF%FE", "hello", "[]", "%22text%22", "{%41"] {
            check(given, given, false);
        }
    }

    proptest! {
        #[test]
        fn decoding_gives_back_what_was_encoded(value in ".*", key in "[ -~]*", space in "[ \n\t]{0,3}") {
            let (value, key) = (serde_json::to_string(&value).unwrap(), serde_json::to_string(&key).unwrap());
            let document = format!("{space}{{{space}{key}:{space}{value}}}{space}");
            let encoded = utf8_percent_encode(&document, RFC_3986).to_string();
            prop_assert_eq!(&decode(encoded).document.0, &document);
            prop_assert_eq!(decode(document.clone()), Text { document: PolicyDocument(document), problem: None });
        }

        #[test]
        fn decoding_is_total(given in ".*") {
            let text = decode(given.clone());
            prop_assert!(text.problem.is_none() || text.document.0 == given);
        }
    }
}
