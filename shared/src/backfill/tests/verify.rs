//! Digests and logs of a place, read through the port: what is looked at, and what is told.

mod silence;

use std::sync::Arc;

use serde_json::json;

use super::harness::{ACCOUNT, Shelf};
use crate::backfill::{Folder, Keys, Progress, Window, verify};
use crate::model::Timestamp;
use crate::port::{Logs, Signature};
use crate::trail::digest::ProblemKind::{
    self, DigestInvalid, DigestMissing, Gap, LogMissing, LogModified,
};
use crate::trail::digest::Report;
use crate::trail::digest::tests::tree::{
    BUCKET, EAST, HOUR, Plan, START, Signer, Tree, WEST, gzip,
};
use crate::usage::day::Day;

/// The first day of the window: 2026-11-29.
const TODAY: Day = Day(START / 86_400);

/// Nine hours, of which three begin on the day before. The third digest ends today and names logs of yesterday.
const ACROSS: Plan = Plan { start: START - 3 * HOUR, logs: &[2, 2, 2, 1, 0, 2, 1, 1, 2], ..EAST };

fn empty() -> Tree {
    let listed = vec![("us-east-1", Signer::East), ("eu-west-1", Signer::West)];
    Tree { listed, ..Tree::default() }
}

fn across() -> Tree {
    let mut tree = empty();
    tree.lay(&ACROSS, None);
    tree
}

fn today() -> Window {
    Window { from: Some(TODAY), ..Window::default() }
}

fn shelf(tree: &Tree) -> Shelf {
    let of = |(signature, algorithm): &(String, String)| Signature {
        signature: Some(signature.clone()),
        algorithm: Some(algorithm.clone()),
    };
    let signatures = tree.metadata.iter().map(|(key, metadata)| (key.clone(), of(metadata)));
    let shelf = Shelf { signatures: signatures.collect(), ..Shelf::default() };
    tree.objects.iter().for_each(|(key, object)| shelf.put(key, object));
    shelf
}

async fn verified(tree: &Tree, shelf: Shelf, window: &Window) -> (Report, Vec<String>) {
    verified_at(tree, shelf, window, START + 24 * HOUR).await
}

async fn verified_at(
    tree: &Tree,
    shelf: Shelf,
    window: &Window,
    now: i64,
) -> (Report, Vec<String>) {
    let shelf = Arc::new(shelf);
    let logs: Arc<dyn Logs> = shelf.clone();
    let (keys, progress) = (Keys::Known(tree.keys()), Arc::new(Progress::default()));
    let now = Timestamp::from_second(now).unwrap();
    let report = verify(&logs, window, keys, now, 2, &progress).await.unwrap();
    let finds = shelf.finds.lock().unwrap().clone();
    (report, finds)
}

/// The problems of a whole tree.
async fn told(tree: &Tree) -> Vec<(ProblemKind, String)> {
    found(&verified(tree, shelf(tree), &Window::default()).await.0)
}

fn found(report: &Report) -> Vec<(ProblemKind, String)> {
    report.problems.iter().map(|problem| (problem.kind, problem.key.clone())).collect()
}

#[tokio::test]
async fn logs_of_the_hour_before_the_window_are_looked_for() {
    let tree = across();
    let yesterday = [ACROSS.log(2, 0), ACROSS.log(2, 1)];
    assert!(yesterday.iter().all(|key| key.contains("/2026/11/28/")), "{yesterday:?}");
    assert!(ACROSS.digest(2).contains("/2026/11/29/"));
    let (report, mut finds) = verified(&tree, shelf(&tree), &today()).await;
    assert!(report.is_clean(), "{:?}", report.problems);
    assert_eq!((report.digests.valid, report.logs.valid, report.logs.missing), (7, 9, 0));
    finds.sort();
    assert_eq!(finds, yesterday);
}

#[tokio::test]
async fn what_is_wrong_before_the_window_is_told_if_a_digest_in_it_names_it() {
    let mut tree = across();
    tree.remove(&ACROSS.log(2, 0));
    tree.objects.insert(ACROSS.log(2, 1), gzip(b"{}"));
    // No digest of the window names these.
    tree.remove(&ACROSS.log(1, 0));
    tree.objects.insert(ACROSS.log(1, 1), gzip(b"{}"));
    let (report, _) = verified(&tree, shelf(&tree), &today()).await;
    let expected = [(LogMissing, ACROSS.log(2, 0)), (LogModified, ACROSS.log(2, 1))];
    assert_eq!(found(&report), expected);

    let shelf = shelf(&across());
    shelf.denied.lock().unwrap().push(ACROSS.log(2, 1));
    let (report, _) = verified(&across(), shelf, &today()).await;
    assert_eq!(found(&report), [(LogMissing, ACROSS.log(2, 1))]);
    assert!(report.problems[0].unverifiable && report.logs.valid == 8, "{report:?}");
}

