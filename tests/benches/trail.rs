//! Reading CloudTrail logs, measured against what nobody who reads them can be below: bare decompression.
//!
//! `cargo bench -p accesstrail-shared --no-default-features --bench trail` generates two trees of logs and prints the
//! table of `docs/benchmarks.md`: CPU seconds on one core, the best of [`ROUNDS`] rounds in which all jobs take turns,
//! with files opened and read inside the timing and all of them in the page cache. Folders of logs may be named
//! behind `--` instead; `job=TEXT` there leaves only the jobs whose names have the text.
//!
//! The *whole job* is what a backfill does between its bucket and its store: the objects of an account in the order
//! of their delivery, each event once, folded into the hours of the account, and these written in their form.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a bench prints, and ends where it fails; its figures have three digits"
)]

#[path = "../../shared/src/testing/trail/mod.rs"]
#[expect(dead_code, unused_imports, unreachable_pub, reason = "a bench needs two plans of it")]
mod generated;
#[path = "trail/verify.rs"]
mod verify;
#[path = "trail/whole.rs"]
mod whole;

use std::fs::{self, File};
use std::io::BufReader;
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::time::Instant;

use accesstrail_shared::trail::object::ObjectReader;
use accesstrail_shared::trail::record::Record;
use accesstrail_shared::trail::records::BadRecord;
use generated::Corpus;
use libdeflater::Decompressor;
use whole::Part;

const ROUNDS: usize = 11;

fn main() {
    let folders: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument.starts_with(['/', '.'])).collect();
    println!("| corpus | job | CPU s | × bare | MB/s of JSON | records | µs each |");
    println!("|---|---|--:|--:|--:|--:|--:|");
    if folders.is_empty() {
        for (name, plan) in [("A", Corpus::many_small()), ("B", Corpus::few_large())] {
            let folder = tempfile::tempdir().unwrap();
            let written = plan.write(folder.path()).unwrap();
            let done = measure(name, &logs(folder.path()));
            let expected = (written.json_bytes, written.records, written.distinct);
            // Some jobs alone may not count all of it.
            if only().is_none() {
                assert_eq!((done.bytes, done.records, done.events), expected);
            }
        }
    }
    for folder in &folders {
        measure(folder, &logs(folder.as_ref()));
    }
}

/// What a job did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Done {
    /// Bytes of JSON; 0 if the job does not count them.
    bytes: u64,
    /// Records; 0 if the job reads none.
    records: u64,
    /// Events, each once; 0 if the job counts none.
    events: u64,
}

impl AddAssign for Done {
    fn add_assign(&mut self, more: Self) {
        self.bytes += more.bytes;
        self.records += more.records;
        self.events += more.events;
    }
}

/// A job over a tree's files.
type Job = Box<dyn FnMut(&[PathBuf]) -> Done>;

/// The jobs, each with its name; the first is what the others are compared with.
fn jobs() -> Vec<(&'static str, Job)> {
    vec![
        ("bare: libdeflate", Box::new(bare())),
        ("gunzip, read all fields", Box::new(read())),
        ("the same in pieces", Box::new(read_in_pieces())),
        ("… and normalize", Box::new(|files| whole::job(files, Part::Normalize))),
        ("… and fold", Box::new(|files| whole::job(files, Part::Fold))),
        ("whole job", Box::new(|files| whole::job(files, Part::Whole))),
        ("whole job, SHA-256 of each object", Box::new(|files| whole::job(files, Part::Hash))),
        ("verify-logs: signatures, chains, hashes", Box::new(verify::job)),
        ("naive: serde_json::Value, maps", Box::new(whole::naive)),
    ]
}

fn bare() -> impl FnMut(&[PathBuf]) -> Done {
    let (mut decompressor, mut buffer) = (Decompressor::new(), vec![0; 64 << 20]);
    move |files| {
        let unpacked = files.iter().map(|file| {
            let object = fs::read(file).unwrap();
            decompressor.gzip_decompress(&object, &mut buffer).unwrap() as u64
        });
        Done { bytes: unpacked.sum(), ..Done::default() }
    }
}

