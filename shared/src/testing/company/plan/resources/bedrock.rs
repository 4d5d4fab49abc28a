//! Bedrock, of which moto answers a custom model and an agent at the most: all of it is told here.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{FAR, HOME, nothing};
use crate::testing::{
    company::{
        derived,
        plan::{Correction, Facts, How},
        resources::{
            CANARY,
            models::{
                Agent, BEDROCK, Bedrock, CHAT, EMBEDDING, FOUNDATION, KnowledgeBase, PROFILES,
            },
        },
    },
    proxy::{Answer, Fault, Replay, RequestView},
};

/// Tells a list, which may be empty.
type List = fn(&Told<'_>) -> Value;

/// Tells something by its id, or that it is not there.
type Find = fn(&Told<'_>) -> Option<Value>;

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    let lists: [(&'static str, List); 9] = [
        ("bedrock:ListFoundationModels", foundation),
        ("bedrock:ListCustomModels", custom),
        ("bedrock:ListImportedModels", imported),
        ("bedrock:ListProvisionedModelThroughputs", provisioned),
        ("bedrock:ListInferenceProfiles", profiles),
        ("bedrock:ListGuardrails", guardrails),
        ("bedrock:ListAgents", agents),
        ("bedrock:ListKnowledgeBases", bases),
        ("bedrock:ListPrompts", prompts),
    ];
    let things: [(&'static str, Find); 5] = [
        ("bedrock:GetAgent", agent),
        ("bedrock:ListAgentAliases", aliases),
        ("bedrock:GetAgentAlias", alias),
        ("bedrock:GetKnowledgeBase", base),
        ("bedrock:ListDataSources", sources),
    ];
    let mut all = vec![not_offered()];
    all.extend(lists.map(|(action, list)| told(facts, action, move |told| Some(list(told)))));
    all.extend(things.map(|(action, find)| told(facts, action, find)));
    all
}

fn told(
    facts: &Arc<Facts>,
    action: &'static str,
    tell: impl Fn(&Told<'_>) -> Option<Value> + Send + Sync + 'static,
) -> Correction {
    let facts = Arc::clone(facts);
    Correction::replay(action, "the whole answer", move |view| {
        let here = BEDROCK.iter().find(|one| facts.is_at(view, one.place));
        Some(match tell(&Told { facts: &facts, view, here }) {
            Some(answer) => Answer::json(&answer),
            None => nothing(view, "ResourceNotFoundException"),
        })
    })
}

/// Not every region has every service.
fn not_offered() -> Correction {
    let shows = "a region that does not have the service";
    let replay = Replay::new(|view| {
        Some(Answer::error(view, 404, "UnknownOperationException", "Bedrock is not offered here"))
    });
    Correction::new("bedrock:*", How::Refused, shows)
        .rule(|when| when.in_region(FAR), Fault::Replay(replay))
}

/// What a call is told from.
struct Told<'a> {
    facts: &'a Facts,
    view: &'a RequestView,
    here: Option<&'static Bedrock>,
}

impl Told<'_> {
    fn arn(&self, rest: &str) -> String {
        format!("arn:aws:bedrock:{}:{}:{rest}", self.view.region, self.facts.account(self.view))
    }

    fn of_aws(&self, model: &str) -> String {
        format!("arn:aws:bedrock:{}::foundation-model/{model}", self.view.region)
    }

    fn role(&self, role: &str) -> String {
        format!("arn:aws:iam::{}:role{role}", self.facts.account(self.view))
    }

    fn made(&self, what: &str) -> String {
        self.facts.calendar.made(derived::age(what), what).xml()
    }

    /// A list under its name.
    fn list<T: 'static>(
        &self,
        name: &str,
        of: impl FnOnce(&'static Bedrock) -> &'static [T],
        tell: impl Fn(&T) -> Value,
    ) -> Value {
        let items = self.here.map_or(&[][..], of).iter().map(tell).collect::<Vec<_>>();
        json!({ name: items })
    }

    /// The agent that the call names.
    fn agent(&self) -> Option<&'static Agent> {
        let id = self.view.segment(1)?;
        self.here?.agents.iter().find(|agent| agent.id == id)
    }

    /// The knowledge base that the call names.
    fn base(&self) -> Option<&'static KnowledgeBase> {
        let id = self.view.segment(1)?;
        self.here?.knowledge.iter().find(|base| base.id == id)
    }
}

