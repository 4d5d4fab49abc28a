//! No answer flips in silence: an estate that loses an input gives the answer that it gave, or says what is missing.

use serde_json::{Value, json};

use super::generate::{organization_of, questions};
use super::{Answer, Estate, Index, WhoCan as _, can};
use crate::policy::evaluate::Decision;

const PRINCIPALS: usize = 30;
const QUESTIONS: usize = 14;

/// One question, ready to be asked again.
type Asked = (String, String, String);

fn estate(file: &Value) -> Estate {
    Estate::import([("made", file.to_string().as_str())])
}

fn asked(file: &Value, seed: u64) -> Vec<Asked> {
    let arn = |who: usize| file["principals"][who]["arn"].as_str().unwrap().to_owned();
    let all = questions(seed, QUESTIONS, PRINCIPALS);
    let each = all.iter().enumerate().flat_map(|(at, (action, resource))| {
        let who = (0..PRINCIPALS).filter(move |who| (who + at) % 3 == 0);
        who.map(move |who| (arn(who), action.clone(), resource.clone()))
    });
    each.collect()
}

fn ask(estate: &Estate, (who, action, resource): &Asked) -> Answer {
    can(estate, who, action, resource, &[]).unwrap()
}

fn is_denied(decision: Decision) -> bool {
    matches!(decision, Decision::ExplicitlyDenied | Decision::ImplicitlyDenied)
}

/// How the answers of an estate that lost something differ: how many became unknown, and how many are others beside a note.
#[derive(Debug, Default)]
struct Differing {
    unknown: usize,
    noted: usize,
}

/// Holds answers without an input against those with it. What is missing is one of `names`.
fn hold(file: &Value, lost: &Value, seed: u64, names: &[&str], differing: &mut Differing) {
    let (with, without) = (estate(file), estate(lost));
    for asked in asked(file, seed) {
        let (before, after) = (ask(&with, &asked), ask(&without, &asked));
        let is_same = before.decision == after.decision
            || (is_denied(before.decision) && is_denied(after.decision));
        let is_named = |text: &String| names.iter().any(|name| text.contains(name));
        match after.decision {
            _ if is_same => {}
            Decision::Unknown => {
                differing.unknown += 1;
                assert!(is_named(&after.reason), "{names:?} is not in {after:?}");
            }
            Decision::Conditional if before.decision == Decision::Unknown => {}
            _ => {
                differing.noted += 1;
                let notes =
                    after.notes.iter().any(is_named) || after.missing_keys.iter().any(is_named);
                assert!(notes, "{names:?} is named nowhere: {before:?}\n{after:?}");
            }
        }
    }
}

