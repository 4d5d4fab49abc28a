//! Cases: which days have logs.

use super::Subject;
use super::act::{ACCOUNT, OTHER, day, log_days, logs, of};
use crate::port::{SavedCell, UsageQuery, UsageStore};
use crate::usage::coverage::LogDay;
use crate::usage::day::Day;

const REGION: &str = "eu-west-1";

pub(super) async fn a_day_of_logs_comes_back(subject: Subject) {
    let log = logs(ACCOUNT, REGION, day(), &["a", "c"]);
    assert_eq!((log.hours, log.objects.len()), (0b101, 2));
    let store = subject.store();
    assert_eq!(store.save_log_day(&log).await.unwrap(), SavedCell::Written);
    assert_eq!(store.save_log_day(&log).await.unwrap(), SavedCell::Unchanged);
    assert_eq!(log_days(store, &UsageQuery::default(), 100).await, [log]);
}

pub(super) async fn a_day_of_logs_is_replaced_by_one_of_more_objects(subject: Subject) {
    let store = subject.store();
    let of = |objects: &[&str]| logs(ACCOUNT, REGION, day(), objects);
    store.save_log_day(&of(&["a", "b"])).await.unwrap();
    for other in [&[][..], &["a"], &["c"], &["b", "c"]] {
        assert_eq!(store.save_log_day(&of(other)).await.unwrap(), SavedCell::Conflict, "{other:?}");
    }
    let more = of(&["c", "b", "a"]);
    assert_eq!(store.save_log_day(&more).await.unwrap(), SavedCell::Written);
    assert_eq!(log_days(store, &UsageQuery::default(), 100).await, [more]);
}

/// Days of two accounts and regions, saved in no order; returned in theirs.
async fn twelve(store: &dyn UsageStore) -> Vec<LogDay> {
    let mut all = Vec::new();
    for day in [day(), Day(day().0 - 1), Day(day().0 + 30)] {
        for account in [OTHER, ACCOUNT] {
            all.extend(["us-east-1", REGION].map(|region| logs(account, region, day, &["a"])));
        }
    }
    for log in &all {
        store.save_log_day(log).await.unwrap();
    }
    all.sort_by_key(|log| (log.account.clone(), log.day, log.region.clone()));
    all
}

pub(super) async fn days_of_logs_are_read_in_their_order(subject: Subject) {
    let all = twelve(subject.store()).await;
    for limit in [1, 5, 12, 100] {
        let found = log_days(subject.store(), &UsageQuery::default(), limit).await;
        assert_eq!(found, all, "in pages of {limit}");
    }
}

pub(super) async fn days_of_logs_are_asked_for_by_account_and_time(subject: Subject) {
    let all = twelve(subject.store()).await;
    let midnight = day().first_hour();
    let queries = [
        (of(ACCOUNT, midnight, midnight + 1), vec![0]),
        (of(ACCOUNT, midnight + 23, midnight + 24), vec![0]),
        (of(OTHER, midnight - 1, midnight + 1), vec![-1, 0]),
        (of(OTHER, midnight + 24, midnight + 30 * 24), vec![]),
        (of(ACCOUNT, midnight, midnight), vec![]),
        (UsageQuery { account: None, from: midnight + 24, to: i64::MAX }, vec![30]),
    ];
    for (query, days) in queries {
        let wanted: Vec<&LogDay> = all
            .iter()
            .filter(|log| query.account.as_ref().is_none_or(|wanted| *wanted == log.account))
            .filter(|log| days.contains(&(log.day.0 - day().0)))
            .collect();
        for limit in [1, 100] {
            let found = log_days(subject.store(), &query, limit).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{query:?}");
        }
    }
}
