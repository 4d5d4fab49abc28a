//! What the agents' part of Bedrock answers → the model. Of instructions, prompts and their templates nothing
//! is read.

use aws_sdk_bedrockagent::operation::list_prompts::ListPromptsOutput;
use aws_sdk_bedrockagent::types::{
    Agent, AgentAlias, AgentAliasRoutingConfigurationListItem, CustomOrchestration,
    DataSourceSummary, GuardrailConfiguration, KnowledgeBase, OrchestrationExecutor, PromptSummary,
    StorageConfiguration,
};

use super::super::given::{moment as given_moment, time, word};
use crate::collect::resources::{acts_as, text};
use crate::collect::stages::Seen;
use crate::collect::told::{bare, moment, tell};
use crate::model::id::IdError;
use crate::model::resource::{Attribute, Resource, ResourceType, attributes};
use crate::model::{Arn, Entity};

/// An agent, with the role that it acts with.
///
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_Agent.html>
pub(super) fn agent(id: &str, found: &Agent) -> Seen {
    let arn: Arn = match found.agent_arn().parse() {
        Ok(arn) => arn,
        Err(error) => return Seen::aside(format!("agent {id:?}"), format!("{error}")),
    };
    let mut seen = Seen::default();
    let resource = Resource {
        created: time(found.created_at()),
        state: word(found.agent_status().as_str()).map(str::to_owned),
        acts_as: acts_as(&mut seen, &arn, [Some(found.agent_resource_role_arn())]),
        attributes: attributes([
            ("agent-collaboration", text(found.agent_collaboration())),
            ("customer-encryption-key-arn", text(found.customer_encryption_key_arn())),
            ("description", text(found.description())),
            ("foundation-model", text(found.foundation_model())),
            ("guardrail", found.guardrail_configuration().and_then(guardrail)),
            ("orchestration-lambda-arn", text(found.custom_orchestration().and_then(executor))),
            ("orchestration-type", text(found.orchestration_type())),
            ("prepared-at", moment(found.prepared_at())),
            ("updated-at", given_moment(found.updated_at())),
        ]),
        ..bare(arn, ResourceType::Agent, found.agent_name())
    };
    seen.entities.push(Entity::Resource(resource));
    seen
}

fn guardrail(found: &GuardrailConfiguration) -> Option<Attribute> {
    let facts = attributes([
        ("guardrail-identifier", text(found.guardrail_identifier())),
        ("guardrail-version", text(found.guardrail_version())),
    ]);
    (!facts.is_empty()).then(|| facts.into())
}

/// The function that decides what the agent does next, where that is not Bedrock's own.
fn executor(found: &CustomOrchestration) -> Option<&str> {
    match found.executor()? {
        OrchestrationExecutor::Lambda(arn) => Some(arn),
        _ => None,
    }
}

/// An alias of `agent`, and the versions that it stands for.
///
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_AgentAlias.html>
pub(super) fn alias(what: impl FnOnce() -> String, agent: Arn, found: &AgentAlias) -> Seen {
    let routes: Vec<Attribute> = found.routing_configuration().iter().filter_map(route).collect();
    let own: Result<Arn, IdError> = found.agent_alias_arn().parse();
    let resource = own.map(|own| Resource {
        created: time(found.created_at()),
        state: word(found.agent_alias_status().as_str()).map(str::to_owned),
        parent: Some(agent),
        attributes: attributes([
            ("alias-invocation-state", text(found.alias_invocation_state())),
            ("description", text(found.description())),
            ("routing-configuration", (!routes.is_empty()).then(|| Attribute::List(routes))),
            ("updated-at", given_moment(found.updated_at())),
        ]),
        ..bare(own, ResourceType::AgentAlias, found.agent_alias_name())
    });
    tell(resource, what)
}

fn route(found: &AgentAliasRoutingConfigurationListItem) -> Option<Attribute> {
    let facts = attributes([
        ("agent-version", text(found.agent_version())),
        ("provisioned-throughput", text(found.provisioned_throughput())),
    ]);
    (!facts.is_empty()).then(|| facts.into())
}

