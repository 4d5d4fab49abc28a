//! The rows of a cell and of a day, as their readers see them and as they are kept.
//!
//! Kept, a row is a key of four numbers and a tally. What each number of a key means depends on the table: a
//! text, by its place among the cell's sorted texts, or a word of an enumeration. As the texts are sorted, the
//! order of the keys is that of the texts.

use super::tally::Tally;
use super::texts::List;
use crate::model::activity::{Caller, NamedBy};

/// How often a principal called an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// Who.
    pub principal: &'a str,
    /// The service's endpoint.
    pub source: &'a str,
    /// The operation.
    pub name: &'a str,
    /// How often and when.
    pub tally: Tally,
}

/// How often a call of a principal named a resource. A call that names several resources counts for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch<'a> {
    /// Who.
    pub principal: &'a str,
    /// The service's endpoint.
    pub source: &'a str,
    /// The operation.
    pub name: &'a str,
    /// The resource, or what stands for it and its like ([`super::parent`], `*`).
    pub resource: &'a str,
    /// How often and when.
    pub tally: Tally,
}

/// How often a principal acted for a person or a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session<'a> {
    /// Who, by the stable name.
    pub principal: &'a str,
    /// What names the one behind it.
    pub by: NamedBy,
    /// The one behind it.
    pub name: &'a str,
    /// How often and when.
    pub tally: Tally,
}

/// How often a principal called from somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Who.
    pub principal: &'a str,
    /// With what.
    pub caller: Caller,
    /// Where from: an address, or a service's name.
    pub from: &'a str,
    /// How often and when.
    pub tally: Tally,
}

/// How often a long-lived access key was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUse<'a> {
    /// Whose.
    pub principal: &'a str,
    /// The key's id.
    pub key: &'a str,
    /// How often and when.
    pub tally: Tally,
}

/// The calls of a principal whose session or origin is not listed, because there were too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Others<'a> {
    /// Who.
    pub principal: &'a str,
    /// How often and when.
    pub tally: Tally,
}

/// A row as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) key: [u32; 4],
    pub(super) tally: Tally,
}

/// What a number of a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Text,
    NamedBy,
    Caller,
    /// Always 0.
    Unused,
}

pub(super) type Shape = [Column; 4];

/// One of something for each table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Tables<T> {
    pub(super) calls: T,
    pub(super) touched: T,
    pub(super) sessions: T,
    pub(super) origins: T,
    pub(super) keys: T,
    pub(super) more_sessions: T,
    pub(super) more_origins: T,
}

/// The shapes of the tables, in their order.
const SHAPES: [Shape; 7] = {
    use Column::{Caller, NamedBy, Text, Unused};
    [
        [Text, Text, Text, Unused],
        [Text, Text, Text, Text],
        [Text, NamedBy, Text, Unused],
        [Text, Caller, Text, Unused],
        [Text, Text, Unused, Unused],
        [Text, Unused, Unused, Unused],
        [Text, Unused, Unused, Unused],
    ]
};

impl<T> Tables<T> {
    /// Every table with its shape, always in the same order.
    pub(super) fn each(&self) -> impl Iterator<Item = (Shape, &T)> {
        let Self { calls, touched, sessions, origins, keys, more_sessions, more_origins } = self;
        let all = [calls, touched, sessions, origins, keys, more_sessions, more_origins];
        SHAPES.into_iter().zip(all)
    }

    /// As [`Self::each`], to be changed.
    pub(super) fn each_mut(&mut self) -> impl Iterator<Item = (Shape, &mut T)> {
        let Self { calls, touched, sessions, origins, keys, more_sessions, more_origins } = self;
        let all = [calls, touched, sessions, origins, keys, more_sessions, more_origins];
        SHAPES.into_iter().zip(all)
    }
}

/// The text numbers of a key.
pub(super) fn texts_of(shape: Shape, key: [u32; 4]) -> impl Iterator<Item = u32> {
    shape.into_iter().zip(key).filter(|(column, _)| *column == Column::Text).map(|(_, text)| text)
}

