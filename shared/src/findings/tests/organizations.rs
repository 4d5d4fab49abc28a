//! Whole organizations, made by chance: what the checks say fits what the engine says one by one.

use super::*;
use crate::access::{Escalation, Index, can, generate};
use crate::policy::evaluate::Decision;
use crate::policy::principal::Kind;

fn inventory(seed: u64, count: usize) -> Inventory<'static> {
    let text = generate::organization_of(seed, count).to_string();
    Inventory::of_import(Estate::import([("made", text.as_str())]), at())
}

#[test]
fn what_is_found_is_so() {
    for seed in 1..6 {
        let inventory = inventory(seed, 60);
        let judged = judge(&inventory);
        assert!(judged.present.is_sorted_by(|left, right| left.id < right.id), "seed {seed}");
        for present in &judged.present {
            let subject = present.id.subject.as_str();
            let key = (present.id.kind, subject.to_owned());
            assert!(!judged.unknown.contains_key(&key) || !present.id.part.is_empty(), "{key:?}");
            let may =
                |action: &str| can(&inventory.estate, subject, action, "*", &[]).unwrap().decision;
            if present.id.kind == FindingKind::AdminWildcard
                && present.detail.confidence == Confidence::High
            {
                let ways = [
                    "iam:AttachRolePolicy",
                    "iam:AttachUserPolicy",
                    "iam:PutRolePolicy",
                    "iam:PutUserPolicy",
                ];
                let is_so = ways
                    .iter()
                    .any(|action| matches!(may(action), Decision::Allowed | Decision::Conditional));
                assert!(is_so, "seed {seed}: {subject}");
            }
        }
    }
}

#[test]
fn whoever_holds_a_wildcard_and_is_an_administrator_is_found() {
    let mut administrators = 0;
    for seed in 1..6 {
        let text = generate::organization_of(seed, 60).to_string();
        let mut given: Value = serde_json::from_str(&text).unwrap();
        // Every seventh has all rights, so that there are some.
        let principals = given["principals"].as_array_mut().unwrap();
        for principal in principals.iter_mut().step_by(7) {
            principal["inline"] = json!([all()]);
        }
        let text = given.to_string();
        let estate = Estate::import([("made", text.as_str())]);
        let index = Index::of(&estate);
        let found = Escalation::of(&index);
        let judged = judged(FindingKind::AdminWildcard, &given);
        for place in found.administrators().places() {
            let identity = &estate.identities[place];
            let has_all = identity.policies.iter().any(|held| {
                held.policy.statements().len() == 1 && held.source.to_string() == "inline 1"
            });
            let is_plain =
                identity.principal.kind() != Kind::Root && !identity.principal.is_service_linked();
            if has_all && is_plain {
                administrators += 1;
                let is_found = judged.present.iter().any(|it| it.id.subject == identity.arn());
                assert!(is_found, "seed {seed}: {}", identity.arn());
            }
        }
    }
    assert!(administrators > 10, "{administrators}");
}

#[test]
fn the_same_organization_is_judged_the_same_twice() {
    let first = judge(&inventory(7, 40));
    let second = judge(&inventory(7, 40));
    assert_eq!(first, second);
    let opened = join(&[], &first, at());
    assert_eq!(opened.len(), first.present.len());
    assert_eq!(join(&opened, &second, at()), opened);
}
