//! What a snapshot says of entities, scopes and accounts, and which part of it belongs to one run.

use super::*;
use crate::form::samples;
use crate::model::Unavailable;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_327_200 + second).unwrap()
}

fn run(second: i64) -> RunId {
    RunId::new(at(second), "")
}

fn scope(account: &str, capability: &str) -> Scope {
    format!("{account}/aws-global/iam-authorization/{capability}").parse().unwrap()
}

fn covered(scope: Scope, second: i64, status: Status) -> Coverage {
    Coverage {
        scope,
        run: run(second),
        status,
        at: at(second + 5),
        as_of: None,
        seen: 0,
        set_aside: Vec::new(),
        note: None,
    }
}

fn stored(scope: Scope, id: &str) -> Stored {
    let id: EntityId = id.parse().unwrap();
    let entity = samples::one_of_each().into_iter().find(|entity| entity.id() == id).unwrap();
    Stored {
        scope,
        entity,
        hash: String::new(),
        first_seen: at(0),
        last_seen: at(1),
        changed: at(0),
        observed: at(1),
        deleted: None,
    }
}

const HOME: &str = "111122223333";
const MEMBER: &str = "444455556666";

fn denied() -> Status {
    Status::Denied { action: "iam:ListUsers".to_owned(), by: crate::model::Authority::Scp }
}

/// A first run over the home and the member, a second over the member alone.
fn two_runs() -> Snapshot {
    Snapshot::new(
        [
            stored(scope(HOME, "accounts"), "account:444455556666"),
            stored(scope(MEMBER, "users"), "user:AIDAEXAMPLE1"),
            stored(scope(MEMBER, "groups"), "group:AGPAEXAMPLE1"),
            stored(Scope::aws_managed(), "policy:ANPAEXAMPLE1"),
        ],
        [
            covered(scope(HOME, "accounts"), 0, Status::Complete),
            covered(scope(MEMBER, "groups"), 0, denied()),
            covered(scope(MEMBER, "users"), 60, Status::Complete),
        ],
    )
}

fn ids(snapshot: &Snapshot) -> Vec<String> {
    snapshot.entities().map(|stored| stored.entity.id().to_string()).collect()
}

#[test]
fn an_empty_snapshot_is_of_no_time() {
    let empty = Snapshot::new([], []);
    assert_eq!((empty.as_of(), empty.entities().count()), (None, 0));
    assert!(empty.accounts().is_empty());
    assert_eq!(empty, Snapshot::default());
}

#[test]
fn deleted_entities_are_left_out() {
    let mut gone = stored(scope(MEMBER, "users"), "user:AIDAEXAMPLE1");
    gone.deleted = Some(at(9));
    let snapshot = Snapshot::new([gone], []);
    assert_eq!(ids(&snapshot), Vec::<String>::new());
}

#[test]
fn a_kind_ends_where_the_next_begins() {
    let all =
        Snapshot::new(samples::V1.iter().map(|(id, _)| stored(scope(MEMBER, "users"), id)), []);
    for (id, _) in samples::V1 {
        let id: EntityId = id.parse().unwrap();
        let found: Vec<EntityId> = all.of_kind(id.kind).map(|stored| stored.entity.id()).collect();
        assert_eq!(found, [id]);
    }
}

#[test]
fn the_part_of_a_run_is_what_it_looked_at() {
    let whole = two_runs();
    let second = whole.of_run(&run(60));
    // AWS-managed policies belong to no account that could have been left out.
    assert_eq!(ids(&second), ["user:AIDAEXAMPLE1", "policy:ANPAEXAMPLE1"]);
    assert_eq!(second.gaps().count(), 0, "the denied scope was not asked for");
    assert_eq!(second.as_of(), Some(at(65)));
    assert_eq!(
        second.accounts().into_iter().collect::<Vec<_>>(),
        [(MEMBER.parse().unwrap(), AccountCoverage::Complete)]
    );

    let first = whole.of_run(&run(0));
    assert_eq!(first.gaps().count(), 1);
    assert_eq!(ids(&first), ["account:444455556666", "group:AGPAEXAMPLE1", "policy:ANPAEXAMPLE1"]);
    assert_eq!(ids(&whole.of_run(&run(99))), ["policy:ANPAEXAMPLE1"], "a run that saw nothing");
}

#[test]
fn an_account_that_is_only_listed_is_unseen() {
    let listed = Snapshot::new(
        [stored(scope(HOME, "accounts"), "account:444455556666")],
        [covered(scope(HOME, "accounts"), 0, Status::Complete)],
    );
    let accounts = listed.accounts();
    assert_eq!(accounts[&MEMBER.parse().unwrap()], AccountCoverage::Unseen);
    assert_eq!(accounts[&HOME.parse().unwrap()], AccountCoverage::Complete);
    assert_eq!(two_runs().accounts()[&MEMBER.parse().unwrap()], AccountCoverage::Partial);
}

#[test]
fn names_are_the_organizations() {
    let snapshot = two_runs();
    assert_eq!(snapshot.account_name(&MEMBER.parse().unwrap()), Some("payments"));
    assert_eq!(snapshot.account_name(&HOME.parse().unwrap()), None);
}

#[test]
fn gaps_are_scopes_with_something_to_see() {
    let lone = Status::Unavailable(Unavailable::NotInOrganization);
    let suspended = Status::Unavailable(Unavailable::AccountState("SUSPENDED".to_owned()));
    let snapshot = Snapshot::new(
        [],
        [
            covered(scope(HOME, "a"), 0, Status::Complete),
            covered(scope(HOME, "b"), 0, lone),
            covered(scope(HOME, "c"), 0, suspended),
            covered(scope(HOME, "d"), 0, denied()),
        ],
    );
    let gaps: Vec<&str> = snapshot.gaps().map(|gap| gap.scope.capability.as_str()).collect();
    assert_eq!(gaps, ["c", "d"]);
    assert_eq!(snapshot.coverage().count(), 4);
    assert!(snapshot.coverage_of(&scope(HOME, "e")).is_none());
}
