//! Keys of usage: cells, days of logs, objects that were set aside.
//!
//! Hours and days are 16 hexadecimal digits from the earliest one on, so that keys are in their order.

use percent_encoding::{AsciiSet, percent_decode_str, utf8_percent_encode};

use super::{CUT, ID_LIMIT, Key};
use crate::form;
use crate::model::RunId;
use crate::model::id::IdError;
use crate::usage::coverage::Held;
use crate::usage::day::Day;

/// The partition of the list of accounts.
pub const ACCOUNTS: &str = "usage";

/// The partition of the objects that were set aside.
pub const ASIDE: &str = "aside";

/// The partition of the list of backfills.
pub const LOG_RUNS: &str = "log-runs";

/// The days of a period: each has a partition of its own for every account. A partition takes 1,000 write units a
/// second, and a backfill writes an account's days side by side.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html>
pub const PERIOD_DAYS: i64 = 30;

/// As [`super::ESCAPED`], and what separates the keys in a cursor.
const ESCAPED: &AsciiSet = &AsciiSet::EMPTY.add(b'#').add(b'~').add(b'%').add(b'|');

const ACCOUNT: &str = "account#";
const CELL: &str = "cell#";
const LOG: &str = "log#";
const PART: &str = "part#";
const OBJECT: &str = "object#";

/// The length of a part's number, and of the revision that it belongs to.
const NUMBER_LENGTH: usize = 4;
const REVISION_LENGTH: usize = 10;

/// The period of a day.
pub fn period(day: Day) -> i64 {
    day.0.div_euclid(PERIOD_DAYS)
}

/// The entry of an account in the list of accounts.
pub fn account(account: &str) -> Key {
    Key { partition: ACCOUNTS.to_owned(), sort: format!("{ACCOUNT}{}", account_text(account)) }
}

/// The account that the sort key of its entry names; `whole` is the item's
/// [`ACCOUNT`](super::attribute::ACCOUNT).
pub fn account_of(sort: &str, whole: Option<&str>) -> Result<String, IdError> {
    let expected = "an escaped account";
    let error = || IdError { text: sort.to_owned(), what: "a sort key", expected };
    if let Some(whole) = whole {
        return Ok(whole.to_owned());
    }
    let text = sort.strip_prefix(ACCOUNT).ok_or_else(error)?;
    let plain = percent_decode_str(text).decode_utf8().map_err(|_| error())?;
    Ok(plain.into_owned())
}

/// The whole name of an account as an attribute, if keys cannot hold it.
pub fn whole_account(account: &str) -> Option<String> {
    (escaped(account).len() > ID_LIMIT).then(|| account.to_owned())
}

/// The partition of an account's cells and logs of a period.
pub fn partition(account: &str, period: i64) -> String {
    format!("{}#{period}", index_partition(account))
}

/// A cell.
pub fn cell(account: &str, hour: i64) -> Key {
    Key { partition: partition(account, period(Day::of_hour(hour))), sort: cell_sort(hour) }
}

/// The sort key of a cell.
pub fn cell_sort(hour: i64) -> String {
    format!("{CELL}{}", ordered(hour))
}

/// The hour of a cell's sort key.
pub fn hour_of(sort: &str) -> Option<i64> {
    from_ordered(sort.strip_prefix(CELL)?)
}

/// The logs of a day.
pub fn log(account: &str, day: Day, region: &str) -> Key {
    let sort = format!("{LOG}{}#{}", ordered(day.0), cut(region));
    Key { partition: partition(account, period(day)), sort }
}

/// Between which sort keys the logs from one day to another are.
pub fn logs_between(first: Day, last: Day) -> (String, String) {
    // `$` comes after `#`.
    (format!("{LOG}{}#", ordered(first.0)), format!("{LOG}{}$", ordered(last.0)))
}

/// The day and the region that the sort key of a day's logs names.
pub fn day_and_region_of(sort: &str) -> Option<(Day, &str)> {
    let (day, region) = sort.strip_prefix(LOG)?.split_once('#')?;
    Some((Day(from_ordered(day)?), region))
}

/// The region as an attribute, if the sort key cannot hold it.
pub fn whole_region(region: &str) -> Option<String> {
    (region.len() > ID_LIMIT).then(|| region.to_owned())
}

/// A part of the body that something has at a revision.
pub fn part(of: &Key, revision: u64, hash: &str, number: usize) -> Key {
    let sort = format!("{}{revision:010}#{hash}#{number:04}", part_prefix(of));
    Key { partition: of.partition.clone(), sort }
}

/// What the sort keys of all parts begin with, whatever their revision. Those of another key may begin so too.
pub fn part_prefix(of: &Key) -> String {
    format!("{PART}{}#", of.sort)
}

