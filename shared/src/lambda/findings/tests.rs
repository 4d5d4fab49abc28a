//! A finding from run to run.

use super::*;
use crate::model::policy::PolicyDocument;
use crate::model::{Counters, Entity, Status};
use crate::store::sqlite::SqliteStore;
use crate::testing::sample::{self, ACCOUNT, at};

/// A role that anybody may assume, or only EC2.
fn role(is_open: bool) -> Entity {
    let Entity::Role(mut role) = sample::role(ACCOUNT, "app", "AROAEXAMPLE") else { panic!() };
    if is_open {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}"#;
        role.trust = Some(PolicyDocument(trust.to_owned()));
    }
    Entity::Role(role)
}

/// A whole run that sees the role.
async fn see(store: &SqliteStore, entity: Entity, second: i64) {
    let unit = sample::unit(ACCOUNT, "iam-authorization");
    let (run, scope) = (sample::run(second), unit.scope("principals"));
    store.open_run(&run, std::slice::from_ref(&unit)).await.unwrap();
    let sighting = sample::sighting(&scope, entity, second + 5);
    store.save_page(&sample::page(&run.id, &unit, 0, vec![sighting])).await.unwrap();
    let coverage = sample::coverage(&scope, &run.id, Status::Complete, second + 10);
    store.end_unit(&run.id, &unit, &[coverage], &Counters::new()).await.unwrap();
    store.close_run(&run.id, at(second + 20), &Counters::new()).await.unwrap();
}

async fn kept(store: &SqliteStore) -> (u64, u64, u64, u64) {
    let Kept { open, severe, opened, resolved, .. } = keep(store, store).await.unwrap();
    (open, severe, opened, resolved)
}

#[tokio::test]
async fn a_finding_is_opened_goes_on_and_is_resolved() {
    let store = SqliteStore::in_memory().unwrap();
    see(&store, role(true), 100).await;
    assert_eq!(kept(&store).await, (1, 1, 1, 0));
    let found = store.findings().await.unwrap();
    assert_eq!(kept(&store).await, (1, 1, 1, 0), "the same look again");
    assert_eq!(store.findings().await.unwrap(), found);
    see(&store, role(true), 200).await;
    assert_eq!(kept(&store).await, (1, 1, 0, 0));
    see(&store, role(false), 300).await;
    assert_eq!(kept(&store).await, (0, 0, 0, 1));
    let [found] = &*store.findings().await.unwrap() else { panic!() };
    assert_eq!((found.state, found.turns.len()), (FindingState::Resolved, 2));
}