/// An id of twelve letters and numbers.
fn id(name: &str) -> String {
    derived::unique_id("", name).chars().take(10).collect::<String>().to_lowercase()
}

fn foundation(told: &Told<'_>) -> Value {
    let models = FOUNDATION.iter().map(|(id, name, provider)| {
        json!({
            "modelArn": told.of_aws(id),
            "modelId": id,
            "modelName": name,
            "providerName": provider,
            "inputModalities": ["TEXT"],
            "outputModalities": ["TEXT"],
            "responseStreamingSupported": true,
            "customizationsSupported": [],
            "inferenceTypesSupported": ["ON_DEMAND"],
            "modelLifecycle": { "status": "ACTIVE" },
        })
    });
    json!({ "modelSummaries": models.collect::<Vec<_>>() })
}

fn custom(told: &Told<'_>) -> Value {
    let (base, base_name, _) = EMBEDDING;
    told.list(
        "modelSummaries",
        |here| here.custom,
        |name| {
            json!({
                "modelArn": told.arn(&format!("custom-model/{base}/{}", id(name))),
                "modelName": name,
                "creationTime": told.made(name),
                "baseModelArn": told.of_aws(base),
                "baseModelName": base_name,
                "customizationType": "FINE_TUNING",
                "ownerAccountId": told.facts.account(told.view),
                "modelStatus": "Active",
            })
        },
    )
}

fn imported(told: &Told<'_>) -> Value {
    told.list(
        "modelSummaries",
        |here| here.imported,
        |name| {
            json!({
                "modelArn": told.arn(&format!("imported-model/{}", id(name))),
                "modelName": name,
                "creationTime": told.made(name),
                "instructSupported": true,
                "modelArchitecture": "llama3",
            })
        },
    )
}

fn provisioned(told: &Told<'_>) -> Value {
    let (base, ..) = EMBEDDING;
    let model = told.here.and_then(|here| here.custom.first()).copied().unwrap_or_default();
    let model = told.arn(&format!("custom-model/{base}/{}", id(model)));
    told.list(
        "provisionedModelSummaries",
        |here| here.provisioned,
        |name| {
            json!({
                "provisionedModelName": name,
                "provisionedModelArn": told.arn(&format!("provisioned-model/{}", id(name))),
                "modelArn": model,
                "desiredModelArn": model,
                "foundationModelArn": told.of_aws(base),
                "modelUnits": 1,
                "desiredModelUnits": 1,
                "status": "InService",
                "commitmentDuration": "OneMonth",
                "creationTime": told.made(name),
                "lastModifiedTime": told.made(name),
            })
        },
    )
}

/// Those of AWS lead out of the home region alone, and nobody made one.
fn profiles(told: &Told<'_>) -> Value {
    let own = told.view.parameter("type").as_deref() == Some("APPLICATION");
    let here = if told.view.region == HOME && !own { PROFILES } else { &[] };
    let profiles = here.iter().map(|(id, name)| {
        let model = id.trim_start_matches("eu.");
        json!({
            "inferenceProfileName": name,
            "inferenceProfileId": id,
            "inferenceProfileArn": told.arn(&format!("inference-profile/{id}")),
            "models": [{ "modelArn": told.of_aws(model) }],
            "status": "ACTIVE",
            "type": "SYSTEM_DEFINED",
            "createdAt": told.made(id),
            "updatedAt": told.made(id),
        })
    });
    json!({ "inferenceProfileSummaries": profiles.collect::<Vec<_>>() })
}

fn guardrails(told: &Told<'_>) -> Value {
    told.list(
        "guardrails",
        |here| here.guardrails,
        |name| {
            json!({
                "id": id(name),
                "arn": told.arn(&format!("guardrail/{}", id(name))),
                "status": "READY",
                "name": name,
                "version": "DRAFT",
                "createdAt": told.made(name),
                "updatedAt": told.made(name),
            })
        },
    )
}

fn agents(told: &Told<'_>) -> Value {
    told.list(
        "agentSummaries",
        |here| here.agents,
        |agent| {
            json!({
                "agentId": agent.id,
                "agentName": agent.name,
                "agentStatus": "PREPARED",
                "updatedAt": told.made(agent.id),
                "latestAgentVersion": "1",
            })
        },
    )
}

