//! The process ends at a write; messages come twice and in any order; two workers work at once.

use std::sync::Arc;
use std::time::Instant;

use accesstrail_shared::collect::pipeline::{Outcome, Reach, drive};
use accesstrail_shared::port::{Clock, Queue as _, Store};
use accesstrail_shared::testing::faulty::{Failure, FaultyStore, Moment};
use accesstrail_shared::testing::proxy::{Plan, Proxy};
use accesstrail_tests::world::{self, Silent, worker};
use futures::{StreamExt as _, stream};

use crate::small::{self, EndState, Forward, collect, mortal, process, request};

/// An uninterrupted run: where it ends, and the writes on the way.
async fn uninterrupted(proxy: &Proxy, reach: Reach) -> (EndState, Vec<&'static str>) {
    let inner = small::store_with_a_past().await;
    let faulty = Arc::new(FaultyStore::new(Arc::clone(&inner)));
    let store: Arc<dyn Store> = Arc::clone(&faulty) as Arc<dyn Store>;
    collect(proxy, &store, reach, 1).await.unwrap();
    let state = EndState::of(&*inner).await;
    assert_eq!(faulty.count("close_run"), 1);
    assert_eq!(state.deleted(), Some(1), "what is not there any more");
    (state, faulty.calls())
}

/// Crashes at a write, goes on with another process, and must end where an uninterrupted run does.
async fn crash_and_go_on(
    proxy: &Proxy,
    reach: &Reach,
    (write, moment): (u64, Moment),
    at_once: usize,
    whole: &EndState,
) {
    let inner = small::store_with_a_past().await;
    let crashing = FaultyStore::new(Arc::clone(&inner)).failing(write, moment, Failure::Crash);
    let crashing: Arc<dyn Store> = Arc::new(crashing);
    let told = collect(proxy, &crashing, reach.clone(), at_once).await.unwrap_err();
    collect(proxy, &inner, reach.clone(), at_once).await.unwrap();
    let when = format!("{moment:?} write {write} ({told})");
    EndState::of(&*inner).await.must_equal(whole, &when);
}

#[test]
fn a_crash_at_any_write_ends_in_the_state_of_an_uninterrupted_run() {
    world::run(async {
        let proxy = small::proxy(4).await;
        let began = Instant::now();
        let (whole, writes) = uninterrupted(&proxy, Reach::Caller).await;
        println!("{} writes in {:?}: {writes:?}", writes.len(), began.elapsed());
        assert!(writes.len() < 150, "{}", writes.len());
        for method in [
            "open_run",
            "claim_unit",
            "save_page",
            "end_unit",
            "claim_closing",
            "settle_scope",
            "close_run",
        ] {
            assert!(writes.contains(&method), "{method}");
        }
        let last = writes.len() as u64;
        let crashes = (1..=last).flat_map(|n| [(n, Moment::Before), (n, Moment::After)]);
        let each = crashes.map(|crash| crash_and_go_on(&proxy, &Reach::Caller, crash, 1, &whole));
        stream::iter(each).buffer_unordered(4).collect::<Vec<_>>().await;
        println!("{} crashes in {:?}", 2 * last, began.elapsed());
    });
}

#[test]
fn a_crash_in_a_whole_organization_does_so_too() {
    world::run(async {
        let proxy = world::world().await.proxy(Plan::default()).await;
        let began = Instant::now();
        let (whole, writes) = uninterrupted(&proxy, Reach::Organization).await;
        println!("{} writes in {:?}", writes.len(), began.elapsed());
        let mut seed = 0x5eed_u64;
        for moment in [Moment::Before, Moment::After, Moment::After] {
            let write = 1 + draw(&mut seed) % (writes.len() as u64);
            crash_and_go_on(&proxy, &Reach::Organization, (write, moment), 4, &whole).await;
        }
        println!("with 3 crashes {:?}", began.elapsed());
    });
}