fn names(map: &Value) -> Vec<String> {
    map.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn a_lost_policy_is_unknown_by_its_name() {
    let mut differing = Differing::default();
    for seed in 0..2 {
        let file = organization_of(seed, PRINCIPALS);
        for name in names(&file["managed_policies"]) {
            let mut lost = file.clone();
            lost["managed_policies"].as_object_mut().unwrap().remove(&name);
            hold(&file, &lost, seed, &[&name], &mut differing);
        }
        for name in names(&file["organization"]["policies"]) {
            let mut lost = file.clone();
            lost["organization"]["policies"].as_object_mut().unwrap().remove(&name);
            hold(&file, &lost, seed, &[&name], &mut differing);
        }
        for name in names(&file["organization"]["ous"]) {
            let mut lost = file.clone();
            lost["organization"]["ous"].as_object_mut().unwrap().remove(&name);
            hold(&file, &lost, seed, &[&name], &mut differing);
        }
        // What cannot be read at all is there, and nobody judges it.
        for at in 0..PRINCIPALS {
            let mut lost = file.clone();
            let principal = &mut lost["principals"][at];
            principal["inline"][0] = json!({"Statement": "none"});
            let who = principal["arn"].as_str().unwrap().to_owned();
            hold(&file, &lost, seed, &[&who, "cannot be judged"], &mut differing);
        }
    }
    assert!(differing.unknown > 300, "{differing:?}");
    assert_eq!(differing.noted, 0, "a lost policy is unknown, never taken for granted");
}

#[test]
fn a_lost_boundary_trust_or_group_is_unknown() {
    let mut differing = Differing::default();
    for seed in 0..2 {
        let file = organization_of(seed, PRINCIPALS);
        for at in 0..PRINCIPALS {
            let who = file["principals"][at]["arn"].as_str().unwrap().to_owned();
            let mut lost = file.clone();
            if !file["principals"][at]["boundary"].is_null() {
                lost["principals"][at]["boundary"] = json!("arn:aws:iam::aws:policy/gone");
                hold(&file, &lost, seed, &["policy/gone"], &mut differing);
            }
            let mut lost = file.clone();
            if !file["principals"][at]["trust"].is_null() {
                lost["principals"][at]["trust"] = Value::Null;
                hold(&file, &lost, seed, &[&format!("trust of {who}")], &mut differing);
            }
        }
        for at in 0..file["groups"].as_array().unwrap().len() {
            let mut lost = file.clone();
            let group = lost["groups"].as_array_mut().unwrap().remove(at);
            hold(&file, &lost, seed, &[group["arn"].as_str().unwrap()], &mut differing);
        }
    }
    assert!(differing.unknown > 30, "{differing:?}");
    // Without its trust nobody knows which tags the sessions of a role have.
    assert!(differing.noted < 10, "{differing:?}");
}

/// What cannot be read is there, and nobody judges it.
#[test]
fn an_unreadable_part_is_unknown() {
    let mut differing = Differing::default();
    for seed in 0..2 {
        let file = organization_of(seed, PRINCIPALS);
        let mut check = |path: &str, value: Value, names: &[&str]| {
            let mut lost = file.clone();
            *lost.pointer_mut(path).unwrap() = value;
            hold(&file, &lost, seed, names, &mut differing);
        };
        check("/organization", json!(7), &["organization"]);
        check("/organization/ous", json!(7), &["policies of"]);
        check("/organization/ous", Value::Null, &["policies of"]);
        check("/organization/accounts", json!([]), &["organization: accounts"]);
        check("/organization/policies", json!(7), &["full", "regions", "rail", "perimeter"]);
        for account in names(&file["organization"]["accounts"]) {
            let of = |name: &str| format!("/organization/accounts/{account}/{name}");
            check(&of("ou"), json!(7), &[&account]);
            check(&of("ou"), Value::Null, &[&account]);
            check(&of("scps"), json!([7]), &[&account]);
            check(&of("rcps"), json!([7]), &[&account]);
        }
        for at in 0..PRINCIPALS {
            let who = file["principals"][at]["arn"].as_str().unwrap();
            check(&format!("/principals/{at}/managed"), json!(7), &[who]);
            check(&format!("/principals/{at}/groups"), json!({}), &[who]);
        }
        for (at, own) in file["resources"].as_array().unwrap().iter().enumerate() {
            let arn = own["arn"].as_str().unwrap();
            check(&format!("/resources/{at}/account"), json!([]), &[arn]);
            check(&format!("/resources/{at}/policy"), json!(7), &[arn]);
            check(&format!("/resources/{at}"), json!(7), &[arn]);
        }
    }
    assert!(differing.unknown > 300, "{differing:?}");
}

/// Without its tags somebody's requests may have any; where they are known to be none there are none.
#[test]
fn lost_tags_are_a_condition_by_their_names() {
    let mut differing = Differing::default();
    for seed in 0..12 {
        let file = organization_of(seed, PRINCIPALS);
        for (at, tags) in
            (0..PRINCIPALS).zip([Value::Null, json!(7), json!({"team": 7})].iter().cycle())
        {
            let mut lost = file.clone();
            lost["principals"][at]["tags"] = tags.clone();
            hold(&file, &lost, seed, &["aws:PrincipalTag/team"], &mut differing);
        }
    }
    assert!(differing.noted > 0, "{differing:?}");
    assert_eq!(differing.unknown, 0, "{differing:?}");
}

/// Who may have tags of its session is asked for them.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
#[test]
fn tags_of_sessions_are_open() {
    let role = |path: &str| format!("arn:aws:iam::111122223333:role/{path}");
    let trust = |actions: Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions,
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}]})
    };
    let condition = |key: &str| json!({"StringEquals": {key: "red"}});
    let decide = |arn: &str, trust: &Value, tags: &Value, key: &str| {
        let own = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition(key)}]});
        let file = json!({"principals": [
            {"arn": arn, "inline": [own], "trust": trust, "tags": tags}]});
        let estate = estate(&file);
        let who = Index::of(&estate).who_can("sqs:SendMessage", "*", &[]).unwrap();
        let answer = can(&estate, arn, "sqs:SendMessage", "*", &[]).unwrap();
        assert_eq!(who.who.len() == 1, answer.decision == Decision::Allowed, "{answer:?}");
        assert_eq!(who.conditional.len() == 1, answer.decision == Decision::Conditional);
        let takes = answer.notes.iter().any(|note| note.contains("taken to have its own tags"));
        let is_lost = trust.is_null() && arn.ends_with("role/app") && tags["team"] == "red";
        assert_eq!(takes, is_lost, "{answer:?}");
        answer.decision
    };
    let (app, sso) = (role("app"), role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0"));
    let user = "arn:aws:iam::111122223333:user/ana";
    let (plain, tagging) = (json!("sts:AssumeRole"), json!(["sts:AssumeRole", "sts:TagSession"]));
    let (team, none) = ("aws:PrincipalTag/team", json!({}));
    let (yes, no, open) = (Decision::Allowed, Decision::ImplicitlyDenied, Decision::Conditional);
    let rows = [
        (app.as_str(), trust(plain.clone()), none.clone(), no),
        (&app, trust(tagging.clone()), none.clone(), open),
        (&app, trust(json!("sts:*")), json!([]), open),
        (&app, trust(tagging), json!({"team": "red"}), open),
        (&app, trust(plain.clone()), json!({"team": "red"}), yes),
        (&app, Value::Null, none.clone(), open),
        (&app, Value::Null, json!({"team": "red"}), yes),
        (&sso, Value::Null, json!({"team": "red"}), open),
        (&app, trust(plain), Value::Null, open),
        (&sso, trust(json!("sts:AssumeRoleWithSAML")), none.clone(), open),
        (user, Value::Null, none, no),
        (user, Value::Null, Value::Null, open),
        (user, Value::Null, json!([{"Key": "team", "Value": "red"}]), yes),
    ];
    for (arn, trust, tags, expected) in rows {
        assert_eq!(decide(arn, &trust, &tags, team), expected, "{arn} {trust} {tags}");
    }
}

