//! What the store has cost: requests, items and capacity, counted where they are spent.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::ConsumedCapacity;

use crate::model::Counters;

/// Counts since the store was opened.
#[derive(Debug, Default)]
pub(super) struct Meter {
    requests: AtomicU64,
    read_items: AtomicU64,
    written_items: AtomicU64,
    bodies_written: AtomicU64,
    read_capacity: AtomicU64,
    write_capacity: AtomicU64,
}

impl Meter {
    /// One call, whatever the number of its retries.
    pub(super) fn request(&self) {
        add(&self.requests, 1);
    }

    pub(super) fn read(&self, items: usize, capacity: &[ConsumedCapacity]) {
        add(&self.read_items, items as u64);
        add(&self.read_capacity, tenths(capacity));
    }

    pub(super) fn written(&self, items: usize, capacity: &[ConsumedCapacity]) {
        add(&self.written_items, items as u64);
        add(&self.write_capacity, tenths(capacity));
    }

    pub(super) fn bodies(&self, contents: usize) {
        add(&self.bodies_written, contents as u64);
    }

    pub(super) fn counters(&self) -> Counters {
        [
            ("store.requests", &self.requests),
            ("store.read_items", &self.read_items),
            ("store.written_items", &self.written_items),
            ("store.bodies_written", &self.bodies_written),
            ("store.read_capacity_tenths", &self.read_capacity),
            ("store.write_capacity_tenths", &self.write_capacity),
        ]
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count.load(Ordering::Relaxed)))
        .collect()
    }
}

fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}

/// Capacity units in tenths: the smallest read is half a unit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "units of one call are a small number that is not negative"
)]
fn tenths(capacity: &[ConsumedCapacity]) -> u64 {
    let units: f64 = capacity.iter().filter_map(ConsumedCapacity::capacity_units).sum();
    (units * 10.0).round() as u64
}
