//! Opened, ongoing, resolved, opened again: and what nobody could say changes nothing.

use proptest::prelude::*;

use super::*;
use crate::findings::Present;
use crate::model::finding::{Confidence, Detail, FindingKind, Severity};

const ACCOUNT: &str = "111122223333";

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_795_327_200 + day * 86_400).unwrap()
}

fn arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/{name}")
}

fn present(name: &str, summary: &str) -> Present {
    let id = FindingId { kind: FindingKind::StaleKey, subject: arn(name), part: "2026".to_owned() };
    let detail = Detail {
        severity: Severity::Low,
        confidence: Confidence::High,
        summary: summary.to_owned(),
        evidence: Vec::new(),
        remedy: String::new(),
    };
    Present { id, account: ACCOUNT.to_owned(), detail }
}

fn judged(present: &[Present], unknown: &[&str]) -> Judged {
    let unknown =
        unknown.iter().map(|name| ((FindingKind::StaleKey, arn(name)), "denied".to_owned()));
    Judged {
        present: present.to_vec(),
        unknown: unknown.collect(),
        accounts: [ACCOUNT.to_owned()].into(),
        ..Judged::default()
    }
}

fn states(findings: &[Finding]) -> Vec<FindingState> {
    findings.iter().map(|finding| finding.state).collect()
}

#[test]
fn a_finding_lives() {
    use FindingState::{Ongoing, Opened, Resolved};
    let there = judged(&[present("ana", "90 days")], &[]);
    let first = join(&[], &there, at(0));
    assert_eq!(states(&first), [Opened]);
    assert_eq!(join(&first, &there, at(0)), first, "the same run again");
    let longer = judged(&[present("ana", "91 days")], &[]);
    let second = join(&first, &longer, at(1));
    assert_eq!(states(&second), [Ongoing]);
    assert_eq!(second[0].id, first[0].id);
    assert_eq!(second[0].detail.summary, "91 days");
    assert_eq!((second[0].first_seen(), second[0].last_seen), (at(0), at(1)));
    let third = join(&second, &judged(&[], &[]), at(2));
    assert_eq!(states(&third), [Resolved]);
    assert_eq!(third[0].last_seen, at(1));
    assert_eq!(join(&third, &judged(&[], &[]), at(3)), third, "what is over stays over");
    let again = join(&third, &there, at(4));
    assert_eq!(states(&again), [Opened]);
    let turns = [Turn::Opened(at(0)), Turn::Resolved(at(2)), Turn::Opened(at(4))];
    assert_eq!(again[0].turns, turns, "it keeps its history");
    assert_eq!(again[0].first_seen(), at(0));
}

#[test]
fn what_nobody_knows_neither_opens_nor_resolves() {
    let nothing = join(&[], &judged(&[], &["ana"]), at(0));
    assert_eq!(nothing, []);
    let first = join(&[], &judged(&[present("ana", "old")], &[]), at(0));
    let unseen = join(&first, &judged(&[], &["ana"]), at(1));
    assert_eq!(states(&unseen), [FindingState::Ongoing]);
    assert_eq!(unseen[0].last_seen, at(0));
    assert_eq!(unseen[0].unjudged.as_deref(), Some("denied"));
    assert_eq!(unseen[0].turns, first[0].turns);
    let strange = Judged { accounts: ["444455556666".to_owned()].into(), ..Judged::default() };
    let elsewhere = join(&first, &strange, at(1));
    assert_eq!(states(&elsewhere), [FindingState::Ongoing]);
    assert!(elsewhere[0].unjudged.as_deref().unwrap().contains(ACCOUNT));
    let mut silent = judged(&[], &[]);
    silent.not_asked.insert(FindingKind::StaleKey, "no credentials".to_owned());
    assert_eq!(states(&join(&first, &silent, at(1))), [FindingState::Ongoing]);
    let seen = join(&unseen, &judged(&[present("ana", "old")], &[]), at(2));
    assert_eq!((seen[0].state, seen[0].unjudged.as_ref()), (FindingState::Ongoing, None));
}

#[test]
fn an_older_look_changes_nothing() {
    let first = join(&[], &judged(&[present("ana", "old")], &[]), at(5));
    assert_eq!(join(&first, &judged(&[], &[]), at(4)), first);
    assert_eq!(join(&first, &judged(&[present("bob", "old")], &[]), at(4)), first);
}

/// What a run says of each of four users: so, not so, unknown.
fn run() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0_u8..3, 4)
}

fn of(run: &[u8]) -> Judged {
    let names = ["ana", "bob", "eva", "kim"];
    let with = |what: u8| names.iter().zip(run).filter(move |(_, it)| **it == what);
    let present: Vec<Present> = with(0).map(|(name, _)| present(name, "old")).collect();
    let unknown: Vec<&str> = with(2).map(|(name, _)| *name).collect();
    judged(&present, &unknown)
}

proptest! {
    #[test]
    fn any_runs(runs in proptest::collection::vec(run(), 0..8)) {
        let mut kept: Vec<Finding> = Vec::new();
        for (day, run) in runs.iter().enumerate() {
            let now = at(i64::try_from(day).unwrap());
            let said = of(run);
            let next = join(&kept, &said, now);
            prop_assert_eq!(&join(&next, &said, now), &next, "idempotent");
            prop_assert!(next.is_sorted_by(|left, right| left.id < right.id));
            for finding in &next {
                let before = kept.iter().find(|it| it.id == finding.id);
                let is_unknown =
                    said.unknown.contains_key(&(finding.id.kind, finding.id.subject.clone()));
                if is_unknown {
                    prop_assert_eq!(before.map(|it| &it.turns), Some(&finding.turns));
                } else {
                    let is_so = said.present.iter().any(|it| it.id == finding.id);
                    prop_assert_eq!(finding.is_open(), is_so);
                }
                let is_open = |turn: &Turn| matches!(turn, Turn::Opened(_));
                prop_assert!(is_open(&finding.turns[0]));
                for pair in finding.turns.windows(2) {
                    prop_assert!(is_open(&pair[0]) != is_open(&pair[1]) && pair[0].at() < pair[1].at());
                }
            }
            kept = next;
        }
    }
}