#[test]
fn a_lost_account_is_named() {
    let mut differing = Differing::default();
    for seed in 0..2 {
        let file = organization_of(seed, PRINCIPALS);
        for account in names(&file["organization"]["accounts"]) {
            // Its principals and resources, and its place in the tree.
            let mut lost = file.clone();
            let is_kept = |own: &Value| own["account"] != json!(account);
            for list in ["principals", "resources"] {
                lost[list].as_array_mut().unwrap().retain(is_kept);
            }
            lost["organization"]["accounts"].as_object_mut().unwrap().remove(&account);
            hold(&file, &lost, seed, &[&account, "was not collected"], &mut differing);
            // Its place in the tree alone.
            let mut lost = file.clone();
            lost["organization"]["accounts"].as_object_mut().unwrap().remove(&account);
            hold(&file, &lost, seed, &[&account], &mut differing);
        }
        let mut lost = file.clone();
        lost["organization"] = Value::Null;
        hold(&file, &lost, seed, &["no organization", "aws:"], &mut differing);
        let mut lost = file.clone();
        lost["organization"]["management_account"] = Value::Null;
        hold(&file, &lost, seed, &["management account"], &mut differing);
        let mut lost = file.clone();
        lost["organization"]["id"] = Value::Null;
        hold(&file, &lost, seed, &["OrgID"], &mut differing);
    }
    assert!(differing.unknown > 20 && differing.noted > 20, "{differing:?}");
}

