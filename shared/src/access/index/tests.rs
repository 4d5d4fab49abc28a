//! The index says what asking one by one says.

use super::{Index, Plain, Verdict, WhoCan as _};
use crate::access::estate::Estate;
use crate::access::generate;
use crate::policy::evaluate::Decision;

fn check(estate: &Estate, questions: &[(String, String)], label: &str) -> [usize; 4] {
    let (index, plain) = (Index::of(estate), Plain::of(estate));
    let mut found = [0; 4];
    for (action, resource) in questions {
        let fast = index.verdict(action, resource, &[]).unwrap();
        let slow = plain.verdict(action, resource, &[]).unwrap();
        let Verdict { allowed, conditional, unknown, denied } = &slow;
        for (total, set) in found.iter_mut().zip([allowed, conditional, unknown, denied]) {
            *total += set.len();
        }
        if fast != slow {
            for (at, identity) in estate.identities.iter().enumerate() {
                let of = |verdict: &Verdict| {
                    [&verdict.allowed, &verdict.conditional, &verdict.unknown, &verdict.denied]
                        .map(|set| set.has(at))
                };
                assert_eq!(of(&fast), of(&slow), "{label}: {} {action} {resource}", identity.arn());
            }
        }
    }
    found
}

#[test]
fn the_index_says_what_one_by_one_says() {
    let mut all = [0; 4];
    for seed in 0..40 {
        let text = generate::organization_of(seed, 120).to_string();
        let estate = Estate::import([("made", text.as_str())]);
        assert!(estate.set_aside.is_empty(), "{:?}", estate.set_aside);
        assert_eq!(estate.identities.len(), 120);
        let questions = generate::questions(seed, 60, 120);
        let found = check(&estate, &questions, &format!("seed {seed}"));
        all.iter_mut().zip(found).for_each(|(total, found)| *total += found);
    }
    assert!(all.iter().take(2).all(|total| *total > 1000) && all[3] > 1000, "{all:?}");
}

#[test]
fn what_is_missing_is_missing_for_both() {
    let mut unknown = 0;
    for seed in 100..120 {
        let mut given = generate::organization_of(seed, 80);
        given["managed_policies"]
            .as_object_mut()
            .unwrap()
            .retain(|_, own| own.to_string().len() % 5 > 0);
        given["organization"]["policies"].as_object_mut().unwrap().remove("rail");
        given["resources"].as_array_mut().unwrap().retain(|own| own.to_string().len() % 7 > 0);
        for own in given["principals"].as_array_mut().unwrap().iter_mut().step_by(3) {
            own["tags"] = serde_json::Value::Null;
        }
        let text = given.to_string();
        let estate = Estate::import([("made", text.as_str())]);
        unknown += check(&estate, &generate::questions(seed, 60, 80), &format!("seed {seed}"))[2];
    }
    assert!(unknown > 1000, "{unknown}");
}

#[test]
fn what_the_caller_says_counts() {
    let text = generate::organization_of(7, 100).to_string();
    let estate = Estate::import([("made", text.as_str())]);
    let (index, plain) = (Index::of(&estate), Plain::of(&estate));
    let given = |key: &str, value: &str| vec![(key.to_owned(), vec![value.to_owned()])];
    for given in [
        given("aws:MultiFactorAuthPresent", "true"),
        given("aws:SourceIp", "192.0.2.7"),
        given("aws:PrincipalTag/team", "red"),
    ] {
        for (action, resource) in generate::questions(7, 40, 100) {
            let fast = index.verdict(&action, &resource, &given).unwrap();
            assert_eq!(fast, plain.verdict(&action, &resource, &given).unwrap());
        }
    }
}

#[test]
fn who_can_says_what_can_says() {
    let text = generate::organization_of(3, 60).to_string();
    let estate = Estate::import([("made", text.as_str())]);
    let index = Index::of(&estate);
    for (action, resource) in generate::questions(3, 30, 60) {
        let who = index.who_can(&action, &resource, &[]).unwrap();
        assert!(who.who.is_sorted() && who.conditional.is_sorted());
        for identity in &estate.identities {
            let answer =
                crate::access::can(&estate, identity.arn(), &action, &resource, &[]).unwrap();
            let is_in = |list: &[&str]| list.contains(&identity.arn());
            let expected = match answer.decision {
                Decision::Allowed => (true, false, false),
                Decision::Conditional => (false, true, false),
                Decision::Unknown => (false, false, true),
                _ => (false, false, false),
            };
            assert_eq!((is_in(&who.who), is_in(&who.conditional), is_in(&who.unknown)), expected);
        }
    }
    assert!(index.verdict("GetObject", "*", &[]).is_err());
    assert!(index.verdict("s3:GetObject", "bucket", &[]).is_err());
}
