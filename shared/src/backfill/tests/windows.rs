//! Objects that come late, and windows that leave some out: what is left out is not lost.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::harness::{ACCOUNT, Dice, Shelf, World, event, key, log};
use crate::backfill::Window;
use crate::usage::day::Day;

const OTHER: &str = "444455556666";

fn day(number: i64) -> Day {
    // 2026-11-01 is 20,758 days after 1970.
    Day(20_757 + number)
}

fn only(accounts: &[&str], regions: &[&str], from: Option<i64>) -> Window {
    let texts =
        |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
    Window { accounts: texts(accounts), regions: texts(regions), from: from.map(day), prefix: None }
}

fn to(account: &str, mut event: Value) -> Value {
    event["recipientAccountId"] = json!(account);
    event
}

/// Events that come after so many minutes: in time, at the edges of what is near, late, and before they happen.
fn late() -> Shelf {
    let shelf = Shelf::default();
    // Delivered on the 15th, 12:20: the hour from 11 on ends to be near then; that from 12 on begins to at 12:00.
    let times = [
        "2026-11-15T12:19:00Z",
        "2026-11-15T12:00:00Z",
        "2026-11-15T11:59:59Z",
        "2026-11-15T11:00:00Z",
        "2026-11-15T10:30:00Z",
        "2026-11-15T00:10:00Z",
        "2026-11-14T23:59:59Z",
        "2026-11-13T12:00:00Z",
        "2026-10-16T12:00:00Z",
        "2024-02-29T12:00:00Z",
        "2026-11-15T13:00:00Z",
        "2026-11-16T00:00:00Z",
        "2026-12-25T00:00:00Z",
        "2036-12-25T00:00:00Z",
    ];
    let events = |first: u32| {
        times.iter().zip(first..).map(|(time, id)| event(id, time, "Get")).collect::<Vec<_>>()
    };
    shelf.put(&key(15, "1219", "a"), &log(&events(0)));
    shelf.put(&key(15, "1220", "b"), &log(&events(100)));
    shelf.put(&key(15, "1200", "c"), &log(&events(200)));
    shelf.put(&key(15, "0000", "d"), &log(&events(300)));
    shelf.put(&key(16, "0019", "e"), &log(&events(400)));
    shelf.put(&key(16, "0020", "f"), &log(&events(500)));
    let others: Vec<Value> = events(600).into_iter().map(|event| to(OTHER, event)).collect();
    shelf.put(&key(15, "1222", "g"), &log(&others));
    shelf
}

