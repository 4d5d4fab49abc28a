//! Cases: whatever happens on the way, the end is a function of the objects.

use std::sync::Arc;

use super::Subject;
use super::act::{
    ACCOUNT, HOUR, OBJECTS, State, aside, cell, cell_of, day, hours, insist, logs, of,
};
use crate::port::{SavedCell, UsageStore};
use crate::usage::object::ObjectId;

/// Every set of objects by its bits, in any order: what is stored is at the end the cell of all of them.
pub(super) async fn cells_are_saved_in_any_order(subject: Subject) {
    let of_bits = |bits: usize| -> Vec<&'static str> {
        let chosen = OBJECTS.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
        chosen.map(|(_, object)| *object).collect()
    };
    for step in [1, 3, 7, 11, 15] {
        let subject = subject.another().await;
        let store = subject.store();
        let mut stored: Option<usize> = None;
        for bits in (1..=16).map(|n| n * step % 16) {
            let fits = stored.is_none_or(|stored| stored & bits == stored);
            let expected = match stored {
                Some(stored) if stored == bits => SavedCell::Unchanged,
                _ if fits => SavedCell::Written,
                _ => SavedCell::Conflict,
            };
            assert_eq!(store.save_hour(&cell(&of_bits(bits))).await.unwrap(), expected);
            stored = if fits { Some(bits) } else { stored };
        }
        store.save_hour(&cell(&OBJECTS)).await.unwrap();
        assert_eq!(hours(store, &of(ACCOUNT, HOUR, HOUR + 1), 9).await, [cell(&OBJECTS)]);
    }
}

/// The writes of one piece of work.
const WRITES: usize = 7;

/// One write of a worker that folds two objects into two cells, after one of them could not be used at first.
async fn write(store: &dyn UsageStore, number: usize) {
    let both = ["a", "b"];
    match number {
        0 => store.set_aside(&aside("b", "denied", 1)).await.unwrap(),
        1 => drop(store.save_hour(&cell_of(ACCOUNT, HOUR, &["a"])).await.unwrap()),
        2 => drop(store.save_log_day(&logs(ACCOUNT, "eu-west-1", day(), &["a"])).await.unwrap()),
        3 => drop(store.save_hour(&cell_of(ACCOUNT, HOUR, &both)).await.unwrap()),
        4 => drop(store.save_hour(&cell_of(ACCOUNT, HOUR + 1, &both)).await.unwrap()),
        5 => drop(store.save_log_day(&logs(ACCOUNT, "eu-west-1", day(), &both)).await.unwrap()),
        _ => drop(store.clear_set_aside("b").await.unwrap()),
    }
}

async fn work(store: &dyn UsageStore, writes: usize) {
    for number in 0..writes {
        write(store, number).await;
    }
}

pub(super) async fn a_crash_after_any_write_ends_in_the_same_state(subject: Subject) {
    work(subject.store(), WRITES).await;
    let expected = State::of(subject.store()).await;
    for first in 0..=WRITES {
        for second in 0..=WRITES {
            let subject = subject.another().await;
            for writes in [first, second, WRITES] {
                work(subject.store(), writes).await;
            }
            assert_eq!(State::of(subject.store()).await, expected, "after {first} and {second}");
        }
    }
}

pub(super) async fn a_lost_response_ends_in_the_same_state(subject: Subject) {
    work(subject.store(), WRITES).await;
    let expected = State::of(subject.store()).await;
    for lost in 0..WRITES {
        let subject = subject.another().await;
        for number in 0..WRITES {
            write(subject.store(), number).await;
            if number == lost {
                write(subject.store(), number).await;
            }
        }
        assert_eq!(State::of(subject.store()).await, expected, "the response of {lost}");
    }
}

/// Folds one more object into the cell and the logs of its day, as a worker does that may not be alone.
async fn fold_in(store: Arc<dyn UsageStore>, object: &'static str) {
    let is_in = |known: &dyn Fn(ObjectId) -> bool| -> Vec<&'static str> {
        let wanted = |name: &&&str| **name == object || known(ObjectId::of(name, "version"));
        OBJECTS.iter().filter(wanted).copied().collect()
    };
    loop {
        let found = insist(|| store.objects(ACCOUNT, HOUR, HOUR + 1)).await;
        let all = is_in(&|id| found.iter().any(|(_, set)| set.contains(id)));
        let made = cell(&all);
        if insist(|| store.save_hour(&made)).await != SavedCell::Conflict {
            break;
        }
    }
    loop {
        let query = of(ACCOUNT, HOUR, HOUR + 1);
        let found = insist(|| store.log_days(&query, None, 1)).await;
        let all = is_in(&|id| found.items.iter().any(|log| log.objects.contains(id)));
        let made = logs(ACCOUNT, "eu-west-1", day(), &all);
        if insist(|| store.save_log_day(&made)).await != SavedCell::Conflict {
            return;
        }
    }
}

pub(super) async fn two_workers_unite_their_objects(subject: Subject) {
    for _ in 0..5 {
        let subject = subject.another().await;
        let handles = subject.both();
        let mut tasks = tokio::task::JoinSet::new();
        for (object, store) in OBJECTS.iter().chain(&OBJECTS).zip(handles.iter().cycle()) {
            tasks.spawn(fold_in(Arc::clone(store), object));
        }
        tasks.join_all().await;
        let expected = subject.another().await;
        expected.store().save_hour(&cell(&OBJECTS)).await.unwrap();
        let log = logs(ACCOUNT, "eu-west-1", day(), &OBJECTS);
        expected.store().save_log_day(&log).await.unwrap();
        assert_eq!(State::of(subject.store()).await, State::of(expected.store()).await);
    }
}
