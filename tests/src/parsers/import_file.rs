//! Files that people import: the bytes of the file.

use accesstrail_shared::import::{self, Document};
use accesstrail_shared::model::{AccountId, Entity};

use super::{is_somebodys, is_stored};

pub(super) fn check(bytes: &[u8]) {
    let document = match import::parse(bytes) {
        Ok(document) => document,
        Err(problem) => {
            assert!(!problem.reason.is_empty() && !problem.next.is_empty(), "{problem:?}");
            return;
        }
    };
    is_somebodys(&document.account);
    assert!(!document.lists.is_empty());
    document.entities().for_each(|entity| {
        is_stored(entity);
        is_of(entity, &document.account);
    });
    // How a file begins and ends changes nothing about it.
    let again = |bytes: &[u8]| import::parse(bytes).unwrap();
    if bytes.first() == Some(&b'{') {
        same(&document, &again(&[b"\xef\xbb\xbf", bytes, b"\r\n"].concat()));
        same(&document, &again(&[b" \n", bytes].concat()));
    }
}

/// Everything in a file is of its account, or AWS's own.
fn is_of(entity: &Entity, account: &AccountId) {
    let arn = match entity {
        Entity::User(it) => &it.arn,
        Entity::Group(it) => &it.arn,
        Entity::Role(it) => &it.arn,
        Entity::Policy(it) => &it.arn,
        other => panic!("{other:?}"),
    };
    let owner = arn.account().unwrap();
    assert!(owner == *account || owner == AccountId::aws(), "{arn}");
}

fn same(one: &Document, other: &Document) {
    assert_eq!((&one.account, &one.lists), (&other.account, &other.lists));
    assert_eq!(one.truncated, other.truncated);
    assert!(one.entities().eq(other.entities()));
}
