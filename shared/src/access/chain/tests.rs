//! Chains of roles.

use serde_json::{Value, json};

use super::Trust;
use crate::access::{Estate, Index, Plain, WhoCan as _, generate};
use crate::policy::principal::Kind;

fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::111122223333:{kind}/{name}")
}

fn policy(effect: &str, action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource}]})
}

fn trust(named: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": named}, "Action": "sts:AssumeRole"}]})
}

fn role(name: &str, trusts: &str, own: &[Value]) -> Value {
    json!({"arn": arn("role", name), "type": "role", "account": "111122223333", "inline": own, "trust": trust(trusts)})
}

/// ana → a → b → c, c reads; b and a trust each other, so there is a circle; d is trusted by nobody.
fn estate() -> Estate {
    let assume = |name: &str| policy("Allow", "sts:AssumeRole", &arn("role", name));
    let root = "arn:aws:iam::111122223333:root";
    let given = json!({"principals": [
        {"arn": arn("user", "ana"), "type": "user", "account": "111122223333", "inline": [assume("a")]},
        {"arn": arn("user", "bob"), "type": "user", "account": "111122223333",
         "inline": [assume("a"), policy("Deny", "sts:*", "*")]},
        {"arn": arn("user", "eve"), "type": "user", "account": "111122223333", "inline": []},
        role("a", root, &[]),
        role("b", &arn("role", "a"), &[assume("a")]),
        role("c", root, &[policy("Allow", "s3:GetObject", "arn:aws:s3:::b/*")]),
        role("d", &arn("user", "nobody"), &[policy("Allow", "s3:GetObject", "*")]),
    ]});
    let mut given = given;
    // Of the same account the trust alone is enough where it names the role; `b` needs its own policy for `c`.
    given["principals"][4]["inline"].as_array_mut().unwrap().push(assume("c"));
    Estate::import([("made", given.to_string().as_str())])
}

#[test]
fn chains_are_the_shortest_and_end() {
    let estate = estate();
    assert!(estate.set_aside.is_empty(), "{:?}", estate.set_aside);
    let index = Index::of(&estate);
    let mut trust = Trust::of(&index);
    let found = trust.who_can_through("s3:GetObject", "arn:aws:s3:::b/k", &[]).unwrap();
    let found: Vec<Vec<&str>> = found.into_iter().map(|chain| chain.through).collect();
    let (a, b, c) = (arn("role", "a"), arn("role", "b"), arn("role", "c"));
    let ana = arn("user", "ana");
    assert_eq!(
        found,
        [vec![a.as_str(), &b, &c], vec![b.as_str(), &c], vec![ana.as_str(), &a, &b, &c]]
    );
}

#[test]
fn edges_need_both_ends() {
    let estate = estate();
    let index = Index::of(&estate);
    let (a, b, c) = (arn("role", "a"), arn("role", "b"), arn("role", "c"));
    let ana = arn("user", "ana");
    let expected = [(a.as_str(), b.as_str()), (&b, &a), (&b, &c), (&ana, &a)];
    assert_eq!(Trust::of(&index).edges(), expected);
}

#[test]
fn edges_are_those_of_one_by_one() {
    let mut edges = 0;
    for seed in 0..12 {
        let text = generate::organization_of(seed, 90).to_string();
        let estate = Estate::import([("made", text.as_str())]);
        let index = Index::of(&estate);
        let plain = Plain::of(&estate);
        let mut expected = Vec::new();
        for role in estate.identities.iter().filter(|it| it.principal.kind() == Kind::Role) {
            let who = plain.who_can("sts:AssumeRole", role.arn(), &[]).unwrap().who;
            expected.extend(who.into_iter().map(|caller| (caller, role.arn())));
        }
        expected.sort_unstable();
        assert_eq!(Trust::of(&index).edges(), expected, "seed {seed}");
        edges += expected.len();
    }
    assert!(edges > 100, "{edges}");
}
