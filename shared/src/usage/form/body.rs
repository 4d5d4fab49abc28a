//! The packed part of a cell: texts and tables.

use super::ReadError;
use super::wire::{Reader, put, put_signed};
use crate::model::activity::EventTime;
use crate::usage::hour::{Cell, Flaw, Hour};
use crate::usage::row::{Column, Row, Shape, Tables};
use crate::usage::tally::Tally;
use crate::usage::texts::List;

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

/// What times are counted in, in milliseconds: whole seconds, unless one of the hour's times is none.
const UNITS: [i64; 2] = [1_000, 1];

/// The least that a row needs: a byte for each value of its tally.
const LEAST_ROW: usize = 5;

pub(super) fn write(hour: &Hour) -> Vec<u8> {
    // The tables come to about as much as the texts.
    let mut out = Vec::with_capacity(2 * hour.texts().bytes());
    write_texts(&mut out, hour.texts());
    let start = hour.hour().saturating_mul(HOUR);
    let (number, unit) = unit(hour, start);
    put(&mut out, number);
    for (shape, rows) in hour.tables().each() {
        write_rows(&mut out, shape, rows, (start, unit));
    }
    out
}

/// The number of the unit that all times of the hour are whole multiples of, and the unit.
fn unit(hour: &Hour, start: i64) -> (u64, i64) {
    let [whole, fine] = UNITS;
    let is_whole = |time: EventTime| (time.0 - start) % whole == 0;
    let mut tallies = hour.tables().each().flat_map(|(_, rows)| rows).map(|row| row.tally);
    let times = |tally: Tally| [Some(tally.first), Some(tally.last), tally.last_used];
    if tallies.all(|tally| times(tally).into_iter().flatten().all(is_whole)) {
        (0, whole)
    } else {
        (1, fine)
    }
}

fn write_texts(out: &mut Vec<u8>, texts: &List) {
    put(out, texts.len() as u64);
    let (mut shared, mut own, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    let mut before: &[u8] = &[];
    for text in texts.iter() {
        let text = text.as_bytes();
        let same = same(before, text);
        let rest = text.get(same..).unwrap_or_default();
        put(&mut shared, same as u64);
        put(&mut own, rest.len() as u64);
        bytes.extend_from_slice(rest);
        before = text;
    }
    out.append(&mut shared);
    out.append(&mut own);
    out.append(&mut bytes);
}

/// How many bytes two texts begin with in common.
fn same(a: &[u8], b: &[u8]) -> usize {
    let words = a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0);
    let whole = 8 * words.take_while(|(a, b)| a == b).count();
    let rest = a.iter().zip(b).skip(whole).take_while(|(a, b)| a == b);
    whole + rest.count()
}

fn write_rows(out: &mut Vec<u8>, shape: Shape, rows: &[Row], (start, unit): (i64, i64)) {
    put(out, rows.len() as u64);
    // Most numbers have one byte, some two.
    out.reserve(rows.len() * 12);
    for (at, _) in used(shape) {
        let mut before = 0;
        for row in rows {
            let number = row.key.get(at).map_or(0, |number| i64::from(*number));
            put_signed(out, number - before);
            before = number;
        }
    }
    let mut column = |value: fn(&Tally) -> u64| {
        for row in rows {
            put(out, value(&row.tally));
        }
    };
    column(|tally| tally.count);
    column(|tally| tally.errors);
    column(|tally| tally.denied);
    let mut times = |value: &dyn Fn(&Tally) -> i64| {
        for row in rows {
            put(out, (value(&row.tally) / unit).cast_unsigned());
        }
    };
    times(&|tally| tally.first.0 - start);
    times(&|tally| tally.last.0 - tally.first.0);
    for row in rows.iter().filter(|row| is_mixed(&row.tally)) {
        let used = row.tally.last_used.unwrap_or(row.tally.last);
        put(out, ((row.tally.last.0 - used.0) / unit).cast_unsigned());
    }
}

/// Whether some of the events were denied and some were not: only then the counts and the other times do not say when
/// the last use was.
fn is_mixed(tally: &Tally) -> bool {
    tally.denied > 0 && tally.denied < tally.count
}

/// The places of a key that mean something.
fn used(shape: Shape) -> impl Iterator<Item = (usize, Column)> {
    shape.into_iter().enumerate().filter(|(_, column)| *column != Column::Unused)
}

