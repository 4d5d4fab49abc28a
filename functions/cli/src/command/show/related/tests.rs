//! What stands around each kind of entity, by the names that people know.

use accesstrail_shared::model::identity_center::{Membership, PermissionSet, StoreUser};
use accesstrail_shared::model::principal::InstanceProfile;
use accesstrail_shared::model::resource::ResourceType;
use accesstrail_shared::model::{Snapshot, Status};
use accesstrail_shared::testing::sample::{
    ACCOUNT, OTHER_ACCOUNT, account, account_id, arn, at, coverage, group, resource, role, run,
    store_group, user,
};

use super::*;

const SET: &str = "arn:aws:sso:::permissionSet/ssoins-1/ps-1";

fn set() -> Entity {
    Entity::PermissionSet(PermissionSet {
        arn: arn(SET),
        instance: arn("arn:aws:sso:::instance/ssoins-1"),
        name: "Admin".to_owned(),
        description: None,
        session_duration: None,
        relay_state: None,
        created: None,
    })
}

fn assigned(assignee: Assignee) -> Entity {
    Entity::Assignment(Assignment {
        account: account_id(OTHER_ACCOUNT),
        permission_set: arn(SET),
        assignee,
    })
}

fn person(id: &str, name: &str) -> Entity {
    Entity::StoreUser(StoreUser {
        identity_store: "d-1234567890".to_owned(),
        id: id.to_owned(),
        user_name: Some(name.to_owned()),
        display_name: None,
        email: None,
        status: None,
        external_ids: Vec::new(),
    })
}

fn member(user: &str, group: &str) -> Entity {
    Entity::Membership(Membership {
        identity_store: "d-1234567890".to_owned(),
        id: format!("{user}-{group}"),
        group: group.to_owned(),
        user: user.to_owned(),
    })
}

const DATABASE: &str = "arn:aws:glue:eu-west-1:444455556666:database/raw";

/// A function and an instance that act as the role `web`, and a database with a table.
fn resources() -> Vec<Entity> {
    let role = arn(&format!("arn:aws:iam::{OTHER_ACCOUNT}:role/web"));
    let profile = arn(&format!("arn:aws:iam::{OTHER_ACCOUNT}:instance-profile/machines"));
    let made = |text: &str, it, acts_as: &[&Arn], parent: Option<&str>| {
        let Entity::Resource(mut found) = resource(text, it) else { panic!() };
        found.acts_as = acts_as.iter().map(|arn| (*arn).clone()).collect();
        found.parent = parent.map(arn);
        Entity::Resource(found)
    };
    let place = format!("eu-west-1:{OTHER_ACCOUNT}");
    vec![
        made(
            &format!("arn:aws:lambda:{place}:function:api"),
            ResourceType::Function,
            &[&role],
            None,
        ),
        made(
            &format!("arn:aws:ec2:{place}:instance/i-1"),
            ResourceType::Instance,
            &[&profile],
            None,
        ),
        made(DATABASE, ResourceType::GlueDatabase, &[], None),
        made(
            &format!("arn:aws:glue:{place}:table/raw/a"),
            ResourceType::GlueTable,
            &[],
            Some(DATABASE),
        ),
        Entity::InstanceProfile(InstanceProfile {
            arn: profile,
            unique_id: "AIPAEXAMPLE1".to_owned(),
            name: "machines".to_owned(),
            path: "/".to_owned(),
            created: None,
            roles: vec![role],
        }),
    ]
}

/// An account with a user in a group and a role; a permission set that a person has directly and a group has.
fn world() -> Snapshot {
    let Entity::Role(mut reserved) =
        role(OTHER_ACCOUNT, "AWSReservedSSO_Admin_0123456789abcdef", "AROAEXAMPLE2")
    else {
        panic!()
    };
    reserved.path = "/aws-reserved/sso.amazonaws.com/".to_owned();
    let entities = [
        (ACCOUNT, account(OTHER_ACCOUNT, "payments")),
        (OTHER_ACCOUNT, user(OTHER_ACCOUNT, "ana", "AIDAEXAMPLE1")),
        (OTHER_ACCOUNT, group(OTHER_ACCOUNT, "engineers", "AGPAEXAMPLE1")),
        // Of the same name, in another account.
        (ACCOUNT, group(ACCOUNT, "engineers", "AGPAEXAMPLE2")),
        (OTHER_ACCOUNT, role(OTHER_ACCOUNT, "web", "AROAEXAMPLE1")),
        (OTHER_ACCOUNT, Entity::Role(reserved)),
        (ACCOUNT, set()),
        (ACCOUNT, assigned(Assignee::User("u-1".to_owned()))),
        (ACCOUNT, assigned(Assignee::Group("g-1".to_owned()))),
        (ACCOUNT, person("u-1", "ana.silva")),
        (ACCOUNT, person("u-2", "bob")),
        (ACCOUNT, store_group("g-1", "Platform")),
        (ACCOUNT, member("u-2", "g-1")),
    ];
    let scope = |account: &str| format!("{account}/aws-global/iam-authorization/users").parse();
    let resources = resources().into_iter().map(|entity| (OTHER_ACCOUNT, entity));
    let stored = entities.into_iter().chain(resources).map(|(account, entity)| Stored {
        scope: scope(account).unwrap(),
        entity,
        hash: String::new(),
        first_seen: at(0),
        last_seen: at(0),
        changed: at(0),
        observed: at(0),
        deleted: None,
    });
    let seen = coverage(&scope(OTHER_ACCOUNT).unwrap(), &run(0).id, Status::Complete, 9);
    Snapshot::new(stored.collect::<Vec<_>>(), [seen])
}

