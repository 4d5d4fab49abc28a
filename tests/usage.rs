//! Usage of generated trees of logs against a slow reference that was written for this test alone: it reads every file
//! whole, parses everything, and knows nothing of how the product does it. What is compared are the bytes of the export.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what is not there ends the test"
)]

#[path = "usage/reference.rs"]
mod reference;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use accesstrail_shared::backfill::{Backfill, Folder, Tally, Window};
use accesstrail_shared::port::{SystemClock, UsageQuery, UsageStore as _};
use accesstrail_shared::store::sqlite::SqliteStore;
use accesstrail_shared::testing::trail::{Moment, Object, Plan};
use accesstrail_shared::usage::csv;
use accesstrail_shared::usage::rollup::Rollup;

async fn fill(root: &Path, store: &Arc<SqliteStore>) -> Tally {
    let job = Backfill::new(
        Arc::new(Folder::open(root).unwrap()),
        store.clone(),
        Arc::new(SystemClock),
        2,
        4,
    );
    let tally = job.run(&Window::default(), &Arc::default()).await.unwrap().tally;
    assert_eq!(tally.listed, tally.done + tally.duplicates + tally.set_aside + tally.left);
    tally
}

async fn export(store: &SqliteStore) -> String {
    let mut out = csv::HEADER.as_bytes().to_vec();
    for account in store.usage_accounts().await.unwrap() {
        let query = UsageQuery { account: Some(account.clone()), ..UsageQuery::default() };
        let (mut rollup, mut after) = (Rollup::new(&account), None);
        loop {
            let page = store.hours(&query, after.as_deref(), 100).await.unwrap();
            for hour in &page.items {
                rollup.add(hour);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        csv::write(&rollup.finish(), &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

fn plan(seed: u64) -> Plan {
    let organization = (seed % 3 == 1).then(|| "o-exampleorgid".to_owned());
    Plan {
        seed,
        organization,
        prefix: if seed.is_multiple_of(2) { "trails/main/".to_owned() } else { String::new() },
        accounts: ["111122223333", "444455556666"].map(str::to_owned).to_vec(),
        regions: ["us-east-1", "eu-west-1"].map(str::to_owned).to_vec(),
        from: Moment::day(2026, 2, 27),
        days: 2,
        digests: seed == 1,
        duplicates: 50,
        late: 20_000,
        oddities: true,
        ..Plan::default()
    }
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(bytes);
    std::io::Read::read_to_end(&mut decoder, &mut content).unwrap();
    content
}

/// The n-th log as somebody may have kept it: unpacked, under another name, in several members.
fn kept(number: usize, mut object: Object) -> Object {
    let folder = object.key.rsplit_once('/').unwrap().0.to_owned();
    match number % 9 {
        1 => {
            object.bytes = unpacked(&object.bytes);
            object.key.truncate(object.key.len() - ".gz".len());
        }
        2 => object.key = format!("{folder}/{number}.json.gz"),
        3 => {
            object.bytes = unpacked(&object.bytes);
            object.key = format!("{folder}/copy of {number}");
        }
        // A name whose time is not of its folder's day.
        4 => {
            let (name, id) = object.key.rsplit_once('_').unwrap();
            let (name, _) = name.rsplit_once('_').unwrap();
            object.key = format!("{name}_20190101T0000Z_{id}");
        }
        _ => {}
    }
    object
}

/// Writes the tree of a seed, with every seventh log twice, in another region's folder of another day: how many logs.
fn write(seed: u64, root: &Path) -> u64 {
    let (mut number, mut again) = (0, Vec::new());
    let change = &mut |object: Object| {
        if !object.key.contains("/CloudTrail/") {
            return Some(object);
        }
        number += 1;
        if number % 7 == 0 {
            let key = object.key.replace("us-east-1", "ap-south-2");
            again.push((key.replace("/2026/02/28/", "/2026/03/04/"), object.bytes.clone()));
        }
        Some(kept(number, object))
    };
    plan(seed).write_changed(root, change).unwrap();
    let copies = again.iter().filter(|(key, _)| !root.join(key).exists()).count();
    for (key, bytes) in again {
        fs::create_dir_all(root.join(&key).parent().unwrap()).unwrap();
        fs::write(root.join(&key), bytes).unwrap();
    }
    (number + copies) as u64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_is_what_a_slow_reading_of_everything_says() {
    for seed in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let files = write(seed, folder.path());
        let expected = reference::export(folder.path());
        assert!(expected.lines().count() > 500, "seed {seed}: {} lines", expected.lines().count());
        let store = Arc::new(SqliteStore::in_memory().unwrap());
        let first = fill(folder.path(), &store).await;
        assert_eq!((first.set_aside, first.left, first.kept), (0, 0, 0), "seed {seed}: {first:?}");
        assert_eq!(first.listed, files, "seed {seed}: {first:?}");
        same(seed, &expected, &export(&store).await);
        let again = fill(folder.path(), &store).await;
        assert_eq!((again.done, again.written), (0, 0), "seed {seed}: {again:?}");
        assert_eq!(again.duplicates, first.listed, "seed {seed}: {again:?}");
    }
}

fn same(seed: u64, expected: &str, found: &str) {
    let lines = expected.lines().zip(found.lines());
    let other = lines.enumerate().find(|(_, (expected, found))| expected != found);
    assert_eq!(other, None, "seed {seed}");
    assert_eq!(expected.len(), found.len(), "seed {seed}");
}