#[test]
fn a_lost_key_is_a_condition_by_its_name() {
    let keys = [
        ("aws:MultiFactorAuthPresent", "true"),
        ("aws:SourceIp", "192.0.2.7"),
        ("aws:RequestedRegion", "eu-west-1"),
    ];
    let given = |without: Option<&str>| -> Vec<(String, Vec<String>)> {
        let left = keys.iter().filter(|(key, _)| Some(*key) != without);
        left.map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()])).collect()
    };
    let mut conditional = 0;
    for seed in 0..40 {
        let file = organization_of(seed, PRINCIPALS);
        let estate = estate(&file);
        for (who, action, resource) in asked(&file, seed) {
            let before = can(&estate, &who, &action, &resource, &given(None)).unwrap();
            for (key, _) in keys {
                let after = can(&estate, &who, &action, &resource, &given(Some(key))).unwrap();
                let is_same = before.decision == after.decision
                    || (is_denied(before.decision) && is_denied(after.decision));
                if is_same {
                    continue;
                }
                conditional += 1;
                let is_region = key == "aws:RequestedRegion" && resource.contains("us-west-2");
                let is_named = after.missing_keys.iter().any(|own| own.eq_ignore_ascii_case(key));
                assert!(
                    is_region || after.decision == Decision::Conditional,
                    "{key}: {before:?}\n{after:?}"
                );
                assert!(is_region || is_named, "{key}: {after:?}");
            }
        }
    }
    assert!(conditional > 10, "{conditional}");
}

/// What follows from the request is known, so that a policy about regions, accounts, organizations or tags leaves no
/// question open.
#[test]
fn what_follows_from_the_request_is_known() {
    let who = "arn:aws:iam::111122223333:role/app";
    let policy = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    let decide = |condition: Value, action: &str, resource: &str| {
        let deny =
            json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition});
        let full = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let file = json!({
            "organization": {"id": "o-1", "management_account": "444455556666",
                "ous": {"r-1": {"parent": null, "scps": ["p"], "rcps": []}},
                "accounts": {"111122223333": {"ou": "r-1", "scps": ["f"], "rcps": []}},
                "policies": {"p": policy(json!([full, deny])), "f": policy(json!([full]))}},
            "principals": [{"arn": who, "type": "role", "account": "111122223333", "inline": [policy(json!([full]))],
                "tags": {"team": "red"}}],
        });
        let answer = can(&estate(&file), who, action, resource, &[]).unwrap();
        (answer.decision, answer.missing_keys)
    };
    let (yes, no) = (Decision::Allowed, Decision::ExplicitlyDenied);
    let queue = "arn:aws:sqs:eu-west-1:111122223333:q";
    let region = |name: &str| json!({"StringNotEquals": {"aws:RequestedRegion": name}});
    let differs = |key: &str, value: &str| json!({"StringNotEquals": {key: value}});
    let rows = [
        (region("eu-west-1"), yes),
        (region("us-east-1"), no),
        (differs("aws:ResourceAccount", "111122223333"), yes),
        (differs("aws:ResourceAccount", "${aws:PrincipalAccount}"), yes),
        (differs("aws:PrincipalAccount", "444455556666"), no),
        (differs("aws:PrincipalOrgID", "o-1"), yes),
        (differs("aws:ResourceOrgID", "${aws:PrincipalOrgID}"), yes),
        (differs("aws:ResourceOrgID", "o-2"), no),
        (json!({"StringNotLike": {"aws:PrincipalOrgPaths": "o-1/r-1/*"}}), yes),
        (differs("aws:PrincipalTag/team", "red"), yes),
        (differs("aws:PrincipalTag/team", "blue"), no),
        (json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}), yes),
        (json!({"BoolIfExists": {"aws:PrincipalIsAWSService": "true"}}), yes),
    ];
    for (condition, expected) in rows {
        let found = decide(condition.clone(), "sqs:SendMessage", queue);
        assert_eq!(found, (expected, vec![]), "{condition}");
    }
    // Where the request leaves it open, it is asked for by its name.
    let (decision, missing) = decide(region("eu-west-1"), "ec2:DescribeInstances", "*");
    assert_eq!(
        (decision, missing),
        (Decision::Conditional, vec!["aws:RequestedRegion".to_owned()])
    );
}
