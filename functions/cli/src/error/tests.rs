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

#[test]
fn each_failure_says_what_happened_and_what_to_do() {
    let no_space = || Error::from(ErrorKind::StorageFull);
    let rows: Vec<(Failure, &str, Option<&str>)> = vec![
        (Failure::Output(no_space()), "the output could not be written: ", Some("make room")),
        (
            Failure::File { path: "x.csv".into(), source: Error::from(ErrorKind::FileTooLarge) },
            "`x.csv` could not be written: ",
            Some("make room"),
        ),
        (
            Failure::File { path: "x.csv".into(), source: Error::from(ErrorKind::NotFound) },
            "`x.csv` could not be written: ",
            Some("a place that exists"),
        ),
        (Failure::Interrupted { run: None }, "interrupted before a run had begun", Some("again")),
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
        (Failure::InUse("x.db".to_owned()), "another accesstrail works on x.db", Some("wait")),
        (
            Failure::Unknown { text: "ana".to_owned() },
            "nothing in the store is called `ana`",
            Some("--filter TEXT"),
        ),
        (
            Failure::Unknown { text: "arn:aws:iam::1".to_owned() },
            "nothing in the store is called `arn:aws:iam::1`",
            Some("what was not seen"),
        ),
        (Failure::Usage("type less".to_owned()), "type less", None),
        (
            SessionError::NoRole { account: account() }.into(),
            "account 111122223333 needs a role to assume, and none is given",
            Some("--role NAME"),
        ),
        (
            SessionError::NoRegion { what: "no AWS region is set".to_owned() }.into(),
            "no AWS region is set",
            Some("AWS_REGION"),
        ),
        (
            SessionError::WrongAccount {
                expected: account(),
                found: "444455556666".parse().unwrap(),
            }
            .into(),
            "the credentials for account 111122223333 belong to account 444455556666",
            Some("which account"),
        ),
        (
            PlanError::Session(SessionError::NoRole { account: account() }).into(),
            "account 111122223333 needs a role to assume, and none is given",
            Some("--role NAME"),
        ),
        (
            PortError::Busy { what: "the store `x`".to_owned(), source: "locked".into() }.into(),
            "",
            Some("wait until the other"),
        ),
        (
            PortError::Denied { what: "the store `x`".to_owned(), source: "read-only".into() }
                .into(),
            "",
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
    ];
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