fn agent(told: &Told<'_>) -> Option<Value> {
    let agent = told.agent()?;
    Some(json!({ "agent": {
        "agentId": agent.id,
        "agentName": agent.name,
        "agentArn": told.arn(&format!("agent/{}", agent.id)),
        "agentVersion": "DRAFT",
        "agentStatus": "PREPARED",
        "instruction": CANARY.repeat(2),
        "promptOverrideConfiguration": { "promptConfigurations": [
            { "promptType": "ORCHESTRATION", "basePromptTemplate": CANARY }
        ]},
        "foundationModel": CHAT.0,
        "idleSessionTTLInSeconds": 600,
        "agentResourceRoleArn": told.role(agent.role),
        "createdAt": told.made(agent.id),
        "updatedAt": told.made(agent.id),
        "preparedAt": told.made(agent.id),
    }}))
}

fn alias_of(told: &Told<'_>, agent: &Agent, alias: (&str, &str)) -> Value {
    let (id, name) = alias;
    json!({
        "agentId": agent.id,
        "agentAliasId": id,
        "agentAliasName": name,
        "agentAliasArn": told.arn(&format!("agent-alias/{}/{id}", agent.id)),
        "agentAliasStatus": "PREPARED",
        "routingConfiguration": [{ "agentVersion": "1" }],
        "createdAt": told.made(id),
        "updatedAt": told.made(id),
    })
}

fn aliases(told: &Told<'_>) -> Option<Value> {
    let agent = told.agent()?;
    let all: Vec<_> = agent.aliases.iter().map(|one| alias_of(told, agent, *one)).collect();
    Some(json!({ "agentAliasSummaries": all }))
}

fn alias(told: &Told<'_>) -> Option<Value> {
    let agent = told.agent()?;
    let wanted = told.view.segment(3)?;
    let alias = agent.aliases.iter().find(|(id, _)| *id == wanted)?;
    Some(json!({ "agentAlias": alias_of(told, agent, *alias) }))
}

fn bases(told: &Told<'_>) -> Value {
    told.list(
        "knowledgeBaseSummaries",
        |here| here.knowledge,
        |base| {
            json!({
                "knowledgeBaseId": base.id,
                "name": base.name,
                "status": "ACTIVE",
                "updatedAt": told.made(base.id),
            })
        },
    )
}

fn base(told: &Told<'_>) -> Option<Value> {
    let base = told.base()?;
    Some(json!({ "knowledgeBase": {
        "knowledgeBaseId": base.id,
        "name": base.name,
        "knowledgeBaseArn": told.arn(&format!("knowledge-base/{}", base.id)),
        "roleArn": told.role(base.role),
        "knowledgeBaseConfiguration": {
            "type": "VECTOR",
            "vectorKnowledgeBaseConfiguration": { "embeddingModelArn": told.of_aws(EMBEDDING.0) },
        },
        "storageConfiguration": {
            "type": "OPENSEARCH_SERVERLESS",
            "opensearchServerlessConfiguration": {
                "collectionArn": format!(
                    "arn:aws:aoss:{}:{}:collection/{}",
                    told.view.region,
                    told.facts.account(told.view),
                    id(base.name)
                ),
                "vectorIndexName": "index",
                "fieldMapping": { "vectorField": "v", "textField": "t", "metadataField": "m" },
            },
        },
        "status": "ACTIVE",
        "createdAt": told.made(base.id),
        "updatedAt": told.made(base.id),
    }}))
}

fn sources(told: &Told<'_>) -> Option<Value> {
    let base = told.base()?;
    let sources = base.sources.iter().map(|(id, name)| {
        json!({
            "knowledgeBaseId": base.id,
            "dataSourceId": id,
            "name": name,
            "status": "AVAILABLE",
            "updatedAt": told.made(id),
        })
    });
    Some(json!({ "dataSourceSummaries": sources.collect::<Vec<_>>() }))
}

fn prompts(told: &Told<'_>) -> Value {
    told.list(
        "promptSummaries",
        |here| here.prompts,
        |name| {
            json!({
                "name": name,
                "id": id(name).to_uppercase(),
                "arn": told.arn(&format!("prompt/{}", id(name).to_uppercase())),
                "version": "DRAFT",
                "createdAt": told.made(name),
                "updatedAt": told.made(name),
            })
        },
    )
}
