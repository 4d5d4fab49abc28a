//! What is wrong with objects and folders: each is told with its reason, its neighbours count, and so does it once it is
//! repaired.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::harness::{ACCOUNT, Shelf, World, balanced, event, gzip, key, log};
use crate::backfill::{Backfill, Folder, Tally, Window};
use crate::port::{LogObject, Logs as _, SystemClock, UsageStore as _};
use crate::store::sqlite::SqliteStore;

/// What becomes of an object.
enum Ends {
    /// It counts, with all of its events.
    Counted,
    /// It counts but for a record that cannot be read.
    Flawed(&'static str),
    /// It is set aside.
    Aside(&'static str),
}

/// So many times 16 MiB of one byte, packed: a thousandth of their size.
fn bomb(start: &str, byte: u8, times: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    io::copy(&mut io::repeat(byte).take(16 << 20), &mut encoder).unwrap();
    [gzip(start), encoder.finish().unwrap().repeat(times)].concat()
}

fn get() -> serde_json::Value {
    event(2, "2026-11-28T11:02:00Z", "Get")
}

fn packed(text: &str) -> Vec<u8> {
    gzip(text)
}

/// A log with this in place of its second record.
fn with(record: &[u8]) -> Vec<u8> {
    [b"{\"Records\":[".as_slice(), get().to_string().as_bytes(), b",", record, b"]}"].concat()
}

fn changed(bytes: &[u8], from_end: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = bytes.len() - from_end;
    bytes[at] ^= 1;
    bytes
}

/// Damage to the container.
fn containers() -> Vec<(&'static str, Vec<u8>, Ends)> {
    let whole = log(&[get()]);
    let text = json!({"Records": [get()]}).to_string();
    let (head, tail) = text.split_at(text.len() / 2);
    vec![
        ("truncated", whole[..whole.len() - 9].to_vec(), Ends::Aside("truncated")),
        ("half", whole[..whole.len() / 2].to_vec(), Ends::Aside("truncated")),
        ("header", whole[..8].to_vec(), Ends::Aside("truncated")),
        ("checksum", changed(&whole, 8), Ends::Aside("damaged")),
        ("length", changed(&whole, 1), Ends::Aside("damaged")),
        ("two members", [packed(head), packed(tail)].concat(), Ends::Counted),
        ("trailing", [whole.clone(), b"!".to_vec()].concat(), Ends::Aside("not gzip")),
        ("empty", Vec::new(), Ends::Aside("it is empty")),
        ("empty gzip", packed(""), Ends::Aside("it is empty")),
        ("plain", text.into_bytes(), Ends::Counted),
        ("html", b"<!DOCTYPE html><p>no</p>".to_vec(), Ends::Aside("HTML")),
        ("zeros", bomb("", 0, 2), Ends::Aside("neither gzip nor JSON")),
    ]
}

/// Damage to the content.
fn contents() -> Vec<(&'static str, Vec<u8>, Ends)> {
    let text = json!({"Records": [get()]}).to_string();
    let digest =
        json!({"awsAccountId": ACCOUNT, "digestStartTime": "2026-11-28T10:00:00Z", "logFiles": []});
    let mut newer = get();
    newer["eventVersion"] = json!("2.01");
    newer["eventID"] = json!("other");
    let mut large = event(3, "2026-11-28T11:03:00Z", "Get");
    large["requestParameters"] = json!({"note": "x".repeat(250_000)});
    let about = ["Insight", "Aggregated"].map(|kind| {
        let mut event = event(9, "2026-11-28T11:03:00Z", "Get");
        event["eventCategory"] = json!(kind);
        event
    });
    let deep = format!(
        "{{\"eventName\":\"Deep\",\"requestParameters\":{}{}}}",
        "[".repeat(9_000),
        "]".repeat(9_000)
    );
    vec![
        ("cut", packed(text.get(..text.len() - 20).unwrap()), Ends::Aside("cut off")),
        ("no records", packed("{\"Records\":[]}"), Ends::Counted),
        ("digest", packed(&digest.to_string()), Ends::Aside("digest")),
        ("other json", packed("{\"a\":1}"), Ends::Aside("JSON without records")),
        ("large", log(&[get(), large]), Ends::Counted),
        ("version", log(&[get(), newer]), Ends::Flawed("record 1: unknown version `2.01`")),
        ("about calls", log(&[about[0].clone(), get(), about[1].clone()]), Ends::Counted),
        ("deep", with(deep.as_bytes()), Ends::Flawed("record 1 is nested too deeply")),
        ("bytes", with(b"{\"eventName\":\"\xff\"}"), Ends::Flawed("record 1 is not UTF-8")),
        ("number", with(b"7"), Ends::Flawed("record 1 is no record")),
        (
            "long",
            with(format!("{{\"eventName\":\"{}\"}}", "x".repeat(3 << 20)).as_bytes()),
            Ends::Flawed("longer than 1 MiB"),
        ),
    ]
}

async fn ends(name: &str, bytes: &[u8], expected: &Ends, stream: bool) {
    let world = World::new(Shelf { stream, ..Shelf::default() });
    world.shelf.put(&key(28, "1105", "a"), &log(&[event(1, "2026-11-28T11:01:00Z", "Before")]));
    world.shelf.put(&key(28, "1106", "b"), bytes);
    world.shelf.put(&key(28, "1107", "c"), &log(&[event(7, "2026-11-28T11:06:00Z", "After")]));
    let tally = world.fill().await;
    let rows = world.rows().await.join(" ");
    assert!(
        rows.contains("After 2026-11-28 1") && rows.contains("Before 2026-11-28 1"),
        "{name}: {rows}"
    );
    let aside = world.aside().await.join("; ");
    let (done, set_aside, unreadable, reason) = match expected {
        Ends::Counted => (3, 0, 0, ""),
        Ends::Flawed(reason) => (3, 0, 1, *reason),
        Ends::Aside(reason) => (2, 1, 0, *reason),
    };
    assert_eq!(
        (tally.done, tally.set_aside, tally.unreadable_records),
        (done, set_aside, unreadable),
        "{name}, stream {stream}: {aside}"
    );
    assert!(aside.contains(reason), "{name}, stream {stream}: {aside}");
    assert_eq!(rows.contains("Get"), set_aside == 0 && name != "no records", "{name}: {rows}");
    // Again, it is the same; repaired, it counts.
    let before = world.state().await;
    assert_eq!(world.fill().await.done, 0);
    assert_eq!(world.state().await.cells, before.cells, "{name}");
    let late = event(5, "2026-11-20T05:00:00Z", "Late");
    world.shelf.put(
        &key(28, "1106", "b"),
        &log(&[get(), late, event(4, "2026-11-28T11:04:00Z", "Repaired")]),
    );
    let tally = world.fill().await;
    if matches!(expected, Ends::Counted) {
        // It was whole: what it is now is another object of its name.
        assert!(tally.kept > 0, "{name}: {tally:?}");
        return;
    }
    assert_eq!(
        (tally.done, tally.left, tally.kept),
        (1, 0, 0),
        "{name}, stream {stream}: {tally:?}"
    );
    let rows = world.rows().await;
    let expected = [
        "After 2026-11-28 1",
        "Before 2026-11-28 1",
        "Get 2026-11-28 1",
        "Late 2026-11-20 1",
        "Repaired 2026-11-28 1",
    ];
    assert_eq!(rows, expected, "{name}");
    assert!(world.aside().await.is_empty(), "{name}: {:?}", world.aside().await);
    let tally = world.fill().await;
    assert_eq!((tally.duplicates, tally.written), (3, 0), "{name}: {tally:?}");
}

#[tokio::test]
async fn each_fault_is_told_and_concerns_nothing_else() {
    for (name, bytes, expected) in containers().into_iter().chain(contents()) {
        for stream in [false, true] {
            ends(name, &bytes, &expected, stream).await;
        }
    }
}

/// A folder beside a store.
struct Files {
    folder: tempfile::TempDir,
    store: Arc<SqliteStore>,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, store: Arc::new(SqliteStore::in_memory().unwrap()) }
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        let path = self.folder.path().join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    async fn fill(&self) -> (Tally, Vec<[String; 2]>) {
        let logs = Arc::new(Folder::open(self.folder.path()).unwrap());
        let job = Backfill::new(logs, self.store.clone(), Arc::new(SystemClock), 2, 2);
        let tally = balanced(job.run(&Window::default(), &Arc::default()).await.unwrap().tally);
        let aside = self.store.set_aside_objects(None, 100).await.unwrap().items;
        (tally, aside.into_iter().map(|it| [it.object, it.reason]).collect())
    }
}

#[tokio::test]
async fn links_in_circles_and_pipes_hold_nothing_up() {
    let files = Files::new();
    let first = key(28, "1105", "a");
    files.put(&first, &log(&[event(1, "2026-11-28T11:01:00Z", "Get")]));
    let at = |path: &str| files.folder.path().join(path);
    let day = Path::new(&first).parent().unwrap().to_str().unwrap();
    let account = format!("AWSLogs/{ACCOUNT}");
    for circle in ["AWSLogs/again", &format!("{account}/again"), &format!("{day}/again")] {
        symlink("..", at(circle)).unwrap();
    }
    symlink("b.json.gz", at(&format!("{day}/b.json.gz"))).unwrap();
    symlink("nowhere", at(&format!("{day}/c.json.gz"))).unwrap();
    symlink("/dev/zero", at(&format!("{day}/d.json.gz"))).unwrap();
    std::os::unix::net::UnixListener::bind(at("AWSLogs/socket")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(at(&format!("{day}/e.json.gz"))).status();
    assert!(made.unwrap().success());
    let (tally, aside) = files.fill().await;
    assert_eq!((tally.listed, tally.done, tally.left), (3, 1, 2), "{tally:?} {aside:?}");
    assert!(
        aside[0][0].ends_with("b.json.gz") && aside[0][1].contains("symbolic links"),
        "{aside:?}"
    );
    assert!(aside[1][0].ends_with("c.json.gz") && aside[1][1].contains("gone"), "{aside:?}");
}

#[tokio::test]
async fn a_file_that_is_being_written_is_left_until_it_is_whole() {
    let files = Files::new();
    let (path, whole) = (key(28, "1105", "a"), log(&[event(1, "2026-11-28T11:01:00Z", "Get")]));
    files.put(&path, &whole);
    let folder = Folder::open(files.folder.path()).unwrap();
    let listed =
        |size: usize| LogObject { key: path.clone(), version: size.to_string(), size: size as u64 };
    assert!(folder.body(&listed(whole.len() - 9)).await.unwrap().is_none());
    assert!(folder.body(&listed(whole.len())).await.unwrap().is_some());
    // A folder that goes away between the listing and the reading.
    let found = folder.level("AWSLogs/").await.unwrap();
    fs::remove_dir_all(files.folder.path().join("AWSLogs")).unwrap();
    assert!(folder.body(&listed(whole.len())).await.unwrap().is_none());
    assert!(folder.level(&found.folders[0]).await.unwrap().folders.is_empty());
}

/// The most memory that this process has used, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Alone in its process, whose memory is measured; 5 seconds:
///
/// `cargo test --release -p accesstrail-shared --no-default-features --features sqlite --lib large_objects -- --ignored
/// --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures the whole process, and is slow unless it is optimized"]
async fn large_objects_take_little_memory() {
    let files = Files::new();
    for (time, start, byte) in
        [("1105", "", 0), ("1106", "{\"Records\":[", b' '), ("1107", "[{\"a\":\"", b'x')]
    {
        files.put(&key(28, time, "bomb"), &bomb(start, byte, 64));
    }
    let mut large = GzEncoder::new(Vec::new(), Compression::fast());
    large.write_all(b"{\"Records\":[").unwrap();
    let note = "x".repeat(1_400);
    for id in 0..130_000 {
        let comma = if id > 0 { "," } else { "" };
        let start = format!(
            "{comma}{{\"eventID\":\"{id}\",\"eventTime\":\"2026-11-27T{:02}:01:00Z\"",
            id % 24
        );
        let rest = "\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"Get\",\"userIdentity\":{\"type\":\"Root\"}";
        write!(large, "{start},{rest},\"requestParameters\":{{\"note\":\"{note}{id}\"}}}}")
            .unwrap();
    }
    large.write_all(b"]}").unwrap();
    files.put(&key(28, "0001", "large"), &large.finish().unwrap());
    let many = log(&(0..3_000)
        .map(|id| event(200_000 + id, "2026-11-28T13:01:00Z", "Put"))
        .collect::<Vec<_>>());
    for id in 0..60 {
        files.put(&key(28, "1310", &id.to_string()), &many);
    }
    let before = peak();
    let (tally, aside) = files.fill().await;
    assert_eq!((tally.done, tally.set_aside), (61, 3), "{tally:?}");
    let told = format!("peak {} KiB, before {before} KiB: {aside:?}", peak());
    writeln!(io::stderr(), "{told}").unwrap();
    assert!(peak() < 128 << 10);
}
