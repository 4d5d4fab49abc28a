//! What an answer is worth, by the age of its event.

use std::collections::BTreeSet;

use super::*;
use crate::model::CauseEvent;

const BEGAN: i64 = 1_796_000_000;

fn named(expect: Expect, slow: bool) -> Named {
    let event = CauseEvent {
        id: "e".to_owned(),
        source: "dynamodb.amazonaws.com".to_owned(),
        name: "DeleteTable".to_owned(),
        at: Timestamp::from_second(BEGAN).unwrap(),
        actor: String::new(),
        human: None,
        source_ip: String::new(),
    };
    let since = event.at;
    Named { expect, slow, event, since, messages: BTreeSet::from([0]) }
}

/// The verdict so many seconds after the event, in a word: when it is asked again, counted from the event.
fn verdict(named: &Named, answer: Answer<'_>, age: i64) -> String {
    let answer = Answer { is_alone: true, ..answer };
    word(after("t", named, &answer, Timestamp::from_second(BEGAN + age).unwrap()))
}

fn word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Stands => "stands".to_owned(),
        Verdict::Again(at) => format!("again at {}", at.as_second() - BEGAN),
        Verdict::Wait(at) => format!("wait until {}", at.as_second() - BEGAN),
        Verdict::Stale(what) => what,
    }
}

#[test]
fn what_contradicts_its_event_is_asked_for_until_aws_must_have_settled() {
    let answer = Answer { is_contradicted: true, ..Answer::default() };
    for (expect, is) in [(Expect::There, "not"), (Expect::Gone, "still")] {
        let named = named(expect, false);
        assert_eq!(verdict(&named, answer, 0), "again at 5");
        assert_eq!(verdict(&named, answer, 119), "again at 124");
        let stale = format!("DeleteTable of t, and AWS says that it is {is} there");
        assert_eq!(verdict(&named, answer, 120), stale);
    }
}

#[test]
fn a_fresh_answer_that_shows_nothing_is_asked_for_once_more_whatever_the_event_says() {
    for expect in [Expect::There, Expect::Either] {
        let named = named(expect, false);
        assert_eq!(verdict(&named, Answer::default(), 0), "again at 10");
        assert_eq!(verdict(&named, Answer::default(), 9), "again at 10");
        assert_eq!(verdict(&named, Answer::default(), 10), "stands");
        let shows = Answer { shows: true, ..Answer::default() };
        assert_eq!(verdict(&named, shows, 0), "stands");
    }
    // Gone, as the event says.
    assert_eq!(verdict(&named(Expect::Gone, false), Answer::default(), 0), "stands");
}

#[test]
fn what_aws_does_afterwards_is_waited_for_and_then_left_to_the_run() {
    let named = named(Expect::Either, true);
    let answer = Answer::default();
    let expected = [
        (0, "again at 10"),
        (10, "wait until 30"),
        (30, "wait until 120"),
        (120, "DeleteTable of t, and AWS shows nothing of it yet"),
        // By a log, minutes later.
        (180, "stands"),
        (400, "stands"),
    ];
    for (age, expected) in expected {
        assert_eq!(verdict(&named, answer, age), expected, "{age}");
    }
    assert_eq!(verdict(&named, Answer { shows: true, ..answer }, 12), "stands");
}

#[test]
fn what_aws_is_at_work_on_is_looked_at_until_it_has_ended() {
    let named = named(Expect::Either, false);
    // That it is being deleted is a change, and not the last one.
    let answer = Answer { shows: true, under_way: Some("DELETING"), ..Answer::default() };
    assert_eq!(verdict(&named, answer, 3), "wait until 33");
    assert_eq!(verdict(&named, answer, 130), "wait until 190");
    let stale = "DeleteTable of t, and AWS is at work on it (DELETING)";
    assert_eq!(verdict(&named, answer, 900), stale);
    let gone = Answer { shows: true, ..Answer::default() };
    assert_eq!(verdict(&named, gone, 130), "stands");
}

/// A log has hundreds of events: none of them may have all of them read again for minutes.
#[test]
fn a_log_is_not_waited_with() {
    let at = |age: i64| Timestamp::from_second(BEGAN + age).unwrap();
    let answer = Answer { under_way: Some("deleting"), ..Answer::default() };
    let stale = word(after("t", &named(Expect::Either, false), &answer, at(60)));
    assert!(stale.ends_with("AWS is at work on it (deleting)"), "{stale}");
    let slow = named(Expect::There, true);
    assert_eq!(after("t", &slow, &Answer::default(), at(20)), Verdict::Stands);
}

#[test]
fn states_that_pass_are_known_in_any_case() {
    for state in ["DELETING", "deleting", "Creating", "shutting-down", "UPDATING"] {
        assert!(is_under_way(state), "{state}");
    }
    for state in ["ACTIVE", "available", "PendingDeletion", "running", "Enabled", ""] {
        assert!(!is_under_way(state), "{state}");
    }
}
