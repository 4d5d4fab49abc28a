//! The collector of Bedrock's agents over the double.

use serde_json::{Value, json};

use super::BedrockAgents;
use crate::collect::Collect as _;
use crate::collect::fake::{
    ACCOUNT, FakeAws, Outcome, Received, Reply, Setup, collect_with, slice,
};
use crate::collect::fake_json::{
    deny_each, interrupt_everywhere, not_offered, ok, run_twice, throttle_each,
};
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity, Status, Timestamp};

const COUNT: usize = 3;

const HOSTILE: &str = "'; DROP TABLE agents; --\u{202e}";

/// What stands in every instruction, prompt and template of the answers, and may reach no entity.
const CANARY: &str = "prompt-canary";

const CREATED: &str = "2023-11-14T22:13:20Z";

const ROLE: &str = "arn:aws:iam::111122223333:role/service-role/agents";

const INDEX: &str = "arn:aws:aoss:eu-west-1:111122223333:collection/c";

fn setup() -> Setup {
    Setup { region: "eu-west-1".parse().unwrap(), ..Setup::default() }
}

fn arn(of: &str) -> String {
    format!("arn:aws:bedrock:eu-west-1:{ACCOUNT}:{of}")
}

/// What `request` asks for of `items`, two at a time: lists that are posted carry the token in the body.
fn page(request: &Received, name: &str, items: &[Value]) -> Reply {
    let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
    let token = body["nextToken"].as_str().map(str::to_owned);
    let (some, next) = slice(items, &token.unwrap_or(request.query("nextToken")), 2);
    ok(&json!({ name: some, "nextToken": next }))
}

/// The id that stands in a path after `what`.
fn id_after(request: &Received, what: &str) -> String {
    let path = request.path();
    path.iter().skip_while(|part| *part != what).nth(1).cloned().unwrap()
}

fn some(item: impl Fn(usize) -> Value) -> Vec<Value> {
    (0..COUNT).rev().map(item).collect()
}

fn agent(id: &str) -> Value {
    json!({ "agent": {
        "agentId": id,
        "agentName": HOSTILE,
        "agentArn": arn(&format!("agent/{id}")),
        "agentVersion": "DRAFT",
        "clientToken": CANARY,
        "instruction": CANARY,
        "agentStatus": "PREPARED",
        "foundationModel": "amazon.nova-pro-v1:0",
        "description": "answers questions about orders",
        "orchestrationType": "CUSTOM_ORCHESTRATION",
        "customOrchestration": { "executor": { "lambda": "arn:aws:lambda:eu-west-1:111122223333:function:f" } },
        "idleSessionTTLInSeconds": 600,
        "agentResourceRoleArn": ROLE,
        "customerEncryptionKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/k",
        "createdAt": CREATED,
        "updatedAt": CREATED,
        "preparedAt": CREATED,
        "failureReasons": [CANARY],
        "recommendedActions": [CANARY],
        "promptOverrideConfiguration": {
            "promptConfigurations": [{ "promptType": "PRE_PROCESSING", "basePromptTemplate": CANARY }],
        },
        "guardrailConfiguration": { "guardrailIdentifier": "g1", "guardrailVersion": "3" },
        "agentCollaboration": "SUPERVISOR",
    }})
}

fn alias(agent: &str, id: &str) -> Value {
    json!({ "agentAlias": {
        "agentId": agent,
        "agentAliasId": id,
        "agentAliasName": "live",
        "agentAliasArn": arn(&format!("agent-alias/{agent}/{id}")),
        "clientToken": CANARY,
        "routingConfiguration": [{ "agentVersion": "7" }],
        "createdAt": CREATED,
        "updatedAt": CREATED,
        "agentAliasStatus": "PREPARED",
        "failureReasons": [CANARY],
        "aliasInvocationState": "ACCEPT_INVOCATIONS",
    }})
}

fn base(id: &str, storage: &Value) -> Value {
    json!({ "knowledgeBase": {
        "knowledgeBaseId": id,
        "name": HOSTILE,
        "knowledgeBaseArn": arn(&format!("knowledge-base/{id}")),
        "roleArn": ROLE,
        "knowledgeBaseConfiguration": {
            "type": "VECTOR",
            "vectorKnowledgeBaseConfiguration": {
                "embeddingModelArn": "arn:aws:bedrock:eu-west-1::foundation-model/titan",
            },
        },
        "storageConfiguration": storage,
        "status": "ACTIVE",
        "createdAt": CREATED,
        "updatedAt": CREATED,
        "failureReasons": [CANARY],
    }})
}

