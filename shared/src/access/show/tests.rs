//! What the answers look like.

use serde_json::json;

use super::*;
use crate::access::escalation::Perhaps;
use crate::access::{Escalation, Estate, Index, Trust, WhoCan as _, batch, can, what_can};

const ANA: &str = "arn:aws:iam::111122223333:user/ana";
const ADMIN: &str = "arn:aws:iam::111122223333:role/admin";

fn estate() -> Estate {
    let given = json!({"principals": [
        {"arn": ANA, "type": "user", "account": "111122223333", "inline": [{"Version": "2012-10-17", "Statement": [
            {"Sid": "Become\u{1b}", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ADMIN},
            {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*",
             "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]}]},
        {"arn": ADMIN, "type": "role", "account": "111122223333",
         "inline": [{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}],
         "trust": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}}},
    ]});
    Estate::import([("made", given.to_string().as_str())])
}

#[test]
fn can_is_told() {
    let estate = estate();
    let answer = can(&estate, ANA, "s3:GetObject", "arn:aws:s3:::b/k", &[]).unwrap();
    let text = answer_text(&answer);
    assert_eq!(
        text,
        "conditional: it hangs on keys whose values are not known\n  Allow by identity_policy: statement 2 of inline 1, perhaps\n    if Bool aws:MultiFactorAuthPresent true\n  not known: aws:MultiFactorAuthPresent\n  note: arn:aws:s3:::b/k was not collected: it is taken to have no policy\n  note: no organization was collected: its policies are taken not to be there\n"
    );
    let document = answer_document(&answer);
    assert_eq!(document["decision"], "conditional");
    assert_eq!(document["decided_by"][0]["open"][0]["key"], "aws:MultiFactorAuthPresent");
    let allowed = can(&estate, ANA, "sts:AssumeRole", ADMIN, &[]).unwrap();
    assert!(answer_text(&allowed).starts_with("allowed"));
    assert!(!answer_text(&allowed).contains('\u{1b}'), "control characters are gone");
    let nobody =
        can(&estate, "arn:aws:iam::111122223333:user/eve", "s3:GetObject", "*", &[]).unwrap();
    assert_eq!(answer_document(&nobody)["decision"], "unknown");
}

#[test]
fn who_can_is_told() {
    let estate = estate();
    let index = Index::of(&estate);
    let who = index.who_can("s3:GetObject", "arn:aws:s3:::b/k", &[]).unwrap();
    let chains =
        Trust::of(&index).who_can_through("s3:GetObject", "arn:aws:s3:::b/k", &[]).unwrap();
    let note = ["something is missing".to_owned()];
    let told = WhoTold { who: &who, chains: Some(&chains), entrances: None, notes: &note };
    let document = who_document("s3:GetObject", "arn:aws:s3:::b/k", &told);
    let expected = json!({"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "who": [ADMIN],
        "conditional": [ANA], "through_roles": [[ANA, ADMIN]], "notes": note});
    assert_eq!(document, expected);
    let words = format!(
        "1 can:\n  {ADMIN}\n1 can under conditions that are not known:\n  {ANA}\n\
         1 can through roles:\n  {ANA} → {ADMIN}\nnote: something is missing\n"
    );
    assert_eq!(who_text(&told), words);
}

#[test]
fn lines_are_answered_by_lines() {
    let estate = estate();
    let index = Index::of(&estate);
    let line = r#"{"action":"s3:GetObject","resource":"arn:aws:s3:::b/k"}"#;
    let read =
        |line: &str| -> Value { serde_json::from_str(&batch::answer_line(&index, line)).unwrap() };
    assert_eq!(read(line)["conditional"], json!([ANA]));
    let known = r#"{"action":"s3:GetObject","resource":"arn:aws:s3:::b/k","context":{"aws:MultiFactorAuthPresent":"true"}}"#;
    assert_eq!(read(known)["who"], json!([ADMIN, ANA]));
    assert!(read("nothing")["error"].is_string());
    assert!(read(r#"{"action":"Get","resource":"*"}"#)["error"].is_string());
}

#[test]
fn grants_are_told() {
    let estate = estate();
    let grants = what_can(&estate, ANA).unwrap();
    let document = grants_document(ANA, &grants);
    assert_eq!(document["grants"][1]["actions"], json!(["s3:Get*"]));
    assert_eq!(document["grants"][1]["resources"], json!(["arn:aws:s3:::b/*"]));
    assert!(
        grants_text(&grants)
            .contains("s3:Get* on arn:aws:s3:::b/*\n  statement 2 of inline 1\n  if Bool")
    );
    assert!(what_can(&estate, "arn:aws:iam::111122223333:user/eve").is_none());
}

#[test]
fn paths_are_told() {
    let estate = estate();
    let index = Index::of(&estate);
    let routes = Escalation::of(&index).routes();
    let fixes = Escalation::fixes(&routes);
    let told = Paths {
        from: None,
        to: None,
        administrators: &[ADMIN],
        routes: &routes,
        fixes: &fixes,
        perhaps: &[Perhaps {
            principal: "eve".to_owned(),
            path: vec!["iam-007"],
            unknown: Vec::new(),
            missing_keys: vec!["aws:MultiFactorAuthPresent".to_owned()],
        }],
        entrances: &[],
        notes: &["something".to_owned()],
    };
    let document = paths_document(&told);
    assert_eq!(document["to"], "admin");
    assert_eq!(document["paths"][0]["principal"], ANA);
    assert_eq!(document["paths"][0]["path"], json!(["sts-001"]));
    let remedy = &document["paths"][0]["change"];
    assert_eq!(remedy["from"][0]["policy"], format!("inline 1 of {ANA}"));
    assert_eq!(document["fixes"][0]["ends"], json!([ANA]));
    let words = format!(
        "\n{ANA}\n  sts-001 → {ADMIN}\n    sts:AssumeRole on {ADMIN}\n      \
         Allow by resource_policy: statement 1 of policy of {ADMIN}\n      \
         Allow by identity_policy: statement 1 (Become\u{fffd}) of inline 1\n  \
         to end it: take sts:AssumeRole on {ADMIN} out of statement 1 (Become\u{fffd}) of inline 1 of {ANA}\n"
    );
    let text = paths_text(&told);
    let rest = "\n1 perhaps, which is not certain:\n  not known: aws:MultiFactorAuthPresent\n    eve\nnote: something\n";
    assert!(text.ends_with(&format!("{words}{rest}")), "{text}");
    assert_eq!(document["perhaps"][0]["missing_keys"], json!(["aws:MultiFactorAuthPresent"]));
    assert_eq!(document["notes"], json!(["something"]));
    assert!(
        text.starts_with(&format!(
            "1 with the rights of an administrator:\n  {ADMIN}\n1 can come to them\n"
        )),
        "{text}"
    );
    let edges = Trust::of(&index).edges();
    assert_eq!(trust_document(&edges)["trust"][0]["to"], ADMIN);
}
