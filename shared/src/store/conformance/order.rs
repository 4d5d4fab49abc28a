//! Cases: pages and ends arrive in any order and more than once, and the end is the same.

use super::Subject;
use super::act::{State, open, scope, settle, unit};
use crate::model::{Coverage, Entity, Run, Status, Unit};
use crate::port::{Page, Store};
use crate::testing::sample::{
    self, ACCOUNT, OTHER_ACCOUNT, at, counters, coverage, lease, sighting,
};

/// How many orders a case tries.
const ORDERS: u64 = 12;

/// A small generator of numbers (SplitMix64): the same orders every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % (end as u64)).unwrap()
    }

    /// The deliveries in another order, some of them twice.
    fn deliveries<T: Clone>(&mut self, once: &[T]) -> Vec<T> {
        let mut many = once.to_vec();
        for _ in 0..once.len() / 2 {
            many.push(once[self.below(once.len())].clone());
        }
        for place in (1..many.len()).rev() {
            many.swap(place, self.below(place + 1));
        }
        many
    }
}

#[derive(Clone)]
enum Delivery {
    Page(Page),
    End(Unit, Coverage),
}

fn units() -> [Unit; 2] {
    ["iam-authorization", "iam-credentials"].map(|collector| sample::unit(ACCOUNT, collector))
}

/// What two units see: three pages each, with an entity that two pages see differently at one moment.
fn deliveries(run: &Run, second: i64, version: &str) -> Vec<Delivery> {
    let mut all = Vec::new();
    for (unit, n) in units().into_iter().zip([0, 1]) {
        let scope = unit.scope("principals");
        for number in 0..3_u32 {
            let unique = |n: u32| format!("AIDAEXAMPLE{n}{number}");
            let name = format!("user-{number}");
            let tags = [("version", version)];
            let user = sample::tagged_user(ACCOUNT, &name, &unique(n), &tags);
            let disputed = sample::user(ACCOUNT, &name, &format!("AIDADISPUTED{version}"));
            let mut page = sample::page(&run.id, &unit, number, Vec::new());
            page.cursor = Some(format!("marker-{number}"));
            page.sightings =
                [user, disputed].map(|entity| sighting(&scope, entity, second + 5)).to_vec();
            all.push(Delivery::Page(page));
        }
        let complete = coverage(&scope, &run.id, Status::Complete, second + 10);
        all.push(Delivery::End(unit, complete));
    }
    all
}

async fn deliver(store: &dyn Store, run: &Run, delivery: &Delivery) {
    match delivery {
        Delivery::Page(page) => drop(store.save_page(page).await.unwrap()),
        Delivery::End(unit, coverage) => {
            let coverage = std::slice::from_ref(coverage);
            store.end_unit(&run.id, unit, coverage, &counters("calls", 3)).await.unwrap();
        }
    }
}

async fn close(store: &dyn Store, run: &Run, second: i64) {
    store.claim_closing(&run.id, &lease("closer", second + 15, second + 30)).await.unwrap();
    let mut tombstones = 0;
    for coverage in store.run_coverage(&run.id).await.unwrap() {
        tombstones += store.settle_scope(&run.id, &coverage).await.unwrap();
    }
    let counted = counters("tombstones", tombstones);
    store.close_run(&run.id, at(second + 20), &counted).await.unwrap();
}

async fn two_runs(store: &dyn Store, numbers: Option<&mut Numbers>) -> State {
    let mut orders = numbers;
    for (second, version) in [(0, "1"), (100, "2")] {
        let run = open(store, second, &units()).await;
        let mut deliveries = deliveries(&run, second, version);
        if let Some(numbers) = orders.as_mut() {
            deliveries = numbers.deliveries(&deliveries);
        }
        for delivery in &deliveries {
            deliver(store, &run, delivery).await;
        }
        close(store, &run, second).await;
    }
    State::of(store).await
}

pub(super) async fn pages_and_ends_in_any_order(subject: Subject) {
    let expected = two_runs(subject.store(), None).await;
    for seed in 1..=ORDERS {
        let subject = subject.another().await;
        let found = two_runs(subject.store(), Some(&mut Numbers(seed))).await;
        assert_eq!(found, expected, "in order {seed}");
    }
}

pub(super) async fn answers_in_any_order(subject: Subject) {
    let answers: Vec<(Entity, i64)> = (0..6)
        .map(|n| {
            let version = n.to_string();
            let tags = [("version", version.as_str())];
            // Two answers of each moment.
            (sample::tagged_user(OTHER_ACCOUNT, "ana", "AIDAEXAMPLE", &tags), 5 + i64::from(n) / 2)
        })
        .collect();
    let mut ends: Vec<State> = Vec::new();
    for seed in 0..ORDERS {
        let subject = subject.another().await;
        let store = subject.store();
        let run = open(store, 0, &[unit()]).await;
        for (entity, second) in Numbers(seed).deliveries(&answers) {
            let number = u32::try_from(second).unwrap();
            let seen = vec![sighting(&scope(), entity, second)];
            store.save_page(&sample::page(&run.id, &unit(), number, seen)).await.unwrap();
        }
        assert_eq!(settle(store, &run.id, 0).await, 0);
        ends.push(State::of(store).await);
    }
    for (seed, end) in ends.iter().enumerate() {
        assert_eq!(end.contents(), ends[0].contents(), "in order {seed}");
    }
}