fn serverless() -> Value {
    json!({
        "type": "OPENSEARCH_SERVERLESS",
        "opensearchServerlessConfiguration": {
            "collectionArn": INDEX,
            "vectorIndexName": CANARY,
            "fieldMapping": { "vectorField": "v", "textField": CANARY, "metadataField": "m" },
        },
    })
}

fn agents_world(aws: FakeAws) -> FakeAws {
    aws.on("ListAgents", |request| {
        let agents = some(|number| {
            json!({
                "agentId": format!("AGENT{number}"), "agentName": HOSTILE,
                "agentStatus": "PREPARED", "updatedAt": CREATED,
            })
        });
        page(request, "agentSummaries", &agents)
    })
    .on("GetAgent", |request| ok(&agent(&id_after(request, "agents"))))
    .on("ListAgentAliases", |request| {
        let aliases = some(|number| {
            json!({
                "agentAliasId": format!("ALIAS{number}"), "agentAliasName": "live",
                "agentAliasStatus": "PREPARED", "createdAt": CREATED, "updatedAt": CREATED,
            })
        });
        page(request, "agentAliasSummaries", &aliases)
    })
    .on("GetAgentAlias", |request| {
        ok(&alias(&id_after(request, "agents"), &id_after(request, "agentaliases")))
    })
}

fn world() -> FakeAws {
    agents_world(FakeAws::new())
        .on("ListKnowledgeBases", |request| {
            let bases = some(|number| {
                json!({
                    "knowledgeBaseId": format!("BASE{number}"), "name": "n",
                    "status": "ACTIVE", "updatedAt": CREATED,
                })
            });
            page(request, "knowledgeBaseSummaries", &bases)
        })
        .on("GetKnowledgeBase", |request| {
            ok(&base(&id_after(request, "knowledgebases"), &serverless()))
        })
        .on("ListDataSources", |request| {
            let sources = some(|number| {
                json!({
                    "knowledgeBaseId": id_after(request, "knowledgebases"),
                    "dataSourceId": format!("SOURCE{number}"), "name": "wiki",
                    "status": "AVAILABLE", "description": HOSTILE, "updatedAt": CREATED,
                })
            });
            page(request, "dataSourceSummaries", &sources)
        })
        .on("ListPrompts", |request| {
            let prompts = some(|number| {
                json!({
                    "name": HOSTILE, "id": format!("PROMPT{number}"), "version": "DRAFT",
                    "arn": arn(&format!("prompt/PROMPT{number}")),
                    "createdAt": CREATED, "updatedAt": CREATED,
                    // No part of the list: an endpoint that gives too much.
                    "variants": [{ "templateConfiguration": { "text": { "text": CANARY } } }],
                })
            });
            page(request, "promptSummaries", &prompts)
        })
}

async fn look(aws: &FakeAws) -> Outcome {
    let outcome = collect_with(&BedrockAgents, aws, setup()).await;
    outcome.result.as_ref().unwrap();
    outcome
}

fn resource<'a>(outcome: &'a Outcome, arn: &str) -> &'a Resource {
    let found = outcome.sightings().find_map(|seen| match &seen.entity {
        Entity::Resource(it) if it.arn.as_str() == arn => Some(it),
        _ => None,
    });
    found.unwrap()
}

fn created() -> Timestamp {
    CREATED.parse().unwrap()
}

#[tokio::test]
async fn agents_and_knowledge_bases_with_all_that_is_theirs() {
    let outcome = run_twice(&BedrockAgents, world, setup).await;
    let rows = [
        ("agent-list", 3),
        ("agents", 3),
        ("agent-alias-list", 9),
        ("agent-aliases", 9),
        ("knowledge-base-list", 3),
        ("knowledge-bases", 3),
        ("data-sources", 9),
        ("prompts", 3),
    ];
    assert_eq!(rows.len(), BedrockAgents.capabilities().len());
    for (name, seen) in rows {
        assert_eq!(outcome.status(name), &Status::Complete, "{name}");
        assert_eq!(outcome.of(name).seen, seen, "{name}");
    }
}