/// A key whose text numbers are replaced.
#[inline]
pub(super) fn renumbered(shape: Shape, mut key: [u32; 4], place: impl Fn(u32) -> u32) -> [u32; 4] {
    for (column, number) in shape.iter().zip(&mut key) {
        if *column == Column::Text {
            *number = place(*number);
        }
    }
    key
}

/// A key as one number of the same order, which is compared at once.
#[inline]
pub(super) fn order([a, b, c, d]: [u32; 4]) -> u128 {
    u128::from(a) << 96 | u128::from(b) << 64 | u128::from(c) << 32 | u128::from(d)
}

/// The number of a word; their order is that of the enumeration.
pub(super) fn of_named_by(by: NamedBy) -> u32 {
    match by {
        NamedBy::SourceIdentity => 0,
        NamedBy::OnBehalfOf => 1,
        NamedBy::SessionName => 2,
    }
}

/// The word of a number.
pub(super) fn named_by(number: u32) -> Option<NamedBy> {
    [NamedBy::SourceIdentity, NamedBy::OnBehalfOf, NamedBy::SessionName]
        .into_iter()
        .find(|by| of_named_by(*by) == number)
}

/// The number of a word; their order is that of the enumeration.
pub(super) fn of_caller(caller: Caller) -> u32 {
    match caller {
        Caller::Console => 0,
        Caller::Cli => 1,
        Caller::Sdk => 2,
        Caller::Service => 3,
        Caller::Other => 4,
    }
}

/// The word of a number.
pub(super) fn caller(number: u32) -> Option<Caller> {
    [Caller::Console, Caller::Cli, Caller::Sdk, Caller::Service, Caller::Other]
        .into_iter()
        .find(|caller| of_caller(*caller) == number)
}

/// Sorted texts, by which keys are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a>(pub(super) &'a List);

impl<'a> View<'a> {
    fn text(self, number: u32) -> &'a str {
        self.0.text(number)
    }

    pub(super) fn call(self, [principal, source, name, _]: [u32; 4], tally: Tally) -> Call<'a> {
        let [principal, source, name] = [principal, source, name].map(|number| self.text(number));
        Call { principal, source, name, tally }
    }

    pub(super) fn touch(self, key: [u32; 4], tally: Tally) -> Touch<'a> {
        let [principal, source, name, resource] = key.map(|number| self.text(number));
        Touch { principal, source, name, resource, tally }
    }

    /// Of a key that was checked, as all are: no other number of a word is there.
    pub(super) fn session(self, [principal, by, name, _]: [u32; 4], tally: Tally) -> Session<'a> {
        let by = named_by(by).unwrap_or(NamedBy::SessionName);
        Session { principal: self.text(principal), by, name: self.text(name), tally }
    }

    /// As [`Self::session`].
    pub(super) fn origin(self, [principal, word, from, _]: [u32; 4], tally: Tally) -> Origin<'a> {
        let caller = caller(word).unwrap_or(Caller::Other);
        Origin { principal: self.text(principal), caller, from: self.text(from), tally }
    }

    pub(super) fn key(self, [principal, key, _, _]: [u32; 4], tally: Tally) -> KeyUse<'a> {
        KeyUse { principal: self.text(principal), key: self.text(key), tally }
    }

    pub(super) fn others(self, [principal, ..]: [u32; 4], tally: Tally) -> Others<'a> {
        Others { principal: self.text(principal), tally }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_numbers_in_their_order() {
        let callers: Vec<_> = (0..9).filter_map(caller).collect();
        assert_eq!((callers.len(), callers.is_sorted()), (5, true));
        let names: Vec<_> = (0..9).filter_map(named_by).collect();
        assert_eq!((names.len(), names.is_sorted()), (3, true));
    }

    #[test]
    fn only_texts_are_renumbered() {
        let tables: Tables<()> = Tables::default();
        let keys: Vec<_> =
            tables.each().map(|(shape, ())| renumbered(shape, [1, 2, 3, 4], |n| n * 10)).collect();
        assert_eq!(keys[0], [10, 20, 30, 4]);
        assert_eq!(keys[2], [10, 2, 30, 4]);
        let (shape, ()) = tables.each().nth(3).unwrap();
        assert_eq!(texts_of(shape, [1, 2, 3, 4]).collect::<Vec<_>>(), [1, 3]);
    }
}
