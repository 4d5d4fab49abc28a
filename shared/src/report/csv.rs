//! Entities as CSV (RFC 4180): one line each, the columns of [`flat`], tags and content as JSON.

use super::flat;
use super::inert::csv_cell;
use crate::form;
use crate::model::{Snapshot, Stored};

/// The header line.
pub fn header() -> String {
    line(flat::COLUMNS.iter().map(|column| (*column).to_owned()))
}

/// The line of an entity.
///
/// # Errors
///
/// As [`flat::cells`].
pub fn entity(stored: &Stored, snapshot: &Snapshot) -> Result<String, form::FormError> {
    Ok(line(flat::cells(stored, snapshot)?.iter().map(flat::Cell::text)))
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
        assert_eq!(header().trim_end().split(',').count(), flat::COLUMNS.len());
    }
}