#[tokio::test]
async fn an_agent_is_its_names_and_its_role() {
    let outcome = look(&world()).await;
    let guardrail = attributes([
        ("guardrail-identifier", Some("g1".into())),
        ("guardrail-version", Some("3".into())),
    ]);
    let expected = Resource {
        arn: arn("agent/AGENT0").parse().unwrap(),
        resource_type: ResourceType::Agent,
        name: HOSTILE.to_owned(),
        created: Some(created()),
        state: Some("PREPARED".to_owned()),
        parent: None,
        acts_as: vec![ROLE.parse().unwrap()],
        tags: None,
        attributes: attributes([
            ("agent-collaboration", Some("SUPERVISOR".into())),
            (
                "customer-encryption-key-arn",
                Some("arn:aws:kms:eu-west-1:111122223333:key/k".into()),
            ),
            ("description", Some("answers questions about orders".into())),
            ("foundation-model", Some("amazon.nova-pro-v1:0".into())),
            ("guardrail", Some(guardrail.into())),
            (
                "orchestration-lambda-arn",
                Some("arn:aws:lambda:eu-west-1:111122223333:function:f".into()),
            ),
            ("orchestration-type", Some("CUSTOM_ORCHESTRATION".into())),
            ("prepared-at", Some(created().into())),
            ("updated-at", Some(created().into())),
        ]),
    };
    assert_eq!(resource(&outcome, &arn("agent/AGENT0")), &expected);
    let alias = resource(&outcome, &arn("agent-alias/AGENT1/ALIAS2"));
    assert_eq!(alias.parent.as_ref().map(Arn::as_str), Some(arn("agent/AGENT1").as_str()));
    let route = attributes([("agent-version", Some("7".into()))]);
    let expected = attributes([
        ("alias-invocation-state", Some("ACCEPT_INVOCATIONS".into())),
        ("routing-configuration", Some(Attribute::List(vec![route.into()]))),
        ("updated-at", Some(created().into())),
    ]);
    assert_eq!((alias.name.as_str(), &alias.attributes), ("live", &expected));
}

#[tokio::test]
async fn a_knowledge_base_is_its_role_and_where_its_data_lies() {
    let outcome = look(&world()).await;
    let base = resource(&outcome, &arn("knowledge-base/BASE1"));
    assert_eq!(base.acts_as, [ROLE.parse::<Arn>().unwrap()]);
    let model = "arn:aws:bedrock:eu-west-1::foundation-model/titan";
    let expected = attributes([
        ("embedding-model-arn", Some(model.into())),
        ("storage-arn", Some(INDEX.into())),
        ("storage-type", Some("OPENSEARCH_SERVERLESS".into())),
        ("type", Some("VECTOR".into())),
        ("updated-at", Some(created().into())),
    ]);
    assert_eq!((base.name.as_str(), &base.attributes), (HOSTILE, &expected));
    // A data source has no ARN of its own.
    let own = format!("{}/data-source/SOURCE2", arn("knowledge-base/BASE1"));
    let source = resource(&outcome, &own);
    assert_eq!(source.parent.as_ref(), Some(&base.arn));
    assert_eq!((source.name.as_str(), source.state.as_deref()), ("wiki", Some("AVAILABLE")));
    assert_eq!(resource(&outcome, &arn("prompt/PROMPT0")).name, HOSTILE);
}

#[tokio::test]
async fn storage_of_every_kind() {
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s";
    let place = "arn:aws:x:eu-west-1:111122223333:place";
    let rows: [(&str, Value, Option<&str>, Option<&str>); 6] = [
        ("opensearchManagedClusterConfiguration", json!({ "domainArn": place }), Some(place), None),
        (
            "rdsConfiguration",
            json!({ "resourceArn": place, "credentialsSecretArn": secret }),
            Some(place),
            Some(secret),
        ),
        ("neptuneAnalyticsConfiguration", json!({ "graphArn": place }), Some(place), None),
        ("s3VectorsConfiguration", json!({ "vectorBucketArn": place }), Some(place), None),
        (
            "pineconeConfiguration",
            json!({ "connectionString": CANARY, "credentialsSecretArn": secret }),
            None,
            Some(secret),
        ),
        (
            "mongoDbAtlasConfiguration",
            json!({ "endpoint": CANARY, "credentialsSecretArn": secret }),
            None,
            Some(secret),
        ),
    ];
    for (name, configuration, place, secret) in rows {
        let storage = json!({ "type": "X", name: configuration });
        let aws = world().on("GetKnowledgeBase", move |request| {
            ok(&base(&id_after(request, "knowledgebases"), &storage))
        });
        let outcome = look(&aws).await;
        let found = &resource(&outcome, &arn("knowledge-base/BASE0")).attributes;
        assert_eq!(found.get("storage-arn"), place.map(Attribute::from).as_ref(), "{name}");
        let secret = secret.map(Attribute::from);
        assert_eq!(found.get("credentials-secret-arn"), secret.as_ref(), "{name}");
        assert!(!format!("{found:?}").contains(CANARY), "{name}");
    }
}

