//! What questions are about: parts of things, other names of things, and actions on nothing in particular.

use serde_json::{Value, json};

use super::notes;
use crate::access::estate::Draft;
use crate::access::{Answer, Estate, Index, Plain, WhoCan as _, can};
use crate::model::Entity;
use crate::model::policy::PolicyDocument;
use crate::model::resource::{Attribute, Attributes, Resource, ResourcePolicy, ResourceType};
use crate::policy::evaluate::Decision;

const ANA: &str = "arn:aws:iam::111122223333:user/ana";

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn estate(allow: Value, resources: Value) -> Estate {
    let own = policy(json!([allow]));
    let file = json!({
        "principals": [{"arn": ANA, "inline": [own], "tags": {}}], "resources": resources});
    Estate::import([("made", file.to_string().as_str())])
}

/// The answer of `can`, with which all together agree.
fn ask(estate: &Estate, action: &str, resource: &str) -> Answer {
    let answer = can(estate, ANA, action, resource, &[]).unwrap();
    let who = Index::of(estate).who_can(action, resource, &[]).unwrap();
    assert_eq!(who, Plain::of(estate).who_can(action, resource, &[]).unwrap());
    assert_eq!(who.who.len() == 1, answer.decision == Decision::Allowed, "{answer:?}");
    assert_eq!(who.unknown.len() == 1, answer.decision == Decision::Unknown, "{answer:?}");
    for note in notes(estate, action, resource) {
        assert!(answer.notes.contains(&note), "{note} is not in {answer:?}");
    }
    answer
}

fn all_of(service: &str) -> Value {
    json!({"Effect": "Allow", "Action": format!("{service}:*"), "Resource": "*"})
}

#[test]
fn an_action_without_resources_is_asked_on_all() {
    let instance = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1";
    let narrow = json!({"Effect": "Allow", "Action": "ec2:*",
        "Resource": "arn:aws:ec2:*:*:instance/*"});
    let narrow = estate(narrow, json!([]));
    let answer = ask(&narrow, "ec2:DescribeInstances", instance);
    assert_eq!(answer.decision, Decision::ImplicitlyDenied);
    assert_eq!(answer.resource, instance);
    assert!(answer.notes[0].contains("asked on `*`"), "{answer:?}");
    assert_eq!(ask(&narrow, "ec2:StopInstances", instance).decision, Decision::Allowed);
    let broad = estate(all_of("ec2"), json!([]));
    assert_eq!(ask(&broad, "ec2:DescribeInstances", instance).decision, Decision::Allowed);
}

#[test]
fn what_the_catalogue_does_not_have_is_said() {
    let all = estate(all_of("*"), json!([]));
    for (action, word) in
        [("nosuchservice:Do", "service `nosuchservice`"), ("s3:GetObjekt", "action `s3:GetObjekt`")]
    {
        let answer = ask(&all, action, "*");
        assert!(answer.notes[0].contains(word), "{answer:?}");
    }
    assert!(
        notes(&all, "S3:getobject", "arn:aws:s3:::b/k").iter().all(|it| !it.contains("catalogue"))
    );
}

/// <https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html>
#[test]
fn the_policy_of_its_key_decides_on_an_alias() {
    let place = "arn:aws:kms:eu-west-1:111122223333";
    let (alias, key) = (format!("{place}:alias/data"), format!("{place}:key/k"));
    let unfollowed = estate(all_of("kms"), json!([]));
    let answer = ask(&unfollowed, "kms:Decrypt", &alias);
    assert_eq!(answer.decision, Decision::Unknown);
    assert!(answer.reason.contains(&alias), "{answer:?}");
    // What becomes of the alias itself the policies of identities decide.
    for action in ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"] {
        assert_eq!(ask(&unfollowed, action, &alias).decision, Decision::Allowed, "{action}");
    }
    for (named, expected) in [
        ("arn:aws:iam::111122223333:root", Decision::Allowed),
        ("arn:aws:iam::111122223333:user/bob", Decision::ImplicitlyDenied),
    ] {
        let own = policy(json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*",
            "Principal": {"AWS": named}}]));
        let mut followed = estate(all_of("kms"), json!([{"arn": key, "policy": own}]));
        let other = crate::access::estate::Resource {
            parent: Some(key.as_str().into()),
            ..crate::access::estate::Resource::default()
        };
        followed.resources.insert(alias.as_str().into(), other);
        let answer = ask(&followed, "kms:Decrypt", &alias);
        assert_eq!(answer.decision, expected, "{named}");
        assert!(answer.notes[0].contains(&format!("stands for {key}")), "{answer:?}");
    }
}

