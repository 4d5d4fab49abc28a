//! One log of 10,000 events, delivered in many orders, some of it twice, to workers that do their units in any order, twice,
//! and two at once: what is kept is the same to the byte.

use std::sync::Arc;

use futures::StreamExt as _;

use super::harness::{ACCOUNT, Dice, Shelf, State, World, balanced, key};
use crate::backfill::{Window, plan};

const EVENTS: u32 = 10_000;

/// Minutes between the files of the log.
const APART: usize = 18;

/// A file of the log: its key, and its records as CloudTrail writes them. Their order is no part of it.
#[derive(Clone)]
struct File {
    key: String,
    records: Vec<String>,
}

impl File {
    /// The file with its records in some order. It has the same size in each, and so it is the same object to the shelf.
    fn object(&self, dice: &mut Dice) -> Vec<u8> {
        let mut records: Vec<&str> = self.records.iter().map(String::as_str).collect();
        dice.shuffle(&mut records);
        stored(format!("{{\"Records\":[{}]}}", records.join(",")).as_bytes())
    }
}

/// A gzip member that packs nothing: its size says nothing about the order of what is in it, and to read it costs little
/// where nothing is optimized.
fn stored(text: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks = text.chunks(0xFFFF).count();
    for (at, block) in text.chunks(0xFFFF).enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        out.push(u8::from(at + 1 == blocks));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(libdeflater::crc32(text).to_le_bytes());
    out.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    out
}

fn record(id: u32, minute: usize, dice: &mut Dice) -> String {
    let time = format!(
        "2026-11-{:02}T{:02}:{:02}:{:02}Z",
        20 + minute / 1_440,
        minute / 60 % 24,
        minute % 60,
        dice.below(60)
    );
    let name = ["GetObject", "PutObject", "ListBuckets", "DeleteObject"][dice.below(4)];
    let (user, address) = (dice.below(9), dice.below(250));
    let recipient =
        if dice.below(500) == 0 { ",\"recipientAccountId\":\"444455556666\"" } else { "" };
    let category = if dice.below(300) == 0 { ",\"eventCategory\":\"Insight\"" } else { "" };
    format!(
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"IAMUser\",\
         \"arn\":\"arn:aws:iam::{ACCOUNT}:user/u{user}\"}},\"eventTime\":\"{time}\",\
         \"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"{name}\",\
         \"sourceIPAddress\":\"192.0.2.{address}\",\
         \"eventID\":\"00000000-0000-4000-8000-{id:012x}\"{recipient}{category}}}"
    )
}

/// The files of three days. Most events are delivered some minutes late; of ten thousand, so many hours, of which each tenth
/// days.
fn files(late: usize) -> Vec<File> {
    let mut dice = Dice(7);
    let mut files: Vec<Vec<String>> = vec![Vec::new(); 160];
    for id in 0..EVENTS {
        let file = dice.below(files.len());
        let late = match dice.below(10_000) {
            which if which < late.div_ceil(10) => 600 + dice.below(3_400),
            which if which < late => 20 + dice.below(580),
            _ => dice.below(19),
        };
        let minute = (4 * 1_440 + file * APART).saturating_sub(late);
        files[file].push(record(id, minute, &mut dice));
    }
    let named = files.into_iter().enumerate().map(|(at, records)| {
        let minute = at * APART;
        let time = format!("{:02}{:02}", minute / 60 % 24, minute % 60);
        let day = u32::try_from(24 + minute / 1_440).unwrap();
        let time = if at % 20 == 3 { "renamed" } else { &time };
        File { key: key(day, time, &at.to_string()), records }
    });
    named.collect()
}

/// The same records under other keys.
fn with_copies(mut files: Vec<File>) -> Vec<File> {
    let copy =
        |file: &File| File { key: file.key.replace("eu-west-1", "us-east-1"), ..file.clone() };
    let copies: Vec<File> = files.iter().step_by(13).map(copy).collect();
    files.extend(copies);
    files
}

/// Does the units of what is there in some order, some of them twice.
async fn work(world: &World, dice: &mut Dice) {
    let job = world.job(world.store.clone());
    let plan = plan(&*job.logs, &Window::default()).await.unwrap();
    let mut units: Vec<_> = plan.units.iter().collect();
    units.extend(plan.units.iter().step_by(2));
    dice.shuffle(&mut units);
    for unit in units {
        balanced(job.unit(&plan, unit, &Arc::default()).await.unwrap());
    }
}

/// Delivers everything in batches. After each of them but the last, all units are done; after that, workers do all of it at
/// once.
async fn permuted(files: &[File], seed: u64, [batches, workers, spread]: [usize; 3]) -> State {
    let mut dice = Dice(seed);
    let world = World::new(Shelf::default());
    let mut order: Vec<_> = files.iter().collect();
    dice.shuffle(&mut order);
    let ends: Vec<usize> = (1..batches).map(|_| dice.below(order.len() / spread)).collect();
    for (at, file) in order.into_iter().enumerate() {
        world.shelf.put(&file.key, &file.object(&mut dice));
        if ends.contains(&at) {
            work(&world, &mut dice).await;
        }
    }
    let (window, progress) = (Window::default(), Arc::default());
    let workers: Vec<_> = (0..workers).map(|_| world.job(world.store.clone())).collect();
    let runs = workers.iter().map(|worker| worker.run(&window, &progress));
    for outcome in futures::future::join_all(runs).await {
        assert_eq!(balanced(outcome.unwrap().tally).kept, 0);
    }
    world.state().await
}

/// What is kept of the files if they are there from the beginning.
async fn at_once(files: &[File]) -> State {
    let world = World::new(Shelf::default());
    for file in files {
        world.shelf.put(&file.key, &file.object(&mut Dice(0)));
    }
    let tally = world.fill().await;
    assert_eq!((tally.listed, tally.set_aside, tally.left), (files.len() as u64, 0, 0));
    let state = world.state().await;
    let counts = state.csv.lines().map(|line| line.split(',').nth(5).unwrap());
    let counted: u64 = counts.map(|count| count.parse::<u64>().unwrap()).sum();
    let originals = files.iter().filter(|file| !file.key.contains("us-east-1"));
    let insights = originals.flat_map(|file| &file.records).filter(|it| it.contains("Insight"));
    assert_eq!(counted + insights.count() as u64, u64::from(EVENTS));
    state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_order_and_however_often() {
    let files = with_copies(files(100));
    let expected = at_once(&files).await;
    for seed in 0..5 {
        assert!(permuted(&files, seed, [3, 2, 1]).await == expected, "seed {seed}");
    }
}

/// Permutations, of each of which everything is read about twice. Few events are hours late, as for each of them all files
/// around its hour are read once more.
async fn permutations_end_alike(seeds: std::ops::Range<u64>) {
    let files = with_copies(files(5));
    let expected = at_once(&files).await;
    let permutations = futures::stream::iter(seeds).map(|seed| {
        let found = permuted(&files, seed, [2, 1, 3]);
        async move { (seed, found.await) }
    });
    // While one is read, another is prepared or looked at.
    let mut permutations = permutations.buffer_unordered(3);
    while let Some((seed, found)) = permutations.next().await {
        assert!(found == expected, "seed {seed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_order_of_fifty() {
    permutations_end_alike(1_000..1_050).await;
}

/// Forty seconds: `cargo test --release -p accesstrail-shared --no-default-features --features sqlite --lib thousand --
/// --ignored`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes unless it is optimized"]
async fn whatever_the_order_of_a_thousand() {
    permutations_end_alike(1_000..2_000).await;
}
