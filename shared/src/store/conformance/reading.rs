//! Cases: what readers ask.

use std::collections::BTreeSet;

use super::Subject;
use super::act::{
    ana, bob, changes, entities, everything, inventory, open, save, scope, see, settle, unit,
};
use crate::model::{EntityId, Kind, Scope, Tri};
use crate::port::{Query, Store};
use crate::testing::sample::{self, ACCOUNT, OTHER_ACCOUNT, sighting};

/// Users, roles and accounts in three scopes, of which one user is deleted.
async fn populate(store: &dyn Store) -> [Scope; 3] {
    let other = sample::unit(OTHER_ACCOUNT, "iam-authorization").scope("principals");
    let accounts = sample::unit(ACCOUNT, "organization").scope("accounts");
    inventory(store, 0, [sample::user(ACCOUNT, "gone", "AIDAEXAMPLEGONE")]).await;
    let run = open(store, 100, &[unit()]).await;
    let role = |n| sample::role(ACCOUNT, &format!("role-{n}"), &format!("AROAEXAMPLE{n}"));
    see(store, &run.id, [ana(&[]), bob(), role(1), role(2), role(3)], 105).await;
    settle(store, &run.id, 100).await;
    let mut sightings = vec![
        sighting(&accounts, sample::account(ACCOUNT, "management"), 105),
        sighting(&accounts, sample::account(OTHER_ACCOUNT, "workload"), 105),
    ];
    for n in 4..9 {
        sightings.push(sighting(&other, role(n), 105));
    }
    save(store, &run.id, 1, sightings).await;
    [scope(), other, accounts]
}

type Name = (Scope, EntityId);

async fn names(store: &dyn Store, query: &Query, limit: usize) -> Vec<Name> {
    let items = entities(store, query, limit).await;
    items.into_iter().map(|stored| (stored.scope, stored.entity.id())).collect()
}

pub(super) async fn every_entity_is_read_once(subject: Subject) {
    let store = subject.store();
    populate(store).await;
    for limit in [1, 2, 3, 12, 13, 1000] {
        let live = names(store, &Query::default(), limit).await;
        assert_eq!(live.len(), 12, "in pages of {limit}");
        assert_eq!(live.iter().collect::<BTreeSet<_>>().len(), 12, "in pages of {limit}");
        let all = Query { with_deleted: true, ..Query::default() };
        assert_eq!(names(store, &all, limit).await.len(), 13, "in pages of {limit}");
    }
}

pub(super) async fn entities_are_asked_for_by_kind_and_scope(subject: Subject) {
    let store = subject.store();
    let scopes = populate(store).await;
    let all = everything(store).await;
    let kinds = [None, Some(Kind::User), Some(Kind::Role), Some(Kind::Account), Some(Kind::Mfa)];
    for kind in kinds {
        for scope in [None].into_iter().chain(scopes.iter().cloned().map(Some)) {
            for with_deleted in [false, true] {
                let query = Query { kind, scope: scope.clone(), with_deleted, ..Query::default() };
                let expected: BTreeSet<Name> = all
                    .iter()
                    .filter(|stored| kind.is_none_or(|kind| stored.entity.kind() == kind))
                    .filter(|stored| scope.as_ref().is_none_or(|scope| stored.scope == *scope))
                    .filter(|stored| with_deleted || stored.deleted.is_none())
                    .map(|stored| (stored.scope.clone(), stored.entity.id()))
                    .collect();
                for limit in [1, 2, 100] {
                    let found = names(store, &query, limit).await;
                    assert_eq!(found.len(), expected.len(), "{query:?} in pages of {limit}");
                    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected, "{query:?}");
                }
            }
        }
    }
}