/// The revision and the hash that a part belongs to, if it is one `of` this key.
pub fn part_of<'a>(of: &Key, sort: &'a str) -> Option<(u64, &'a str)> {
    let rest = sort.strip_prefix(&part_prefix(of))?;
    let (revision, rest) = rest.split_once('#')?;
    let (hash, number) = rest.split_once('#')?;
    let is_number = |text: &str, length: usize| {
        text.len() >= length && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_part = is_number(revision, REVISION_LENGTH)
        && is_number(number, NUMBER_LENGTH)
        && !hash.contains('#');
    Some((revision.parse().ok()?, hash)).filter(|_| is_part)
}

/// The partition in the index of an account's cells and logs.
pub fn index_partition(account: &str) -> String {
    format!("{ACCOUNTS}#{}", account_text(account))
}

/// What a cell, or the logs of a day, add to the sums over all: their sort key in the index, where DynamoDB keeps it
/// as it keeps the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sums {
    /// A cell.
    Cell {
        /// Its events.
        events: u64,
    },
    /// The logs of a day.
    Log {
        /// How many objects they are.
        objects: u64,
        /// What these held.
        held: Held,
    },
}

impl Sums {
    /// The sort key in the index.
    pub fn sort(&self) -> String {
        match self {
            Self::Cell { events } => format!("{CELL}{events}"),
            Self::Log { objects, held } => {
                let Held { bytes, records, calls, unreadable } = held;
                format!("{LOG}{objects}#{bytes}#{records}#{calls}#{unreadable}")
            }
        }
    }

    /// The sums that a sort key in the index names.
    pub fn of(sort: &str) -> Option<Self> {
        if let Some(events) = sort.strip_prefix(CELL) {
            return Some(Self::Cell { events: events.parse().ok()? });
        }
        let numbers: Result<Vec<u64>, _> =
            sort.strip_prefix(LOG)?.split('#').map(str::parse).collect();
        match numbers.ok()?.as_slice() {
            &[objects, bytes, records, calls, unreadable] => {
                Some(Self::Log { objects, held: Held { bytes, records, calls, unreadable } })
            }
            _ => None,
        }
    }
}

/// An object that was set aside. Objects are in their byte order, but for those that are equal in the first
/// [`ID_LIMIT`] bytes.
pub fn aside(object: &str) -> Key {
    Key { partition: ASIDE.to_owned(), sort: format!("{OBJECT}{}", cut(object)) }
}

/// What the sort keys of all objects begin with whose names begin with this.
pub fn aside_prefix(beginning: &str) -> String {
    let end = beginning.floor_char_boundary(ID_LIMIT);
    format!("{OBJECT}{}", beginning.get(..end).unwrap_or_default())
}

/// The object that a sort key names; `whole` is the item's [`OBJECT`](super::attribute::OBJECT).
pub fn object_of<'a>(sort: &'a str, whole: Option<&'a str>) -> Option<&'a str> {
    whole.or_else(|| sort.strip_prefix(OBJECT))
}

/// The name of an object as an attribute, if the sort key cannot hold it.
pub fn whole_object(object: &str) -> Option<String> {
    (object.len() > ID_LIMIT).then(|| object.to_owned())
}

/// A backfill.
pub fn log_run(run: &RunId) -> Key {
    Key { partition: LOG_RUNS.to_owned(), sort: run.to_string() }
}

/// The partition of a backfill's units.
pub fn log_run_partition(run: &RunId) -> String {
    format!("log-run#{run}")
}

/// A unit of a backfill that ended.
pub fn log_unit(run: &RunId, unit: &str) -> Key {
    Key { partition: log_run_partition(run), sort: format!("unit#{}", cut(&escaped(unit))) }
}

/// Sixteen digits that are in the order of the numbers.
fn ordered(number: i64) -> String {
    format!("{:016x}", number.cast_unsigned() ^ (1 << 63))
}

fn from_ordered(digits: &str) -> Option<i64> {
    let number = u64::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 16)?;
    Some((number ^ (1 << 63)).cast_signed())
}

fn escaped(account: &str) -> String {
    utf8_percent_encode(account, ESCAPED).to_string()
}

/// The account inside a key, cut if it is too long.
fn account_text(account: &str) -> String {
    cut(&escaped(account))
}

/// A text inside a key. One that was cut is longer than any that was not.
fn cut(text: &str) -> String {
    if text.len() <= ID_LIMIT {
        return text.to_owned();
    }
    let beginning = text.get(..text.floor_char_boundary(ID_LIMIT)).unwrap_or_default();
    format!("{beginning}{CUT}{}", form::hash(text))
}

#[cfg(test)]
mod tests;