#[tokio::test]
async fn logs_of_folders_that_are_not_listed_are_looked_for() {
    let mut tree = across();
    let moved = |folder: &str| ACROSS.log(3, 0).replace("/CloudTrail/", &format!("/{folder}/"));
    let insight = moved("CloudTrail-Insight");
    let elsewhere = format!("older/prefix/{}", ACROSS.log(3, 0));
    let foreign = ACROSS.log(3, 0).replace("us-east-1", "eu-central-1");
    let object = tree.objects[&ACROSS.log(3, 0)].clone();
    let keys = [insight, elsewhere, foreign];
    tree.remake(&ACROSS, 3, |digest| {
        let named = digest["logFiles"][0].clone();
        for key in &keys {
            let mut named = named.clone();
            named["s3Object"] = json!(key);
            digest["logFiles"].as_array_mut().unwrap().push(named);
        }
    });
    for key in &keys {
        tree.objects.insert(key.clone(), object.clone());
    }
    let one_region = Window {
        regions: ["us-east-1".to_owned()].into(),
        prefix: Some(String::new()),
        ..Window::default()
    };
    let (report, finds) = verified(&tree, shelf(&tree), &one_region).await;
    assert!(report.is_clean(), "{:?}", report.problems);
    assert_eq!((report.logs.valid, finds.len()), (16, 3));
    for key in &keys {
        tree.remove(key);
    }
    let (report, _) = verified(&tree, shelf(&tree), &one_region).await;
    let mut expected: Vec<_> = keys.into_iter().map(|key| (LogMissing, key)).collect();
    let mut found = found(&report);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_log_that_a_listing_would_show_is_not_asked_for() {
    let mut tree = across();
    tree.remove(&ACROSS.log(5, 1));
    let (report, finds) = verified(&tree, shelf(&tree), &Window::default()).await;
    assert_eq!(found(&report), [(LogMissing, ACROSS.log(5, 1))]);
    assert!(finds.is_empty(), "{finds:?}");
}

#[tokio::test]
async fn files_that_are_no_digests_are_left_alone() {
    let mut tree = across();
    let (folder, _) = ACROSS.digest(4).rsplit_once('/').map(|(a, b)| (a.to_owned(), b)).unwrap();
    for name in [".DS_Store", "_SUCCESS", "index.json.gz", "notes.txt", "a_20261129T013015Z.json"] {
        tree.objects.insert(format!("{folder}/{name}"), b"something".to_vec());
    }
    assert_eq!(told(&tree).await, []);
    // One that has a digest's name is to be one.
    tree.objects.insert(ACROSS.digest(4).replace("_main_", "_side_"), b"something".to_vec());
    assert_eq!(told(&tree).await, [(DigestInvalid, ACROSS.digest(4).replace("_main_", "_side_"))]);
}

#[tokio::test]
async fn a_digest_of_another_bucket_was_moved() {
    let mut tree = Tree::new();
    let in_bucket = |tree: &Tree, bucket| Shelf { bucket: Some(bucket), ..shelf(tree) };
    let (report, _) = verified(&tree, in_bucket(&tree, BUCKET), &Window::default()).await;
    assert!(report.is_clean(), "{:?}", report.problems);
    tree.remake(&EAST, 5, |digest| digest["digestS3Bucket"] = json!("another"));
    let (report, _) = verified(&tree, in_bucket(&tree, BUCKET), &Window::default()).await;
    assert_eq!(found(&report), [(DigestInvalid, EAST.digest(5))]);
    let from = format!("it was moved here from another/{}", EAST.digest(5));
    assert_eq!(report.problems[0].detail, from);
    let copied = Tree::new();
    let (report, _) = verified(&copied, in_bucket(&copied, "copies"), &Window::default()).await;
    assert_eq!((report.digests.valid, report.digests.invalid), (0, 9));
    assert!(report.problems.iter().all(|problem| problem.kind == DigestInvalid), "{report:?}");
}

#[tokio::test]
async fn the_newest_digests_are_not_deleted_unseen() {
    for kept in 1..=8 {
        let mut tree = across();
        (kept..9).for_each(|hour| tree.remove(&ACROSS.digest(hour)));
        // The last log is of the ninth hour, ten minutes in: two hours behind the end of the sixth digest.
        let expected = if kept <= 6 { vec![(Gap, ACROSS.digest(kept - 1))] } else { vec![] };
        let (report, _) = verified(&tree, shelf(&tree), &Window::default()).await;
        assert_eq!(found(&report), expected, "{kept}");
        assert_eq!((report.digests.missing, report.gaps.len()), (0, expected.len()));
        let Some(gap) = report.gaps.first() else { continue };
        assert_eq!((gap.account(), gap.region()), (ACCOUNT, "us-east-1"));
        assert_eq!(gap.from, ACROSS.start + kept * HOUR);
        assert_eq!(gap.until.div_euclid(HOUR), (ACROSS.start + 8 * HOUR).div_euclid(HOUR));
        assert_eq!(gap.hours().next(), Some(gap.from.div_euclid(HOUR)));
    }
}

#[tokio::test]
async fn all_digests_of_a_region_are_not_deleted_unseen() {
    // With a trail's name that leaves the names of its logs those of CloudTrail.
    let west = Plan { trail: "west", ..WEST };
    let mut tree = empty();
    tree.lay(&EAST, None);
    tree.lay(&west, None);
    assert_eq!(told(&tree).await, []);
    (0..3).for_each(|hour| tree.remove(&west.digest(hour)));
    let (report, _) = verified(&tree, shelf(&tree), &Window::default()).await;
    let folder = "AWSLogs/444455556666/CloudTrail-Digest/eu-west-1/";
    assert_eq!(found(&report), [(Gap, folder.to_owned())]);
    let [gap] = &report.gaps[..] else { panic!("{:?}", report.gaps) };
    assert_eq!((gap.account(), gap.region(), gap.missing), ("444455556666", "eu-west-1", 0));
    // From its first log to its last, by the minute.
    assert_eq!((gap.from, gap.until), (START + 885, START + 885 + 2 * HOUR + 60));
    let hours: Vec<i64> = gap.hours().map(|hour| hour - START / HOUR).collect();
    assert_eq!(hours, [0, 1, 2]);

    // Nobody ever had one: nothing is told.
    (0..6).for_each(|hour| tree.remove(&EAST.digest(hour)));
    let (report, _) = verified(&tree, shelf(&tree), &Window::default()).await;
    assert!(report.is_clean() && report.logs.uncovered == 13, "{report:?}");
}

#[tokio::test]
async fn logs_whose_digest_is_still_to_come_are_no_gap() {
    // An account that joined in the last hours, logs before validation was on, another root, and a name without time.
    let joined = Plan { account: "777788889999", ..EAST };
    let mut tree = Tree::new();
    for hour in [4, 5, 6, 7] {
        tree.objects.insert(joined.log(hour, 5), gzip(b"{}"));
    }
    for hour in -40..-1 {
        tree.objects.insert(joined.log(hour, 0), gzip(b"{}"));
        tree.objects.insert(EAST.log(hour, 0), gzip(b"{}"));
        let old = Plan { root: "old/AWSLogs", trail: "old", ..WEST };
        tree.objects.insert(old.log(hour, 0), gzip(b"{}"));
    }
    let (folder, _) = EAST.log(90, 0).rsplit_once('/').map(|(a, b)| (a.to_owned(), b)).unwrap();
    tree.objects.insert(format!("{folder}/copied.json.gz"), gzip(b"{}"));
    assert_eq!(told(&tree).await, []);
    tree.objects.insert(joined.log(3, 1), gzip(b"{}"));
    assert_eq!(told(&tree).await.len(), 1);
}

#[tokio::test]
async fn one_fault_is_one_problem() {
    // The newest three are edited: each is told, and nothing else.
    let mut tree = across();
    for hour in 6..9 {
        tree.edit(&ACROSS.digest(hour), |digest| digest["logFiles"] = json!([]));
    }
    let expected: Vec<_> = (6..9).map(|hour| (DigestInvalid, ACROSS.digest(hour))).collect();
    assert_eq!(told(&tree).await, expected);

    // One in the middle is missing, of one of two trails; the other ended long before.
    let side = Plan { trail: "side", suffix: "", logs: &[1, 1], ..ACROSS };
    let mut tree = across();
    tree.lay(&side, None);
    assert_eq!(told(&tree).await, []);
    tree.remove(&ACROSS.digest(6));
    assert_eq!(told(&tree).await, [(DigestMissing, ACROSS.digest(6))]);
}

#[tokio::test]
async fn the_newest_digests_of_one_of_two_trails_are_not_deleted_unseen() {
    let side = Plan { trail: "side", start: ACROSS.start - 900, ..ACROSS };
    let mut tree = across();
    tree.lay(&side, None);
    assert_eq!(told(&tree).await, []);
    (3..9).for_each(|hour| tree.remove(&side.digest(hour)));
    assert_eq!(told(&tree).await, [(Gap, side.digest(2))]);

    // A trail that another one replaced had no more to prove, whatever lies there later.
    let later = Plan { trail: "later", start: ACROSS.start + 9 * HOUR, ..ACROSS };
    let mut tree = across();
    tree.lay(&later, None);
    assert_eq!(told(&tree).await, []);
    // Of that log the one that goes on tells.
    let strange = Plan { trail: "strange", ..later }.log(5, 0);
    tree.objects.insert(strange.clone(), gzip(b"{}"));
    assert_eq!(told(&tree).await, [(Gap, strange)]);
}

#[tokio::test]
async fn a_key_does_not_lead_out_of_a_folder() {
    let above = tempfile::tempdir().unwrap();
    let root = above.path().join("trail");
    std::fs::create_dir_all(root.join("AWSLogs")).unwrap();
    for file in ["secret", "trail/AWSLogs/log"] {
        std::fs::write(above.path().join(file), b"something").unwrap();
    }
    let folder = Folder::open(&root).unwrap();
    let absolute = above.path().join("secret").display().to_string();
    for key in ["../secret", "AWSLogs/../../secret", &absolute, "AWSLogs/log/x", "a\0b", ""] {
        assert_eq!(folder.find(key).await.unwrap(), None, "{key}");
    }
    assert_eq!(folder.find(&"x".repeat(300)).await.unwrap(), None);
    assert_eq!(folder.find("AWSLogs/log").await.unwrap().unwrap().size, 9);
}
