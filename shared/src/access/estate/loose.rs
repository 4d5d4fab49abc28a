//! Parts of a neutral import that are not quite as they should be.
//!
//! What of them can be read in one way only is read so: an account's id that is a number, one text where a list of texts is
//! expected. What cannot be is named, so that whoever takes the part keeps its place: a policy that is there and that nobody
//! can read makes answers unknown, and one that is left out would make them wrong.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The members of an object, and which of them could not be read.
pub(super) struct Fields<'a> {
    all: BTreeMap<Cow<'a, str>, &'a RawValue>,
    lost: Vec<&'static str>,
}

/// What can be put together from members one by one.
pub(super) trait Loose<'a>: Sized {
    /// The part; `None` where nobody can say what it is about.
    fn of(fields: &mut Fields<'a>) -> Option<Self>;
}

impl<'a> Fields<'a> {
    /// The members of an object; `None` where the text is none.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self::of)
    }

    /// These members.
    pub(super) fn of(all: BTreeMap<Cow<'a, str>, &'a RawValue>) -> Self {
        Self { all, lost: Vec::new() }
    }

    /// A member as it stands there, if it is there and not `null`.
    pub(super) fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.all.get(name).copied().filter(|text| text.get() != "null")
    }

    /// A text.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let raw = self.raw(name)?;
        let text = serde_json::from_str(raw.get()).ok();
        self.or_lost(name, text)
    }

    /// The id of an account: a text, or a number, which may have lost its leading zeros.
    pub(super) fn account(&mut self, name: &'static str) -> Option<String> {
        let raw = self.raw(name)?;
        let account = account(raw.get());
        self.or_lost(name, account)
    }

    /// Texts: a list of them, or one.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<String> {
        let text = |raw: &RawValue| serde_json::from_str::<String>(raw.get()).ok();
        let texts: Option<Vec<String>> = self.raws(name).into_iter().map(text).collect();
        self.or_lost(name, texts).unwrap_or_default()
    }

    /// What is in a list, or the one that stands there without a list.
    pub(super) fn raws(&self, name: &str) -> Vec<&'a RawValue> {
        let Some(raw) = self.raw(name) else { return Vec::new() };
        serde_json::from_str(raw.get()).unwrap_or_else(|_| vec![raw])
    }

    /// The members that were asked for and cannot be read.
    pub(super) fn lost(&self) -> Vec<&'static str> {
        self.lost.clone()
    }

    /// Notes that something of it cannot be read.
    pub(super) fn lose(&mut self, what: &'static str) {
        self.lost.push(what);
    }

    fn or_lost<T>(&mut self, name: &'static str, found: Option<T>) -> Option<T> {
        if found.is_none() {
            self.lost.push(name);
        }
        found
    }
}

/// The id of an account from its JSON: a text as it is, a number with the zeros that it starts with.
fn account(json: &str) -> Option<String> {
    let of_number = || {
        let number: u64 = serde_json::from_str(json).ok()?;
        Some(format!("{number:012}")).filter(|text| text.len() == 12)
    };
    serde_json::from_str(json).ok().or_else(of_number)
}
