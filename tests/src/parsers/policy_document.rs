//! Policy documents as JSON text.

use accesstrail_shared::policy::document::Use;
use accesstrail_shared::policy::{Document, Policy};

pub(super) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(document) = Document::read(&text) else { return };
    let printed = document.print();
    let again = Document::read(&printed).unwrap();
    assert_eq!(again, document, "what is printed is read as it was");
    assert_eq!(again.print(), printed);
    let policy = Policy::compile(&document);
    assert_eq!(policy.statements().len(), document.statements.len());
    for used in [Use::Identity, Use::Resource, Use::Perimeter] {
        assert!(document.problems_as(used).len() >= document.problems.len());
    }
}