#[tokio::test]
async fn whenever_an_event_is_delivered_it_counts_once() {
    let world = World::new(late());
    world.fill().await;
    let state = world.state().await;
    let sum: u64 =
        state.csv.lines().map(|line| line.split(',').nth(5).unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(sum, 7 * 14, "{}", state.csv);
    assert_eq!(state.csv.lines().count(), 2 * 8, "{}", state.csv);
    let tally = world.fill().await;
    assert_eq!((tally.duplicates, tally.written), (7, 0), "{tally:?}");
    // One object after the other ends alike.
    for seed in 0..20 {
        let each = World::new(Shelf::default());
        let mut objects: Vec<_> = late().objects.into_inner().unwrap().into_iter().collect();
        Dice(seed).shuffle(&mut objects);
        for (key, bytes) in objects {
            each.shelf.put(&key, &bytes);
            each.fill().await;
        }
        assert_eq!(each.state().await, state, "seed {seed}");
    }
}

/// Two accounts, two regions, two prefixes, five days; some late, some of the other account.
fn spread() -> Shelf {
    let shelf = Shelf::default();
    let mut dice = Dice(3);
    let mut id = 0;
    for (account, region, prefix) in [
        (ACCOUNT, "eu-west-1", ""),
        (ACCOUNT, "us-east-1", ""),
        (OTHER, "eu-west-1", ""),
        (OTHER, "us-east-1", ""),
        (ACCOUNT, "eu-west-1", "old/"),
    ] {
        for at in 10..15 {
            for (file, time) in ["0004", "0930", "0931", "1005", "2350"].iter().enumerate() {
                let mut events = Vec::new();
                for _ in 0..6 {
                    id += 1;
                    let back = if dice.below(3) == 0 { dice.below(4) } else { 0 };
                    let hour = [9, 9, 9, 23, 0, 8][dice.below(6)];
                    let time = format!(
                        "2026-11-{:02}T{hour:02}:30:00Z",
                        usize::try_from(at).unwrap() - back
                    );
                    let to_whom = if dice.below(8) == 0 { OTHER } else { account };
                    events.push(to(to_whom, event(id, &time, "Get")));
                }
                let key = key(at, time, &format!("{file}"));
                let key = key.replace(ACCOUNT, account).replace("eu-west-1", region);
                shelf.put(&format!("{prefix}{key}"), &log(&events));
            }
        }
    }
    shelf
}

#[tokio::test]
async fn a_wider_backfill_later_ends_as_a_wide_one_at_once() {
    let wide = World::new(spread());
    wide.fill().await;
    let expected = wide.state().await;
    let windows = [
        only(&[], &["eu-west-1"], None),
        only(&[], &["us-east-1"], None),
        only(&[ACCOUNT], &[], None),
        only(&[OTHER], &[], None),
        only(&[], &[], Some(13)),
        only(&[], &[], Some(15)),
        only(&[OTHER], &["us-east-1"], Some(12)),
        Window { prefix: Some(String::new()), ..Window::default() },
        Window { prefix: Some("old/".to_owned()), ..Window::default() },
    ];
    for (at, one) in windows.iter().enumerate() {
        for two in windows.iter().cycle().skip(at + 1).step_by(2).take(3) {
            let world = World::new(spread());
            world.fill_window(one).await;
            world.fill_window(two).await;
            let tally = world.fill().await;
            assert_eq!((tally.kept, tally.left), (0, 0), "{one:?} {two:?}");
            assert_eq!(world.state().await, expected, "{one:?} {two:?}");
        }
    }
}

#[tokio::test]
async fn one_region_after_the_other_is_both() {
    let wide = World::new(spread());
    let none = Some(String::new());
    wide.fill_window(&Window { prefix: none.clone(), ..Window::default() }).await;
    let world = World::new(spread());
    for region in ["eu-west-1", "us-east-1"] {
        let window = Window { prefix: none.clone(), ..only(&[], &[region], None) };
        let tally = world.fill_window(&window).await;
        assert_eq!((tally.kept, tally.left), (0, 0), "{region}: {tally:?}");
    }
    assert_eq!(world.state().await, wide.state().await);
}

#[tokio::test]
async fn what_a_kept_cell_does_not_take_is_tried_again_each_time() {
    let world = World::new(Shelf::default());
    let first = key(10, "1105", "a");
    let content = log(&[event(1, "2026-11-10T11:01:00Z", "Get")]);
    world.shelf.put(&first, &content);
    world.fill().await;
    world.shelf.objects.lock().unwrap().remove(&first);
    world.shelf.put(&key(12, "1105", "b"), &log(&[event(2, "2026-11-10T11:02:00Z", "Put")]));
    for _ in 0..2 {
        let tally = world.fill().await;
        assert_eq!((tally.listed, tally.left, tally.kept), (1, 1, 1), "{tally:?}");
        assert!(!tally.is_complete());
        assert_eq!(world.rows().await, ["Get 2026-11-10 1"]);
        let aside = world.aside().await;
        assert!(aside[0].contains("111122223333 from 2026-11-10T11:00:00Z"), "{aside:?}");
    }
    world.shelf.put(&first, &content);
    let tally = world.fill().await;
    assert_eq!((tally.done, tally.kept), (1, 0), "{tally:?}");
    assert_eq!(world.rows().await, ["Get 2026-11-10 1", "Put 2026-11-10 1"]);
    assert!(world.aside().await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_again_is_told_and_forgotten_once_it_can() {
    let world = World::new(Shelf::default());
    let first = key(10, "1105", "a");
    world.shelf.put(&first, &log(&[event(1, "2026-11-10T11:01:00Z", "Get")]));
    world.fill().await;
    world.shelf.put(&key(10, "1106", "b"), &log(&[event(2, "2026-11-10T11:02:00Z", "Put")]));
    world.shelf.denied.lock().unwrap().push(first);
    let tally = world.fill().await;
    assert_eq!((tally.done, tally.duplicates, tally.left), (0, 0, 2), "{tally:?}");
    world.shelf.denied.lock().unwrap().clear();
    let tally = world.fill().await;
    assert_eq!((tally.done, tally.duplicates, tally.left), (1, 1, 0), "{tally:?}");
    assert!(world.aside().await.is_empty());
    assert_eq!(world.rows().await, ["Get 2026-11-10 1", "Put 2026-11-10 1"]);
}

#[tokio::test]
async fn a_folder_that_cannot_be_listed_keeps_no_other_from_it() {
    let world = World::new(spread());
    let whole = World::new(spread());
    whole.fill().await;
    let folders = [
        format!("AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/11/12/"),
        format!("AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/2026/"),
        format!("AWSLogs/{OTHER}/"),
    ];
    for folder in folders {
        world.shelf.denied.lock().unwrap().push(folder.clone());
        let job = world.job(world.store.clone());
        let outcome = job.run(&Window::default(), &std::sync::Arc::default()).await.unwrap();
        assert!(outcome.unlisted[&folder].contains("kms:Decrypt"), "{outcome:?}");
        assert!(outcome.tally.done > 0 || outcome.tally.duplicates > 0, "{outcome:?}");
        assert!(!outcome.tally.is_complete());
    }
    world.shelf.denied.lock().unwrap().clear();
    assert!(world.fill().await.is_complete());
    assert_eq!(world.state().await, whole.state().await);
}
