//! One log of 10,000 events, delivered in many orders, some of it twice, to workers that do their units in any order, twice,
//! and two at once: what is kept is the same to the byte.

use serde_json::json;

use super::harness::{ACCOUNT, Dice, Shelf, State, World, balanced, event, key};
use crate::backfill::{Window, plan};

const EVENTS: u32 = 10_000;

/// Objects by key, of three days.
fn objects() -> Vec<(String, Vec<u8>)> {
    let mut dice = Dice(7);
    let mut files: Vec<Vec<serde_json::Value>> = vec![Vec::new(); 160];
    for id in 0..EVENTS {
        let file = dice.below(files.len());
        // Files are delivered every 18 minutes; most events are some minutes older, some hours or days.
        let late = match dice.below(1_000) {
            0 => dice.below(4_000),
            1..10 => 20 + dice.below(600),
            _ => dice.below(19),
        };
        let minute = (4 * 1_440 + file * 18).saturating_sub(late);
        let time = format!(
            "2026-11-{:02}T{:02}:{:02}:{:02}Z",
            20 + minute / 1_440,
            minute / 60 % 24,
            minute % 60,
            dice.below(60)
        );
        let names = ["GetObject", "PutObject", "ListBuckets", "DeleteObject"];
        let mut event = event(id, &time, names[dice.below(4)]);
        event["userIdentity"]["arn"] =
            json!(format!("arn:aws:iam::{ACCOUNT}:user/u{}", dice.below(9)));
        event["sourceIPAddress"] = json!(format!("192.0.2.{}", dice.below(250)));
        if dice.below(500) == 0 {
            event["recipientAccountId"] = json!("444455556666");
        }
        if dice.below(300) == 0 {
            event["eventCategory"] = json!("Insight");
        }
        files[file].push(event);
    }
    let named = files.into_iter().enumerate().map(|(at, events)| {
        let minute = at * 18;
        let time = format!("{:02}{:02}", minute / 60 % 24, minute % 60);
        let day = u32::try_from(24 + minute / 1_440).unwrap();
        let key = if at % 20 == 3 {
            key(day, "renamed", &at.to_string())
        } else {
            key(day, &time, &at.to_string())
        };
        (key, json!({"Records": events}).to_string().into_bytes())
    });
    named.collect()
}

/// The same content under other keys.
fn with_copies(mut objects: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let copies: Vec<_> = objects
        .iter()
        .step_by(13)
        .map(|(key, bytes)| (key.replace("eu-west-1", "us-east-1"), bytes.clone()))
        .collect();
    objects.extend(copies);
    objects
}

/// Does the units of what is there in some order, some of them twice.
async fn work(world: &World, dice: &mut Dice) {
    let job = world.job(world.store.clone());
    let plan = plan(&*job.logs, &Window::default()).await.unwrap();
    let mut units: Vec<_> = plan.units.iter().collect();
    units.extend(plan.units.iter().step_by(2));
    dice.shuffle(&mut units);
    for unit in units {
        balanced(job.unit(&plan, unit, &std::sync::Arc::default()).await.unwrap());
    }
}

/// Delivers everything in three batches.
async fn permuted(objects: &[(String, Vec<u8>)], seed: u64) -> State {
    let mut dice = Dice(seed);
    let world = World::new(Shelf::default());
    let mut order: Vec<_> = objects.iter().collect();
    dice.shuffle(&mut order);
    let ends = [dice.below(order.len()), dice.below(order.len())];
    for (at, (key, bytes)) in order.into_iter().enumerate() {
        world.shelf.put(key, bytes);
        if ends.contains(&at) {
            work(&world, &mut dice).await;
        }
    }
    let both = [world.job(world.store.clone()), world.job(world.store.clone())];
    let (window, progress) = (Window::default(), std::sync::Arc::default());
    let (one, two) = tokio::join!(both[0].run(&window, &progress), both[1].run(&window, &progress));
    for outcome in [one, two] {
        assert_eq!(balanced(outcome.unwrap().tally).kept, 0);
    }
    world.state().await
}

async fn all_orders_end_alike(seeds: std::ops::Range<u64>) {
    let objects = with_copies(objects());
    let world = World::new(Shelf::default());
    for (key, bytes) in &objects {
        world.shelf.put(key, bytes);
    }
    let tally = world.fill().await;
    assert_eq!((tally.listed, tally.set_aside, tally.left), (objects.len() as u64, 0, 0));
    let expected = world.state().await;
    let counted: u64 = expected
        .csv
        .lines()
        .map(|line| line.split(',').nth(5).unwrap().parse::<u64>().unwrap())
        .sum();
    let insights = objects.iter().step_by(1).map(|(key, bytes)| {
        let insights = memchr::memmem::find_iter(bytes, "Insight").count() as u64;
        if key.contains("us-east-1") { 0 } else { insights }
    });
    assert_eq!(counted + insights.sum::<u64>(), u64::from(EVENTS));
    for seed in seeds {
        let found = permuted(&objects, seed).await;
        assert!(found == expected, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_order_and_however_often() {
    all_orders_end_alike(0..5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn whatever_the_order_of_a_thousand() {
    all_orders_end_alike(0..1_000).await;
}