pub(super) fn read(body: &[u8], cell: Cell) -> Result<Hour, ReadError> {
    let mut reader = Reader::new(body);
    let texts = read_texts(&mut reader)?;
    let number = usize::try_from(reader.number()?).map_err(|_| ReadError::Number)?;
    let unit = *UNITS.get(number).ok_or(ReadError::Number)?;
    let start = cell.hour.checked_mul(HOUR).ok_or(ReadError::Number)?;
    let mut tables: Tables<Vec<Row>> = Tables::default();
    for (shape, rows) in tables.each_mut() {
        *rows = read_rows(&mut reader, shape, (start, unit))?;
    }
    reader.end()?;
    Hour::new(cell, texts, tables).map_err(|flaw| ReadError::Flaw(words(flaw)))
}

fn words(flaw: Flaw) -> &'static str {
    match flaw {
        Flaw::Texts => "a text is out of order or not used",
        Flaw::Keys => "a row is out of order, or names what is not there",
        Flaw::Counts => "the counts of a row do not fit together",
        Flaw::Times => "a row has a time outside of its hour",
    }
}

fn read_texts(reader: &mut Reader<'_>) -> Result<List, ReadError> {
    // Of each text at least the two lengths.
    let count = reader.count(2)?;
    let lengths = |reader: &mut Reader<'_>| -> Result<Vec<usize>, ReadError> {
        (0..count)
            .map(|_| usize::try_from(reader.number()?).map_err(|_| ReadError::Number))
            .collect()
    };
    let (shared, own) = (lengths(reader)?, lengths(reader)?);
    let (mut texts, mut text) = (List::default(), Vec::new());
    for (shared, own) in shared.into_iter().zip(own) {
        if shared > text.len() {
            return Err(ReadError::Short);
        }
        text.truncate(shared);
        text.extend_from_slice(reader.take(own)?);
        // A few bytes that share much would make much out of little.
        if texts.bytes() + text.len() > super::MOST_BYTES {
            return Err(ReadError::Number);
        }
        texts.push(std::str::from_utf8(&text).map_err(|_| ReadError::Text)?);
    }
    Ok(texts)
}

fn read_rows(
    reader: &mut Reader<'_>,
    shape: Shape,
    (start, unit): (i64, i64),
) -> Result<Vec<Row>, ReadError> {
    let zero = EventTime(start);
    let none = Tally { count: 0, errors: 0, denied: 0, first: zero, last: zero, last_used: None };
    let count = reader.count(LEAST_ROW)?;
    let mut rows = vec![Row { key: [0; 4], tally: none }; count];
    for (at, _) in used(shape) {
        let mut before = 0_i64;
        for row in &mut rows {
            let number = before.checked_add(reader.signed()?).ok_or(ReadError::Number)?;
            if let Some(place) = row.key.get_mut(at) {
                *place = u32::try_from(number).map_err(|_| ReadError::Number)?;
            }
            before = number;
        }
    }
    for row in &mut rows {
        row.tally.count = reader.number()?;
    }
    for row in &mut rows {
        row.tally.errors = reader.number()?;
    }
    for row in &mut rows {
        row.tally.denied = reader.number()?;
    }
    for row in &mut rows {
        row.tally.first = later(zero, reader.number()?, unit)?;
    }
    for row in &mut rows {
        row.tally.last = later(row.tally.first, reader.number()?, unit)?;
    }
    for row in &mut rows {
        let tally = &mut row.tally;
        tally.last_used = if is_mixed(tally) {
            Some(earlier(tally.last, reader.number()?, unit)?)
        } else {
            (tally.denied == 0).then_some(tally.last)
        };
    }
    Ok(rows)
}

/// A time so many units later.
fn later(time: EventTime, units: u64, unit: i64) -> Result<EventTime, ReadError> {
    let later = length(units, unit)?.checked_add(time.0);
    later.map(EventTime).ok_or(ReadError::Number)
}

/// A time so many units earlier.
fn earlier(time: EventTime, units: u64, unit: i64) -> Result<EventTime, ReadError> {
    let earlier = time.0.checked_sub(length(units, unit)?);
    earlier.map(EventTime).ok_or(ReadError::Number)
}

fn length(units: u64, unit: i64) -> Result<i64, ReadError> {
    let units = i64::try_from(units).map_err(|_| ReadError::Number)?;
    units.checked_mul(unit).ok_or(ReadError::Number)
}
