//! What each failure says: one line of what happened, one of what to do, and how the process ends.

use std::io::{Error, ErrorKind};

use accesstrail_shared::model::{AccountId, Counters, RunState};

use super::*;

fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

fn run() -> Box<Run> {
    let started = accesstrail_shared::model::Timestamp::from_second(1_795_327_200).unwrap();
    Box::new(Run {
        id: "20261122T060000Z".parse().unwrap(),
        trigger: "command".to_owned(),
        options: "{}".to_owned(),
        state: RunState::Open,
        started,
        finished: None,
        planned: 42,
        ended: 7,
        counters: Counters::new(),
    })
}

fn corrupt(item: &str) -> PortError {
    PortError::Corrupt {
        what: "the store `x`".to_owned(),
        item: item.to_owned(),
        source: "file is not a database".into(),
    }
}

/// A failure, how its summary begins, and a part of the next step.
type Row = (Failure, &'static str, Option<&'static str>);

fn check(rows: Vec<Row>) {
    for (failure, summary, next) in rows {
        let told = failure.summary();
        assert!(told.starts_with(summary), "{told}");
        assert!(!told.contains('\n') && !told.ends_with('.'), "{told}");
        let step = failure.next_step();
        match (next, &step) {
            (Some(part), Some(step)) => assert!(step.contains(part), "{told}: {step}"),
            (None, None) => {}
            other => panic!("{told}: {other:?}"),
        }
    }
}

#[test]
fn output_that_does_not_arrive() {
    let file = |kind| Failure::File { path: "x.csv".into(), source: Error::from(kind) };
    let full = Failure::Output(Error::from(ErrorKind::StorageFull));
    check(vec![
        (full, "the output could not be written: ", Some("make room")),
        (file(ErrorKind::FileTooLarge), "`x.csv` could not be written: ", Some("make room")),
        (file(ErrorKind::NotFound), "`x.csv` could not be written: ", Some("a place that exists")),
    ]);
}

#[test]
fn runs_that_do_not_end() {
    check(vec![
        (
            Failure::Interrupted { run: None },
            "interrupted before a run had begun",
            Some("type the same command again"),
        ),
        (
            Failure::Interrupted { run: Some(run()) },
            "interrupted: run 20261122T060000Z ended 7 of 42 units, and everything that was seen is kept",
            Some("goes on where it stopped"),
        ),
        (
            Failure::Unended { count: 2, first: "a: b".to_owned() },
            "2 units of work could not be ended; the first: a: b",
            Some("goes on where it stopped"),
        ),
    ]);
}

#[test]
fn names_that_mean_nothing() {
    let unknown = |text: &str| Failure::Unknown { text: text.to_owned() };
    check(vec![
        (unknown("ana"), "nothing in the store is called `ana`", Some("--filter TEXT")),
        (unknown("arn:x"), "nothing in the store is called `arn:x`", Some("what was not seen")),
        (unknown("a b"), "nothing in the store is called `a b`", Some("what was not seen")),
        (Failure::Usage("type less".to_owned()), "type less", None),
    ]);
}

#[test]
fn sessions_that_are_none() {
    let no_role = || SessionError::NoRole { account: account() };
    let other =
        SessionError::WrongAccount { expected: account(), found: "444455556666".parse().unwrap() };
    let no_region = SessionError::NoRegion { what: "no AWS region is set".to_owned() };
    let needs = "account 111122223333 needs a role to assume, and none is given";
    check(vec![
        (no_role().into(), needs, Some("--role NAME")),
        // The same words wherever it is met.
        (PlanError::Session(no_role()).into(), needs, Some("--role NAME")),
        (no_region.into(), "no AWS region is set", Some("AWS_REGION")),
        (other.into(), "the credentials for account 111122223333", Some("which account")),
    ]);
}

#[test]
fn stores_that_cannot_be_used() {
    let what = || "the store `x`".to_owned();
    check(vec![
        (
            Failure::InUse("x.db".to_owned()),
            "another accesstrail works on x.db",
            Some("another --store"),
        ),
        (
            PortError::Busy { what: what(), source: "locked".into() }.into(),
            "the store `x` is busy",
            Some("wait until the other"),
        ),
        (
            PortError::Denied { what: what(), source: "read-only".into() }.into(),
            "access to the store `x` was denied",
            Some("as it was before"),
        ),
        // Of a file that is no store at all, SQLite's words add nothing.
        (
            corrupt("the file is damaged").into(),
            "the store `x` holds something unreadable: the file is damaged",
            Some("nothing was changed"),
        ),
        (
            corrupt("a row").into(),
            "the store `x` holds something unreadable: a row: file is not a database",
            Some("nothing was changed"),
        ),
    ]);
}

#[test]
fn the_exit_code_says_how_it_ended() {
    let rows = [
        (Failure::ClosedPipe, 0),
        (Failure::from(Error::from(ErrorKind::BrokenPipe)), 0),
        (Failure::from(Error::from(ErrorKind::StorageFull)), 1),
        (Failure::Usage(String::new()), 1),
        (Failure::Interrupted { run: None }, 130),
        (Failure::Interrupted { run: Some(run()) }, 130),
    ];
    for (failure, code) in rows {
        assert_eq!(failure.exit_code(), code, "{failure:?}");
    }
}

#[test]
fn many_candidates_are_counted() {
    let candidates = |count: usize| {
        let candidates =
            (0..count).map(|n| (format!("role:AROA{n}"), "111122223333 web".to_owned()));
        Failure::Ambiguous { text: "ci".to_owned(), candidates: candidates.collect() }.candidates()
    };
    assert_eq!(
        candidates(2),
        ["role:AROA0  in 111122223333 web", "role:AROA1  in 111122223333 web"]
    );
    assert_eq!(candidates(CANDIDATES).len(), CANDIDATES);
    let many = candidates(CANDIDATES + 3);
    assert_eq!((many.len(), many.last().map(String::as_str)), (CANDIDATES + 1, Some("and 3 more")));
    assert!(Failure::ClosedPipe.candidates().is_empty());
}
