//! Policy documents as IAM gives them: text, percent-encoded or not.

use accesstrail_shared::collect::iam_authorization::policy_text::decode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub(super) fn check(bytes: &[u8]) {
    let given = String::from_utf8_lossy(bytes).into_owned();
    let text = decode(given.clone());
    let document = &text.document.0;
    if text.problem.is_some() {
        assert_eq!(*document, given, "what is no document is kept");
        return;
    }
    assert!(document.trim().starts_with('{') && document.trim().ends_with('}'), "{document}");
    assert_eq!(decode(document.clone()), text, "what is decoded stays");
    let encoded = utf8_percent_encode(document, NON_ALPHANUMERIC).to_string();
    assert_eq!(decode(encoded), text, "what is encoded comes back");
    if !given.contains('%') {
        assert_eq!(*document, given, "nothing was encoded");
    }
}
