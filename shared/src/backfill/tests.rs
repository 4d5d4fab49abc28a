//! Backfills of small places: what counts, once, whatever comes when.

mod crash;
mod faults;
mod harness;
mod order;
mod races;
mod verify;
mod windows;

use std::sync::Arc;

use serde_json::json;

use self::harness::{ACCOUNT, Shelf, World, event, gzip, key, log};
use super::*;

#[tokio::test]
async fn an_event_counts_once_however_often_it_is_delivered() {
    let world = World::new(Shelf::default());
    let (one, two) = (
        event(1, "2026-11-28T10:58:00Z", "GetObject"),
        event(2, "2026-11-28T11:01:00Z", "GetObject"),
    );
    world.shelf.put(&key(28, "1105", "a"), &log(&[one.clone(), two.clone()]));
    world.shelf.put(&key(28, "1107", "b"), &log(&[two, one]));
    let tally = world.fill().await;
    assert_eq!((tally.done, tally.events, tally.copies, tally.written), (2, 2, 2, 2));
    assert_eq!(world.rows().await, ["GetObject 2026-11-28 2"]);
    let tally = world.fill().await;
    assert_eq!((tally.done, tally.duplicates, tally.events, tally.written), (0, 2, 0, 0));
    assert_eq!(world.rows().await, ["GetObject 2026-11-28 2"]);
}

#[tokio::test]
async fn what_is_delivered_later_makes_its_hours_anew() {
    let world = World::new(Shelf::default());
    world.shelf.put(&key(28, "1105", "a"), &log(&[event(1, "2026-11-28T11:01:00Z", "GetObject")]));
    world.fill().await;
    // In time, days late, and of the midnight between two days.
    world.shelf.put(&key(28, "1108", "b"), &log(&[event(2, "2026-11-28T11:02:00Z", "GetObject")]));
    world.shelf.put(&key(30, "0900", "c"), &log(&[event(3, "2026-11-28T11:03:00Z", "GetObject")]));
    world.shelf.put(&key(29, "0004", "d"), &log(&[event(4, "2026-11-28T23:59:59Z", "GetObject")]));
    let tally = world.fill().await;
    assert_eq!((tally.listed, tally.done, tally.kept), (4, 3, 0), "{tally:?}");
    assert_eq!(world.rows().await, ["GetObject 2026-11-28 4"]);
    let tally = world.fill().await;
    assert_eq!((tally.duplicates, tally.written), (4, 0), "{tally:?}");
    // The late one is found again although nothing near its hour names it.
    world.shelf.put(&key(28, "1109", "e"), &log(&[event(5, "2026-11-28T11:04:00Z", "GetObject")]));
    world.fill().await;
    assert_eq!(world.rows().await, ["GetObject 2026-11-28 5"]);
}

/// As the queue brings them: in any order, each with a plan of its own, some of them twice.
#[tokio::test]
async fn units_one_by_one_come_to_what_a_whole_run_comes_to() {
    let (whole, single) = (World::new(Shelf::default()), World::new(Shelf::default()));
    let other = "444455556666";
    let mut foreign = event(6, "2026-11-28T11:05:00Z", "PutObject");
    foreign["recipientAccountId"] = json!(ACCOUNT);
    let in_other = |key: String| key.replace(ACCOUNT, other);
    let in_organization = |key: String| key.replace("AWSLogs/", "AWSLogs/o-exampleorg1/");
    let objects = [
        (key(28, "1105", "a"), event(1, "2026-11-28T11:01:00Z", "GetObject")),
        (in_organization(key(28, "1108", "b")), event(2, "2026-11-28T11:02:00Z", "GetObject")),
        (key(30, "0900", "c"), event(3, "2026-11-28T11:03:00Z", "GetObject")),
        (key(29, "0004", "d"), event(4, "2026-11-28T23:59:59Z", "GetObject")),
        (in_other(key(28, "1107", "f")), foreign),
    ];
    for (key, event) in &objects {
        whole.shelf.put(key, &log(std::slice::from_ref(event)));
        single.shelf.put(key, &log(std::slice::from_ref(event)));
    }
    whole.fill().await;
    let job = single.job(single.store.clone());
    let window = Window { prefix: Some(String::new()), ..Window::default() };
    let units = plan(&*single.shelf, &window).await.unwrap().units;
    for unit in units.iter().rev().chain(&units) {
        let plan = Plan::of_account(&*single.shelf, &window, &unit.account).await.unwrap();
        let tally = job.unit(&plan, unit, &Arc::default()).await.unwrap();
        assert!(tally.is_complete(), "{unit:?}: {tally:?}");
    }
    assert_eq!(whole.rows().await, ["GetObject 2026-11-28 4", "PutObject 2026-11-28 1"]);
    assert_eq!(single.rows().await, whole.rows().await);
    // What lies in another region's folder is nothing to whoever asks for one region.
    let elsewhere = Window { regions: ["us-east-1".to_owned()].into(), ..window };
    let plan = Plan::of_account(&*single.shelf, &elsewhere, ACCOUNT).await.unwrap();
    assert!(plan.folders(ACCOUNT, units[0].day).is_empty());
}

