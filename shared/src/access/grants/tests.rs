//! Grants, and what narrows them.

use serde_json::{Value, json};

use super::*;

#[test]
fn actions_that_the_catalogue_does_not_have_are_said() {
    let own = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",
        "Action": ["s3:Get*", "s3:Fetch*", "nosuchservice:Do", "*", "*:Get*"]}]});
    let arn = "arn:aws:iam::111122223333:user/ana";
    let file = json!({"principals": [{"arn": arn, "inline": [own]}]}).to_string();
    let found = what_can(&Estate::import([("made", file.as_str())]), arn).unwrap();
    let words =
        |at: usize| found.notes[at].split(" no ").nth(1).unwrap().split(':').next().unwrap();
    assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
    assert_eq!((words(0), words(1)), ("service `nosuchservice`", "action `s3"));
}

fn grants(inline: Value, boundary: Value, scp: Value) -> Vec<(Vec<String>, Vec<String>)> {
    let arn = "arn:aws:iam::111122223333:user/ana";
    let document = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    let given = json!({
        "organization": {"id": "o-1", "management_account": "444455556666",
            "ous": {"r": {"parent": null, "scps": ["p"], "rcps": []}},
            "accounts": {"111122223333": {"ou": "r", "scps": ["f"], "rcps": []}},
            "policies": {"p": document(scp), "f": document(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}))}},
        "principals": [{"arn": arn, "type": "user", "account": "111122223333", "inline": [document(inline)],
            "boundary": if boundary.is_null() { boundary } else { document(boundary) }}],
    });
    let estate = Estate::import([("made", given.to_string().as_str())]);
    assert!(estate.set_aside.is_empty(), "{:?}", estate.set_aside);
    let found = what_can(&estate, arn).unwrap();
    found.grants.into_iter().map(|grant| (grant.actions, grant.narrowed_by)).collect()
}

#[test]
fn wildcards_stay_where_nothing_narrows_them() {
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let own = json!([{"Effect": "Allow", "Action": ["s3:Get*", "iam:*"], "Resource": "*"}]);
    let found = grants(own.clone(), Value::Null, all.clone());
    assert_eq!(found, [(vec!["s3:get*".to_owned(), "iam:*".to_owned()], vec![])]);
    let only_s3 = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    let found = grants(own.clone(), only_s3, all.clone());
    assert_eq!(found, [(vec!["s3:get*".to_owned()], vec!["boundary inline boundary".to_owned()])]);
    let scp = json!([all, {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]);
    let found = grants(own.clone(), Value::Null, scp);
    assert_eq!(found, [(vec!["s3:get*".to_owned()], vec!["p at r statement 2".to_owned()])]);
    let scp = json!([all, {"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]);
    let found = grants(own, Value::Null, scp);
    assert_eq!(found[0].0.len(), 2, "a part is taken away, the grant stays");
    assert_eq!(found[0].1, ["p at r statement 2"]);
    let denied = json!([{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
        {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}]);
    assert_eq!(grants(denied, Value::Null, all), []);
}
