//! The whole job: objects → the usage of hours in its written form.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use accesstrail_shared::model::activity::{Activity, EventTime};
use accesstrail_shared::trail::digest::sha256;
use accesstrail_shared::trail::key::LogKey;
use accesstrail_shared::trail::normalize::normalize;
use accesstrail_shared::trail::object::{ObjectReader, Take};
use accesstrail_shared::trail::record::Record;
use accesstrail_shared::trail::records::BadRecord;
use accesstrail_shared::usage::fold::{Counted, HourFold};
use accesstrail_shared::usage::form;
use accesstrail_shared::usage::object::{ObjectSet, is_near};
use serde_json::Value;

use super::{Clock, Done};

/// How much of the job is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Normalize,
    Fold,
    Whole,
    /// Each object is hashed as well.
    Hash,
}

/// An object, with what its key says.
struct Listed<'f> {
    delivered: EventTime,
    account: String,
    key: &'f str,
    file: &'f PathBuf,
}

/// The objects, in the order of their delivery.
fn listed(files: &[PathBuf]) -> Vec<Listed<'_>> {
    let mut listed: Vec<Listed<'_>> = files
        .iter()
        .map(|file| {
            let name = file.to_str().unwrap();
            let key = name.find("AWSLogs/").map_or(name, |at| &name[at..]);
            let read = LogKey::read(key).unwrap();
            let delivered = EventTime(read.time.unwrap_or(read.day * 86_400) * 1_000);
            Listed { delivered, account: read.account.to_owned(), key, file }
        })
        .collect();
    listed.sort_by(|a, b| (a.delivered, a.key).cmp(&(b.delivered, b.key)));
    listed
}

/// The objects of each account.
fn by_account<'l, 'f>(listed: &'l [Listed<'f>]) -> BTreeMap<&'l str, Vec<&'l Listed<'f>>> {
    let mut accounts: BTreeMap<&str, Vec<&Listed<'_>>> = BTreeMap::new();
    for object in listed {
        accounts.entry(&object.account).or_default().push(object);
    }
    accounts
}

/// Reads, folds and writes all cells, account after account.
pub(super) fn job(files: &[PathBuf], part: Part) -> Done {
    let (mut reader, mut done) = (ObjectReader::default(), Done::default());
    for (account, objects) in by_account(&listed(files)) {
        done += cells(account, &objects, part, &mut reader);
    }
    done
}

/// The cells of an account, from all of its objects.
fn cells(account: &str, objects: &[&Listed<'_>], part: Part, reader: &mut ObjectReader) -> Done {
    let mut done = Done::default();
    let mut open: BTreeMap<i64, Cell> = BTreeMap::new();
    for (at, object) in objects.iter().enumerate() {
        let body = fs::read(object.file).unwrap();
        let mut intake = Intake { account, at, object, part, open: &mut open };
        let unpacked = reader.read(&body, &mut intake).unwrap();
        done.bytes += unpacked.bytes;
        done.records += unpacked.records.read;
    }
    for (hour, Cell { fold, far }) in open {
        done.events += fold.events() as u64;
        if part == Part::Fold {
            continue;
        }
        let mut set = ObjectSet::default();
        for (at, object) in objects.iter().enumerate() {
            let near = is_near(hour, object.delivered);
            if near || far.contains(&at) {
                set.add(object.key, "", near);
            }
        }
        std::hint::black_box(form::write(&fold.finish(set)).unwrap());
    }
    done
}

struct Cell {
    fold: HourFold,
    /// Objects with events of the hour that listing near it does not find.
    far: HashSet<usize>,
}

/// The intake of one object.
struct Intake<'p> {
    account: &'p str,
    at: usize,
    object: &'p Listed<'p>,
    part: Part,
    open: &'p mut BTreeMap<i64, Cell>,
}

impl Intake<'_> {
    fn event(&mut self, activity: &Activity<'_>) {
        let hour = activity.time.hour();
        let cell = self.open.entry(hour).or_insert_with(|| Cell {
            fold: HourFold::new(self.account, hour),
            far: HashSet::new(),
        });
        if !is_near(hour, self.object.delivered) {
            cell.far.insert(self.at);
        }
        let counted = cell.fold.add(activity);
        assert!(matches!(counted, Counted::New | Counted::Duplicate), "{counted:?}");
    }
}

impl Take for Intake<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        if self.part == Part::Hash {
            std::hint::black_box(sha256(bytes));
        }
    }

    fn record(&mut self, record: Result<&Record<'_>, BadRecord>) {
        let activity = normalize(record.unwrap(), &self.object.account).unwrap();
        if self.part == Part::Normalize {
            std::hint::black_box(&activity);
        } else {
            self.event(&activity);
        }
    }
}

/// The whole job by so many threads, over all accounts twice: one account alone could not be shared.
/// How long the busiest thread was at work is told as well.
pub(super) fn in_threads(files: &[PathBuf], threads: usize) -> (Done, f64) {
    let listed = listed(files);
    let accounts = by_account(&listed);
    let units: Vec<_> = accounts.iter().chain(&accounts).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let clock = Clock::start();
        let (mut reader, mut sum) = (ObjectReader::default(), Done::default());
        while let Some((account, objects)) = units.get(next.fetch_add(1, Ordering::Relaxed)) {
            sum += cells(account, objects, Part::Whole, &mut reader);
        }
        (sum, clock.seconds())
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let (mut sum, mut longest) = (Done::default(), 0_f64);
        for one in running {
            let (done, seconds) = one.join().unwrap();
            sum += done;
            longest = longest.max(seconds);
        }
        (sum, longest)
    })
}

/// What one writes first: a tree of each object, and maps. It has neither humans, resources, origins nor hours.
pub(super) fn naive(files: &[PathBuf]) -> Done {
    let mut done = Done::default();
    let mut seen: HashSet<String> = HashSet::new();
    let mut usage: HashMap<[String; 3], u64> = HashMap::new();
    for file in files {
        let mut text = Vec::new();
        let packed = fs::read(file).unwrap();
        flate2::read::MultiGzDecoder::new(&packed[..]).read_to_end(&mut text).unwrap();
        done.bytes += text.len() as u64;
        let log: Value = serde_json::from_slice(&text).unwrap();
        for record in log["Records"].as_array().unwrap() {
            done.records += 1;
            let text =
                |path| record.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
            if seen.insert(text("/eventID")) {
                let issuer = text("/userIdentity/sessionContext/sessionIssuer/arn");
                let who = if issuer.is_empty() { text("/userIdentity/arn") } else { issuer };
                *usage.entry([who, text("/eventSource"), text("/eventName")]).or_default() += 1;
            }
        }
    }
    std::hint::black_box(&usage);
    done
}
