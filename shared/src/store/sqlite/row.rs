//! Values ↔ columns.

use std::fmt;
use std::str::FromStr;

use rusqlite::Row;
use serde::de::DeserializeOwned;

use super::error::Fault;
use crate::form;
use crate::model::{Entity, Kind, Timestamp};

/// A time as text whose order is the order of time: UTC, nine digits of fraction.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// A count as SQLite can keep it.
pub(super) fn count(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// A row whose columns are read by name, and how messages name it.
pub(super) struct Columns<'a> {
    row: &'a Row<'a>,
    item: String,
}

impl<'a> Columns<'a> {
    pub(super) fn new(row: &'a Row<'a>, item: impl Into<String>) -> Self {
        Self { row, item: item.into() }
    }

    /// A column as SQLite has it. A column of another type is the file's fault, not SQLite's.
    pub(super) fn get<T: rusqlite::types::FromSql>(&self, column: &str) -> Result<T, Fault> {
        self.row.get(column).map_err(|error| self.unreadable(column, error))
    }

    pub(super) fn parse<T>(&self, column: &str) -> Result<T, Fault>
    where
        T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        let text: String = self.get(column)?;
        text.parse().map_err(|error| self.unreadable(column, error))
    }

    pub(super) fn parse_optional<T>(&self, column: &str) -> Result<Option<T>, Fault>
    where
        T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
    {
        let text: Option<String> = self.get(column)?;
        text.map(|text| text.parse().map_err(|error| self.unreadable(column, error))).transpose()
    }

    pub(super) fn number(&self, column: &str) -> Result<u64, Fault> {
        let number: i64 = self.get(column)?;
        u64::try_from(number).map_err(|error| self.unreadable(column, error))
    }

    pub(super) fn small_number(&self, column: &str) -> Result<u32, Fault> {
        let number: i64 = self.get(column)?;
        u32::try_from(number).map_err(|error| self.unreadable(column, error))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, Fault> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|error| self.unreadable(column, error))
    }

    pub(super) fn body(&self, version: u32, kind: Kind, text: &str) -> Result<Entity, Fault> {
        form::read(version, kind, text).map_err(|error| match error {
            form::FormError::Version { found, known } => Fault::Newer { found, known },
            other => self.unreadable("body", other),
        })
    }

    pub(super) fn unreadable(
        &self,
        column: impl fmt::Display,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> Fault {
        Fault::Unreadable { item: format!("`{column}` of {}", self.item), source: Box::new(error) }
    }
}

/// The JSON text of a value of ours.
pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Unreadable {
        item: "a value to save".to_owned(),
        source: error.into(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_order_of_the_text_is_the_order_of_time(
            // 1970 to 9999, the years that have four digits.
            a in (0_i64..253_402_207_200, 0_i32..1_000_000_000),
            b in (0_i64..253_402_207_200, 0_i32..1_000_000_000),
        ) {
            let a = Timestamp::new(a.0, a.1).unwrap();
            let b = Timestamp::new(b.0, b.1).unwrap();
            prop_assert_eq!(time(a).cmp(&time(b)), a.cmp(&b));
            prop_assert_eq!(time(a).parse::<Timestamp>().unwrap(), a);
        }
    }

    #[test]
    fn a_time_has_a_fixed_width() {
        let whole: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        assert_eq!(time(whole), "2026-11-22T06:00:00.000000000Z");
    }
}
