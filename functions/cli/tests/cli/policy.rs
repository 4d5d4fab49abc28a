//! `policy`: what is printed is what the collectors declare, in three spellings, and what a run was denied.

use std::collections::BTreeSet;

use accesstrail_shared::collect::needs;
use accesstrail_shared::permission::Tier;
use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan};
use serde_json::Value;

use crate::world::{DEMO, Ran, WORLD, program, run};

fn policy(arguments: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(program(folder.path()).arg("policy"), arguments);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
    ran
}

fn actions(document: &Value) -> BTreeSet<String> {
    let statements = document["Statement"].as_array().unwrap().iter();
    statements
        .flat_map(|statement| statement["Action"].as_array().unwrap())
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

fn printed(arguments: &[&str]) -> BTreeSet<String> {
    let ran = policy(&[&["print"], arguments].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    match &document {
        Value::Array(several) => several.iter().flat_map(actions).collect(),
        one => actions(one),
    }
}

#[test]
fn what_is_printed_is_what_is_declared() {
    let declared = |tiers: &[Tier]| -> BTreeSet<String> {
        let needs = needs::all().into_iter().filter(|need| tiers.contains(&need.tier));
        needs.map(|need| need.action.to_owned()).collect()
    };
    assert_eq!(printed(&[]), declared(&Tier::READING));
    assert_eq!(printed(&["--tier", "2"]), declared(&[Tier::Two]));
    assert_eq!(printed(&["--tier", "1,4"]), declared(&[Tier::One, Tier::Four]));
    assert_eq!(printed(&["--only", "regions"]), ["ec2:DescribeRegions".to_owned()].into());
    let account = printed(&["--for", "account"]);
    assert!(account.contains("iam:ListUsers") && !account.contains("organizations:ListAccounts"));
    let organization = printed(&["--for", "organization"]);
    assert!(organization.contains("sso:ListInstances") && !organization.contains("iam:ListUsers"));
    assert_eq!(printed(&["--for", "hub", "--tier", "4"]), ["sts:AssumeRole".to_owned()].into());
}

#[test]
fn names_of_accounts_partitions_and_roles() {
    let arguments = [
        "print",
        "--tier",
        "1,4",
        "--account",
        "111122223333",
        "--partition",
        "aws-us-gov",
        "--role",
        "a/b",
    ];
    let ran = policy(&arguments);
    for part in [
        "\"arn:aws-us-gov:iam::111122223333:user/*\"",
        "\"arn:aws-us-gov:iam::*:role/a/b\"",
        "\"aws:ResourceOrgID\": \"${aws:PrincipalOrgID}\"",
    ] {
        assert!(ran.out.contains(part), "{part} in {}", ran.out);
    }
    let fields =
        ["\"Version\"", "\"Statement\"", "\"Sid\"", "\"Effect\"", "\"Action\"", "\"Resource\""];
    let places: Vec<usize> = fields.iter().map(|field| ran.out.find(field).unwrap()).collect();
    assert!(places.is_sorted(), "in the order in which people write them: {places:?}");
}

#[test]
fn the_other_spellings() {
    let cfn = policy(&["print", "--format", "cfn"]);
    assert!(cfn.out.starts_with("AWSTemplateFormatVersion"), "{}", cfn.out);
    assert!(cfn.out.contains("!Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*"));
    let terraform = policy(&["print", "--format", "terraform"]);
    assert!(terraform.out.contains("resource \"aws_iam_policy\""), "{}", terraform.out);
    let json = policy(&["print", "--json", "--tier", "2"]).document("policy");
    assert_eq!(json["policies"][0]["name"], "accesstrail-read");
    assert!(json["policies"][0]["characters"].as_u64().unwrap() <= 6_144);
    assert!(actions(&json["policies"][0]["document"]).contains("sso:ListInstances"));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let rows: [(&[&str], &str); 5] = [
        (&["print", "--only", "dreams"], "`dreams` is neither a collector nor a capability"),
        (&["print", "--part", "9"], "there is no policy 9"),
        (&["print", "--tier", "5"], "5 is not in 1..=4"),
        (&["print", "--account", "1"], "12"),
        (&[], "Usage"),
    ];
    for (arguments, part) in rows {
        let ran = policy(arguments);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
    }
}

#[test]
fn the_page_is_the_table() {
    let ran = policy(&["docs"]);
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(&ran.out), "docs/permissions.md is not what the program says");
    let document = policy(&["docs", "--json"]).document("permissions");
    assert_eq!(document["actions"].as_array().unwrap().len(), needs::all().len());
}

/// The demo's one account with a service control policy: no policy of the role changes what that denies.
#[test]
fn what_no_policy_could_give_is_not_in_the_policy_that_is_missing() {
    let ran = DEMO.run(&["policy", "print", "--missing"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(actions(&document), BTreeSet::new());
    for part in
        ["a service control policy", "could not be entered", "nothing is missing that a policy"]
    {
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
    }
}

#[test]
fn what_a_run_was_denied_is_the_policy_that_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let denied = Match::action("iam:ListServerCertificates");
    let proxy = WORLD.enter(Plan::default().rule(denied, Fault::Deny { by: Layer::Identity }));
    let identities = ["collect", "--skip", "tier-3"];
    assert_eq!(run(&mut WORLD.caller(&proxy, folder.path()), &identities).code, 2);
    let ran = run(program(folder.path()).arg("policy"), &["print", "--missing"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(actions(&document), ["iam:ListServerCertificates".to_owned()].into());
    let none = tempfile::tempdir().unwrap();
    let ran = run(program(none.path()).arg("policy"), &["print", "--missing"]);
    assert_eq!(ran.code, 1, "without a store nobody knows what is missing: {ran:?}");
}
