//! Events of every class: what is said, what is left out, and when an event is another one.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::form::samples;
use crate::model::credential::{AccessKey, AccessKeys, Holder, Mfa};
use crate::model::organization::AccountPlacement;
use crate::model::resource::{Resource, ResourceSetting, ResourceTags, attributes};
use crate::model::{AccountId, Kind, Status, Tags, Tri};
use crate::report::tests::{at, covered, snapshot, stored};

fn of(entities: &[Stored], snapshot: &Snapshot) -> Vec<Value> {
    let events = events(entities, snapshot, None).unwrap();
    events.iter().map(|event| serde_json::from_str(&line(event).unwrap()).unwrap()).collect()
}

fn all(snapshot: &Snapshot) -> Vec<Value> {
    of(&snapshot.entities().cloned().collect::<Vec<_>>(), snapshot)
}

fn user() -> crate::model::principal::User {
    let found = samples::one_of_each().into_iter().find_map(|entity| match entity {
        Entity::User(user) => Some(user),
        _ => None,
    });
    found.unwrap()
}

fn holder() -> Holder {
    let user = user();
    Holder { arn: user.arn, created: user.created }
}

fn resource(arn: &str, resource_type: ResourceType, facts: &[(&str, &str)]) -> Entity {
    Entity::Resource(Resource {
        arn: arn.parse().unwrap(),
        resource_type,
        name: arn.rsplit(['/', ':']).next().unwrap().to_owned(),
        created: Some(at(-60)),
        state: None,
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes(facts.iter().map(|(name, text)| (*name, Some((*text).into())))),
    })
}

#[test]
fn every_kind_is_in_one_class_or_in_none() {
    let whole = snapshot(samples::one_of_each());
    let told: Vec<(u64, u64)> = all(&whole)
        .iter()
        .map(|event| (event["class_uid"].as_u64().unwrap(), event["type_uid"].as_u64().unwrap()))
        .collect();
    assert_eq!(told, [(5003, 500_302), (5003, 500_302), (5023, 502_302)]);
    for stored in whole.entities() {
        let kind = stored.entity.kind();
        let expected = matches!(kind, Kind::User | Kind::StoreUser | Kind::Resource);
        assert_eq!(is_told(&stored.entity), expected, "{kind}");
    }
}

#[test]
fn mfa_is_left_out_where_it_is_unknown() {
    let rows = [
        (Some(Tri::True), json!(true)),
        (Some(Tri::False), json!(false)),
        (Some(Tri::Unknown), Value::Null),
        (None, Value::Null),
    ];
    for (active, expected) in rows {
        let mfa = active.map(|active| Entity::Mfa(Mfa { holder: holder(), active }));
        let whole = snapshot(mfa.into_iter().chain([Entity::User(user())]).collect());
        let event = all(&whole).remove(0);
        assert_eq!(event["user"]["has_mfa"], expected, "{active:?}");
        let there = event["user"].as_object().unwrap().contains_key("has_mfa");
        assert_eq!(there, !expected.is_null());
    }
}

#[test]
fn a_user_with_everything() {
    let keys = AccessKeys {
        holder: holder(),
        keys: vec![
            AccessKey { slot: 1, id: Some("AKIAEXAMPLE".to_owned()), active: true, created: None },
            AccessKey { slot: 2, id: None, active: false, created: None },
        ],
    };
    let own: AccountId = "111122223333".parse().unwrap();
    let placement = AccountPlacement {
        account: own,
        parent: "ou-1".to_owned(),
        path: vec!["Workloads".to_owned(), "Prod".to_owned()],
    };
    let mut entities = samples::one_of_each();
    entities.retain(|entity| entity.kind() != Kind::AccessKeys);
    for entity in &mut entities {
        if let Entity::Account(account) = entity {
            "111122223333".parse::<AccountId>().unwrap().clone_into(&mut account.id);
            "audit".clone_into(&mut account.name);
        }
    }
    entities.extend([Entity::AccessKeys(keys), Entity::AccountPlacement(placement)]);
    let whole = snapshot(entities);
    let event = all(&whole).remove(0);
    let user = &event["user"];
    let own = self::user();
    assert_eq!(user["uid"], own.arn.to_string());
    assert_eq!((&user["uid_alt"], &user["name"]), (&json!(own.unique_id), &json!(own.name)));
    assert_eq!(user["account"]["name"], "audit");
    assert_eq!(user["org"]["ou_name"], "/Workloads/Prod");
    assert_eq!(user["org"]["uid"], event["metadata"]["tenant_uid"]);
    assert_eq!(user["ldap_person"]["created_time"], own.created.unwrap().as_millisecond());
    let names: Vec<&str> =
        user["groups"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, own.groups);
    let keys = user["programmatic_credentials"].as_array().unwrap();
    assert_eq!(keys[0]["uid"], "AKIAEXAMPLE");
    assert_eq!(
        (&keys[1]["uid"], &keys[1]["type"]),
        (&json!("access-key-2"), &json!("AWS access key (inactive)"))
    );
    assert_eq!(event["cloud"]["region"], Value::Null, "IAM is in no region");
    assert_eq!(event["time"], at(1).as_millisecond(), "the time at which it was collected");
    assert_eq!(event["unmapped"]["parts"]["user"]["path"], own.path);
}

