//! Every OCSF event that the emulated organization gives, and a table of corner cases, against the JSON schema
//! of OCSF 1.6.0 (`tests/ocsf/`). The schema refuses what is wrong, so that a test which passes says something.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that reads what it expects fails where it is not there"
)]

use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::form;
use accesstrail_shared::model::credential::{AccessKey, AccessKeys, Holder, Mfa, Password};
use accesstrail_shared::model::identity_center::{Membership, StoreUser};
use accesstrail_shared::model::resource::{Attribute, Resource, ResourceTags, ResourceType};
use accesstrail_shared::model::{Entity, LastUsed, Snapshot, Stored, Tags, Tri};
use accesstrail_shared::report::ocsf;
use accesstrail_shared::store::load;
use accesstrail_shared::testing::proxy::Plan;
use accesstrail_shared::testing::sample::{self, ACCOUNT, arn, at};
use accesstrail_shared::testing::visit;
use accesstrail_tests::world::{self, Ask, empty_store, inventory};
use jsonschema::Validator;
use serde_json::{Value, json};

/// Names, tags and texts that somebody chose in order to harm.
const HOSTILE: [&str; 7] =
    ["", "=cmd|'/C calc'!A0", "<script>x</script>", "a\u{202e}b", "\u{1b}[2J", "名前", "\"\\\n\0"];

/// The validators of the three classes, by `class_uid`.
struct Schema(BTreeMap<u64, Validator>);

impl Schema {
    fn read() -> Self {
        let whole: Value = serde_json::from_str(include_str!("ocsf/schema-1.6.0.json")).unwrap();
        let class = |name: &str| {
            let mut schema = whole.clone();
            schema["$ref"] = json!(format!("#/$defs/{name}"));
            jsonschema::validator_for(&schema).unwrap()
        };
        Self(BTreeMap::from([
            (5001, class("inventory_info")),
            (5003, class("user_inventory")),
            (5023, class("cloud_resources_inventory_info")),
        ]))
    }

    /// What the schema has against an event.
    fn complaints(&self, event: &Value) -> Vec<String> {
        let Some(class) = event["class_uid"].as_u64().and_then(|uid| self.0.get(&uid)) else {
            return vec![format!("no class: {event}")];
        };
        let words =
            |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
        class.iter_errors(event).map(words).collect()
    }

    fn accepts_all(&self, events: &[Value]) {
        for event in events {
            self.accepts(event);
        }
    }

    fn accepts(&self, event: &Value) {
        let complaints = self.complaints(event);
        assert!(complaints.is_empty(), "{complaints:#?} in {event:#}");
    }
}

fn events(entities: &[Stored], snapshot: &Snapshot) -> Vec<Value> {
    let events = ocsf::events(entities, snapshot, None).unwrap();
    events.iter().map(|event| serde_json::from_str(&ocsf::line(event).unwrap()).unwrap()).collect()
}

fn stored(entity: Entity) -> Stored {
    let region = match &entity {
        Entity::Resource(it) if !it.arn.region().is_empty() => it.arn.region().to_owned(),
        _ => "aws-global".to_owned(),
    };
    Stored {
        scope: format!("{ACCOUNT}/{region}/a-collector/a-capability").parse().unwrap(),
        hash: form::hash(&form::write(&entity).unwrap()),
        entity,
        first_seen: at(0),
        last_seen: at(1),
        changed: at(0),
        observed: at(1),
        deleted: None,
    }
}

#[test]
fn everything_of_the_organization_is_valid() {
    let schema = Schema::read();
    world::run(async {
        let world = world::world().await;
        let proxy = world.proxy(Plan::default()).await;
        let store = empty_store();
        inventory(
            &proxy,
            &store,
            Ask { skip: BTreeSet::new(), regions: visit::regions(), ..Ask::default() },
        )
        .await;
        let (snapshot, gone) = load::with_deleted(&*store).await.unwrap();
        let live: Vec<Stored> = snapshot.entities().cloned().collect();
        let told = events(&live, &snapshot);
        schema.accepts_all(&told);
        let wanted = live.iter().filter(|stored| ocsf::is_told(&stored.entity)).count();
        assert_eq!(told.len(), wanted);
        assert!(wanted > 60, "{wanted} events");
        assert_eq!(told, events(&live, &snapshot), "the same again");

        // All three answers about MFA are there, and each is the stored one.
        let answers: BTreeSet<String> = told
            .iter()
            .filter(|event| {
                event["user"]["uid_alt"].as_str().is_some_and(|id| id.starts_with("AIDA"))
            })
            .map(|event| event["user"]["has_mfa"].to_string())
            .collect();
        assert!(answers.contains("true") && answers.contains("false"), "{answers:?}");

        // Were they all gone, they would be told so in valid events with other ids.
        let buried = |mut stored: Stored| {
            stored.deleted = Some(at(99));
            stored
        };
        let removed = events(&live.into_iter().map(buried).collect::<Vec<_>>(), &snapshot);
        assert!(gone.is_empty());
        assert_eq!(removed.len(), told.len());
        for (event, before) in removed.iter().zip(&told) {
            schema.accepts(event);
            assert_eq!(event["activity_name"], "Removed");
            assert_ne!(event["metadata"]["uid"], before["metadata"]["uid"]);
        }
        let ids: BTreeSet<String> =
            told.iter().chain(&removed).map(|it| it["metadata"]["uid"].to_string()).collect();
        assert_eq!(ids.len(), told.len() * 2, "no two events have one id");
    });
}

