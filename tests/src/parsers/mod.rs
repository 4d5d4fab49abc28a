//! What holds of every parser of foreign bytes, whatever the bytes are: one file and one check per target.
//!
//! `tests/fuzz` runs the checks on bytes that a fuzzer makes up; `tests/corpus.rs` runs them on the files of
//! `tests/corpus` and on mutations of those. A check returns where a parser refuses its input and panics
//! where something does not hold.

mod arn;
mod credential_report;
mod cursor;
mod digest;
mod form;
mod gzip;
mod import_file;
mod inventory;
mod message;
mod names;
mod options;
mod policy_case;
mod policy_condition;
mod policy_document;
mod policy_text;
mod policy_wildcard;
mod record;
mod refusal;
mod settings;

use std::fmt::Debug;

use accesstrail_shared::form as forms;
use accesstrail_shared::model::Entity;

/// A check.
pub type Check = fn(&[u8]);

macro_rules! targets {
    ($($name:ident),+ $(,)?) => { &[$((stringify!($name), $name::check)),+] };
}

/// Every target: the name of its file here, of its binary in `tests/fuzz` and of its folder in
/// `tests/corpus`.
pub const TARGETS: &[(&str, Check)] = targets![
    arn,
    credential_report,
    cursor,
    digest,
    form,
    gzip,
    import_file,
    inventory,
    message,
    names,
    options,
    policy_case,
    policy_condition,
    policy_document,
    policy_text,
    policy_wildcard,
    record,
    refusal,
    settings,
];

/// Runs the check of a target.
pub fn check(target: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    let (_, check) = found.unwrap_or_else(|| panic!("there is no target `{target}`"));
    check(bytes);
}

/// Holds a text against what it was read as: it is written as it was read.
fn is_written_as<T: ToString + Debug>(value: &T, text: &str) {
    assert_eq!(value.to_string(), text, "{value:?}");
}

/// Holds an entity against its form: it comes back, as the same bytes again.
fn is_stored(entity: &Entity) {
    let text = forms::write(entity).unwrap();
    let read = forms::read(forms::VERSION, entity.kind(), &text).unwrap();
    assert_eq!(read, *entity);
    assert_eq!(forms::write(&read).unwrap(), text);
}

/// Holds an account against what can be looked into: `aws`, the owner of AWS's policies, cannot.
fn is_somebodys(account: &accesstrail_shared::model::AccountId) {
    let text = account.as_str();
    assert!(text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()), "{text}");
}
