//! Bedrock. moto knows almost nothing of it: the plan tells all of this.

use super::{Place, home, us};
use crate::model::resource::ResourceType;

/// What an account has in Bedrock.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Bedrock {
    pub(in super::super) place: Place,
    /// Custom models.
    pub(in super::super) custom: &'static [&'static str],
    /// Imported models.
    pub(in super::super) imported: &'static [&'static str],
    /// Provisioned throughput of the first custom model.
    pub(in super::super) provisioned: &'static [&'static str],
    pub(in super::super) guardrails: &'static [&'static str],
    pub(in super::super) prompts: &'static [&'static str],
    pub(in super::super) agents: &'static [Agent],
    pub(in super::super) knowledge: &'static [KnowledgeBase],
}

/// An agent.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Agent {
    pub(in super::super) id: &'static str,
    pub(in super::super) name: &'static str,
    /// Path and name of its role.
    pub(in super::super) role: &'static str,
    /// Id and name of each of its aliases.
    pub(in super::super) aliases: &'static [(&'static str, &'static str)],
}

/// A knowledge base.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct KnowledgeBase {
    pub(in super::super) id: &'static str,
    pub(in super::super) name: &'static str,
    /// Path and name of its role.
    pub(in super::super) role: &'static str,
    /// Id and name of each of its data sources.
    pub(in super::super) sources: &'static [(&'static str, &'static str)],
}

/// The foundation models that AWS has in each region: id, name, provider.
pub(in super::super) const FOUNDATION: [(&str, &str, &str); 2] = [EMBEDDING, CHAT];

/// The model that knowledge bases are read with, and that custom ones are made from.
pub(in super::super) const EMBEDDING: (&str, &str, &str) =
    ("amazon.titan-embed-text-v2:0", "Titan Text Embeddings V2", "Amazon");

/// The model that agents speak with.
pub(in super::super) const CHAT: (&str, &str, &str) =
    ("anthropic.claude-3-haiku-20240307-v1:0", "Claude 3 Haiku", "Anthropic");

/// The inference profile that AWS has in each region: id, name.
pub(in super::super) const PROFILES: &[(&str, &str)] =
    &[("eu.anthropic.claude-3-haiku-20240307-v1:0", "EU Anthropic Claude 3 Haiku")];

pub(in super::super) const BEDROCK: &[Bedrock] = &[
    Bedrock {
        place: home("data-lake"),
        custom: &["fraud-classifier", "=1+1<b>"],
        imported: &["acme-llama"],
        provisioned: &["fraud-throughput"],
        guardrails: &["no-card-numbers", "<script>alert('guardrail')</script>"],
        prompts: &["summarize-order", "answer-customer"],
        agents: &[
            Agent {
                id: "AGENTORDER",
                name: "order-helper",
                role: "/service-role/bedrock-agent",
                aliases: &[("ALIASLIVE1", "live"), ("TSTALIASID", "AgentTestAlias")],
            },
            Agent {
                id: "AGENTDRAFT",
                name: "draft",
                role: "/service-role/bedrock-agent",
                aliases: &[("TSTALIASID", "AgentTestAlias")],
            },
        ],
        knowledge: &[KnowledgeBase {
            id: "KBHANDBOOK",
            name: "handbook",
            role: "/service-role/bedrock-knowledge",
            sources: &[("DSBUCKET01", "bucket"), ("DSWEBSITE1", "website")],
        }],
    },
    Bedrock {
        place: us("data-lake"),
        custom: &[],
        imported: &[],
        provisioned: &[],
        guardrails: &["us-guardrail"],
        prompts: &[],
        agents: &[],
        knowledge: &[],
    },
];

pub(super) fn all() -> impl Iterator<Item = (Place, ResourceType)> {
    BEDROCK.iter().flat_map(|one| {
        let aliases = one.agents.iter().map(|agent| agent.aliases.len()).sum();
        let sources = one.knowledge.iter().map(|base| base.sources.len()).sum();
        let rows = [
            (ResourceType::CustomModel, one.custom.len()),
            (ResourceType::ImportedModel, one.imported.len()),
            (ResourceType::ProvisionedThroughput, one.provisioned.len()),
            (ResourceType::Guardrail, one.guardrails.len()),
            (ResourceType::Prompt, one.prompts.len()),
            (ResourceType::Agent, one.agents.len()),
            (ResourceType::AgentAlias, aliases),
            (ResourceType::KnowledgeBase, one.knowledge.len()),
            (ResourceType::DataSource, sources),
        ];
        rows.into_iter().flat_map(|(it, count)| std::iter::repeat_n((one.place, it), count))
    })
}
