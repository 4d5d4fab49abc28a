//! Cases: how runs saw scopes.

use super::Subject;
use super::act::{end, open, scope, unit};
use crate::model::{Authority, Coverage, Scope, SetAside, Status, Unavailable};
use crate::testing::sample::{self, ACCOUNT, OTHER_ACCOUNT, coverage};

pub(super) async fn coverage_is_told_by_run_and_as_the_latest(subject: Subject) {
    let store = subject.store();
    // In the order of scopes, which is not the order of their texts.
    let units = [
        sample::unit(ACCOUNT, "iam"),
        sample::unit(ACCOUNT, "iam-authorization"),
        sample::unit(OTHER_ACCOUNT, "iam"),
    ];
    let run = open(store, 0, &units).await;
    let told: Vec<Coverage> = units
        .iter()
        .flat_map(|unit| [unit.scope("policies"), unit.scope("principals")])
        .map(|scope| coverage(&scope, &run.id, Status::Complete, 10))
        .collect();
    for (unit, coverage) in units.iter().zip(told.chunks(2)).rev() {
        end(store, &run.id, unit, coverage).await;
    }
    assert_eq!(store.run_coverage(&run.id).await.unwrap(), told);
    assert_eq!(store.latest_coverage().await.unwrap(), told);
}

pub(super) async fn every_status_comes_back(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    let action = || "iam:ListUsers".to_owned();
    let statuses = [
        Status::Complete,
        Status::Partial { action: action(), reason: "'quoted' \"reason\"\n🦀".to_owned() },
        Status::Denied { action: action(), by: Authority::Boundary },
        Status::Throttled { action: action() },
        Status::Unavailable(Unavailable::RegionNotEnabled),
        Status::Unavailable(Unavailable::ServiceOff("not set up".to_owned())),
        Status::Excluded("--regions".to_owned()),
    ];
    let told: Vec<Coverage> = (0_u64..)
        .zip(statuses)
        .map(|(number, status)| {
            let mut told =
                coverage(&unit().scope(&format!("capability-{number}")), &run.id, status, 10);
            (told.seen, told.note) = (number, Some("a default was assumed".to_owned()));
            told.set_aside = vec![SetAside {
                what: "row 7".to_owned(),
                reason: "it has \u{202e}nine columns".to_owned(),
            }];
            told
        })
        .collect();
    end(store, &run.id, &unit(), &told).await;
    assert_eq!(store.run_coverage(&run.id).await.unwrap(), told);
    assert_eq!(store.latest_coverage().await.unwrap(), told);
}

pub(super) async fn an_earlier_run_does_not_replace_the_latest(subject: Subject) {
    let store = subject.store();
    let (early, late) = (open(store, 0, &[unit()]).await, open(store, 100, &[unit()]).await);
    let denied = Status::Denied { action: "iam:ListUsers".to_owned(), by: Authority::Scp };
    let newer = [coverage(&scope(), &late.id, Status::Complete, 110)];
    let older = [coverage(&scope(), &early.id, denied, 120)];
    end(store, &late.id, &unit(), &newer).await;
    end(store, &early.id, &unit(), &older).await;
    assert_eq!(store.latest_coverage().await.unwrap(), newer);
    assert_eq!(store.run_coverage(&early.id).await.unwrap(), older);
    assert_eq!(store.run_coverage(&late.id).await.unwrap(), newer);
    store.put_latest_coverage(&older).await.unwrap();
    assert_eq!(store.latest_coverage().await.unwrap(), newer);
}

pub(super) async fn the_latest_is_put_for_what_no_unit_looked_at(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    let gone: Vec<Scope> = (0..60)
        .map(|n| sample::unit(OTHER_ACCOUNT, "iam").scope(&format!("capability-{n:02}")))
        .collect();
    let tell = |run, status: Status, second| -> Vec<Coverage> {
        gone.iter().map(|scope| coverage(scope, run, status.clone(), second)).collect()
    };
    let first = tell(&run.id, Status::Complete, 10);
    store.put_latest_coverage(&first).await.unwrap();
    assert_eq!(store.latest_coverage().await.unwrap(), first);
    let later = open(store, 100, &[unit()]).await;
    let left = tell(&later.id, Status::Unavailable(Unavailable::AccountLeft), 110);
    for _ in 0..2 {
        store.put_latest_coverage(&left).await.unwrap();
        assert_eq!(store.latest_coverage().await.unwrap(), left);
    }
    let closed = Unavailable::AccountState("CLOSED".to_owned());
    let closed = tell(&later.id, Status::Unavailable(closed), 120);
    store.put_latest_coverage(&closed).await.unwrap();
    assert_eq!(store.latest_coverage().await.unwrap(), closed, "the same run knows better");
    assert!(store.run_coverage(&later.id).await.unwrap().is_empty());
}