fn read() -> impl FnMut(&[PathBuf]) -> Done {
    let mut reader = ObjectReader::default();
    move |files| {
        let mut done = Done::default();
        for file in files {
            let object = fs::read(file).unwrap();
            done.add(&reader.read(&object, &mut look).unwrap());
        }
        done
    }
}

fn read_in_pieces() -> impl FnMut(&[PathBuf]) -> Done {
    let mut reader = ObjectReader::default();
    move |files| {
        let mut done = Done::default();
        for file in files {
            let source = BufReader::new(File::open(file).unwrap());
            done.add(&reader.read_from(source, &mut look).unwrap());
        }
        done
    }
}

/// Lets no field be left unread.
fn look(record: Result<&Record<'_>, BadRecord>) {
    std::hint::black_box(record.unwrap());
}

impl Done {
    fn add(&mut self, object: &accesstrail_shared::trail::object::Unpacked) {
        self.bytes += object.bytes;
        self.records += object.records.read;
    }
}

/// What the names of the jobs have that are asked for; all are where nothing is asked for.
fn only() -> Option<String> {
    std::env::args().find_map(|argument| Some(argument.strip_prefix("job=")?.to_owned()))
}

/// Prints a row for each job.
fn measure(corpus: &str, files: &[PathBuf]) -> Done {
    let only = only();
    let mut jobs = jobs();
    jobs.retain(|(name, _)| only.as_ref().is_none_or(|only| name.contains(only)));
    let mut best = vec![(f64::MAX, Done::default()); jobs.len()];
    for _ in 0..ROUNDS {
        for ((_, job), best) in jobs.iter_mut().zip(&mut best) {
            let clock = Clock::start();
            let done = job(files);
            *best = (best.0.min(clock.seconds()), done);
        }
    }
    let all = best.iter().map(|(_, done)| *done).max_by_key(|done| done.events).unwrap_or_default();
    let bare = best.first().map_or(f64::NAN, |(seconds, _)| *seconds);
    for ((name, _), (seconds, done)) in jobs.iter().zip(&best) {
        assert!(done.bytes == 0 || done.bytes == all.bytes, "{name}");
        assert!(done.records == 0 || done.records == all.records, "{name}");
        assert!(done.events == 0 || done.events == all.events, "{name}");
        println!(
            "| {corpus} | {name} | {seconds:.4} | {:.3} | {:.0} | {} | {:.3} |",
            seconds / bare,
            all.bytes as f64 / 1e6 / seconds,
            done.records,
            seconds * 1e6 / all.records as f64,
        );
    }
    if only.is_none() {
        two_threads(corpus, files, all);
    }
    all
}

/// Prints how much sooner two threads are done with the whole job than one is. What counts is how long the one that
/// is done last has had a processor: on a machine that others use as well, the clock on the wall tells of these.
fn two_threads(corpus: &str, files: &[PathBuf], all: Done) {
    let (mut best, mut twice) = ([f64::MAX; 2], all);
    twice += all;
    for _ in 0..ROUNDS {
        for (threads, best) in (1..).zip(&mut best) {
            let (done, seconds) = whole::in_threads(files, threads);
            *best = best.min(seconds);
            assert_eq!(done, twice);
        }
    }
    let [one, two] = best;
    println!("| {corpus} | whole job twice, one thread | {one:.4} | | | | |");
    println!("| {corpus} | whole job twice, two threads | {two:.4} | | | | |");
    println!("| {corpus} | two threads are sooner done by | {:.2} × | | | | |", one / two);
}

/// The files of records under a folder.
fn logs(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with("CloudTrail-") {
                folders.push(path);
            } else if name.ends_with(".json.gz") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The time that this thread has had of a processor, as Linux tells it; elsewhere the time that went by.
pub(crate) struct Clock {
    since: Instant,
    processor: Option<u64>,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { since: Instant::now(), processor: processor() }
    }

    pub(crate) fn seconds(&self) -> f64 {
        match (self.processor, processor()) {
            (Some(start), Some(end)) => (end - start) as f64 / 1e9,
            _ => self.since.elapsed().as_secs_f64(),
        }
    }
}

/// Nanoseconds on a processor.
fn processor() -> Option<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
