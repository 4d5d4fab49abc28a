//! Entities as one Parquet file: the columns of [`flat`], typed.
//!
//! Texts are UTF-8, moments are microseconds in UTC, what may be missing is null. The schema's name and
//! version are in the file's key-value metadata under [`SCHEMA_KEY`].
//!
//! <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md>

use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::flat::{COLUMNS, Cell, VERSION, cells};
use crate::form::FormError;
use crate::model::{Snapshot, Stored};

/// The key of the file's metadata that says which schema the file has.
pub const SCHEMA_KEY: &str = "accesstrail.schema";

/// Rows in a row group: what is in memory at one time.
const ROWS: usize = 10_000;

/// The types of [`COLUMNS`].
const SCHEMA: &str = "message entity {
    required binary kind (utf8);
    required binary name (utf8);
    required binary account (utf8);
    optional binary account_name (utf8);
    required binary region (utf8);
    optional binary arn (utf8);
    required binary id (utf8);
    required binary detail (utf8);
    optional binary coverage (utf8);
    required int64 first_seen (timestamp(micros, true));
    required int64 last_seen (timestamp(micros, true));
    required int64 changed (timestamp(micros, true));
    optional int64 deleted (timestamp(micros, true));
    optional binary tags (utf8);
    required binary attributes (utf8);
}";

/// Why no file could be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A content has no JSON form.
    #[error(transparent)]
    Form(#[from] FormError),
    /// The file could not be put together, or not be written.
    #[error("the Parquet file could not be written")]
    Parquet(#[from] ParquetError),
}

/// Writes a file with these entities, in the order in which they come. Equal input gives equal bytes.
///
/// # Errors
///
/// When a content has no JSON form, or `out` cannot be written.
pub fn write<'a, W: Write + Send>(
    entities: impl IntoIterator<Item = &'a Stored>,
    snapshot: &Snapshot,
    out: W,
) -> Result<(), WriteError> {
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let version = KeyValue::new(SCHEMA_KEY.to_owned(), format!("accesstrail.entity/{VERSION}"));
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // The default names the version of the library: another file after each update.
        .set_created_by("accesstrail".to_owned())
        .set_key_value_metadata(Some(vec![version]))
        .build();
    let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    let mut entities = entities.into_iter().peekable();
    while entities.peek().is_some() {
        let rows = entities.by_ref().take(ROWS).map(|stored| cells(stored, snapshot));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let mut group = file.next_row_group()?;
        for index in 0..COLUMNS.len() {
            let column: Vec<&Cell> = rows.iter().filter_map(|row| row.get(index)).collect();
            write_column(&mut group, &column)?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

fn write_column<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    cells: &[&Cell],
) -> Result<(), WriteError> {
    let (mut texts, mut times, mut present) = (Vec::new(), Vec::new(), Vec::new());
    for cell in cells {
        match cell {
            Cell::Text(text) | Cell::Maybe(Some(text)) => {
                texts.push(ByteArray::from(text.as_str()));
            }
            Cell::Time(time) | Cell::MaybeTime(Some(time)) => times.push(time.as_microsecond()),
            Cell::Maybe(None) | Cell::MaybeTime(None) => {}
        }
        present.push(i16::from(!matches!(cell, Cell::Maybe(None) | Cell::MaybeTime(None))));
    }
    let (is_time, may_miss) = match cells.first() {
        Some(Cell::Time(_)) => (true, false),
        Some(Cell::MaybeTime(_)) => (true, true),
        Some(Cell::Maybe(_)) => (false, true),
        Some(Cell::Text(_)) | None => (false, false),
    };
    let levels = may_miss.then_some(present.as_slice());
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General("the schema has fewer columns".to_owned()).into());
    };
    if is_time {
        column.typed::<Int64Type>().write_batch(&times, levels, None)?;
    } else {
        column.typed::<ByteArrayType>().write_batch(&texts, levels, None)?;
    }
    column.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Seek as _;

    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::Field;

    use super::*;
    use crate::form::samples;
    use crate::report::tests::{at, scope, snapshot};

    fn read(bytes: &[u8]) -> (Vec<Vec<(String, Field)>>, String) {
        let file = SerializedFileReader::new(file_of(bytes)).unwrap();
        let about = file.metadata().file_metadata();
        let version = about.key_value_metadata().unwrap();
        let version = version.iter().find(|it| it.key == SCHEMA_KEY).unwrap().value.clone();
        let rows = file.get_row_iter(None).unwrap().map(|row| {
            row.unwrap().get_column_iter().map(|(n, f)| (n.clone(), f.clone())).collect()
        });
        (rows.collect(), version.unwrap())
    }

    /// The reader takes a file.
    fn file_of(bytes: &[u8]) -> std::fs::File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn what_is_written_is_read_back() {
        let whole = snapshot(samples::one_of_each());
        let mut gone = whole.entities().next().unwrap().clone();
        gone.deleted = Some(at(9));
        let mut out = Vec::new();
        write(whole.entities().chain([&gone]), &whole, &mut out).unwrap();
        let mut again = Vec::new();
        write(whole.entities().chain([&gone]), &whole, &mut again).unwrap();
        assert_eq!(out, again, "equal input, equal bytes");

        let (rows, version) = read(&out);
        assert_eq!(version, "accesstrail.entity/1");
        assert_eq!(rows.len(), whole.entities().count() + 1);
        for (row, stored) in rows.iter().zip(whole.entities().chain([&gone])) {
            assert_eq!(row.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), COLUMNS);
            for ((name, field), cell) in row.iter().zip(cells(stored, &whole).unwrap()) {
                let expected = match cell {
                    Cell::Text(text) | Cell::Maybe(Some(text)) => Field::Str(text),
                    Cell::Time(time) | Cell::MaybeTime(Some(time)) => {
                        Field::TimestampMicros(time.as_microsecond())
                    }
                    Cell::Maybe(None) | Cell::MaybeTime(None) => Field::Null,
                };
                assert_eq!(*field, expected, "{name} of {}", stored.entity.id());
            }
        }
    }

    #[test]
    fn more_than_a_row_group_and_nothing_at_all() {
        let whole = snapshot(vec![samples::one_of_each().swap_remove(0)]);
        let one = whole.entities().next().unwrap();
        for count in [0, ROWS - 1, ROWS, ROWS + 1] {
            let mut out = Vec::new();
            write(std::iter::repeat_n(one, count), &whole, &mut out).unwrap();
            assert_eq!(read(&out).0.len(), count);
        }
        assert_eq!(one.scope, scope());
    }
}
