//! AWS's words about a refused call: text, which carries names that customers gave.

use accesstrail_shared::aws::error::{authority, one_line};
use accesstrail_shared::model::Authority;

pub(super) fn check(bytes: &[u8]) {
    let message = String::from_utf8_lossy(bytes);
    let by = authority(&message);
    assert_eq!(authority(&message.to_ascii_uppercase()), by);
    let lower = message.to_ascii_lowercase();
    if by != Authority::Unspecified {
        assert!(lower.contains("with an explicit deny in") || lower.contains("because no"));
    }
    let line = one_line(&*message);
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!(line.chars().count() <= 401, "{line}");
    assert_eq!(one_line(&line), line);
}