/// A knowledge base, with the role that it acts with and the ARNs of where its data lies.
///
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_KnowledgeBase.html>
pub(super) fn base(id: &str, found: &KnowledgeBase) -> Seen {
    let arn: Arn = match found.knowledge_base_arn().parse() {
        Ok(arn) => arn,
        Err(error) => return Seen::aside(format!("knowledge base {id:?}"), format!("{error}")),
    };
    let mut seen = Seen::default();
    let (kind, storage) = (found.knowledge_base_configuration(), found.storage_configuration());
    let model = kind.and_then(|it| {
        let vector = it.vector_knowledge_base_configuration().map(|it| it.embedding_model_arn());
        vector.or_else(|| it.managed_knowledge_base_configuration()?.embedding_model_arn())
    });
    let index = kind.and_then(|it| it.kendra_knowledge_base_configuration());
    let resource = Resource {
        created: time(found.created_at()),
        state: word(found.status().as_str()).map(str::to_owned),
        acts_as: acts_as(&mut seen, &arn, [Some(found.role_arn())]),
        attributes: attributes([
            ("credentials-secret-arn", text(storage.and_then(secret))),
            ("description", text(found.description())),
            ("embedding-model-arn", text(model)),
            ("kendra-index-arn", text(index.map(|it| it.kendra_index_arn()))),
            ("storage-arn", text(storage.and_then(place))),
            ("storage-type", text(storage.and_then(|it| word(it.r#type().as_str())))),
            ("type", text(kind.and_then(|it| word(it.r#type().as_str())))),
            ("updated-at", given_moment(found.updated_at())),
        ]),
        ..bare(arn, ResourceType::KnowledgeBase, found.name())
    };
    seen.entities.push(Entity::Resource(resource));
    seen
}

/// Where the data of a knowledge base lies, if that is in AWS.
fn place(found: &StorageConfiguration) -> Option<&str> {
    let serverless = found.opensearch_serverless_configuration().map(|it| it.collection_arn());
    serverless
        .or_else(|| Some(found.opensearch_managed_cluster_configuration()?.domain_arn()))
        .or_else(|| Some(found.rds_configuration()?.resource_arn()))
        .or_else(|| Some(found.neptune_analytics_configuration()?.graph_arn()))
        .or_else(|| found.s3_vectors_configuration()?.vector_bucket_arn())
}

/// The secret that opens the storage of a knowledge base.
fn secret(found: &StorageConfiguration) -> Option<&str> {
    let rds = found.rds_configuration().map(|it| it.credentials_secret_arn());
    rds.or_else(|| Some(found.pinecone_configuration()?.credentials_secret_arn()))
        .or_else(|| Some(found.redis_enterprise_cloud_configuration()?.credentials_secret_arn()))
        .or_else(|| Some(found.mongo_db_atlas_configuration()?.credentials_secret_arn()))
}

/// A data source of a knowledge base, which has no ARN of its own: its base's with the source's id.
///
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_DataSourceSummary.html>
pub(super) fn source(base: &Arn, found: &DataSourceSummary) -> Seen {
    let what = || format!("data source {:?} of {base}", found.name());
    let id = found.data_source_id();
    if id.is_empty() {
        return Seen::aside(what(), "it has no id");
    }
    let own: Result<Arn, IdError> = format!("{base}/data-source/{id}").parse();
    let resource = own.map(|own| Resource {
        state: word(found.status().as_str()).map(str::to_owned),
        parent: Some(base.clone()),
        attributes: attributes([
            ("description", text(found.description())),
            ("updated-at", given_moment(found.updated_at())),
        ]),
        ..bare(own, ResourceType::DataSource, found.name())
    });
    tell(resource, what)
}

/// A page of prompts.
pub(super) fn prompts(answer: ListPromptsOutput) -> (Seen, Option<String>) {
    let seen = answer
        .prompt_summaries()
        .iter()
        .map(|found| tell(prompt(found), || format!("prompt {:?}", found.name())));
    (seen.collect(), answer.next_token.clone())
}

fn prompt(found: &PromptSummary) -> Result<Resource, IdError> {
    Ok(Resource {
        created: time(found.created_at()),
        attributes: attributes([
            ("description", text(found.description())),
            ("updated-at", given_moment(found.updated_at())),
            ("version", text(Some(found.version()))),
        ]),
        ..bare(found.arn().parse()?, ResourceType::Prompt, found.name())
    })
}
