//! The collector of Bedrock's models over the double.

use serde_json::{Value, json};

use super::BedrockModels;
use crate::collect::Collect as _;
use crate::collect::fake::{
    ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, collect_with, slice,
};
use crate::collect::fake_json::{
    deny_each, interrupt_everywhere, not_offered, ok, run_twice, throttle_each,
};
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};
use crate::model::{Entity, Status, Timestamp};

const HOSTILE: &str = "=1+1<script>\u{200f}";

const CREATED: &str = "2023-11-14T22:13:20Z";

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn arn(of: &str) -> String {
    format!("arn:aws:bedrock:eu-west-1:{ACCOUNT}:{of}")
}

const FOUNDATION: &str = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0";

/// What `request` asks for of `items`, two at a time.
fn page(request: &Received, name: &str, items: &[Value]) -> Reply {
    assert_eq!(request.query("maxResults"), "1000");
    let (some, next) = slice(items, &request.query("nextToken"), 2);
    ok(&json!({ name: some, "nextToken": next }))
}

fn foundation() -> Value {
    json!({
        "modelArn": FOUNDATION,
        "modelId": "amazon.nova-pro-v1:0",
        "modelName": "Nova Pro",
        "providerName": "Amazon",
        "inputModalities": ["TEXT", "IMAGE"],
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": true,
        "customizationsSupported": ["FINE_TUNING"],
        "inferenceTypesSupported": ["PROVISIONED", "ON_DEMAND"],
        "modelLifecycle": { "status": "LEGACY", "endOfLifeTime": CREATED },
    })
}

fn custom(number: usize) -> Value {
    json!({
        "modelArn": arn(&format!("custom-model/amazon.nova/m{number}")),
        "modelName": HOSTILE,
        "creationTime": CREATED,
        "baseModelArn": FOUNDATION,
        "baseModelName": "Nova Pro",
        "customizationType": "FINE_TUNING",
        "ownerAccountId": ACCOUNT,
        "modelStatus": "Active",
    })
}

fn imported(number: usize) -> Value {
    json!({
        "modelArn": arn(&format!("imported-model/m{number}")),
        "modelName": "deepseek",
        "creationTime": CREATED,
        "instructSupported": true,
        "modelArchitecture": "llama",
    })
}

fn throughput(number: usize) -> Value {
    json!({
        "provisionedModelName": "orders",
        "provisionedModelArn": arn(&format!("provisioned-model/p{number}")),
        "modelArn": FOUNDATION,
        "desiredModelArn": FOUNDATION,
        "foundationModelArn": FOUNDATION,
        "modelUnits": 2,
        "desiredModelUnits": 2,
        "status": "InService",
        "commitmentDuration": "OneMonth",
        "creationTime": CREATED,
        "lastModifiedTime": CREATED,
    })
}

fn profile(number: usize, kind: &str) -> Value {
    let id = format!("{}-{number}", kind.to_lowercase());
    json!({
        "inferenceProfileName": HOSTILE,
        "inferenceProfileArn": arn(&format!("inference-profile/{id}")),
        "inferenceProfileId": id,
        "description": "routes",
        "models": [{ "modelArn": FOUNDATION }, { "modelArn": "arn:aws:bedrock:::x" }, {}],
        "status": "ACTIVE",
        "type": kind,
        "createdAt": CREATED,
        "updatedAt": CREATED,
    })
}

fn guardrail(number: usize) -> Value {
    json!({
        "id": format!("g{number}"),
        "arn": arn(&format!("guardrail/g{number}")),
        "status": "READY",
        "name": "no-pii",
        "description": HOSTILE,
        "version": "DRAFT",
        "createdAt": CREATED,
        "updatedAt": CREATED,
        "crossRegionDetails": {
            "guardrailProfileId": "eu.guardrail.v1:0",
            "guardrailProfileArn": "arn:aws:bedrock:eu-west-1:111122223333:guardrail-profile/eu",
        },
    })
}

fn three(item: impl Fn(usize) -> Value) -> Vec<Value> {
    (0..3).map(item).collect()
}

