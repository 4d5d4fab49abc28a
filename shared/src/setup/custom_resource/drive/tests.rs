//! The life of a resource: created, updated, rolled back, deleted, by functions that die in between.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::{Address, Answer};
use super::*;
use crate::setup::fake::{Crash, FakeCloud, MemorySetup, Ticking};
use crate::setup::wanted::{EXTERNAL_ID_BYTES, external_id};

struct Stage {
    cloud: FakeCloud,
    store: MemorySetup,
    clock: Ticking,
    region: Region,
    id: String,
}

impl Stage {
    fn new() -> Self {
        let cloud = FakeCloud::organization();
        let store = MemorySetup::with(Arc::clone(&cloud.fuse));
        let id = external_id([7; EXTERNAL_ID_BYTES]);
        Self { cloud, store, clock: Ticking::default(), region: "eu-west-1".parse().unwrap(), id }
    }

    fn means<'a>(&'a self, owner: &'a str) -> Means<'a> {
        let Self { cloud, store, clock, region, id } = self;
        Means { cloud, store, clock, region, owner, external_id: id }
    }

    /// Drives an event until it is answered.
    async fn answered(&self, owner: &str, event: &Event) -> Value {
        let began = self.clock.now();
        for _ in 0..400 {
            if let After::Answer(answer) = drive(event, self.means(owner), began).await {
                return body(&answer);
            }
        }
        panic!("it is never answered");
    }
}

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

fn event(kind: &str, properties: &Value) -> Event {
    event_of("accesstrail", kind, properties)
}

fn event_of(stack: &str, kind: &str, properties: &Value) -> Event {
    let payload = json!({
        "RequestType": kind,
        "ResponseURL": "https://example.s3.amazonaws.com/answer",
        "StackId": format!("arn:aws:cloudformation:eu-west-1:111122223333:stack/{stack}/EXAMPLE"),
        "RequestId": "EXAMPLE",
        "LogicalResourceId": "Setup",
        "ResourceProperties": properties,
    });
    Event::read(&payload, Address::Aws).unwrap()
}

#[tokio::test]
async fn a_resource_lives_and_leaves_nothing() {
    let stage = Stage::new();
    let fresh = stage.cloud.picture();
    let created = stage.answered("one", &event("Create", &json!({}))).await;
    assert_eq!(created["Status"], "SUCCESS", "{created}");
    // Delivered again, it is answered again and nothing is done.
    let written = stage.cloud.written();
    let again = stage.answered("two", &event("Create", &json!({}))).await;
    assert_eq!(again, created);
    assert_eq!(stage.cloud.written(), written);
    let updated = stage.answered("one", &event("Update", &json!({"Tiers": "1,2,3"}))).await;
    assert_eq!(updated["Status"], "SUCCESS", "{updated}");
    assert_eq!(updated["PhysicalResourceId"], created["PhysicalResourceId"]);
    let deleted = stage.answered("one", &event("Delete", &json!({}))).await;
    assert_eq!(deleted["Status"], "SUCCESS", "{deleted}");
    assert_eq!(stage.cloud.picture(), fresh);
}

#[tokio::test]
async fn what_fails_is_answered_and_can_be_rolled_back() {
    let stage = Stage::new();
    let action = "cloudformation:CreateStackSet";
    stage.cloud.faults.lock().unwrap().denied = BTreeSet::from([action.to_owned()]);
    let failed = stage.answered("one", &event("Create", &json!({}))).await;
    assert_eq!(failed["Status"], "FAILED");
    let reason = failed["Reason"].as_str().unwrap();
    assert!(reason.contains(&format!("allow {action} on")), "{reason}");
    // CloudFormation deletes what it could not create.
    let deleted = stage.answered("one", &event("Delete", &json!({}))).await;
    assert_eq!(deleted["Status"], "SUCCESS", "{deleted}");
    assert_eq!(stage.cloud.picture(), Stage::new().cloud.picture());
    let refused = stage.answered("one", &event("Create", &json!({"Tiers": "9"}))).await;
    assert!(refused["Reason"].as_str().unwrap().contains("tiers are 1, 2, 3 and 4"), "{refused}");
}

/// CloudFormation deletes what it could not create: a stack with a mistake in it must not take another's set-up along.
#[tokio::test]
async fn a_resource_removes_what_it_set_up_itself_and_nothing_else() {
    let stage = Stage::new();
    let fresh = stage.cloud.picture();
    stage.answered("one", &event("Create", &json!({}))).await;
    let deployed = stage.cloud.picture();
    for properties in [json!({"Teirs": "1"}), json!({}), json!({"Tiers": "1"})] {
        let refused = stage.answered("two", &event_of("second", "Create", &properties)).await;
        assert_eq!(refused["Status"], "FAILED", "{properties}");
        let gone = stage.answered("two", &event_of("second", "Delete", &properties)).await;
        assert_eq!(gone["Status"], "SUCCESS", "{gone}");
        assert_eq!(stage.cloud.picture(), deployed, "{properties}");
    }
    let refused = stage.answered("two", &event_of("second", "Update", &json!({}))).await;
    let reason = refused["Reason"].as_str().unwrap();
    assert!(reason.contains("set up by another resource (accesstrail-setup-"), "{reason}");
    stage.answered("one", &event("Delete", &json!({}))).await;
    assert_eq!(stage.cloud.picture(), fresh);
    // The place is free again.
    let second = stage.answered("two", &event_of("second", "Create", &json!({}))).await;
    assert_eq!(second["Status"], "SUCCESS", "{second}");
    assert_eq!(stage.cloud.picture(), deployed);
}

