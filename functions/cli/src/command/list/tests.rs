//! What a line of a list says, which filters let it pass, and what is said where none does.

use accesstrail_shared::model::credential::{AccessKey, AccessKeys, Holder, Password};
use accesstrail_shared::model::identity_center::{Assignee, Assignment};
use accesstrail_shared::model::resource::{ResourceTags, ResourceType};
use accesstrail_shared::model::{Entity, LastUsed, Tri};
use accesstrail_shared::testing::sample::{
    ACCOUNT, OTHER_ACCOUNT, account, account_id, arn, at, group, mfa, resource, role, store_group,
    tagged_user, user,
};

use super::*;

fn stored(account: &str, entity: Entity) -> Stored {
    Stored {
        scope: format!("{account}/aws-global/iam-authorization/users").parse().unwrap(),
        entity,
        hash: String::new(),
        first_seen: at(0),
        last_seen: at(0),
        changed: at(0),
        observed: at(0),
        deleted: None,
    }
}

fn snapshot(entities: Vec<Entity>) -> Snapshot {
    let home = entities.into_iter().map(|entity| stored(ACCOUNT, entity));
    Snapshot::new(home.collect::<Vec<_>>(), [])
}

/// The cells of the only entity of a kind.
fn cells(snapshot: &Snapshot, kind: Kind) -> Vec<String> {
    let known = Known::of(snapshot);
    let found = snapshot.of_kind(kind).next().unwrap();
    let cells = columns::cells(found, &Row::of(found), &known);
    assert_eq!(cells.len(), columns::names(kind).len(), "{kind}: a cell under each name");
    cells
}

fn holder(name: &str) -> Holder {
    Holder { arn: arn(&format!("arn:aws:iam::{ACCOUNT}:user/{name}")), created: Some(at(-86_400)) }
}

fn keys(active: &[bool]) -> Entity {
    let key = |(number, active): (usize, &bool)| AccessKey {
        slot: u8::try_from(number + 1).unwrap(),
        id: None,
        active: *active,
        created: None,
    };
    Entity::AccessKeys(AccessKeys {
        holder: holder("ana"),
        keys: active.iter().enumerate().map(key).collect(),
    })
}

fn password(enabled: Tri, last_used: LastUsed) -> Entity {
    Entity::Password(Password {
        holder: holder("ana"),
        enabled,
        last_used,
        last_changed: None,
        next_rotation: None,
    })
}

#[test]
fn what_nobody_could_look_at_is_a_question_mark() {
    let ana = || user(ACCOUNT, "ana", "AIDAEXAMPLE1");
    let line = |more: Vec<Entity>| {
        let mut entities = vec![ana()];
        entities.extend(more);
        cells(&snapshot(entities), Kind::User)
    };
    assert_eq!(line(vec![]), ["ana", "?", "?", "?", "engineers", "1"]);
    let known =
        vec![mfa(ACCOUNT, "ana", Tri::False), password(Tri::False, LastUsed::Unknown), keys(&[])];
    assert_eq!(line(known), ["ana", "no", "-", "0", "engineers", "1"]);
    let rows = [
        (mfa(ACCOUNT, "ana", Tri::True), 1, "yes"),
        (mfa(ACCOUNT, "ana", Tri::Unknown), 1, "?"),
        (password(Tri::True, LastUsed::Never), 2, "never"),
        (password(Tri::True, LastUsed::Unknown), 2, "unknown"),
        (
            password(Tri::True, LastUsed::At { time: at(0), region: None, service: None }),
            2,
            "2026-11-22",
        ),
        (password(Tri::Unknown, LastUsed::Unknown), 2, "?"),
        (keys(&[true]), 3, "1"),
        (keys(&[true, false]), 3, "1 of 2"),
        (keys(&[false, false]), 3, "0 of 2"),
    ];
    for (entity, column, expected) in rows {
        assert_eq!(line(vec![entity.clone()])[column], expected, "{entity:?}");
    }
    // Another user's password is no answer.
    assert_eq!(line(vec![mfa(ACCOUNT, "bob", Tri::True)])[1], "?");
}

#[test]
fn lines_of_other_kinds() {
    let rows = [
        (
            Kind::Role,
            vec![role(ACCOUNT, "web", "AROAEXAMPLE1")],
            vec!["web", "never", "1", "ec2.amazonaws.com"],
        ),
        (
            Kind::Group,
            vec![group(ACCOUNT, "engineers", "AGPAEXAMPLE1"), user(ACCOUNT, "ana", "AIDAEXAMPLE1")],
            vec!["engineers", "1", "0"],
        ),
        // Nobody has looked into it, and nobody says where it hangs.
        (Kind::Account, vec![account(OTHER_ACCOUNT, "payments")], vec!["ACTIVE", "unseen", ""]),
        (Kind::StoreGroup, vec![store_group("g-1", "Platform")], vec!["Platform", ""]),
    ];
    for (kind, entities, expected) in rows {
        assert_eq!(cells(&snapshot(entities), kind), expected, "{kind}");
    }
}