const DOOR: &str = "arn:aws:s3:eu-west-1:111122223333:accesspoint/door";

/// Where the bucket behind an access point was not collected, it may deny.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
#[test]
fn an_access_point_without_its_bucket_is_unknown() {
    let object = format!("{DOOR}/object/key");
    let deny = policy(json!([{"Effect": "Deny", "Action": "s3:GetObject", "Principal": "*",
        "Resource": format!("{DOOR}/object/*")}]));
    let closed = estate(all_of("s3"), json!([{"arn": DOOR, "policy": deny}]));
    assert_eq!(ask(&closed, "s3:GetObject", &object).decision, Decision::ExplicitlyDenied);
    let lost = json!([{"arn": DOOR, "policy": null, "bucket": "arn:aws:s3:::b"}]);
    for resources in [json!([]), json!([{"arn": DOOR, "policy": null}]), lost] {
        let open = estate(all_of("s3"), resources);
        let answer = ask(&open, "s3:GetObject", &object);
        assert_eq!(answer.decision, Decision::Unknown);
        assert!(answer.reason.contains("the bucket behind"), "{answer:?}");
        for itself in ["s3:GetAccessPointPolicy", "s3:TagResource"] {
            assert_eq!(ask(&open, itself, DOOR).decision, Decision::Allowed, "{itself}");
        }
    }
    for (action, point) in [
        ("s3express:CreateSession", "s3express:eu-west-1:111122223333:accesspoint/door--x-s3"),
        ("s3-object-lambda:GetObject", "s3-object-lambda:eu-west-1:111122223333:accesspoint/door"),
        (
            "s3-outposts:GetObject",
            "s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/door/object/key",
        ),
    ] {
        let open = estate(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}), json!([]));
        let answer = ask(&open, action, &format!("arn:aws:{point}"));
        assert_eq!(answer.decision, Decision::Unknown, "{answer:?}");
    }
    // A bucket may have that name.
    let bucket = estate(all_of("s3"), json!([{"arn": "arn:aws:s3:::accesspoint", "policy": null}]));
    let found = ask(&bucket, "s3:GetObject", "arn:aws:s3:::accesspoint/key");
    assert_eq!((found.decision, found.notes.len()), (Decision::Allowed, 1), "{found:?}");
}

/// What a file names as the bucket behind an access point must be one.
#[test]
fn only_a_bucket_is_behind_an_access_point() {
    for behind in [DOOR, "b", "arn:aws:s3:::b/key"] {
        let file = json!({"principals": [{"arn": ANA, "inline": [policy(json!([all_of("s3")]))]}],
            "resources": [{"arn": DOOR, "policy": null, "bucket": behind}]});
        let found = Estate::import([("made", file.to_string().as_str())]);
        assert!(found.set_aside[0].reason.contains("no bucket"), "{:?}", found.set_aside);
        assert_eq!(ask(&found, "s3:ListBucket", DOOR).decision, Decision::Unknown, "{behind}");
    }
}

