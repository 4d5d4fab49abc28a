//! Cases: how far a run was delivered to a sink.

use super::Subject;
use crate::model::RunId;
use crate::port::Delivery;
use crate::testing::sample;

fn run(second: i64) -> RunId {
    sample::run(second).id
}

/// A delivery of the first run to the first sink.
fn delivery(sent: u64, set_aside: u64, ended: bool) -> Delivery {
    let cursor = (!ended).then(|| format!("after {sent}"));
    Delivery { cursor, sent, set_aside, ended, ..Delivery::new("webhook:example.com", &run(0)) }
}

pub(super) async fn a_run_that_was_not_delivered_has_no_delivery(subject: Subject) {
    assert_eq!(subject.store().delivery("webhook:example.com", &run(0)).await.unwrap(), None);
}

pub(super) async fn a_delivery_comes_back(subject: Subject) {
    let store = subject.store();
    for sink in ["webhook:example.com", "eventbridge:arn:aws:events:x", "a#b%c~d 🦀"] {
        for ended in [false, true] {
            let saved = Delivery { sink: sink.to_owned(), ..delivery(7, 2, ended) };
            store.save_delivery(&saved).await.unwrap();
            assert_eq!(store.delivery(sink, &run(0)).await.unwrap(), Some(saved));
        }
    }
}

pub(super) async fn a_delivery_never_goes_back(subject: Subject) {
    let store = subject.store();
    // What is saved, and what then stands.
    let rows = [
        (delivery(5, 0, false), delivery(5, 0, false)),
        (delivery(3, 1, false), delivery(5, 0, false)),
        (delivery(5, 0, false), delivery(5, 0, false)),
        (delivery(4, 2, false), delivery(4, 2, false)),
        (delivery(20, 0, false), delivery(20, 0, false)),
        (delivery(20, 0, true), delivery(20, 0, true)),
        (delivery(99, 0, false), delivery(20, 0, true)),
        (delivery(19, 0, true), delivery(20, 0, true)),
    ];
    for (saved, stands) in rows {
        store.save_delivery(&saved).await.unwrap();
        let found = store.delivery("webhook:example.com", &run(0)).await.unwrap().unwrap();
        assert_eq!(found, stands, "after {saved:?}");
    }
}

pub(super) async fn deliveries_of_other_sinks_and_runs_are_left_alone(subject: Subject) {
    let store = subject.store();
    store.save_delivery(&delivery(5, 0, true)).await.unwrap();
    assert_eq!(store.delivery("webhook:example.com", &run(60)).await.unwrap(), None);
    assert_eq!(store.delivery("webhook:example.org", &run(0)).await.unwrap(), None);
    let other = Delivery { run: run(60), ..delivery(1, 0, false) };
    store.save_delivery(&other).await.unwrap();
    let found = store.delivery("webhook:example.com", &run(0)).await.unwrap();
    assert_eq!(found, Some(delivery(5, 0, true)));
}

pub(super) async fn two_that_deliver_end_at_the_farther_one(subject: Subject) {
    let tasks = subject.both().into_iter().enumerate().map(|(worker, store)| {
        tokio::spawn(async move {
            for step in 0..10_u64 {
                let sent = step * 2 + worker as u64 + 1;
                store.save_delivery(&delivery(sent, 0, false)).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let found = subject.store().delivery("webhook:example.com", &run(0)).await.unwrap();
    assert_eq!(found, Some(delivery(20, 0, false)));
}