#[tokio::test]
async fn what_cannot_be_used_is_set_aside_and_counts_nothing() {
    for stream in [false, true] {
        let world = World::new(Shelf { stream, ..Shelf::default() });
        let good = event(1, "2026-11-28T11:01:00Z", "GetObject");
        let whole = json!({"Records": [event(2, "2026-11-28T11:02:00Z", "PutObject"), good]});
        let whole = whole.to_string();
        let cut = whole.get(..whole.len() - 30).unwrap();
        world.shelf.put(&key(28, "1105", "a"), &log(&[event(3, "2026-11-28T11:03:00Z", "Get")]));
        world.shelf.put(&key(28, "1106", "b"), &gzip(cut));
        let packed = gzip(&whole);
        world.shelf.put(&key(28, "1107", "c"), &packed[..packed.len() - 9]);
        world.shelf.put(&key(28, "1108", "d"), b"<html>no</html>");
        let nameless =
            json!({"eventTime": "2026-11-28T11:01:00Z", "eventSource": "s3.amazonaws.com"});
        world.shelf.put(&key(28, "1109", "e"), &log(&[nameless]));
        let tally = world.fill().await;
        assert_eq!((tally.done, tally.set_aside, tally.unreadable_records), (2, 3, 1), "{tally:?}");
        assert_eq!(world.rows().await, ["Get 2026-11-28 1"]);
        let aside = world.aside().await;
        for (reason, part) in aside.iter().zip(["cut off", "unpacked", "HTML", "eventName"]) {
            assert!(reason.contains(part), "{reason}");
        }
        // Repaired, it counts, and nothing is set aside any more.
        for (time, suffix) in [("1106", "b"), ("1107", "c"), ("1108", "d")] {
            world.shelf.put(&key(28, time, suffix), &packed);
        }
        world.fill().await;
        assert_eq!(world.aside().await.len(), 1);
        let rows = ["Get 2026-11-28 1", "GetObject 2026-11-28 1", "PutObject 2026-11-28 1"];
        assert_eq!(world.rows().await, rows);
    }
}

#[tokio::test]
async fn what_is_denied_is_left_and_counts_when_it_is_let() {
    let world = World::new(Shelf::default());
    let locked = key(28, "1106", "b");
    world.shelf.put(&key(28, "1105", "a"), &log(&[event(1, "2026-11-28T11:01:00Z", "GetObject")]));
    world.shelf.put(&locked, &log(&[event(2, "2026-11-28T11:02:00Z", "GetObject")]));
    world.shelf.denied.lock().unwrap().push(locked);
    let tally = world.fill().await;
    assert_eq!((tally.done, tally.left), (1, 1));
    assert_eq!(world.rows().await, ["GetObject 2026-11-28 1"]);
    assert!(world.aside().await[0].contains("kms:Decrypt"));
    world.shelf.denied.lock().unwrap().clear();
    let tally = world.fill().await;
    assert_eq!((tally.done, tally.left), (1, 0));
    assert_eq!(world.rows().await, ["GetObject 2026-11-28 2"]);
    assert!(world.aside().await.is_empty());
}

#[tokio::test]
async fn a_cell_whose_objects_are_gone_is_kept() {
    let world = World::new(Shelf::default());
    let first = key(28, "1105", "a");
    world.shelf.put(&first, &log(&[event(1, "2026-11-28T11:01:00Z", "GetObject")]));
    world.fill().await;
    world.shelf.objects.lock().unwrap().remove(&first);
    world.shelf.put(&key(28, "1106", "b"), &log(&[event(2, "2026-11-28T11:02:00Z", "PutObject")]));
    let tally = world.fill().await;
    // The hour of the event, and the one before, which the object was near to.
    assert_eq!(tally.kept, 2, "{tally:?}");
    assert_eq!(world.rows().await, ["GetObject 2026-11-28 1"]);
}

#[tokio::test]
async fn a_place_without_logs_says_so() {
    let world = World::new(Shelf::default());
    world.shelf.put("notes.txt", b"nothing");
    let job = world.job(world.store.clone());
    let error = job.run(&Window::default(), &Arc::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no folder AWSLogs with logs in the shelf");
}