/// Access point and bucket must both permit it: what each says, and what both come to.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
#[test]
fn an_access_point_and_its_bucket_must_both_permit() {
    use Decision::{Allowed, Conditional, ExplicitlyDenied, ImplicitlyDenied, Unknown};
    let on = |resource: &str, action: &str| json!({"Effect": "Allow", "Action": action, "Resource": resource});
    let door = |effect: &str| {
        json!({"Effect": effect, "Action": "s3:GetObject",
        "Principal": {"AWS": ANA}, "Resource": format!("{DOOR}/object/*")})
    };
    let bucket = |effect: &str| {
        json!({"Effect": effect, "Action": "s3:GetObject",
        "Principal": {"AWS": ANA}, "Resource": "arn:aws:s3:::b/*"})
    };
    // As AWS recommends it: whoever comes through an access point of the account.
    let delegated = |account: &str| {
        json!({"Effect": "Allow", "Action": "*", "Principal": {"AWS": "*"},
        "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
        "Condition": {"StringEquals": {"s3:DataAccessPointAccount": account}}})
    };
    let only_through = |point: &str| {
        json!({"Effect": "Deny", "Action": "s3:*", "Principal": "*",
        "Resource": "arn:aws:s3:::b/*", "Condition": {"ArnNotLike": {"s3:DataAccessPointArn": point}}})
    };
    let asked = json!({"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*",
        "Resource": "arn:aws:s3:::b/*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}});
    let (both, this, other) = ("*", format!("{DOOR}/object/*"), "arn:aws:s3:::b/*");
    let nothing = on("arn:aws:s3:::other/*", "s3:GetObject");
    let all = on(both, "s3:*");
    let through = on(&this, "s3:GetObject");
    let own = "111122223333";
    let rows = [
        // What ana's own policy allows, what the access point's policy says, what the bucket's says, whose the bucket is.
        (&all, None, None, own, Allowed),
        (&all, Some(door("Deny")), None, own, ExplicitlyDenied),
        (&all, None, Some(bucket("Deny")), own, ExplicitlyDenied),
        (&all, None, Some(only_through("arn:aws:s3:*:*:accesspoint/door")), own, Allowed),
        (&all, None, Some(only_through("arn:aws:s3:*:*:accesspoint/gate")), own, ExplicitlyDenied),
        (&nothing, Some(door("Allow")), Some(bucket("Allow")), own, Allowed),
        (&nothing, Some(door("Allow")), Some(delegated(own)), own, Allowed),
        (&nothing, Some(door("Allow")), Some(delegated("444455556666")), own, Unknown),
        (&nothing, Some(door("Allow")), Some(asked), own, Conditional),
        (&nothing, Some(door("Allow")), None, own, Unknown),
        (&nothing, None, Some(delegated(own)), own, ImplicitlyDenied),
        (&on(other, "s3:GetObject"), None, None, own, ImplicitlyDenied),
        (&through, None, Some(delegated(own)), own, Allowed),
        (&through, None, None, own, Unknown),
        // The bucket of another account names who comes, or nobody comes.
        (&all, None, Some(delegated(own)), "444455556666", Allowed),
        (&all, None, None, "444455556666", ImplicitlyDenied),
    ];
    for (number, (allow, at_door, at_bucket, owner, expected)) in rows.into_iter().enumerate() {
        let held = |statement: Option<Value>| statement.map(|own| policy(json!([own])));
        let estate = estate(
            allow.clone(),
            json!([
                {"arn": DOOR, "policy": held(at_door), "bucket": "arn:aws:s3:::b"},
                {"arn": "arn:aws:s3:::b", "account": owner, "policy": held(at_bucket)},
            ]),
        );
        let answer = ask(&estate, "s3:GetObject", &format!("{DOOR}/object/key"));
        assert_eq!(answer.decision, expected, "row {number}: {answer:?}");
        assert!(!answer.reason.is_empty() && answer.resource.starts_with(DOOR), "{answer:?}");
        let own = answer.decided_by.iter();
        let mut own = own.map(|it| (&it.policy, it.statement, it.effect)).collect::<Vec<_>>();
        let before = own.len();
        own.sort();
        own.dedup();
        assert_eq!(own.len(), before, "row {number}: each statement once: {answer:?}");
        let grants = own.iter().any(|(_, _, effect)| *effect == "Allow");
        let refuses = matches!(expected, ExplicitlyDenied | ImplicitlyDenied);
        assert!(!(refuses && grants), "row {number}: no grant decides a refusal: {answer:?}");
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html>
#[test]
fn the_policy_of_a_table_speaks_about_its_indexes() {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";
    let deny = policy(json!([{"Effect": "Deny", "Action": "dynamodb:Query", "Principal": "*",
        "Resource": format!("{table}/index/*")}]));
    let estate = estate(all_of("dynamodb"), json!([{"arn": table, "policy": deny}]));
    let index = format!("{table}/index/by-name");
    assert_eq!(ask(&estate, "dynamodb:Query", &index).decision, Decision::ExplicitlyDenied);
    assert_eq!(ask(&estate, "dynamodb:Query", table).decision, Decision::Allowed);
    let stream = format!("{table}/stream/2026-01-01T00:00:00.000");
    let answer = ask(&estate, "dynamodb:GetRecords", &stream);
    assert!(answer.notes[0].contains("was not collected"), "a stream has a policy of its own");
}

/// Which account a canonical user is only Amazon S3 knows.
#[test]
fn what_names_a_canonical_user_is_unknown() {
    let named = json!({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"});
    let bucket = |element: &str, effect: &str| {
        let mut own = json!({"Effect": effect, "Action": "s3:*", "Resource": "*"});
        own[element] = named.clone();
        json!([{"arn": "arn:aws:s3:::b", "account": "444455556666", "policy": policy(json!([own]))}])
    };
    for (element, effect) in [("Principal", "Allow"), ("NotPrincipal", "Deny")] {
        let estate = estate(all_of("s3"), bucket(element, effect));
        let answer = ask(&estate, "s3:GetObject", "arn:aws:s3:::b/key");
        assert_eq!(answer.decision, Decision::Unknown, "{element}");
        assert!(answer.reason.contains("canonical user `79a59df"), "{answer:?}");
    }
}

fn thing(arn: &str, resource_type: ResourceType, parent: Option<&str>) -> Entity {
    let network = Attribute::Text("VPC".to_owned());
    Entity::Resource(Resource {
        arn: arn.parse().unwrap(),
        resource_type,
        name: "data".to_owned(),
        created: None,
        state: None,
        parent: parent.map(|it| it.parse().unwrap()),
        acts_as: Vec::new(),
        tags: None,
        attributes: Attributes::from([("network-origin".to_owned(), network)]),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "as `json!` makes it")]
fn policy_of(arn: &str, statement: Value) -> Entity {
    Entity::ResourcePolicy(ResourcePolicy {
        resource: arn.parse().unwrap(),
        document: Some(PolicyDocument(policy(json!([statement])).to_string())),
    })
}

fn store(entities: &[Entity]) -> Estate {
    let mut draft = Draft::default();
    for entity in entities {
        draft.entity(entity, &"111122223333".parse().unwrap());
    }
    draft.finish()
}

/// An alias of a store says which key it stands for.
#[test]
fn an_alias_of_a_store_is_followed() {
    let place = "arn:aws:kms:eu-west-1:111122223333";
    let (alias, key) = (format!("{place}:alias/data"), format!("{place}:key/k"));
    let found = store(&[
        thing(&alias, ResourceType::KeyAlias, Some(&key)),
        thing(&key, ResourceType::Key, None),
        policy_of(
            &key,
            json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*",
            "Principal": {"Service": "s3.amazonaws.com"}}),
        ),
    ]);
    let root = "arn:aws:iam::111122223333:root";
    let answer = can(&found, root, "kms:Decrypt", &alias, &[]).unwrap();
    assert_eq!(answer.decision, Decision::ImplicitlyDenied, "{answer:?}");
    assert!(answer.notes[0].contains(&key), "{answer:?}");
}

/// An access point of a store says which bucket is behind it, and from where it is entered.
#[test]
fn an_access_point_of_a_store_is_entered() {
    let bucket = "arn:aws:s3:::b";
    let door = |network: &str| {
        let mut door = thing(DOOR, ResourceType::AccessPoint, Some(bucket));
        if let Entity::Resource(resource) = &mut door {
            let network = Attribute::Text(network.to_owned());
            resource.attributes.insert("network-origin".to_owned(), network);
        }
        door
    };
    for (origin, network, expected) in [
        ("VPC", "VPC", Decision::Unknown),
        ("VPC", "Internet", Decision::ImplicitlyDenied),
        ("Internet", "Internet", Decision::Allowed),
    ] {
        let found = store(&[
            thing(bucket, ResourceType::Bucket, None),
            door(origin),
            policy_of(
                DOOR,
                json!({"Effect": "Allow", "Action": "s3:GetObject",
                "Principal": "*", "Resource": format!("{DOOR}/object/*")}),
            ),
            policy_of(
                bucket,
                json!({"Effect": "Allow", "Action": "s3:GetObject", "Principal": "*",
                "Resource": "arn:aws:s3:::b/*",
                "Condition": {"StringEquals": {"s3:AccessPointNetworkOrigin": network}}}),
            ),
        ]);
        let answer = can(&found, "*", "s3:GetObject", &format!("{DOOR}/object/key"), &[]).unwrap();
        assert_eq!(answer.decision, expected, "{network}: {answer:?}");
        // Right at the bucket, through no access point that is named, it is not known.
        let answer = can(&found, "*", "s3:GetObject", "arn:aws:s3:::b/key", &[]).unwrap();
        assert_eq!(answer.decision, Decision::Conditional, "{network}: {answer:?}");
    }
}