#[tokio::test]
async fn no_instruction_and_no_prompt_reaches_an_entity() {
    let aws = world();
    let outcome = look(&aws).await;
    assert!(outcome.sightings().count() > 0);
    for sighting in outcome.sightings() {
        let text = format!("{:?}", sighting.entity);
        assert!(!text.contains(CANARY), "{text}");
    }
    assert_eq!(aws.count("GetPrompt"), 0);
}

#[tokio::test]
async fn what_is_gone_is_no_gap() {
    let missing = |request: &Received| request.error(404, "ResourceNotFoundException", "gone");
    let aws = world()
        .on("GetAgent", move |request| match id_after(request, "agents").as_str() {
            "AGENT1" => missing(request),
            id => ok(&agent(id)),
        })
        .on("GetAgentAlias", move |request| match id_after(request, "agentaliases").as_str() {
            "ALIAS0" => missing(request),
            id => ok(&alias(&id_after(request, "agents"), id)),
        })
        .on("GetKnowledgeBase", missing)
        .on("ListDataSources", missing);
    let outcome = look(&aws).await;
    let rows =
        [("agents", 2), ("agent-aliases", 2 * 2), ("knowledge-bases", 0), ("data-sources", 0)];
    for (name, count) in rows {
        assert_eq!(outcome.entities(name).len(), count, "{name}");
    }
    for info in BedrockAgents.capabilities() {
        assert_eq!(outcome.status(info.name), &Status::Complete, "{}", info.name);
    }
    assert_eq!(aws.count("ListDataSources"), 0, "nothing more is asked of what is gone");
}

#[tokio::test]
async fn what_makes_no_sense_is_set_aside() {
    let rows = [
        ("ListAgents", json!({ "agentSummaries": [{ "agentName": "n" }] }), "agent-list"),
        ("GetAgent", json!({}), "agents"),
        ("GetAgent", json!({ "agent": { "agentArn": "x" } }), "agents"),
        ("ListAgentAliases", json!({ "agentAliasSummaries": [{}] }), "agent-alias-list"),
        ("GetAgentAlias", json!({}), "agent-aliases"),
        ("GetAgentAlias", json!({ "agentAlias": {} }), "agent-aliases"),
        ("ListKnowledgeBases", json!({ "knowledgeBaseSummaries": [{}] }), "knowledge-base-list"),
        ("GetKnowledgeBase", json!({}), "knowledge-bases"),
        ("GetKnowledgeBase", json!({ "knowledgeBase": {} }), "knowledge-bases"),
        ("ListDataSources", json!({ "dataSourceSummaries": [{ "name": "n" }] }), "data-sources"),
        ("ListPrompts", json!({ "promptSummaries": [{ "name": "n" }] }), "prompts"),
    ];
    for (action, answer, capability) in rows {
        let outcome = look(&world().on(action, move |_| ok(&answer))).await;
        let told = outcome.of(capability);
        assert!(matches!(told.status, Status::Partial { .. }), "{action}: {:?}", told.status);
        assert!(!told.set_aside.is_empty(), "{action}");
        assert!(outcome.entities(capability).is_empty(), "{action}");
    }
}

#[tokio::test]
async fn each_call_fails_alone() {
    deny_each(&BedrockAgents, world, setup).await;
    throttle_each(&BedrockAgents, world, setup).await;
}

#[tokio::test]
async fn the_work_goes_on_after_an_interruption() {
    interrupt_everywhere(&BedrockAgents, world, setup).await;
}

#[tokio::test]
async fn a_region_without_the_service() {
    not_offered(&BedrockAgents, setup).await;
}
