//! Bedrock agents → the agents of a region and their aliases, the knowledge bases and their data sources, and
//! the prompts: their names, ARNs and service roles.
//!
//! What AWS answers about an agent holds its instruction and prompts too; nothing here reads them. A prompt
//! is listed and never asked for.
//!
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Agents_for_Amazon_Bedrock.html>

mod ask;
mod read;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_sdk_bedrockagent::Client;

use super::PAGE;
use crate::collect::stages::{self, Staged, call, capability};
use crate::collect::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::model::Kind;

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct BedrockAgents;

const AGENT_LIST: &str = "agent-list";
const AGENTS: &str = "agents";
const ALIAS_LIST: &str = "agent-alias-list";
const ALIASES: &str = "agent-aliases";
const BASE_LIST: &str = "knowledge-base-list";
const BASES: &str = "knowledge-bases";
const SOURCES: &str = "data-sources";
const PROMPTS: &str = "prompts";

const LIST_AGENTS: Call = call(
    "bedrock:ListAgents",
    AGENT_LIST,
    Tier::Three,
    "lists the agents",
    "all agents, with their aliases",
);
const GET_AGENT: Call = call(
    "bedrock:GetAgent",
    AGENTS,
    Tier::Three,
    "reads the ARN and the service role of each agent, and nothing of its instruction",
    "which role an agent acts with",
);
const LIST_ALIASES: Call = call(
    "bedrock:ListAgentAliases",
    ALIAS_LIST,
    Tier::Three,
    "lists the aliases of each agent",
    "the aliases that agents are invoked by",
);
const GET_ALIAS: Call = call(
    "bedrock:GetAgentAlias",
    ALIASES,
    Tier::Three,
    "reads the ARN and the version of each alias",
    "which version of an agent an alias stands for",
);
const LIST_BASES: Call = call(
    "bedrock:ListKnowledgeBases",
    BASE_LIST,
    Tier::Three,
    "lists the knowledge bases",
    "all knowledge bases, with their data sources",
);
const GET_BASE: Call = call(
    "bedrock:GetKnowledgeBase",
    BASES,
    Tier::Three,
    "reads the ARN, the service role and the storage of each knowledge base",
    "which role a knowledge base acts with, and where its data lies",
);
const LIST_SOURCES: Call = call(
    "bedrock:ListDataSources",
    SOURCES,
    Tier::Three,
    "lists the data sources of each knowledge base",
    "what feeds a knowledge base",
);
const LIST_PROMPTS: Call = call(
    "bedrock:ListPrompts",
    PROMPTS,
    Tier::Three,
    "lists the prompts, never their text",
    "which prompts there are",
);

const CALLS: &[Call] = &[
    LIST_AGENTS,
    GET_AGENT,
    LIST_ALIASES,
    GET_ALIAS,
    LIST_BASES,
    GET_BASE,
    LIST_SOURCES,
    LIST_PROMPTS,
];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(AGENT_LIST, &[], None),
    capability(AGENTS, &[Kind::Resource], Some(AGENT_LIST)),
    capability(ALIAS_LIST, &[], Some(AGENT_LIST)),
    capability(ALIASES, &[Kind::Resource], Some(ALIAS_LIST)),
    capability(BASE_LIST, &[], None),
    capability(BASES, &[Kind::Resource], Some(BASE_LIST)),
    capability(SOURCES, &[Kind::Resource], Some(BASE_LIST)),
    capability(PROMPTS, &[Kind::Resource], None),
];

#[async_trait]
impl Staged for BedrockAgents {
    type Client = Client;

    const NAME: &'static str = "bedrock-agents";
    const PLACE: Place = Place::EachRegion;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        context.session.bedrock_agent(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let mut agents = Box::pin(look.list(AGENT_LIST, ask::agents)).await?;
        let gone = Box::pin(look.each(AGENTS, &agents, String::clone, ask::agent)).await?;
        agents.retain(|agent| !gone.contains(agent));
        let aliases = Box::pin(look.list_under(ALIAS_LIST, &agents, ask::aliases)).await?;
        Box::pin(look.each(ALIASES, &aliases, AliasRef::key, ask::alias)).await?;
        let mut bases = Box::pin(look.list(BASE_LIST, ask::bases)).await?;
        let gone = Box::pin(look.each(BASES, &bases, String::clone, ask::base)).await?;
        bases.retain(|base| !gone.contains(base));
        Box::pin(look.each(SOURCES, &bases, String::clone, ask::sources)).await?;
        let client = look.client.clone();
        let list = |token| client.list_prompts().max_results(PAGE).set_next_token(token).send();
        Box::pin(look.pages(PROMPTS, &LIST_PROMPTS, list, read::prompts)).await
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

/// An alias of the list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct AliasRef {
    agent: String,
    id: String,
}

impl AliasRef {
    fn key(&self) -> String {
        format!("{}/{}", self.agent, self.id)
    }
}
