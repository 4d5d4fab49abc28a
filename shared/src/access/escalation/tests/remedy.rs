//! What is said to end a path ends it.

use serde_json::{Value, json};

use super::fixture::{Change, estate, file, start};
use crate::access::Index;
use crate::access::escalation::{Escalation, PATHS, Remedy, Route, Taken};

/// More changes than any principal here needs.
const MOST: usize = 16;

fn route(file: &Value, principal: &str) -> Option<Route> {
    let estate = estate(file);
    let index = Index::of(&estate);
    Escalation::of(&index).route(principal)
}

/// The policy that words name, in a file.
fn document<'f>(file: &'f mut Value, words: &str) -> &'f mut Value {
    let inline = |words: &str| words.strip_prefix("inline ").map(str::to_owned);
    let place = |number: &str| number.parse::<usize>().unwrap() - 1;
    if let Some((number, arn)) = inline(words)
        .as_deref()
        .and_then(|it| it.split_once(" of "))
        .map(|(n, a)| (n.to_owned(), a.to_owned()))
    {
        let all = file["principals"].as_array_mut().unwrap();
        let one = all.iter_mut().find(|it| it["arn"] == json!(arn)).unwrap();
        return &mut one["inline"][place(&number)];
    }
    if let Some(arn) = words.strip_prefix("policy of ") {
        let all = file["principals"].as_array_mut().unwrap();
        return &mut all.iter_mut().find(|it| it["arn"] == json!(arn)).unwrap()["trust"];
    }
    if let Some((number, arn)) = words.split_once(" of ") {
        let all = file["groups"].as_array_mut().unwrap();
        let one = all.iter_mut().find(|it| it["arn"] == json!(arn)).unwrap();
        return &mut one["inline"][place(number)];
    }
    &mut file["managed_policies"][words]
}

/// Takes an action out of a statement, as a person would who was told to.
fn take(file: &mut Value, action: &str, taken: &Taken) {
    let document = document(file, &taken.policy);
    let statement = &mut document["Statement"][taken.statement];
    if let Some(not) = statement.get_mut("NotAction") {
        not.as_array_mut().unwrap().push(json!(action));
    } else if statement["Action"] == json!(action) {
        // A place stays, so that others keep theirs.
        statement["Action"] = json!("none:None");
    } else {
        let all = document["Statement"].as_array_mut().unwrap();
        let mut deny = json!({"Effect": "Deny", "Action": action, "Resource": "*"});
        if taken.is_of_resource {
            deny["Principal"] = json!("*");
            deny.as_object_mut().unwrap().remove("Resource");
        }
        all.push(deny);
    }
}

fn apply(file: &mut Value, remedy: &Remedy) {
    assert!(!remedy.from.is_empty(), "{remedy}");
    for taken in &remedy.from {
        take(file, &remedy.action, taken);
    }
}

#[test]
fn what_is_said_to_end_a_path_ends_it() {
    for path in PATHS {
        let start = start(path).0;
        for change in [Change::None, Change::Split, Change::Grouped, Change::NotAction] {
            let mut file = file(path, change);
            let mut before = route(&file, &start);
            let mut times = 0;
            while let Some(found) = before {
                times += 1;
                assert!(times < MOST, "{} {change:?}: {:?}", path.id, found.remedy);
                apply(&mut file, &found.remedy);
                let after = route(&file, &start);
                let hops = |route: &Route| -> Vec<(&str, String)> {
                    route.hops.iter().map(|hop| (hop.id, hop.to.clone())).collect()
                };
                if let Some(after) = &after {
                    assert_ne!(hops(after), hops(&found), "{} {change:?}", path.id);
                }
                before = after;
            }
            assert!(times > 0, "{} {change:?} has a path", path.id);
        }
    }
}

