//! An entity as a row of named columns: what the exports that have columns (CSV, Parquet, SQLite) write.

use serde_json::to_string;

use super::Row;
use crate::form::{self, FormError};
use crate::model::{Snapshot, Stored, Timestamp};

/// The version of the columns. A column may be added within a version; one that changes its meaning or goes
/// makes a new version (`docs/exports.md`).
pub const VERSION: u32 = 1;

/// The columns, in order.
pub const COLUMNS: [&str; 15] = [
    "kind",
    "name",
    "account",
    "account_name",
    "region",
    "arn",
    "id",
    "detail",
    "coverage",
    "first_seen",
    "last_seen",
    "changed",
    "deleted",
    "tags",
    "attributes",
];

/// What stands in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A text that is always there.
    Text(String),
    /// A text, where there is one.
    Maybe(Option<String>),
    /// A moment that is always there.
    Time(Timestamp),
    /// A moment, where there is one.
    MaybeTime(Option<Timestamp>),
}

impl Cell {
    /// The cell as text; empty where there is nothing.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Maybe(text) => text.clone().unwrap_or_default(),
            Self::Time(time) => time.to_string(),
            Self::MaybeTime(time) => time.map_or_else(String::new, |time| time.to_string()),
        }
    }
}

/// The cells of an entity, one for each of [`COLUMNS`]. Tags and attributes are JSON, with sorted keys and in
/// the order of [`form`].
///
/// # Errors
///
/// When the content has no JSON form.
pub fn cells(stored: &Stored, snapshot: &Snapshot) -> Result<[Cell; 15], FormError> {
    let row = Row::of(stored);
    let name = snapshot.account_name(&row.account).map(str::to_owned);
    let coverage = snapshot.coverage_of(&stored.scope).map(|it| it.status.word().to_owned());
    let tags = row.tags.as_ref().map(to_string).transpose().map_err(FormError::Write)?;
    Ok([
        Cell::Text(stored.entity.kind().word().to_owned()),
        Cell::Text(row.name),
        Cell::Text(row.account.to_string()),
        Cell::Maybe(name),
        Cell::Text(stored.scope.region.to_string()),
        Cell::Maybe(row.arn),
        Cell::Text(stored.entity.id().to_string()),
        Cell::Text(row.detail),
        Cell::Maybe(coverage),
        Cell::Time(stored.first_seen),
        Cell::Time(stored.last_seen),
        Cell::Time(stored.changed),
        Cell::MaybeTime(stored.deleted),
        Cell::Maybe(tags),
        Cell::Text(form::write(&stored.entity)?),
    ])
}