pub(super) async fn entities_are_read_in_one_order(subject: Subject) {
    let store = subject.store();
    populate(store).await;
    let first = names(store, &Query::default(), 1000).await;
    for limit in [1, 5] {
        assert_eq!(names(store, &Query::default(), limit).await, first, "in pages of {limit}");
    }
    // A place stays a place when the store changes behind it.
    let answer = store.entities(&Query::default(), None, 6).await.unwrap();
    let run = open(store, 200, &[unit()]).await;
    see(store, &run.id, [ana(&[("v", "2")])], 205).await;
    let rest = store.entities(&Query::default(), answer.next.as_deref(), 1000).await.unwrap();
    let both = answer.items.into_iter().chain(rest.items);
    let found: Vec<Name> = both.map(|stored| (stored.scope, stored.entity.id())).collect();
    assert_eq!(found, first);
}

pub(super) async fn what_does_not_exist_is_not_found(subject: Subject) {
    let store = subject.store();
    assert!(everything(store).await.is_empty());
    assert!(store.latest_coverage().await.unwrap().is_empty());
    inventory(store, 0, [bob()]).await;
    let elsewhere = unit().scope("policies");
    for (scope, id) in [
        (scope(), ana(&[]).id()),
        (elsewhere.clone(), bob().id()),
        (scope(), sample::mfa(ACCOUNT, "bob", Tri::True).id()),
    ] {
        assert_eq!(store.entity(&scope, &id).await.unwrap(), None, "{id}");
        assert!(store.history(&scope, &id).await.unwrap().is_empty(), "{id}");
    }
    let nothing = Query { scope: Some(elsewhere), ..Query::default() };
    assert!(entities(store, &nothing, 10).await.is_empty());
    assert!(changes(store, &sample::run(900).id, 10).await.is_empty());
}

pub(super) async fn changes_are_read_a_page_at_a_time(subject: Subject) {
    let store = subject.store();
    let run = open(store, 0, &[unit()]).await;
    let other = sample::unit(OTHER_ACCOUNT, "iam").scope("principals");
    for (number, version) in (0_u32..).zip(["1", "2", "3"]) {
        let second = i64::from(number);
        let sightings = vec![
            sighting(&other, ana(&[("v", version)]), second),
            sighting(&scope(), ana(&[("v", version)]), second),
            sighting(&scope(), sample::role(ACCOUNT, version, "AROAEXAMPLE"), second),
        ];
        save(store, &run.id, number, sightings).await;
    }
    let noise = open(store, 100, &[unit()]).await;
    see(store, &noise.id, [bob()], 105).await;

    let all = changes(store, &run.id, 100).await;
    assert_eq!(all.len(), 9);
    for limit in [1, 2, 9] {
        assert_eq!(changes(store, &run.id, limit).await, all, "in pages of {limit}");
    }
    // One entity's changes stand together, oldest first, and so do those of one scope.
    for group in all.chunks(3) {
        assert!(
            group
                .iter()
                .all(|change| (&change.scope, &change.id) == (&group[0].scope, &group[0].id))
        );
        assert!(group.is_sorted_by_key(|change| change.at));
    }
    let in_other: Vec<bool> = all.iter().map(|change| change.scope == other).collect();
    assert!(in_other.is_sorted() || in_other.is_sorted_by(|a, b| a >= b));
    assert_eq!(changes(store, &noise.id, 100).await.len(), 1);
}

pub(super) async fn the_cost_is_told(subject: Subject) {
    let store = subject.store();
    let names = ["bodies_written", "read_items", "requests", "written_items"];
    let cost = || names.map(|name| store.cost()[&format!("store.{name}")]);
    let before = cost();
    inventory(store, 0, [ana(&[]), bob()]).await;
    let written = cost();
    for ((name, before), after) in names.iter().zip(before).zip(written) {
        assert!(after > before, "{name}");
    }
    assert_eq!(everything(store).await.len(), 2);
    let [bodies, read, requests, items] = cost();
    assert!(read >= written[1] + 2 && requests > written[2]);
    assert_eq!([bodies, items], [written[0], written[3]], "reading writes nothing");
}