#[test]
fn the_changes_that_end_most_come_first() {
    let allow = |action: &str, resource: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let policy = |statement: Value| json!({"Version": "2012-10-17", "Statement": [statement]});
    let arn = |rest: &str| format!("arn:aws:iam::111122223333:{rest}");
    let user = |name: &str, policy: Value| {
        json!({"arn": arn(&format!("user/{name}")), "type": "user", "account": "111122223333",
        "managed": [], "inline": [policy]})
    };
    let trust = |who: &str| {
        json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": who}}]})
    };
    // ana and bob each come to `step`, and `step` to `admin`, by a policy that names it.
    let file = json!({"principals": [
        user("ana", policy(allow("sts:AssumeRole", &arn("role/step")))),
        user("bob", policy(allow("sts:AssumeRole", &arn("role/step")))),
        {"arn": arn("role/step"), "type": "role", "account": "111122223333", "inline": [
            policy(allow("sts:AssumeRole", &arn("role/admin")))], "trust": trust("111122223333")},
        {"arn": arn("role/admin"), "type": "role", "account": "111122223333", "inline": [policy(allow("*", "*"))],
         "trust": trust("111122223333")},
    ]});
    let estate = estate(&file);
    let index = Index::of(&estate);
    let routes = Escalation::of(&index).routes();
    let lengths: Vec<(&str, usize)> =
        routes.iter().map(|it| (it.principal.rsplit('/').next().unwrap(), it.hops.len())).collect();
    assert_eq!(lengths, [("step", 1), ("ana", 2), ("bob", 2)], "the shortest first");
    let fixes = Escalation::fixes(&routes);
    assert_eq!(fixes[0].remedy.principal, arn("role/step"));
    assert_eq!(fixes[0].ends.len(), 3);
    assert_eq!(
        fixes[0].remedy.to_string(),
        "take sts:AssumeRole on arn:aws:iam::111122223333:role/admin out of statement 1 of inline 1 of \
         arn:aws:iam::111122223333:role/step"
    );
    let mut changed = file;
    apply(&mut changed, &fixes[0].remedy);
    for name in ["role/step", "user/ana", "user/bob"] {
        assert_eq!(route(&changed, &arn(name)), None, "{name}");
    }
}

#[test]
fn one_side_is_enough_where_both_must_allow() {
    let arn = |account: &str, rest: &str| format!("arn:aws:iam::{account}:{rest}");
    let (here, there) = ("111122223333", "444455556666");
    let all = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let assume = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"},
        {"Effect": "Allow", "Action": "sts:*", "Resource": arn(there, "role/admin")}]});
    let trust = |who: &str| {
        json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": who}}]})
    };
    let file = json!({"principals": [
        {"arn": arn(here, "user/ana"), "type": "user", "account": here, "inline": [assume]},
        {"arn": arn(there, "role/admin"), "type": "role", "account": there, "inline": [all], "trust": trust(here)}]});
    let found = route(&file, &arn(here, "user/ana")).unwrap();
    assert!(
        found.remedy.from.iter().all(|it| it.is_of_resource),
        "the trust has one: {:?}",
        found.remedy
    );
    let mut changed = file;
    apply(&mut changed, &found.remedy);
    assert_eq!(route(&changed, &arn(here, "user/ana")), None);
}

#[test]
fn what_aws_owns_is_denied_or_detached() {
    let owned = "arn:aws:iam::aws:policy/IAMFullAccess";
    let file = json!({"principals": [{"arn": "arn:aws:iam::111122223333:user/ana", "type": "user", "account": "111122223333",
            "managed": [owned]}],
        "managed_policies": {owned: {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}}});
    let found = route(&file, "arn:aws:iam::111122223333:user/ana").unwrap();
    assert!(found.remedy.is_denial());
    assert_eq!(
        found.remedy.to_string(),
        "deny iam:PutUserPolicy on arn:aws:iam::111122223333:user/ana to arn:aws:iam::111122223333:user/ana, or detach \
         arn:aws:iam::aws:policy/IAMFullAccess, which is AWS's own"
    );
}
