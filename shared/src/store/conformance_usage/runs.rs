//! Cases: backfills and how far they are.

use super::Subject;
use crate::model::{Counters, RunId};
use crate::port::{LogRun, LogRunState};

fn run(id: &str, units: u64) -> LogRun {
    LogRun { id: id.parse().unwrap(), logs: format!("s3://trail-ü\0'#{id}"), units }
}

fn counters(counts: &[(&str, u64)]) -> Counters {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

const FIRST: &str = "20261129T080000Z";

pub(super) async fn a_backfill_and_its_units_come_back(subject: Subject) {
    let store = subject.store();
    assert_eq!(store.log_runs(10).await.unwrap(), []);
    let own = run(FIRST, 3);
    store.save_log_run(&own).await.unwrap();
    let planned = LogRunState { run: own.clone(), ended: 0, counters: Counters::new() };
    assert_eq!(store.log_runs(10).await.unwrap(), [planned]);
    let units = [
        ("111122223333/2026-11-29", counters(&[("objects.done", 2), ("logs.gets", 5)])),
        ("111122223333/2026-11-28", counters(&[("objects.done", 1)])),
        ("ü#~%\0/2026-11-28", counters(&[])),
    ];
    for (unit, counters) in &units {
        store.end_log_unit(&own.id, unit, counters).await.unwrap();
    }
    // Planning it again takes nothing back.
    store.save_log_run(&own).await.unwrap();
    let sums = counters(&[("objects.done", 3), ("logs.gets", 5)]);
    let expected = LogRunState { run: own, ended: 3, counters: sums };
    assert_eq!(store.log_runs(10).await.unwrap(), [expected]);
}

pub(super) async fn a_unit_that_is_done_again_counts_once(subject: Subject) {
    let [store, other] = subject.both();
    let own = run(FIRST, 1);
    store.save_log_run(&own).await.unwrap();
    store.end_log_unit(&own.id, "a", &counters(&[("objects.left", 4)])).await.unwrap();
    other.end_log_unit(&own.id, "a", &counters(&[("objects.done", 4)])).await.unwrap();
    let found = store.log_runs(1).await.unwrap();
    assert_eq!((found[0].ended, &found[0].counters), (1, &counters(&[("objects.done", 4)])));
}

pub(super) async fn backfills_are_read_newest_first(subject: Subject) {
    let store = subject.store();
    let ids = ["20261129T080000Z", "20271129T080000Z-b", "20261129T080000Z-a", "20251231T235959Z"];
    for id in ids {
        let own = run(id, 2);
        store.save_log_run(&own).await.unwrap();
        store.end_log_unit(&own.id, id, &counters(&[(id, 1)])).await.unwrap();
    }
    let mut newest: Vec<RunId> = ids.iter().map(|id| id.parse().unwrap()).collect();
    newest.sort();
    newest.reverse();
    for limit in [0, 1, 3, 4, 9] {
        let found = store.log_runs(limit).await.unwrap();
        let found: Vec<RunId> = found.into_iter().map(|state| state.run.id).collect();
        assert_eq!(found, newest[..limit.min(4)], "{limit}");
    }
}