#[test]
fn assignments_are_told_by_names_where_they_are_known() {
    let set = arn("arn:aws:sso:::permissionSet/ssoins-1/ps-1");
    let assignment = |assignee| {
        Entity::Assignment(Assignment {
            account: account_id(OTHER_ACCOUNT),
            permission_set: set.clone(),
            assignee,
        })
    };
    let rows = [
        (Assignee::Group("g-1".to_owned()), "group Platform"),
        (Assignee::Group("g-2".to_owned()), "group g-2"),
        (Assignee::User("u-1".to_owned()), "user u-1"),
        (Assignee::Other("ROBOT".to_owned(), "x".to_owned()), "ROBOT x"),
    ];
    for (assignee, expected) in rows {
        let snapshot = snapshot(vec![assignment(assignee), store_group("g-1", "Platform")]);
        assert_eq!(cells(&snapshot, Kind::Assignment), [set.as_str(), expected]);
    }
}

#[test]
fn filters() {
    let snapshot = snapshot(vec![
        account(ACCOUNT, "Web Shop"),
        tagged_user(ACCOUNT, "Ana", "AIDAEXAMPLE1", &[("owner", "a=b"), ("empty", "")]),
    ]);
    let known = Known::of(&snapshot);
    let found = snapshot.of_kind(Kind::User).next().unwrap();
    let passes = |filter: &str| holds(filter, found, &Row::of(found), &known);
    for filter in [
        "",
        "ana",
        "ANA",
        "aidaexample1",
        "user/Ana",
        "engineers",
        "web shop",
        ACCOUNT,
        "name=Ana",
        "account=Web Shop",
        "account=111122223333",
        "tag:owner=a=b",
        "tag:empty=",
    ] {
        assert!(passes(filter), "{filter}");
    }
    for filter in [
        "bob",
        "name=ana",
        "name=An",
        "account=web shop",
        "account=Web",
        "account=",
        "tag:owner=a",
        "tag:owner=",
        "tag:nobody=x",
        "tag:owner",
        "name=",
    ] {
        assert!(!passes(filter), "{filter}");
    }
}

#[test]
fn an_empty_list_says_why() {
    let snapshot = snapshot(vec![user(ACCOUNT, "ana", "AIDAEXAMPLE1")]);
    let list = |filter: &[&str]| List {
        types: Vec::new(),
        kind: "user".to_owned(),
        filter: filter.iter().map(|it| (*it).to_owned()).collect(),
    };
    assert_eq!(empty(Kind::Role, &list(&[]), &snapshot), "no role in the store");
    assert_eq!(empty(Kind::User, &list(&["x"]), &snapshot), "no user of 1 matches `x`");
    assert_eq!(
        empty(Kind::User, &list(&["x", "\u{1b}[2J"]), &snapshot),
        "no user of 1 matches `x` and `·[2J`"
    );
}

const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:orders";

fn queue() -> Entity {
    let Entity::Resource(mut queue) = resource(QUEUE, ResourceType::Queue) else { panic!() };
    queue.state = Some("ACTIVE".to_owned());
    queue.acts_as = vec![arn(&format!("arn:aws:iam::{ACCOUNT}:role/web/shop"))];
    Entity::Resource(queue)
}

#[test]
fn a_resource_says_its_type_region_state_and_roles() {
    let found = snapshot(vec![queue()]);
    assert_eq!(
        cells(&found, Kind::Resource),
        ["SQS::Queue", "orders", "eu-west-1", "ACTIVE", "shop"]
    );
    // The ARN of a bucket names no region: it is where it was listed.
    let found = snapshot(vec![resource("arn:aws:s3:::logs", ResourceType::Bucket)]);
    assert_eq!(cells(&found, Kind::Resource), ["S3::Bucket", "logs", "aws-global", "", ""]);
}

#[test]
fn resources_pass_by_their_types() {
    let bucket = resource("arn:aws:s3:::logs", ResourceType::Bucket);
    let rows: [(&[ResourceType], [bool; 3]); 4] = [
        (&[], [true, true, true]),
        (&[ResourceType::Queue], [true, false, false]),
        (&[ResourceType::Queue, ResourceType::Bucket], [true, true, false]),
        (&[ResourceType::Topic], [false, false, false]),
    ];
    let ana = user(ACCOUNT, "ana", "AIDAEXAMPLE1");
    for (types, expected) in rows {
        let passed = [&queue(), &bucket, &ana].map(|entity| is_of_type(entity, types));
        assert_eq!(passed, expected, "{types:?}");
    }
}

#[test]
fn a_resource_is_found_by_tags_that_another_call_read() {
    let tags = Entity::ResourceTags(ResourceTags {
        resource: arn(QUEUE),
        tags: [("owner".to_owned(), "web".to_owned())].into_iter().collect(),
    });
    for (entities, filter, expected) in [
        (vec![queue(), tags.clone()], "tag:owner=web", true),
        (vec![queue(), tags], "tag:owner=data", false),
        (vec![queue()], "tag:owner=web", false),
    ] {
        let found = snapshot(entities);
        let known = Known::of(&found);
        let queue = found.of_kind(Kind::Resource).next().unwrap();
        assert_eq!(holds(filter, queue, &Row::of(queue), &known), expected, "{filter}");
    }
}