#[test]
fn another_worker_takes_over_once_the_lease_has_ended() {
    world::run(async {
        let proxy = small::proxy(4).await;
        let (whole, writes) = uninterrupted(&proxy, Reach::Caller).await;
        let page = 1 + writes.iter().position(|method| *method == "save_page").unwrap() as u64;
        let closing =
            1 + writes.iter().position(|method| *method == "claim_closing").unwrap() as u64;
        // In the middle of a unit, and in the middle of the closing.
        for (write, seconds) in [(page, 62), (closing, 302)] {
            let forward = Arc::new(Forward::default());
            let clock: Arc<dyn Clock> = Arc::clone(&forward) as Arc<dyn Clock>;
            let inner = small::store_with_a_past().await;
            let crashing = FaultyStore::new(Arc::clone(&inner));
            let crashing: Arc<dyn Store> =
                Arc::new(crashing.failing(write, Moment::After, Failure::Crash));
            let (first, queue) = process(&proxy, &crashing, &clock).await;
            first.plan(request(Reach::Caller)).await.unwrap();
            let mut messages = Vec::new();
            while let Some(message) = queue.take() {
                messages.push(message);
            }
            queue.send(&messages).await.unwrap();
            let failures = drive(&first, &queue, &mortal("first", &*clock), 1, &Silent).await;
            assert!(!failures.is_empty());

            // The queue delivers every message again that was not deleted; here that is all of them.
            let (second, queue) = process(&proxy, &inner, &clock).await;
            let mut held = Vec::new();
            for message in &messages {
                let outcome = second.work(message, &mortal("second", &*clock)).await.unwrap();
                if let Outcome::Held(_) = outcome {
                    held.push(message.clone());
                }
            }
            assert!(!held.is_empty(), "write {write}: the dead worker's lease is respected");
            assert!(!EndState::of(&*inner).await.is_closed(), "write {write}");
            forward.put(seconds);
            queue.send(&held).await.unwrap();
            let failures = drive(&second, &queue, &mortal("third", &*clock), 1, &Silent).await;
            assert!(failures.is_empty(), "{failures:?}");
            EndState::of(&*inner).await.must_equal(&whole, &format!("taken over at write {write}"));
        }
    });
}

#[test]
fn duplicate_and_reordered_messages_change_nothing() {
    world::run(async {
        let proxy = small::proxy(4).await;
        let (whole, _) = uninterrupted(&proxy, Reach::Caller).await;
        let clock: Arc<dyn Clock> = Arc::new(accesstrail_shared::port::SystemClock);
        for seed in 1..=6_u64 {
            let inner = small::store_with_a_past().await;
            let counting = Arc::new(FaultyStore::new(Arc::clone(&inner)));
            let store: Arc<dyn Store> = Arc::clone(&counting) as Arc<dyn Store>;
            let (one, queue) = process(&proxy, &store, &clock).await;
            let (two, _) = process(&proxy, &store, &clock).await;
            let two = accesstrail_shared::collect::pipeline::Inventory {
                queue: Arc::clone(&queue) as Arc<dyn accesstrail_shared::port::Queue>,
                ..two
            };
            one.plan(request(Reach::Caller)).await.unwrap();
            let mut messages = Vec::new();
            while let Some(message) = queue.take() {
                messages.extend([message.clone(), message]);
            }
            let all = messages.clone();
            shuffle(&mut messages, seed);
            queue.send(&messages).await.unwrap();
            let (first, second) = (worker("first", &*clock), worker("second", &*clock));
            let (a, b) = tokio::join!(
                drive(&one, &queue, &first, 4, &Silent),
                drive(&two, &queue, &second, 4, &Silent),
            );
            assert!(a.is_empty() && b.is_empty(), "seed {seed}: {a:?} {b:?}");
            let closings = counting.count("close_run");
            assert!(closings > 0, "seed {seed}");
            EndState::of(&*inner).await.must_equal(&whole, &format!("seed {seed}"));

            // The same messages after the end: nobody is told to look for a fault.
            for message in &all {
                let outcome = one.work(message, &first).await.unwrap();
                assert_eq!(outcome, Outcome::EndedBefore, "{}", message.unit);
            }
            assert_eq!(counting.count("close_run"), closings, "seed {seed}: it stays closed");
        }
    });
}

/// xorshift: the same for ever.
fn draw(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for index in (1..items.len()).rev() {
        let other = usize::try_from(draw(&mut seed) % (index as u64 + 1)).unwrap();
        items.swap(index, other);
    }
}
