//! The calls to the agents' part of Bedrock. Agents and knowledge bases are known by their ids.

use aws_sdk_bedrockagent::Client;

use super::super::PAGE;
use super::{
    AliasRef, GET_AGENT, GET_ALIAS, GET_BASE, LIST_AGENTS, LIST_ALIASES, LIST_BASES, LIST_SOURCES,
    read,
};
use crate::aws::error::CallError;
use crate::collect::Context;
use crate::collect::resources::{self, Listed};
use crate::collect::stages::Seen;
use crate::model::Arn;
use crate::model::id::IdError;

/// What a list gave: an item for each id. What has none is set aside by its name.
fn listed<I>(
    found: impl IntoIterator<Item = (String, String)>,
    failure: Option<CallError>,
    item: impl Fn(String) -> I,
) -> Listed<I> {
    let mut listed = Listed { seen: Seen { failure, ..Seen::default() }, ..Listed::default() };
    for (id, name) in found {
        if id.is_empty() {
            listed.seen.set_aside.push((name, "it has no id".to_owned()));
        } else {
            listed.items.push(item(id));
        }
    }
    listed
}

/// The ids of the agents.
pub(super) async fn agents(context: &Context, client: &Client) -> Listed<String> {
    let (answers, failure) = context
        .list(
            &LIST_AGENTS,
            |token| client.list_agents().max_results(PAGE).set_next_token(token).send(),
            |answer| (answer.agent_summaries, answer.next_token),
        )
        .await;
    let found = answers.into_iter().map(|it| (it.agent_id, format!("agent {:?}", it.agent_name)));
    listed(found, failure, |id| id)
}

/// What an agent is.
pub(super) async fn agent(
    context: &Context,
    client: &Client,
    id: &String,
) -> Result<Seen, CallError> {
    let answer = context.call(&GET_AGENT, || client.get_agent().agent_id(id).send()).await?;
    Ok(match answer.agent {
        Some(found) => read::agent(id, &found),
        None => Seen::aside(format!("agent {id:?}"), "AWS returned nothing about it"),
    })
}

/// The aliases of an agent.
pub(super) async fn aliases(
    context: &Context,
    client: &Client,
    agent: &String,
) -> Listed<AliasRef> {
    let (answers, failure) = context
        .list(
            &LIST_ALIASES,
            |token| {
                client
                    .list_agent_aliases()
                    .agent_id(agent)
                    .max_results(PAGE)
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.agent_alias_summaries, answer.next_token),
        )
        .await;
    let found = answers
        .into_iter()
        .map(|it| (it.agent_alias_id, format!("alias {:?} of agent {agent}", it.agent_alias_name)));
    listed(found, failure, |id| AliasRef { agent: agent.clone(), id })
}

/// What an alias is.
pub(super) async fn alias(
    context: &Context,
    client: &Client,
    alias: &AliasRef,
) -> Result<Seen, CallError> {
    let answer = context
        .call(&GET_ALIAS, || {
            client.get_agent_alias().agent_id(&alias.agent).agent_alias_id(&alias.id).send()
        })
        .await?;
    let what = || format!("alias {:?}", alias.key());
    Ok(match (answer.agent_alias, arn(context, "agent", &alias.agent)) {
        (Some(found), Ok(agent)) => read::alias(what, agent, &found),
        (None, _) => Seen::aside(what(), "AWS returned nothing about it"),
        (_, Err(error)) => Seen::aside(what(), error.to_string()),
    })
}

/// The ids of the knowledge bases.
pub(super) async fn bases(context: &Context, client: &Client) -> Listed<String> {
    let (answers, failure) = context
        .list(
            &LIST_BASES,
            |token| client.list_knowledge_bases().max_results(PAGE).set_next_token(token).send(),
            |answer| (answer.knowledge_base_summaries, answer.next_token),
        )
        .await;
    let found = answers
        .into_iter()
        .map(|it| (it.knowledge_base_id, format!("knowledge base {:?}", it.name)));
    listed(found, failure, |id| id)
}

/// What a knowledge base is.
pub(super) async fn base(
    context: &Context,
    client: &Client,
    id: &String,
) -> Result<Seen, CallError> {
    let answer = context
        .call(&GET_BASE, || client.get_knowledge_base().knowledge_base_id(id).send())
        .await?;
    Ok(match answer.knowledge_base {
        Some(found) => read::base(id, &found),
        None => Seen::aside(format!("knowledge base {id:?}"), "AWS returned nothing about it"),
    })
}

/// The data sources of a knowledge base.
pub(super) async fn sources(
    context: &Context,
    client: &Client,
    base: &String,
) -> Result<Seen, CallError> {
    let (answers, failure) = context
        .list(
            &LIST_SOURCES,
            |token| {
                client
                    .list_data_sources()
                    .knowledge_base_id(base)
                    .max_results(PAGE)
                    .set_next_token(token)
                    .send()
            },
            |answer| (answer.data_source_summaries, answer.next_token),
        )
        .await;
    let seen: Seen = match arn(context, "knowledge-base", base) {
        Ok(base) => answers.iter().map(|found| read::source(&base, found)).collect(),
        Err(error) => Seen::aside(format!("knowledge base {base:?}"), error.to_string()),
    };
    Ok(Seen { failure, ..seen })
}

/// The ARN of an agent or a knowledge base.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html>
fn arn(context: &Context, what: &str, id: &str) -> Result<Arn, IdError> {
    resources::arn(context, "bedrock", &format!("{what}/{id}"))
}
