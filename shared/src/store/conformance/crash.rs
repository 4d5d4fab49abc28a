//! Cases: the process ends at every write in turn, another one goes on, and the end is the same.

use super::Subject;
use super::act::{State, changes, inventory};
use crate::model::{Change, Run, Status, Unit};
use crate::port::{Claim, PortError, Store};
use crate::testing::faulty::{Failure, FaultyStore, Moment};
use crate::testing::sample::{
    self, ACCOUNT, OTHER_ACCOUNT, at, counters, coverage, lease, sighting,
};

/// When the run began that is interrupted.
const SECOND: i64 = 100;

fn units() -> [Unit; 2] {
    [ACCOUNT, OTHER_ACCOUNT].map(|account| sample::unit(account, "iam-authorization"))
}

/// Works until nothing is left to do, as one process does.
async fn work(store: &dyn Store, owner: &str, now: i64) -> Result<(), PortError> {
    let run = sample::run(SECOND);
    store.open_run(&run, &units()).await?;
    for unit in store.pending_units(&run.id).await? {
        let lease = lease(owner, now, now + 50);
        if let Claim::Granted { pages, .. } = store.claim_unit(&run.id, &unit, &lease).await? {
            look(store, &run, &unit, pages).await?;
        }
    }
    if let Claim::Granted { .. } =
        store.claim_closing(&run.id, &lease(owner, now, now + 50)).await?
    {
        let mut tombstones = 0;
        for coverage in store.run_coverage(&run.id).await? {
            tombstones += store.settle_scope(&run.id, &coverage).await?;
        }
        let counted = counters("tombstones", tombstones);
        store.close_run(&run.id, at(SECOND + 20), &counted).await?;
    }
    Ok(())
}

/// Looks at a unit from page `from` on: ana is changed, cleo is new, bob is gone.
async fn look(store: &dyn Store, run: &Run, unit: &Unit, from: u32) -> Result<(), PortError> {
    let scope = unit.scope("principals");
    let account = unit.account.as_str();
    let tags = [("team", "payments")];
    let users = [
        sample::tagged_user(account, "ana", "AIDAEXAMPLEANA", &tags),
        sample::user(account, "cleo", "AIDAEXAMPLECLEO"),
    ];
    for (number, user) in (0_u32..).zip(users) {
        if number >= from {
            let seen = vec![sighting(&scope, user, SECOND + 5)];
            let mut page = sample::page(&run.id, unit, number, seen);
            page.cursor = Some(format!("marker-{number}"));
            store.save_page(&page).await?;
        }
    }
    let complete = [coverage(&scope, &run.id, Status::Complete, SECOND + 10)];
    store.end_unit(&run.id, unit, &complete, &counters("calls", 2)).await?;
    Ok(())
}

/// The store as the run finds it: ana and bob, in one of the two accounts.
async fn prepare(store: &dyn Store) {
    let user = |name, unique| sample::user(ACCOUNT, name, unique);
    inventory(store, 0, [user("ana", "AIDAEXAMPLEANA"), user("bob", "AIDAEXAMPLEBOB")]).await;
}

async fn end(store: &dyn Store) -> (State, Vec<Change>) {
    (State::of(store).await, changes(store, &sample::run(SECOND).id, 10).await)
}

/// Lets the process fail at each of its writes in turn, and another one go on after its leases.
async fn interrupt(subject: &Subject, failure: Failure, moment: Moment) {
    prepare(subject.store()).await;
    let undisturbed = FaultyStore::new(subject.shared());
    work(&undisturbed, "only", SECOND).await.unwrap();
    let expected = end(subject.store()).await;
    assert_eq!(expected.1.len(), 5, "ana changed and created, cleo twice created, bob deleted");
    for write in 1..=undisturbed.writes() {
        let subject = subject.another().await;
        prepare(subject.store()).await;
        let faulty = FaultyStore::new(subject.shared());
        let faulty = faulty.failing(write, moment, failure);
        work(&faulty, "first", SECOND).await.unwrap_err();
        work(&*subject.handles.other, "second", SECOND + 60).await.unwrap();
        assert_eq!(end(subject.store()).await, expected, "{failure:?} {moment:?} write {write}");
    }
}

pub(super) async fn a_crash_at_any_write_ends_in_the_same_state(subject: Subject) {
    interrupt(&subject, Failure::Crash, Moment::Before).await;
}

pub(super) async fn a_lost_response_ends_in_the_same_state(subject: Subject) {
    interrupt(&subject, Failure::Busy, Moment::After).await;
}
