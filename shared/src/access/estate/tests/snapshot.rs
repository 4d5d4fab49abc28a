//! What a store does not have of an organization makes answers unknown, with what is missing named.

use serde_json::json;

use crate::access::estate::Version;
use crate::access::estate::draft::Draft;
use crate::access::{Answer, Entrances, Estate, can};
use crate::model::identity_center::{
    Assignee, Assignment, Membership, PermissionSet, StoreGroup, StoreUser,
};
use crate::model::organization::{
    AccountPlacement, Organization, OrganizationPolicy, OrganizationPolicyDocument,
    OrganizationPolicyTargets, PolicyTarget, Root,
};
use crate::model::policy::{InlinePolicy, ManagedPolicy, PolicyDocument, PolicyVersion};
use crate::model::principal::Role;
use crate::model::resource::{
    Resource, ResourcePolicy, ResourceSetting, ResourceTags, ResourceType, attributes,
};
use crate::model::{Entity, LastUsed, Tags};
use crate::policy::evaluate::Decision;

const ROLE: &str = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0123456789abcdef";
const BUCKET: &str = "arn:aws:s3:::data";
const SET: &str = "arn:aws:sso:::permissionSet/ssoins-1/ps-1";

fn document(effect: &str, action: &str) -> PolicyDocument {
    let statement = json!({"Effect": effect, "Action": action, "Resource": "*"});
    PolicyDocument(json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
}

fn role() -> Entity {
    Entity::Role(Role {
        arn: ROLE.parse().unwrap(),
        unique_id: "AROAEXAMPLE".to_owned(),
        name: "AWSReservedSSO_Ops_0123456789abcdef".to_owned(),
        path: "/aws-reserved/sso.amazonaws.com/".to_owned(),
        created: None,
        trust: None,
        attached_policies: Vec::new(),
        inline_policies: vec![InlinePolicy {
            name: "own".to_owned(),
            document: document("Allow", "*"),
        }],
        boundary: None,
        last_used: LastUsed::Unknown,
        tags: Tags::default(),
        instance_profiles: Vec::new(),
    })
}

fn control(id: &str, effect: &str, action: &str) -> [Entity; 3] {
    let target = PolicyTarget { id: "r-1".to_owned(), kind: "ROOT".to_owned() };
    [
        Entity::OrganizationPolicy(OrganizationPolicy {
            id: id.to_owned(),
            arn: None,
            name: id.to_owned(),
            policy_type: "SERVICE_CONTROL_POLICY".to_owned(),
            description: String::new(),
            aws_managed: false,
        }),
        Entity::OrganizationPolicyDocument(OrganizationPolicyDocument {
            policy: id.to_owned(),
            document: document(effect, action),
        }),
        Entity::OrganizationPolicyTargets(OrganizationPolicyTargets {
            policy: id.to_owned(),
            targets: vec![
                target,
                PolicyTarget { id: "111122223333".to_owned(), kind: "ACCOUNT".to_owned() },
            ],
        }),
    ]
}

/// An organization of one account with a bucket, as a store has it.
fn everything() -> Vec<Entity> {
    let account = "111122223333".parse().unwrap();
    let mut all = vec![
        Entity::Organization(Organization {
            id: "o-example".to_owned(),
            arn: None,
            management_account: "444455556666".parse().unwrap(),
            feature_set: "ALL".to_owned(),
        }),
        Entity::Root(Root {
            id: "r-1".to_owned(),
            arn: None,
            name: "Root".to_owned(),
            policy_types: Vec::new(),
        }),
        Entity::AccountPlacement(AccountPlacement {
            account,
            parent: "r-1".to_owned(),
            path: Vec::new(),
        }),
        role(),
        Entity::Resource(Resource {
            arn: BUCKET.parse().unwrap(),
            resource_type: ResourceType::Bucket,
            name: "data".to_owned(),
            created: None,
            state: None,
            parent: None,
            acts_as: Vec::new(),
            tags: None,
            attributes: attributes([("region", Some("eu-west-1".into()))]),
        }),
        Entity::ResourcePolicy(ResourcePolicy {
            resource: BUCKET.parse().unwrap(),
            document: None,
        }),
    ];
    all.extend(control("p-full", "Allow", "*"));
    all.extend(control("p-rail", "Deny", "sqs:*"));
    all
}

fn estate(entities: &[Entity]) -> Estate {
    let mut draft = Draft::default();
    for entity in entities {
        draft.entity(entity, &"111122223333".parse().unwrap());
    }
    draft.close();
    draft.finish()
}

fn ask(entities: &[Entity], action: &str, resource: &str) -> Answer {
    can(&estate(entities), ROLE, action, resource, &[]).unwrap()
}

fn without(mut entities: Vec<Entity>, is_lost: impl Fn(&Entity) -> bool) -> Vec<Entity> {
    let before = entities.len();
    entities.retain(|entity| !is_lost(entity));
    assert_eq!(entities.len() + 1, before, "one is lost");
    entities
}

#[test]
fn what_was_not_collected_of_an_organization_is_unknown_by_its_name() {
    let all = everything();
    assert_eq!(ask(&all, "s3:GetObject", BUCKET).decision, Decision::Allowed);
    assert_eq!(ask(&all, "sqs:SendMessage", "*").decision, Decision::ExplicitlyDenied);
    let no_document = without(
        all.clone(),
        |entity| matches!(entity, Entity::OrganizationPolicyDocument(own) if own.policy == "p-rail"),
    );
    let no_targets = without(
        all.clone(),
        |entity| matches!(entity, Entity::OrganizationPolicyTargets(own) if own.policy == "p-rail"),
    );
    for (entities, part) in [(no_document, "p-rail"), (no_targets, "where p-rail is attached")] {
        let answer = ask(&entities, "sqs:SendMessage", "*");
        assert_eq!(answer.decision, Decision::Unknown, "{part}");
        assert!(answer.reason.contains(part), "{part}: {}", answer.reason);
    }
    let no_place = without(all, |entity| matches!(entity, Entity::AccountPlacement(_)));
    let reason = ask(&no_place, "s3:GetObject", "*").reason;
    assert!(reason.contains("the units above 111122223333"), "{reason}");
}

#[test]
fn the_policy_of_a_resource_that_nobody_read_is_unknown() {
    let lost = without(everything(), |entity| matches!(entity, Entity::ResourcePolicy(_)));
    let answer = ask(&lost, "s3:GetObject", &format!("{BUCKET}/key"));
    assert_eq!(answer.decision, Decision::Unknown);
    assert!(answer.reason.contains(&format!("policy of {BUCKET}")), "{}", answer.reason);
    assert_eq!(ask(&lost, "s3:GetObject", "arn:aws:s3:::other/key").decision, Decision::Allowed);
}

/// The ARN of a bucket has no region, and the bucket has one: a policy about regions has an answer.
#[test]
fn a_bucket_is_in_its_region() {
    for (region, expected) in
        [("eu-west-1", Decision::Allowed), ("us-east-1", Decision::ExplicitlyDenied)]
    {
        let rail = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": region}}}]});
        let mut all = everything();
        all.extend(control("p-region", "Deny", "*"));
        for entity in &mut all {
            if let Entity::OrganizationPolicyDocument(own) = entity
                && own.policy == "p-region"
            {
                own.document = PolicyDocument(rail.to_string());
            }
        }
        for resource in [BUCKET.to_owned(), format!("{BUCKET}/key")] {
            assert_eq!(ask(&all, "s3:GetObject", &resource).decision, expected, "{region}");
        }
        let other = ask(&all, "s3:GetObject", "arn:aws:s3:::other/key").decision;
        assert_eq!(other, Decision::Conditional);
    }
}

#[test]
fn people_are_known_by_assignments() {
    let mut all = everything();
    let user = |id: &str, name: &str| {
        Entity::StoreUser(StoreUser {
            identity_store: "d-1".to_owned(),
            id: id.to_owned(),
            user_name: Some(name.to_owned()),
            display_name: None,
            email: None,
            status: None,
            external_ids: Vec::new(),
        })
    };
    let given = |assignee| {
        Entity::Assignment(Assignment {
            account: "111122223333".parse().unwrap(),
            permission_set: SET.parse().unwrap(),
            assignee,
        })
    };
    all.extend([
        Entity::PermissionSet(PermissionSet {
            arn: SET.parse().unwrap(),
            instance: "arn:aws:sso:::instance/ssoins-1".parse().unwrap(),
            name: "Ops".to_owned(),
            description: None,
            session_duration: None,
            relay_state: None,
            created: None,
        }),
        user("u-1", "ana"),
        user("u-2", "bob"),
        Entity::StoreGroup(StoreGroup {
            identity_store: "d-1".to_owned(),
            id: "g-1".to_owned(),
            display_name: Some("team".to_owned()),
            description: None,
            external_ids: Vec::new(),
        }),
        Entity::Membership(Membership {
            identity_store: "d-1".to_owned(),
            id: "m-1".to_owned(),
            group: "g-1".to_owned(),
            user: "u-2".to_owned(),
        }),
        given(Assignee::User("u-1".to_owned())),
        given(Assignee::Group("g-1".to_owned())),
    ]);
    let estate = estate(&all);
    let found = Entrances::of(&estate).into_role(estate.identity(ROLE).unwrap());
    let found: Vec<(&str, &str)> =
        found.iter().map(|it| (it.who.as_str(), it.via.as_deref().unwrap())).collect();
    assert_eq!(found, [("ana", "Ops"), ("bob", "Ops, group team")]);
}

/// The most restrictive of the bucket's setting and its account's counts, and one that nobody read is named.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
#[test]
fn the_account_blocks_public_access_to_its_buckets() {
    let root = "arn:aws:iam::111122223333:root";
    let open = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}]});
    let block = |resource: &str, is_on: bool| {
        Entity::ResourceSetting(ResourceSetting {
            resource: resource.parse().unwrap(),
            name: "public-access-block".to_owned(),
            present: true,
            attributes: attributes([("restrict-public-buckets", Some(is_on.into()))]),
        })
    };
    let ask = |blocks: &[Entity], who: &str| {
        let mut all = without(everything(), |entity| matches!(entity, Entity::ResourcePolicy(_)));
        all.push(Entity::ResourcePolicy(ResourcePolicy {
            resource: BUCKET.parse().unwrap(),
            document: Some(PolicyDocument(open.to_string())),
        }));
        all.extend_from_slice(blocks);
        can(&estate(&all), who, "s3:GetObject", "arn:aws:s3:::data/key", &[]).unwrap()
    };
    let rows = [
        (vec![block(BUCKET, false), block(root, true)], Decision::ImplicitlyDenied, None),
        (vec![block(BUCKET, true), block(root, false)], Decision::ImplicitlyDenied, None),
        (vec![block(BUCKET, false), block(root, false)], Decision::Allowed, None),
        (vec![block(BUCKET, false)], Decision::Allowed, Some(root)),
        (vec![block(root, false)], Decision::Allowed, Some(BUCKET)),
        (vec![block(root, true)], Decision::ImplicitlyDenied, None),
    ];
    for (blocks, expected, named) in rows {
        let answer = ask(&blocks, "*");
        assert_eq!(answer.decision, expected, "{blocks:?}");
        let note = answer.notes.iter().find(|note| note.contains("blocks public access"));
        assert_eq!(note.map(|it| it.contains(named.unwrap())), named.map(|_| true), "{answer:?}");
    }
    // The account itself is let in, and another one's root user is not: a bucket is of the account that it was found in.
    let shut = [block(root, true)];
    assert_eq!(ask(&shut, ROLE).decision, Decision::Allowed);
    let stranger = ask(&shut, "arn:aws:iam::999988887777:root").decision;
    assert_eq!(stranger, Decision::ImplicitlyDenied);
}