#[test]
fn an_event_is_another_one_when_any_part_is() {
    let with = |active, name: &str| {
        let mut user = user();
        name.clone_into(&mut user.name);
        let mfa = Entity::Mfa(Mfa { holder: holder(), active });
        let event = all(&snapshot(vec![Entity::User(user), mfa])).remove(0);
        event["metadata"]["uid"].as_str().unwrap().to_owned()
    };
    assert_eq!(with(Tri::True, "ana"), with(Tri::True, "ana"));
    assert_ne!(with(Tri::True, "ana"), with(Tri::False, "ana"));
    assert_ne!(with(Tri::True, "ana"), with(Tri::True, "eva"));

    // Who asks since when gets those alone of which a part changed since.
    let mut mfa = stored(Entity::Mfa(Mfa { holder: holder(), active: Tri::True }));
    mfa.changed = at(50);
    let whole = Snapshot::new([stored(Entity::User(user())), mfa], []);
    for (since, count) in [(0, 1), (50, 1), (51, 0)] {
        assert_eq!(events(whole.entities(), &whole, Some(at(since))).unwrap().len(), count);
    }
}

/// The uid of the event of the first entity.
fn uid(entities: &[Stored], coverage: Option<Status>) -> String {
    let whole = Snapshot::new(entities.iter().cloned(), coverage.map(covered));
    let event = of(&entities[..1], &whole).remove(0);
    event["metadata"]["uid"].as_str().unwrap().to_owned()
}

#[test]
fn what_was_collected_removed_and_restored_has_three_ids() {
    let collected = stored(Entity::User(user()));
    let removed = Stored { deleted: Some(at(90)), ..collected.clone() };
    let restored = Stored { changed: at(200), last_seen: at(200), ..collected.clone() };
    let removed_again = Stored { deleted: Some(at(300)), ..restored.clone() };
    let lives = [&collected, &removed, &restored, &removed_again];
    let ids = lives.map(|it| uid(std::slice::from_ref(it), None));
    assert_eq!(BTreeSet::from(ids.clone()).len(), 4, "{ids:?}");
    let again = Stored { last_seen: at(500), observed: at(500), ..restored };
    assert_eq!(uid(&[again], None), ids[2], "seen again, and as before");
}

#[test]
fn everything_in_an_event_is_in_its_id() {
    let of = |part: Stored| vec![stored(Entity::User(user())), part];
    let mfa = stored(Entity::Mfa(Mfa { holder: holder(), active: Tri::True }));
    let elsewhere = |scope: &str| {
        let mut it = stored(Entity::User(user()));
        it.scope = scope.parse().unwrap();
        vec![it]
    };
    let complete = Some(Status::Complete);
    let partial = Status::Partial { action: "iam:ListUsers".to_owned(), reason: "x".to_owned() };
    let cases = [
        uid(&of(mfa.clone()), complete.clone()),
        // A part that went and came back as it was.
        uid(&of(Stored { changed: at(70), ..mfa.clone() }), complete.clone()),
        uid(&of(mfa.clone()), Some(partial)),
        uid(&of(mfa.clone()), None),
        uid(&[stored(Entity::User(user()))], complete.clone()),
        uid(&elsewhere("444455556666/aws-global/iam-authorization/users"), complete.clone()),
    ];
    assert_eq!(BTreeSet::from(cases.clone()).len(), cases.len(), "{cases:?}");
    let seen = Stored { last_seen: at(80), observed: at(80), ..mfa };
    assert_eq!(uid(&of(seen), complete), cases[0]);
}

proptest! {
    /// Among any moments of one thing two have one id if and only if they are one state of it.
    #[test]
    fn an_id_is_that_of_a_state(
        moments in proptest::collection::vec((0..3_i64, proptest::option::of(0..3_i64), 0..9_i64), 2..8),
    ) {
        let ids = moments.iter().map(|(changed, deleted, seen)| {
            let mut it = stored(Entity::User(user()));
            it.changed = at(*changed);
            it.deleted = deleted.map(at);
            it.last_seen = at(*seen);
            uid(&[it], None)
        });
        let ids: Vec<String> = ids.collect();
        for (a, one) in moments.iter().zip(&ids) {
            for (b, other) in moments.iter().zip(&ids) {
                prop_assert_eq!((a.0, a.1) == (b.0, b.1), one == other);
            }
        }
    }
}

#[test]
fn what_is_gone_is_told_as_removed() {
    let mut gone = stored(Entity::User(user()));
    let alive = of(std::slice::from_ref(&gone), &Snapshot::default()).remove(0);
    gone.deleted = Some(at(90));
    let event = of(&[gone.clone()], &Snapshot::default()).remove(0);
    assert_eq!((&event["activity_id"], &event["activity_name"]), (&json!(99), &json!("Removed")));
    assert_eq!(event["type_uid"], 500_399);
    assert_eq!(event["time"], at(90).as_millisecond());
    assert_eq!(event["user"]["ldap_person"]["deleted_time"], at(90).as_millisecond());
    assert!(event["message"].as_str().unwrap().ends_with("is gone"));
    assert_ne!(event["metadata"]["uid"], alive["metadata"]["uid"]);
    assert_eq!(events([&gone], &Snapshot::default(), Some(at(90))).unwrap().len(), 1);
    assert_eq!(events([&gone], &Snapshot::default(), Some(at(91))).unwrap().len(), 0);
}