fn resource(resource_type: ResourceType, name: &str) -> Entity {
    let facts = ["private-ip-address", "platform", "image-id", "private-dns-name", "region"];
    let facts = facts.map(|fact| (fact.to_owned(), Attribute::Text(name.to_owned())));
    Entity::Resource(Resource {
        arn: arn("arn:aws:x:eu-west-1:111122223333:thing/one"),
        resource_type,
        name: name.to_owned(),
        created: Some(at(-1)),
        state: Some(name.to_owned()),
        parent: None,
        acts_as: Vec::new(),
        tags: Some(Tags::from([(name.to_owned(), name.to_owned())])),
        attributes: facts.into(),
    })
}

#[test]
fn resources_of_every_type_with_hostile_words_are_valid() {
    let schema = Schema::read();
    for resource_type in ResourceType::ALL {
        for name in HOSTILE {
            let tags = Entity::ResourceTags(ResourceTags {
                resource: arn("arn:aws:x:eu-west-1:111122223333:thing/one"),
                tags: Tags::from([(name.to_owned(), String::new())]),
            });
            let entities = [stored(resource(*resource_type, name)), stored(tags)];
            let snapshot = Snapshot::new(entities.clone(), []);
            let told = events(&entities, &snapshot);
            assert_eq!(told.len(), 1);
            schema.accepts(&told[0]);
        }
    }
}

fn membership(id: &str, group: &str) -> Entity {
    Entity::Membership(Membership {
        identity_store: "d-1234567890".to_owned(),
        id: id.to_owned(),
        group: group.to_owned(),
        user: "u-1".to_owned(),
    })
}

#[test]
fn users_with_hostile_words_and_half_known_facts_are_valid() {
    let schema = Schema::read();
    for name in HOSTILE {
        let user = sample::tagged_user(ACCOUNT, "ana", "AIDAEXAMPLE1", &[(name, name)]);
        let Entity::User(mut user) = user else { continue };
        name.clone_into(&mut user.name);
        user.groups = vec![name.to_owned()];
        let holder = Holder { arn: user.arn.clone(), created: user.created };
        let key = |slot, id: Option<&str>| AccessKey {
            slot,
            id: id.map(str::to_owned),
            active: false,
            created: None,
        };
        let store_user = |id: &str, given: Option<&str>| {
            Entity::StoreUser(StoreUser {
                identity_store: "d-1234567890".to_owned(),
                id: id.to_owned(),
                user_name: given.map(str::to_owned),
                display_name: given.map(str::to_owned),
                email: given.map(str::to_owned),
                status: given.map(str::to_owned),
                external_ids: Vec::new(),
            })
        };
        let entities: Vec<Stored> = [
            Entity::User(user),
            Entity::Mfa(Mfa { holder: holder.clone(), active: Tri::Unknown }),
            Entity::Password(Password {
                holder: holder.clone(),
                enabled: Tri::Unknown,
                last_used: LastUsed::Unknown,
                last_changed: None,
                next_rotation: None,
            }),
            Entity::AccessKeys(AccessKeys { holder, keys: vec![key(1, None), key(2, Some(name))] }),
            store_user("u-1", Some(name)),
            store_user("u-2", None),
            store_user("u-3", Some("ana@example.com")),
            membership("m-1", "g-1"),
            membership("m-2", "g-unknown"),
            sample::store_group("g-1", name),
        ]
        .into_iter()
        .map(stored)
        .collect();
        let snapshot = Snapshot::new(entities.clone(), []);
        let told = events(&entities, &snapshot);
        assert_eq!(told.len(), 4);
        schema.accepts_all(&told);
        assert_eq!(told[0]["user"]["has_mfa"], Value::Null);
        assert_eq!(told[1]["user"]["groups"].as_array().unwrap().len(), 2);
        assert_eq!(told[3]["user"]["email_addr"], "ana@example.com");
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let schema = Schema::read();
    let entities = [stored(sample::user(ACCOUNT, "ana", "AIDAEXAMPLE1"))];
    let good = events(&entities, &Snapshot::default()).remove(0);
    schema.accepts(&good);
    let set = |pointer: &str, value: Value| {
        let mut event = good.clone();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[field] = value;
        event
    };
    let without = |pointer: &str| {
        let mut event = good.clone();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(field).unwrap();
        event
    };
    let wrong = [
        // The faults of the connector that this replaces: the type of another activity, a zone for a region.
        ("an activity that is not", set("/activity_id", json!(7))),
        ("a type that is not", set("/type_uid", json!(500_304))),
        ("a severity that is not", set("/severity_id", json!(42))),
        ("a time that is text", set("/time", json!("2026-11-22T06:00:00Z"))),
        ("an answer that is text", set("/user/has_mfa", json!("unknown"))),
        ("an address that is none", set("/user/email_addr", json!("nobody"))),
        ("an attribute that is not", set("/user/tags", json!([]))),
        ("a tag without a value", set("/user/ldap_person/tags", json!([{"name": "x"}]))),
        ("no metadata", without("/metadata")),
        ("no version", without("/metadata/version")),
        ("no provider", without("/cloud/provider")),
        ("no user", without("/user")),
        ("no cloud", without("/cloud")),
        ("no time", without("/time")),
        ("no severity", without("/severity_id")),
    ];
    for (what, event) in wrong {
        assert!(!schema.complaints(&event).is_empty(), "{what}");
    }
}