#[test]
fn versions_that_are_not_in_force_are_kept_of_policies_of_customers() {
    let of = |owner: &str| {
        let version = |id: &str, action: Option<&str>| PolicyVersion {
            id: id.to_owned(),
            default: id == "v2",
            created: None,
            document: action.map(|action| document("Allow", action)),
        };
        Entity::Policy(ManagedPolicy {
            arn: format!("arn:aws:iam::{owner}:policy/team").parse().unwrap(),
            unique_id: "ANPAEXAMPLE".to_owned(),
            name: "team".to_owned(),
            path: "/".to_owned(),
            default_version: "v2".to_owned(),
            versions: vec![
                version("v3", None),
                version("v2", Some("s3:*")),
                version("v1", Some("*")),
            ],
            created: None,
            updated: None,
            tags: None,
        })
    };
    let estate = estate(&[of("111122223333"), of("aws")]);
    let [(arn, versions)] = &Vec::from_iter(&estate.versions)[..] else { panic!("of one policy") };
    assert_eq!(&***arn, "arn:aws:iam::111122223333:policy/team");
    let known = |version: &Version| version.held.policy.problems().is_empty();
    let known: Vec<_> = versions.iter().map(|version| (&*version.id, known(version))).collect();
    assert_eq!(known, [("v1", true), ("v3", false)]);
}

/// Tags are read by a call of their own, of resources that another one lists.
#[test]
fn tags_make_nothing_known_that_was_not_collected() {
    let key = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";
    let tags = Entity::ResourceTags(ResourceTags {
        resource: key.parse().unwrap(),
        tags: Tags::from([("Team".to_owned(), "red".to_owned())]),
    });
    let table = Entity::Resource(Resource {
        arn: key.parse().unwrap(),
        resource_type: ResourceType::Table,
        name: "t".to_owned(),
        created: None,
        state: None,
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([]),
    });
    let known = estate(&[tags.clone(), table]);
    assert_eq!(known.resources[key].tags, Some([("team".into(), "red".into())].into()));
    let mut lost = everything();
    lost.push(tags);
    assert!(!estate(&lost).resources.contains_key(key));
    let answer = ask(&lost, "dynamodb:GetItem", key);
    let note = answer.notes.iter().find(|note| note.contains("was not collected"));
    assert!(note.is_some_and(|note| note.contains(key)), "{answer:?}");
}