#[test]
fn a_machine_is_in_a_region_and_never_in_a_zone() {
    let arn = "arn:aws:ec2:eu-west-1:444455556666:instance/i-0abc";
    let facts = [
        ("availability-zone", "eu-west-1a"),
        ("private-ip-address", "192.0.2.7"),
        ("platform", "Linux/UNIX"),
        ("image-id", "ami-1"),
        ("instance-type", "m7g.large"),
    ];
    let event = all(&snapshot(vec![resource(arn, ResourceType::Instance, &facts)])).remove(0);
    let device = &event["device"];
    assert_eq!((&event["class_uid"], &event["type_uid"]), (&json!(5001), &json!(500_102)));
    assert_eq!(
        (&device["region"], &event["cloud"]["region"]),
        (&json!("eu-west-1"), &json!("eu-west-1"))
    );
    assert_eq!(device["zone"], Value::Null);
    assert_eq!((&device["instance_uid"], &device["uid"]), (&json!("i-0abc"), &json!(arn)));
    assert_eq!(device["ip"], "192.0.2.7");
    let os = &device["os"];
    assert_eq!((&os["name"], &os["type_id"]), (&json!("Linux/UNIX"), &json!(200)));
    let odd = resource(arn, ResourceType::Instance, &[("private-ip-address", "=1+1")]);
    let event = all(&snapshot(vec![odd])).remove(0);
    assert_eq!(event["device"]["ip"], Value::Null, "only an address is one");
}

#[test]
fn a_resource_has_what_its_other_calls_told() {
    let arn = "arn:aws:s3:::acme-logs";
    let setting = |name: &str, present| {
        Entity::ResourceSetting(ResourceSetting {
            resource: arn.parse().unwrap(),
            name: name.to_owned(),
            present,
            attributes: attributes([("algorithm", Some("AES256".into()))]),
        })
    };
    let tags = Tags::from([("owner".to_owned(), "=1+1".to_owned())]);
    let tags = Entity::ResourceTags(ResourceTags { resource: arn.parse().unwrap(), tags });
    let bucket = resource(arn, ResourceType::Bucket, &[("region", "eu-west-3")]);
    let whole =
        snapshot(vec![bucket, setting("encryption", true), setting("website", false), tags]);
    let event = all(&whole).remove(0);
    let told = &event["resources"][0];
    assert_eq!((&told["type"], &told["region"]), (&json!("AWS::S3::Bucket"), &json!("eu-west-3")));
    assert_eq!(told["tags"], json!([{"name": "owner", "value": "=1+1"}]));
    let settings = json!({"encryption": {"algorithm": "AES256"}, "website": null});
    assert_eq!(told["data"]["settings"], settings, "what is not set is null");
    assert_eq!(event["databucket"]["type_id"], 1);
    assert_eq!(event["region"], "eu-west-3");
    let parts: Vec<&String> = event["unmapped"]["parts"].as_object().unwrap().keys().collect();
    let expected =
        ["resource", "resource-setting/encryption", "resource-setting/website", "resource-tags"];
    assert_eq!(parts, expected.iter().collect::<Vec<_>>());
}

#[test]
fn objects_that_ocsf_has_for_a_type() {
    let rows = [
        (ResourceType::Bucket, "databucket"),
        (ResourceType::DbInstance, "database"),
        (ResourceType::DbCluster, "database"),
        (ResourceType::GlueDatabase, "database"),
        (ResourceType::Table, "table"),
        (ResourceType::GlueTable, "table"),
        (ResourceType::Queue, ""),
    ];
    for (resource_type, expected) in rows {
        let arn = "arn:aws:x:eu-west-1:444455556666:y/z";
        let event = all(&snapshot(vec![resource(arn, resource_type, &[])])).remove(0);
        for name in ["databucket", "database", "table"] {
            assert_eq!(event.get(name).is_some(), name == expected, "{resource_type}: {name}");
        }
    }
}

#[test]
fn hostile_names_do_not_steer_who_reads_the_message() {
    let mut user = user();
    "eva\u{202e}\u{1b}[2J\nroot".clone_into(&mut user.name);
    let whole = snapshot(vec![Entity::User(user)]);
    let text = line(&events(whole.entities(), &whole, None).unwrap()[0]).unwrap();
    assert_eq!(text, inert::terminal(&text), "the line itself steers nothing");
    let event = all(&whole).remove(0);
    assert_eq!(event["user"]["name"], "eva\u{202e}\u{1b}[2J\nroot", "the name itself is exact");
    let message = event["message"].as_str().unwrap();
    assert_eq!(message, "IAM user eva··[2J·root in 111122223333");
}