#[tokio::test]
async fn a_set_up_of_the_command_line_is_left_to_it() {
    let stage = Stage::new();
    let wanted = Wanted::everything(&stage.id);
    let facts = Facts::find(&stage.cloud, &stage.region, &wanted, BTreeMap::new()).await.unwrap();
    let plan = plan::plan(Purpose::Deploy, &facts, &wanted);
    let (file, _) = plan::write(&plan.unwrap()).unwrap();
    let machine = Machine::new(&stage.cloud, &stage.store, &stage.clock, "a person");
    let begun = machine.begin(&file).await.unwrap();
    while !matches!(machine.turn(&begun).await.unwrap(), Turn::Done { .. }) {}
    let deployed = stage.cloud.picture();
    let refused = stage.answered("one", &event("Create", &json!({}))).await;
    let reason = refused["Reason"].as_str().unwrap();
    assert!(reason.contains("without a custom resource"), "{reason}");
    let gone = stage.answered("one", &event("Delete", &json!({}))).await;
    assert_eq!(gone["Status"], "SUCCESS", "{gone}");
    assert_eq!(stage.cloud.picture(), deployed);
    // A command line has a state of its own: then what is there says so.
    let Stage { cloud, clock, region, id, .. } = stage;
    let store = MemorySetup::with(Arc::clone(&cloud.fuse));
    let stage = Stage { cloud, store, clock, region, id };
    let refused = stage.answered("one", &event("Create", &json!({}))).await;
    assert_eq!(refused["Status"], "FAILED", "{refused}");
    let gone = stage.answered("one", &event("Delete", &json!({}))).await;
    assert_eq!(gone["Status"], "SUCCESS", "{gone}");
    assert_eq!(stage.cloud.picture(), deployed);
}

/// What a resource set up may be destroyed without it, where CloudFormation forgot it: then another one may follow.
#[tokio::test]
async fn what_is_destroyed_directly_is_nobodys() {
    let stage = Stage::new();
    stage.answered("one", &event("Create", &json!({}))).await;
    let wanted = Wanted::everything(&stage.id);
    let kept = stage.store.kept().await.unwrap();
    let facts = Facts::find(&stage.cloud, &stage.region, &wanted, kept).await.unwrap();
    let (file, _) = plan::write(&plan::plan(Purpose::Destroy, &facts, &wanted).unwrap()).unwrap();
    let machine = Machine::new(&stage.cloud, &stage.store, &stage.clock, "a person");
    let begun = machine.begin(&file).await.unwrap();
    while !matches!(machine.turn(&begun).await.unwrap(), Turn::Done { .. }) {}
    let second = stage.answered("two", &event_of("second", "Create", &json!({}))).await;
    assert_eq!(second["Status"], "SUCCESS", "{second}");
}

#[tokio::test]
async fn a_function_that_dies_is_followed_by_another() {
    let calm = Stage::new();
    calm.answered("one", &event("Create", &json!({}))).await;
    let expected = calm.cloud.picture();
    for number in (0..120).step_by(7) {
        let stage = Stage::new();
        stage.cloud.fuse.set(Crash::After(number));
        // Its own failure is answered, unless it died so early that another turn follows.
        let first = stage.answered("one", &event("Create", &json!({}))).await;
        stage.cloud.fuse.set(Crash::Never);
        assert_eq!(first["Status"], "FAILED", "{number}");
        assert!(first["Reason"].as_str().unwrap().contains("the process died"), "{first}");
        stage.clock.pass(jiff::SignedDuration::from_mins(16));
        let second = stage.answered("two", &event("Create", &json!({}))).await;
        assert_eq!(second["Status"], "SUCCESS", "{number}: {second}");
        assert_eq!(stage.cloud.picture(), expected, "{number}");
    }
}

#[tokio::test]
async fn who_has_to_wait_too_long_is_answered() {
    let stage = Stage::new();
    let began = stage.clock.now();
    let create = event("Create", &json!({}));
    assert_eq!(drive(&create, stage.means("one"), began).await, After::Again);
    // Somebody else's event, while the first holds the lease.
    assert_eq!(drive(&create, stage.means("two"), began).await, After::Again);
    stage.clock.pass(jiff::SignedDuration::from_mins(56));
    assert_eq!(stage.answered("three", &create).await["Status"], "SUCCESS", "the lease has ended");
    let stage = Stage::new();
    drive(&create, stage.means("one"), began).await;
    let early = began.saturating_sub(jiff::SignedDuration::from_mins(60)).unwrap();
    let After::Answer(answer) = drive(&create, stage.means("two"), early).await else {
        panic!("it is too late");
    };
    let reason = body(&answer)["Reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("the right to set up: one has it"), "{reason}");
}

#[tokio::test]
async fn another_wish_replaces_one_that_was_given_up_by_cloudformation() {
    let stage = Stage::new();
    let (first, second) = (json!({}), json!({"ArchiveDays": "30"}));
    let began = stage.clock.now();
    assert_eq!(drive(&event("Create", &first), stage.means("one"), began).await, After::Again);
    stage.clock.pass(jiff::SignedDuration::from_mins(16));
    let updated = stage.answered("two", &event("Update", &second)).await;
    assert_eq!(updated["Status"], "SUCCESS", "{updated}");
    let picture = stage.cloud.picture().join("\n");
    assert!(picture.contains("\"ArchiveDays\": \"30\""), "{picture}");
}
