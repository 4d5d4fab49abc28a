//! Entities as CSV (RFC 4180): one line each, the columns in a fixed order, the content as JSON in the last.

use super::Row;
use super::inert::csv_cell;
use crate::form;
use crate::model::{Snapshot, Stored};

/// The columns, in order.
pub const COLUMNS: [&str; 13] = [
    "kind",
    "name",
    "account",
    "account_name",
    "arn",
    "id",
    "detail",
    "coverage",
    "first_seen",
    "last_seen",
    "changed",
    "deleted",
    "attributes",
];

/// The header line.
pub fn header() -> String {
    line(COLUMNS.iter().map(|column| (*column).to_owned()))
}

/// The line of an entity.
pub fn entity(stored: &Stored, snapshot: &Snapshot) -> Result<String, form::FormError> {
    let row = Row::of(stored);
    Ok(line([
        stored.entity.kind().word().to_owned(),
        row.name,
        row.account.to_string(),
        snapshot.account_name(&row.account).unwrap_or_default().to_owned(),
        row.arn.unwrap_or_default(),
        stored.entity.id().to_string(),
        row.detail,
        snapshot.coverage_of(&stored.scope).map_or("", |it| it.status.word()).to_owned(),
        stored.first_seen.to_string(),
        stored.last_seen.to_string(),
        stored.changed.to_string(),
        stored.deleted.map_or_else(String::new, |time| time.to_string()),
        form::write(&stored.entity)?,
    ]))
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    let mut line = cells.into_iter().map(|cell| csv_cell(&cell)).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_has_every_column() {
        assert_eq!(header().trim_end().split(',').count(), COLUMNS.len());
    }
}
