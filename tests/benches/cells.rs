//! How large the cells of two generated trees of logs are, and how many write units of DynamoDB it takes to keep them.
//!
//! `cargo bench -p accesstrail-shared --no-default-features --bench cells` prints the tables of `docs/cost.md` that need no
//! DynamoDB. A backfill writes each cell once. Live delivery is simulated over the times at which the objects were delivered:
//! at every full hour, or twenty minutes after it, each cell is written that got an object since the last time.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::cast_precision_loss,
    reason = "a bench prints, and ends where it fails; its figures have three digits"
)]

#[path = "../../shared/src/testing/trail/mod.rs"]
#[expect(dead_code, unused_imports, unreachable_pub, reason = "a bench needs two plans of it")]
mod generated;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use accesstrail_shared::model::activity::EventTime;
use accesstrail_shared::trail::key::LogKey;
use accesstrail_shared::trail::normalize::normalize;
use accesstrail_shared::trail::object::ObjectReader;
use accesstrail_shared::trail::record::Record;
use accesstrail_shared::trail::records::BadRecord;
use accesstrail_shared::usage::fold::HourFold;
use accesstrail_shared::usage::form;
use accesstrail_shared::usage::hour::Hour;
use accesstrail_shared::usage::object::{ObjectSet, is_near};
use generated::Corpus;

/// Milliseconds of a minute and of an hour.
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// What the item of a cell has beside its body, in bytes: keys, facts and the names of all.
const BESIDE: usize = 200;

fn main() {
    for (name, plan) in [("A", Corpus::many_small()), ("B", Corpus::few_large())] {
        let folder = tempfile::tempdir().unwrap();
        plan.write(folder.path()).unwrap();
        let objects = listed(folder.path());
        // One tick after all: a backfill.
        report(name, "backfill", &written(&objects, i64::MAX));
        report(name, "live, at the full hour", &written(&objects, 0));
        report(name, "live, twenty minutes after it", &written(&objects, 20 * MINUTE));
    }
}

/// A log object.
struct Object {
    account: String,
    delivered: EventTime,
    key: String,
    file: PathBuf,
}

/// The objects under a folder, by account and in the order of their delivery.
fn listed(folder: &Path) -> Vec<Object> {
    let (mut objects, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            let name = file.to_str().unwrap().to_owned();
            if file.is_dir() && !name.contains("/CloudTrail-") {
                folders.push(file);
            } else if name.ends_with(".json.gz") {
                let key = &name[name.find("AWSLogs/").unwrap()..];
                let read = LogKey::read(key).unwrap();
                let delivered = EventTime(read.time.unwrap_or(read.day * 86_400) * 1_000);
                let (account, key) = (read.account.to_owned(), key.to_owned());
                objects.push(Object { account, delivered, key, file });
            }
        }
    }
    objects
        .sort_by(|a, b| (&a.account, a.delivered, &a.key).cmp(&(&b.account, b.delivered, &b.key)));
    objects
}

/// What was written.
#[derive(Debug, Default)]
struct Written {
    cells: u64,
    events: u64,
    items: u64,
    bytes: usize,
    units: usize,
    index_units: usize,
    nanoseconds: u64,
}

/// A cell that is being made, and what is stored of it: its size and its events.
struct Cell {
    fold: HourFold,
    objects: ObjectSet,
    stored: Option<(usize, u64)>,
    is_stale: bool,
}

/// Writes cells as often as a clock ticks: so long after each full hour, or once at the end.
fn written(objects: &[Object], after: i64) -> Written {
    let mut done = Written::default();
    for of in objects.chunk_by(|a, b| a.account == b.account) {
        let mut cells: BTreeMap<i64, Cell> = BTreeMap::new();
        let tick = |object: &Object| object.delivered.0.saturating_sub(after).div_euclid(HOUR);
        for of in of.chunk_by(|a, b| after == i64::MAX || tick(a) == tick(b)) {
            for object in of {
                take(object, &mut cells);
            }
            for cell in cells.values_mut().filter(|cell| cell.is_stale) {
                done.write(cell);
            }
        }
        done.cells += cells.len() as u64;
        done.events += cells.values().map(|cell| cell.fold.events() as u64).sum::<u64>();
    }
    done
}

/// Adds an object to the cells that it is near to or has events of.
fn take(object: &Object, cells: &mut BTreeMap<i64, Cell>) {
    let mut hours = BTreeSet::new();
    let body = fs::read(&object.file).unwrap();
    let mut fold = |record: Result<&Record<'_>, BadRecord>| {
        let activity = normalize(record.unwrap(), &object.account).unwrap();
        let hour = activity.time.hour();
        hours.insert(hour);
        let new = || Cell {
            fold: HourFold::new(&object.account, hour),
            objects: ObjectSet::default(),
            stored: None,
            is_stale: false,
        };
        cells.entry(hour).or_insert_with(new).fold.add(&activity);
    };
    ObjectReader::default().read(&body, &mut fold).unwrap();
    for (hour, cell) in cells {
        let near = is_near(*hour, object.delivered);
        if near || hours.contains(hour) {
            cell.is_stale = true;
            cell.objects.add(&object.key, "", near);
        }
    }
}

impl Written {
    /// Writes a cell. An item costs its kilobytes begun, or those of the one that it replaces; its entry in the index one unit,
    /// and two where its events became others, because they are its key.
    fn write(&mut self, cell: &mut Cell) {
        let hour: Hour = cell.fold.clone().finish(cell.objects.clone());
        let began = processor();
        let bytes = form::write(&hour).unwrap().len();
        self.nanoseconds += processor() - began;
        let events = hour.events();
        let size = (bytes + BESIDE).div_ceil(1_024);
        let (before, index) = match cell.stored {
            None => (0, 1),
            Some((before, known)) => (before, if known == events { 0 } else { 2 }),
        };
        self.items += 1;
        self.bytes += bytes;
        self.units += size.max(before);
        self.index_units += index;
        cell.stored = Some((size, events));
        cell.is_stale = false;
    }
}

fn report(corpus: &str, how: &str, done: &Written) {
    let Written { cells, events, items, bytes, units, index_units, nanoseconds } = done;
    let all = units + index_units;
    println!(
        "{corpus}, {how}: {events} events, {cells} cells, {items} written, {} bytes each in {:.0} µs, {units} units and \
         {index_units} of the index: one for {:.1} events",
        bytes / usize::try_from(*items).unwrap(),
        *nanoseconds as f64 / 1e3 / *items as f64,
        *events as f64 / all as f64,
    );
}

/// How long this thread has had a processor, in nanoseconds, as Linux tells it.
fn processor() -> u64 {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}
