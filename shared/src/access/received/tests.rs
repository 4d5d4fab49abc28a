//! What resources grant.

use serde_json::{Value, json};

use crate::access::{Estate, Grant, Index, WhoCan as _, what_can};

const ANA: &str = "arn:aws:iam::111122223333:user/ana";
const APP: &str = "arn:aws:iam::111122223333:role/app";
const OWN: &str = "arn:aws:s3:::own";
const OTHER: &str = "arn:aws:s3:::other";

fn policy(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Two buckets, one of the principals' account and one of another, with these statements.
fn estate(inline: &Value, boundary: &Value, of_resource: &Value, rcp: &Value) -> Estate {
    let full = policy(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let who = |arn: &str, kind: &str| {
        json!({"arn": arn, "type": kind, "account": "111122223333", "inline": [policy(inline)],
        "boundary": if boundary.is_null() { Value::Null } else { policy(boundary) }})
    };
    let given = json!({
        "organization": {"id": "o-1", "management_account": "777788889999",
            "ous": {"r": {"parent": null, "scps": ["full"], "rcps": if rcp.is_null() { json!([]) } else { json!(["rcp"]) }}},
            "accounts": {"111122223333": {"ou": "r", "scps": ["full"], "rcps": []}, "444455556666": {"ou": "r", "scps": ["full"], "rcps": []}},
            "policies": {"full": full, "rcp": policy(rcp)}},
        "principals": [who(ANA, "user"), who(APP, "role")],
        "resources": [
            {"arn": OWN, "account": "111122223333", "policy": policy(of_resource)},
            {"arn": OTHER, "account": "444455556666", "policy": policy(of_resource)}],
    });
    Estate::import([("made", given.to_string().as_str())])
}

/// What resources grant, as the owner of the bucket, how it is named, and the actions.
fn granted(estate: &Estate, arn: &str) -> Vec<(&'static str, &'static str, String)> {
    let grants = what_can(estate, arn).unwrap().grants.into_iter();
    let owner = |grant: &Grant| if grant.policy.ends_with(OWN) { "own" } else { "other" };
    let mut found = Vec::new();
    for grant in grants {
        if let Some(named) = grant.named {
            found.push((owner(&grant), named.as_str(), grant.actions.join(" ")));
        }
    }
    found.sort();
    found
}

fn allow(principal: &Value, actions: &Value) -> Value {
    json!([{"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": ["arn:aws:s3:::own/*", "arn:aws:s3:::other/*"]}])
}

const ALLOWED: &str = r#"[{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]"#;
const NOTHING: &str = r#"[{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]"#;

fn text(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

#[test]
fn in_its_own_account_the_resource_is_enough_and_across_accounts_it_is_not() {
    let get = json!("s3:GetObject");
    let rows = [
        (json!({"AWS": ANA}), "itself", vec!["own"], vec!["other", "own"]),
        (json!("*"), "everyone", vec!["own"], vec!["other", "own"]),
        (json!({"AWS": "111122223333"}), "account", vec![], vec!["other", "own"]),
        (json!({"AWS": "444455556666"}), "account", vec![], vec![]),
        (json!({"AWS": APP}), "itself", vec![], vec![]),
    ];
    for (principal, named, without, with) in rows {
        for (inline, expected) in [(NOTHING, without), (ALLOWED, with)] {
            let estate =
                estate(&text(inline), &Value::Null, &allow(&principal, &get), &Value::Null);
            let expected: Vec<_> = expected
                .into_iter()
                .map(|owner| (owner, named, "s3:getobject".to_owned()))
                .collect();
            assert_eq!(granted(&estate, ANA), expected, "{principal} with {inline}");
        }
    }
}

#[test]
fn wildcards_stay_and_what_no_side_allows_goes() {
    let of_resource = allow(&json!({"AWS": "111122223333"}), &json!(["s3:Get*", "s3:Put*"]));
    let estate = estate(&text(ALLOWED), &Value::Null, &of_resource, &Value::Null);
    let expected = ["other", "own"].map(|owner| (owner, "account", "s3:get*".to_owned()));
    assert_eq!(granted(&estate, APP), expected);
}

#[test]
fn all_of_a_resource_is_that_resource_and_the_narrower_side_counts() {
    let key = "arn:aws:kms:eu-west-1:444455556666:key/1";
    let policy = |statements: Value| policy(&statements);
    let given = json!({
        "principals": [{"arn": ANA, "type": "user", "account": "111122223333", "inline": [policy(json!([
            {"Effect": "Allow", "Action": ["kms:Describe*", "kms:Decrypt", "s3:*"], "Resource": "*"}]))]}],
        "resources": [{"arn": key, "account": "444455556666", "policy": policy(json!([
            {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"}]))}]});
    let estate = Estate::import([("made", given.to_string().as_str())]);
    let grants = what_can(&estate, ANA).unwrap().grants;
    let of_key = grants.iter().find(|it| it.named.is_some()).unwrap();
    assert_eq!(of_key.actions, ["kms:decrypt", "kms:describe*"]);
    assert_eq!(of_key.resources, [key]);
}

#[test]
fn a_boundary_limits_a_role_and_not_a_user_who_is_named() {
    let limit = json!([{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]);
    let get = json!("s3:GetObject");
    let named = |arn: &str| {
        let of_resource = allow(&json!({"AWS": arn}), &get);
        granted(&estate(&text(NOTHING), &limit, &of_resource, &Value::Null), arn)
    };
    assert_eq!(named(ANA), [("own", "itself", "s3:getobject".to_owned())]);
    assert_eq!(named(APP), []);
}

#[test]
fn denials_and_conditions_take_grants_away() {
    let get = json!("s3:GetObject");
    let none = Value::Null;
    let deny = json!([{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]);
    let open = allow(&json!("*"), &get);
    assert_eq!(granted(&estate(&text(ALLOWED), &none, &open, &none), ANA).len(), 2);
    assert_eq!(granted(&estate(&text(ALLOWED), &none, &open, &deny), ANA), [], "the organization");
    let mut both = open.clone();
    both.as_array_mut().unwrap().extend(deny.as_array().unwrap().clone());
    assert_eq!(granted(&estate(&text(ALLOWED), &none, &both, &none), ANA), [], "the resource");
    let mut other = open;
    other[0]["Condition"] = json!({"StringEquals": {"aws:PrincipalOrgID": "o-2"}});
    assert_eq!(
        granted(&estate(&text(ALLOWED), &none, &other, &none), ANA),
        [],
        "another's organization"
    );
    other[0]["Condition"] = json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}});
    assert_eq!(granted(&estate(&text(ALLOWED), &none, &other, &none), ANA).len(), 2);
    other[0]["Condition"] = json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}});
    let estate = estate(&text(ALLOWED), &none, &other, &none);
    let open = what_can(&estate, ANA).unwrap().grants;
    assert_eq!(open.iter().filter(|it| it.named.is_some() && it.conditions.len() == 1).count(), 2);
}

#[test]
fn a_policy_of_a_resource_that_cannot_be_read_is_not_known() {
    let given = json!({"principals": [{"arn": ANA, "type": "user", "account": "111122223333"}],
        "resources": [{"arn": OWN, "account": "111122223333", "policy": {"Statement": "none"}}]});
    let estate = Estate::import([("made", given.to_string().as_str())]);
    let unknown = what_can(&estate, ANA).unwrap().unknown;
    assert!(
        unknown.len() == 1 && unknown[0].starts_with(&format!("policy of {OWN}: ")),
        "{unknown:?}"
    );
}

#[test]
fn a_trust_is_a_grant_too() {
    let given = |trusted: &str, inline: Value| {
        let trust = policy(
            &json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": trusted}}]),
        );
        let given = json!({"principals": [
            {"arn": ANA, "type": "user", "account": "111122223333", "inline": [policy(&inline)]},
            {"arn": APP, "type": "role", "account": "111122223333", "trust": trust}]});
        let estate = Estate::import([("made", given.to_string().as_str())]);
        let grants = what_can(&estate, ANA).unwrap().grants.into_iter();
        grants.filter(|it| it.named.is_some()).map(|it| it.resources.join(" ")).collect::<Vec<_>>()
    };
    assert_eq!(given(ANA, text(NOTHING)), [APP]);
    assert_eq!(given("111122223333", text(NOTHING)), [""; 0]);
    let assume = json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]);
    assert_eq!(given("111122223333", assume), [APP]);
}

/// What `who-can` says somebody can do to a resource that has a policy is among its grants.
#[test]
fn whoever_can_has_a_grant() {
    for seed in 0..6 {
        let text = crate::access::generate::organization_of(seed, 40).to_string();
        let estate = Estate::import([("made", text.as_str())]);
        let index = Index::of(&estate);
        for (arn, resource) in &estate.resources {
            let Some(held) = &resource.policy else { continue };
            let (action, on) = match arn.split(':').nth(2) {
                Some("kms") => ("kms:Decrypt", arn.to_string()),
                _ => ("s3:GetObject", format!("{arn}/k")),
            };
            for who in index.who_can(action, &on, &[]).unwrap().who {
                let grants = what_can(&estate, who).unwrap().grants;
                let is_own = |grant: &Grant| grant.named.is_none();
                let of_resource = |grant: &Grant| grant.policy == held.source.to_string();
                let is_granted = grants.iter().any(|it| is_own(it) || of_resource(it));
                assert!(is_granted, "{who} {action} {on}");
            }
        }
    }
}

#[test]
fn where_both_sides_must_allow_the_narrower_of_both_is_told() {
    let theirs = allow(&json!({"AWS": "111122223333"}), &json!("s3:Get*"));
    let own = text(
        r#"[{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/x/*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
            {"Effect": "Allow", "Action": ["s3:Get*", "s3:GetObject"], "NotResource": "arn:aws:s3:::own/*"},
            {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::third/*"}]"#,
    );
    let estate = estate(&own, &Value::Null, &theirs, &Value::Null);
    let grants = what_can(&estate, ANA).unwrap().grants.into_iter();
    let mut found: Vec<_> = grants
        .filter(|grant| grant.named.is_some() && grant.policy.ends_with(OTHER))
        .map(|grant| (grant.resources.join(" "), grant.actions.join(" "), grant.conditions.len()))
        .collect();
    found.sort();
    let all = "arn:aws:s3:::own/* arn:aws:s3:::other/*".to_owned();
    let narrow = "arn:aws:s3:::other/x/*".to_owned();
    assert_eq!(found, [(narrow, "s3:getobject".to_owned(), 1), (all, "s3:get*".to_owned(), 0)]);
}