/// The tables around an entity: title, and the cells of each row.
fn around(id: &str) -> Vec<(&'static str, Vec<String>)> {
    let world = world();
    let known = Known::of(&world);
    let found = world.get(&id.parse().unwrap()).unwrap();
    of(found, &known)
        .into_iter()
        .map(|table| {
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{id}");
            (table.title, table.rows.iter().map(|row| row.join(" | ")).collect())
        })
        .collect()
}

fn check(id: &str, expected: &[(&str, &[&str])]) {
    let found = around(id);
    let found: Vec<(&str, Vec<&str>)> = found
        .iter()
        .map(|(title, rows)| (*title, rows.iter().map(String::as_str).collect()))
        .collect();
    let expected: Vec<(&str, Vec<&str>)> =
        expected.iter().map(|(title, rows)| (*title, rows.to_vec())).collect();
    assert_eq!(found, expected, "{id}");
}

#[test]
fn groups_and_members_are_of_one_account() {
    check("user:AIDAEXAMPLE1", &[("through groups", &["engineers |  | AGPAEXAMPLE1"])]);
    check("group:AGPAEXAMPLE1", &[("members", &["ana | AIDAEXAMPLE1"])]);
    check("group:AGPAEXAMPLE2", &[]);
}

#[test]
fn people_use_what_they_and_their_groups_are_assigned() {
    let direct = "444455556666 payments | Admin | user ana.silva";
    let grouped = "444455556666 payments | Admin | group Platform";
    check("identity-center-user:d-1234567890/u-1", &[("may use", &[direct])]);
    check(
        "identity-center-user:d-1234567890/u-2",
        &[("groups", &["Platform | g-1"]), ("may use", &[grouped])],
    );
    check(
        "identity-center-group:d-1234567890/g-1",
        &[("members", &["bob | u-2"]), ("assignments", &[grouped])],
    );
    check(&format!("permission-set:{SET}"), &[("assignments", &[grouped, direct])]);
    // The role that Identity Center made for the set leads back to them.
    check("role:AROAEXAMPLE2", &[("used through", &[grouped, direct])]);
}

#[test]
fn a_role_says_what_acts_as_it_and_a_resource_its_parts() {
    let function =
        "AWS::Lambda::Function | function:api | arn:aws:lambda:eu-west-1:444455556666:function:api";
    let instance = "AWS::EC2::Instance | i-1 | arn:aws:ec2:eu-west-1:444455556666:instance/i-1";
    check("role:AROAEXAMPLE1", &[("acts for", &[instance, function])]);
    let table = "AWS::Glue::Table | a | arn:aws:glue:eu-west-1:444455556666:table/raw/a";
    check(&format!("resource:{DATABASE}"), &[("parts", &[table])]);
    check("resource:arn:aws:ec2:eu-west-1:444455556666:instance/i-1", &[]);
}

#[test]
fn an_account_says_what_it_holds_and_how_it_was_seen() {
    check(
        "account:444455556666",
        &[
            (
                "holds",
                &["group | 1", "instance-profile | 1", "resource | 4", "role | 2", "user | 1"],
            ),
            (
                "assignments",
                &[
                    "444455556666 payments | Admin | group Platform",
                    "444455556666 payments | Admin | user ana.silva",
                ],
            ),
            ("how it was seen", &["users | aws-global | complete | 0 | "]),
        ],
    );
}

#[test]
fn documents_have_a_field_for_each_column() {
    let table = Related {
        title: "members",
        columns: &["user", "permission set"],
        rows: vec![vec!["ana".to_owned(), "Admin".to_owned()]],
    };
    assert_eq!(
        table.document(),
        json!({"what": "members", "rows": [{"user": "ana", "permission_set": "Admin"}]})
    );
}