fn world() -> FakeAws {
    FakeAws::new()
        .on("ListFoundationModels", |_| ok(&json!({ "modelSummaries": [foundation()] })))
        .on("ListCustomModels", |request| page(request, "modelSummaries", &three(custom)))
        .on("ListImportedModels", |request| page(request, "modelSummaries", &three(imported)))
        .on("ListProvisionedModelThroughputs", |request| {
            page(request, "provisionedModelSummaries", &three(throughput))
        })
        .on("ListInferenceProfiles", |request| {
            let kind = request.query("type");
            page(request, "inferenceProfileSummaries", &three(|number| profile(number, &kind)))
        })
        .on("ListGuardrails", |request| page(request, "guardrails", &three(guardrail)))
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&BedrockModels, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn first<'a>(outcome: &'a Outcome, capability: &str) -> &'a Resource {
    match outcome.entities(capability)[0] {
        Entity::Resource(resource) => resource,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_list_to_its_end() {
    let outcome = run_twice(&BedrockModels, world, setup).await;
    let rows = [
        ("foundation-models", 1),
        ("custom-models", 3),
        ("imported-models", 3),
        ("provisioned-throughputs", 3),
        ("inference-profiles", 6),
        ("guardrails", 3),
    ];
    assert_eq!(rows.len(), BedrockModels.capabilities().len());
    for (name, seen) in rows {
        assert_eq!(outcome.status(name), &Status::Complete, "{name}");
        assert_eq!(outcome.of(name).seen, seen, "{name}");
    }
}

/// What every resource of the world has.
fn bare(arn: &str, resource_type: ResourceType, name: &str) -> Resource {
    Resource {
        arn: arn.parse().unwrap(),
        resource_type,
        name: name.to_owned(),
        created: Some(CREATED.parse().unwrap()),
        state: None,
        parent: None,
        acts_as: Vec::new(),
        tags: None,
        attributes: attributes([]),
    }
}

#[tokio::test]
async fn models_are_what_their_lists_say() {
    let outcome = look(&world()).await;
    let created: Timestamp = CREATED.parse().unwrap();
    let text = |text: &str| Some(Attribute::from(text));
    let list = |texts: &[&str]| Some(Attribute::from(texts.to_vec()));
    let expected = Resource {
        created: None,
        state: Some("LEGACY".to_owned()),
        attributes: attributes([
            ("customizations-supported", list(&["FINE_TUNING"])),
            ("end-of-life-time", Some(created.into())),
            ("inference-types-supported", list(&["ON_DEMAND", "PROVISIONED"])),
            ("input-modalities", list(&["IMAGE", "TEXT"])),
            ("model-id", text("amazon.nova-pro-v1:0")),
            ("output-modalities", list(&["TEXT"])),
            ("provider-name", text("Amazon")),
        ]),
        ..bare(FOUNDATION, ResourceType::FoundationModel, "Nova Pro")
    };
    assert_eq!(first(&outcome, "foundation-models"), &expected);
    let expected = Resource {
        state: Some("Active".to_owned()),
        attributes: attributes([
            ("base-model-arn", text(FOUNDATION)),
            ("customization-type", text("FINE_TUNING")),
            ("owner-account-id", text(ACCOUNT)),
        ]),
        ..bare(&arn("custom-model/amazon.nova/m0"), ResourceType::CustomModel, HOSTILE)
    };
    assert_eq!(first(&outcome, "custom-models"), &expected);
    let expected = Resource {
        attributes: attributes([
            ("instruct-supported", Some(true.into())),
            ("model-architecture", text("llama")),
        ]),
        ..bare(&arn("imported-model/m0"), ResourceType::ImportedModel, "deepseek")
    };
    assert_eq!(first(&outcome, "imported-models"), &expected);
    let expected = Resource {
        state: Some("InService".to_owned()),
        attributes: attributes([
            ("commitment-duration", text("OneMonth")),
            ("desired-model-arn", text(FOUNDATION)),
            ("foundation-model-arn", text(FOUNDATION)),
            ("last-modified-time", Some(created.into())),
            ("model-arn", text(FOUNDATION)),
            ("model-units", Some(2.into())),
        ]),
        ..bare(&arn("provisioned-model/p0"), ResourceType::ProvisionedThroughput, "orders")
    };
    assert_eq!(first(&outcome, "provisioned-throughputs"), &expected);
}

#[tokio::test]
async fn profiles_and_guardrails_are_what_their_lists_say() {
    let outcome = look(&world()).await;
    let created: Attribute = CREATED.parse::<Timestamp>().unwrap().into();
    let profile = first(&outcome, "inference-profiles");
    let expected = attributes([
        ("description", Some("routes".into())),
        ("inference-profile-id", Some("system_defined-0".into())),
        ("models", Some(vec!["arn:aws:bedrock:::x", FOUNDATION].into())),
        ("type", Some("SYSTEM_DEFINED".into())),
        ("updated-at", Some(created.clone())),
    ]);
    assert_eq!((profile.name.as_str(), &profile.attributes), (HOSTILE, &expected));
    assert_eq!(profile.state.as_deref(), Some("ACTIVE"));
    let guardrail = first(&outcome, "guardrails");
    let expected = attributes([
        ("description", Some(HOSTILE.into())),
        (
            "guardrail-profile-arn",
            Some("arn:aws:bedrock:eu-west-1:111122223333:guardrail-profile/eu".into()),
        ),
        ("updated-at", Some(created)),
        ("version", Some("DRAFT".into())),
    ]);
    assert_eq!((guardrail.name.as_str(), &guardrail.attributes), ("no-pii", &expected));
}

#[tokio::test]
async fn profiles_of_both_types_are_asked_for() {
    let aws = world();
    look(&aws).await;
    let asked: Vec<(String, String)> = aws
        .received()
        .iter()
        .filter(|call| call.action == "ListInferenceProfiles")
        .map(|call| (call.query("type"), call.query("nextToken")))
        .collect();
    let rows = [
        ("SYSTEM_DEFINED", ""),
        ("SYSTEM_DEFINED", "2"),
        ("APPLICATION", ""),
        ("APPLICATION", "2"),
    ];
    assert_eq!(asked, rows.map(|(kind, token)| (kind.to_owned(), token.to_owned())));
    // An endpoint without the filter: nothing is told twice.
    let all = json!({ "inferenceProfileSummaries": [
        profile(0, "SYSTEM_DEFINED"), profile(0, "APPLICATION"),
    ]});
    let outcome = look(&world().on("ListInferenceProfiles", move |_| ok(&all))).await;
    assert_eq!(outcome.of("inference-profiles").seen, 2);
}

#[tokio::test]
async fn what_aws_left_out_is_not_made_up() {
    let rows = [
        ("ListCustomModels", "modelSummaries", arn("custom-model/m"), "modelArn"),
        (
            "ListProvisionedModelThroughputs",
            "provisionedModelSummaries",
            arn("provisioned-model/p"),
            "provisionedModelArn",
        ),
        ("ListGuardrails", "guardrails", arn("guardrail/g"), "arn"),
    ];
    for (action, list, own, field) in rows {
        let answer = json!({ list: [{ field: own }] });
        let outcome = look(&world().on(action, move |_| ok(&answer))).await;
        let found = outcome.sightings().find_map(|seen| match &seen.entity {
            Entity::Resource(it) if it.arn.as_str() == own => Some(it),
            _ => None,
        });
        let found = found.unwrap();
        assert_eq!((found.created, &found.state), (None, &None), "{action}");
        let text = format!("{:?}", found.attributes);
        assert!(!text.contains("1970") && !text.contains("no value"), "{text}");
    }
}

#[tokio::test]
async fn what_has_no_arn_is_set_aside() {
    let rows = [
        ("ListFoundationModels", "modelSummaries", "foundation-models"),
        ("ListCustomModels", "modelSummaries", "custom-models"),
        ("ListImportedModels", "modelSummaries", "imported-models"),
        ("ListProvisionedModelThroughputs", "provisionedModelSummaries", "provisioned-throughputs"),
        ("ListGuardrails", "guardrails", "guardrails"),
    ];
    for (action, list, capability) in rows {
        let answer = json!({ list: [{ "modelName": "n" }] });
        let outcome = look(&world().on(action, move |_| ok(&answer))).await;
        let told = outcome.of(capability);
        assert!(matches!(told.status, Status::Partial { .. }), "{action}: {:?}", told.status);
        assert_eq!((told.seen, told.set_aside.len()), (0, 1), "{action}");
    }
}

#[tokio::test]
async fn one_list_that_a_region_lacks_leaves_the_others() {
    let aws = world()
        .on("ListImportedModels", |request| request.error(404, "UnknownOperationException", ""));
    let outcome = look(&aws).await;
    for info in BedrockModels.capabilities() {
        let status = outcome.status(info.name);
        let lacks = matches!(status, Status::Unavailable(_));
        assert_eq!(lacks, info.name == "imported-models", "{}: {status:?}", info.name);
        assert!(!status.is_gap(), "{}", info.name);
    }
}

#[tokio::test]
async fn each_call_fails_alone() {
    deny_each(&BedrockModels, world, setup).await;
    throttle_each(&BedrockModels, world, setup).await;
}

#[tokio::test]
async fn the_work_goes_on_after_an_interruption() {
    interrupt_everywhere(&BedrockModels, world, setup).await;
}

#[tokio::test]
async fn a_region_without_the_service() {
    not_offered(&BedrockModels, setup).await;
}
