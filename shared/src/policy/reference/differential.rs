//! The engine against the slow one, and against what more knowledge makes of a case.

use std::collections::BTreeMap;

use serde_json::Value;

use super::generate::{Chance, case};
use crate::policy::Policy;
use crate::policy::case::{Case, evaluate_line};
use crate::policy::evaluate::{Decision, Layers, decide, explain};

/// How many cases are compared, from which seed on. `ACCESSTRAIL_POLICY_CASES` and `ACCESSTRAIL_POLICY_SEED`, set while
/// building, say otherwise.
fn plan() -> (u64, u64) {
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    let count = number(option_env!("ACCESSTRAIL_POLICY_CASES")).unwrap_or(100_000);
    (count, number(option_env!("ACCESSTRAIL_POLICY_SEED")).unwrap_or(20_261_129))
}

#[test]
fn both_evaluators_agree() {
    let (count, seed) = plan();
    let mut found: BTreeMap<&'static str, u64> = BTreeMap::new();
    for at in 0..count {
        let given = case(&mut Chance::new(seed.wrapping_add(at)));
        let text = given.to_string();
        let read = Case::read(&text).unwrap_or_else(|invalid| panic!("{invalid:?}: {text}"));
        let (fast, slow) = (read.decide().as_str(), super::decide(&given));
        assert_eq!(fast, slow, "seed {} of {text}", seed.wrapping_add(at));
        assert_eq!(read.explain().decision.as_str(), fast, "the explanation differs: {text}");
        *found.entry(slow).or_default() += 1;
    }
    // A generator that meets only one side proves nothing.
    for decision in ["allowed", "explicitly_denied", "implicitly_denied", "conditional"] {
        let share = found.get(decision).copied().unwrap_or_default() * 100 / count;
        assert!(share >= 4, "{decision}: {share} % of {found:?}");
    }
}

/// What is certain stays, whatever the keys turn out to be that nothing is known about.
#[test]
fn more_knowledge_does_not_turn_what_was_certain() {
    let mut chance = Chance::new(7);
    let (mut certain, mut open) = (0, 0);
    for seed in 0..4_000 {
        let mut given = case(&mut Chance::new(seed));
        given["mode"] = Value::from("discovery");
        let before: Value = serde_json::from_str(&evaluate_line(&given.to_string())).unwrap();
        let missing = before["missing_keys"].as_array().unwrap();
        let is_open = before["decision"] == "conditional";
        assert_eq!(is_open, !missing.is_empty(), "it says what it hangs on: {given} {before}");
        for _ in 0..3 {
            let mut told = given.clone();
            told["mode"] = Value::from("strict");
            let more = case(&mut Chance::new(chance.below(usize::MAX) as u64));
            for (key, value) in more["request"]["context"].as_object().unwrap() {
                let context = told["request"]["context"].as_object_mut().unwrap();
                context.entry(key.clone()).or_insert_with(|| value.clone());
            }
            let after = super::decide(&told);
            // Which of two layers denies may still show.
            let denies = |decision: &str| decision.ends_with("_denied");
            let before = before["decision"].as_str().unwrap();
            if before == "conditional" {
                open += 1;
            } else {
                assert_eq!(denies(before), denies(after), "{given} {told}");
                certain += 1;
            }
        }
    }
    assert!(certain > 1_000 && open > 500, "{certain} {open}");
}

/// What a conditional decision names is enough: told these keys, nothing hangs on others.
#[test]
fn the_keys_that_are_named_are_enough() {
    let mut rounds = 0;
    for seed in 0..4_000 {
        let mut given = case(&mut Chance::new(seed));
        given["mode"] = Value::from("discovery");
        for round in 0_u32.. {
            let before: Value = serde_json::from_str(&evaluate_line(&given.to_string())).unwrap();
            let missing = before["missing_keys"].as_array().unwrap().clone();
            if missing.is_empty() {
                assert_ne!(before["decision"], "conditional");
                break;
            }
            // Each round tells keys, of which there are few.
            assert!(round < 12, "{given}");
            for key in missing {
                given["request"]["context"][key.as_str().unwrap()] =
                    Value::from(Vec::<Value>::new());
            }
            rounds += 1;
        }
    }
    assert!(rounds > 300, "{rounds}");
}

/// Each policy in turn is one whose text nobody has: what is still certain is what it was.
#[test]
fn a_policy_that_is_missing_turns_nothing_silently() {
    let missing = Policy::missing("arn:aws:iam::aws:policy/Example");
    let replaced = |policies: &[Policy], at: usize| {
        let mut policies = policies.to_vec();
        policies[at] = missing.clone();
        policies
    };
    let (mut unknown, mut certain) = (0, 0);
    for seed in 0..3_000 {
        let mut given = case(&mut Chance::new(seed));
        given["mode"] = Value::from("strict");
        let read = Case::read(&given.to_string()).unwrap();
        let (before, layers) = (read.decide(), read.layers());
        let mut check = |without: Layers<'_>| {
            let after = explain(read.request(), &without);
            assert_eq!(decide(read.request(), &without), after.decision);
            if after.decision == Decision::Unknown {
                assert!(after.reason.contains("was not collected"), "{}", after.reason);
                unknown += 1;
            } else {
                let is_allowed = |decision| decision == Decision::Allowed;
                assert_eq!(is_allowed(after.decision), is_allowed(before), "{given}");
                assert_ne!(after.decision, Decision::Conditional, "{given}");
                certain += 1;
            }
        };
        for at in 0..layers.identity.len() {
            check(Layers { identity: &replaced(layers.identity, at), ..layers });
        }
        for level in 0..layers.scps.len() {
            for at in 0..layers.scps[level].len() {
                let mut scps = layers.scps.to_vec();
                scps[level] = replaced(&scps[level], at);
                check(Layers { scps: &scps, ..layers });
            }
        }
        if layers.boundary.is_some() {
            check(Layers { boundary: Some(&missing), ..layers });
        }
        if layers.session.is_some() {
            check(Layers { session: Some(&missing), ..layers });
        }
        if layers.resource.is_some() {
            check(Layers { resource: Some(&missing), ..layers });
        }
    }
    assert!(unknown > 1_000 && certain > 500, "{unknown} {certain}");
}
