//! What there is in accounts of what setting up makes, under whatever name: two pictures tell whether it left anything.

use std::collections::BTreeSet;
use std::error::Error;

use crate::aws::session::{Session, Sessions};
use crate::model::{AccountId, Region};
use crate::port::setup::CloudError;

/// Roles, stacks, StackSets, event buses, rules and queues of accounts and regions, each as a line.
///
/// # Errors
///
/// If an account cannot be entered, or a call fails.
pub async fn picture(
    sessions: &Sessions,
    accounts: &[AccountId],
    regions: &BTreeSet<Region>,
) -> Result<BTreeSet<String>, CloudError> {
    let mut found = BTreeSet::new();
    for account in accounts {
        let session = sessions.session(account).await;
        let session = session.map_err(|error| failed("sts:AssumeRole", error))?;
        found.extend(roles(&session).await?);
        for region in regions {
            let here = in_region(&session, region).await?;
            found.extend(here.into_iter().map(|it| format!("{account} {region} {it}")));
        }
    }
    Ok(found)
}

fn failed(action: &'static str, source: impl Error + Send + Sync + 'static) -> CloudError {
    CloudError::Failed { action, source: source.into() }
}

async fn roles(session: &Session) -> Result<Vec<String>, CloudError> {
    let mut pages = session.iam(&Region::global()).list_roles().into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(role) = pages.next().await {
        let role = role.map_err(|error| failed("iam:ListRoles", error))?;
        found.push(format!("{} role {}", session.account(), role.role_name()));
    }
    Ok(found)
}

async fn in_region(session: &Session, region: &Region) -> Result<Vec<String>, CloudError> {
    let mut found = stacks(session, region).await?;
    found.extend(rules(session, region).await?);
    let queues = session.sqs(region).list_queues().send().await;
    let queues = queues.map_err(|error| failed("sqs:ListQueues", error))?;
    let names = queues.queue_urls().iter().filter_map(|url| url.rsplit('/').next());
    found.extend(names.map(|name| format!("queue {name}")));
    Ok(found)
}

async fn stacks(session: &Session, region: &Region) -> Result<Vec<String>, CloudError> {
    let client = session.cloudformation(region);
    let stacks = client.describe_stacks().send().await;
    let stacks = stacks.map_err(|error| failed("cloudformation:DescribeStacks", error))?;
    let sets = client.list_stack_sets().send().await;
    let sets = sets.map_err(|error| failed("cloudformation:ListStackSets", error))?;
    let names = stacks.stacks().iter().filter_map(|stack| stack.stack_name());
    let stacks = names.map(|name| format!("stack {name}"));
    let active = sets
        .summaries()
        .iter()
        .filter(|set| set.status().is_none_or(|status| status.as_str() == "ACTIVE"));
    let names = active.filter_map(|set| set.stack_set_name());
    Ok(stacks.chain(names.map(|name| format!("StackSet {name}"))).collect())
}

async fn rules(session: &Session, region: &Region) -> Result<Vec<String>, CloudError> {
    let client = session.event_bridge(region);
    let buses = client.list_event_buses().send().await;
    let buses = buses.map_err(|error| failed("events:ListEventBuses", error))?;
    let mut found = Vec::new();
    for bus in buses.event_buses().iter().filter_map(|bus| bus.name()) {
        found.push(format!("event bus {bus}"));
        let rules = client.list_rules().event_bus_name(bus).send().await;
        let rules = rules.map_err(|error| failed("events:ListRules", error))?;
        let names = rules.rules().iter().filter_map(|rule| rule.name());
        found.extend(names.map(|name| format!("rule {name} of {bus}")));
    }
    Ok(found)
}
