//! A StackSet and its instances. Operations have an id that is made of run and step: to start one again is to start
//! nothing.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html>

use std::collections::BTreeSet;

use super::super::names;
use super::super::plan::{Target, Verb, Version};
use super::super::wanted::Parameters;
use super::stack::outdated;
use super::{Broken, Next, Work};
use crate::model::Region;
use crate::port::setup::{
    CloudError, InstanceFailure, Model, OperationState, StackSetOrder, Targets,
};

pub(super) async fn advance(work: &mut Work<'_>) -> Result<Next, Broken> {
    let Target::Set { name, template, parameters, model, auto_deployment } = &work.step.target
    else {
        return Ok(Next::Done);
    };
    let Some(version) = template else {
        return unwanted(work, name).await;
    };
    if let Some(problem) = outdated(version) {
        return Ok(Next::Failed(vec![problem]));
    }
    let order = order(work, name, version, parameters, model, *auto_deployment);
    let Some(set) = work.cloud.stack_set(name).await? else {
        let token = work.begin("create").await?;
        return match work.cloud.create_stack_set(&order, &token).await {
            Ok(()) | Err(CloudError::Exists | CloudError::Repeated) => {
                Ok(Next::Waiting(format!("StackSet {name} is created")))
            }
            Err(error) => Err(error.into()),
        };
    };
    if !names::are_ours(&set.tags) {
        return Ok(Next::Failed(vec![format!("StackSet {name} is not accesstrail's")]));
    }
    let is_as_wanted = set.template == version.hash
        && set.parameters == *parameters
        && set.auto_deployment == *auto_deployment;
    if is_as_wanted && !work.was_begun("update") {
        return Ok(Next::Done);
    }
    let operation = work.begin("update").await?;
    match work.cloud.operation(name, &operation).await? {
        Some(found) => Ok(ended(work, name, found.state, &found.failures)),
        None => match work.cloud.update_stack_set(&order, &operation).await {
            Ok(()) | Err(CloudError::Repeated) => {
                Ok(Next::Waiting(format!("StackSet {name} is updated")))
            }
            Err(error) => Err(error.into()),
        },
    }
}

async fn unwanted(work: &mut Work<'_>, name: &str) -> Result<Next, Broken> {
    let Some(set) = work.cloud.stack_set(name).await? else { return Ok(Next::Done) };
    if !names::are_ours(&set.tags) {
        return Ok(Next::Failed(vec![format!("StackSet {name} is not accesstrail's")]));
    }
    let left = work.cloud.instances(name).await?;
    if !left.is_empty() {
        let mut problems: Vec<String> =
            left.iter().map(|each| format!("{name} is still in {}", each.place)).collect();
        problems.push(
            "an account joined meanwhile, or its instance could not be deleted: plan again"
                .to_owned(),
        );
        return Ok(Next::Failed(problems));
    }
    work.begin("delete").await?;
    match work.cloud.delete_stack_set(name).await {
        Ok(()) | Err(CloudError::Missing) => Ok(Next::Done),
        Err(error) => Err(error.into()),
    }
}

fn order(
    work: &Work<'_>,
    name: &str,
    version: &Version,
    parameters: &Parameters,
    model: &Model,
    auto_deployment: bool,
) -> StackSetOrder {
    StackSetOrder {
        name: name.to_owned(),
        template: version.template.text().to_owned(),
        description: "Deployed by accesstrail; see accesstrail setup status".to_owned(),
        parameters: parameters.clone(),
        tags: names::tags(),
        model: model.clone(),
        auto_deployment,
        preferences: work.plan.wanted.preferences,
    }
}

pub(super) async fn advance_instances(work: &mut Work<'_>) -> Result<Next, Broken> {
    let Target::Instances { set, targets, regions, retain } = &work.step.target else {
        return Ok(Next::Done);
    };
    let goes = work.step.verb == Verb::Delete;
    if goes && work.cloud.stack_set(set).await?.is_none() {
        return Ok(Next::Done);
    }
    let operation = work.begin(if goes { "delete" } else { "create" }).await?;
    if let Some(found) = work.cloud.operation(set, &operation).await? {
        return Ok(ended(work, set, found.state, &found.failures));
    }
    let started = start(work, set, targets, regions, *retain, &operation).await;
    match started {
        Ok(()) | Err(CloudError::Repeated) => {
            Ok(Next::Waiting(format!("{}: {set}", work.step.verb.word())))
        }
        // There are none, and none are wanted.
        Err(CloudError::Missing) if goes => Ok(Next::Done),
        Err(error) => Err(error.into()),
    }
}

async fn start(
    work: &Work<'_>,
    set: &str,
    targets: &Targets,
    regions: &BTreeSet<Region>,
    retain: bool,
    operation: &str,
) -> Result<(), CloudError> {
    let preferences = &work.plan.wanted.preferences;
    if work.step.verb == Verb::Delete {
        work.cloud.delete_instances(set, targets, regions, retain, operation).await
    } else {
        work.cloud.create_instances(set, targets, regions, preferences, operation).await
    }
}

/// What an operation came to. One that failed nowhere more often than may still names where it did.
fn ended(
    work: &mut Work<'_>,
    set: &str,
    state: OperationState,
    failures: &[InstanceFailure],
) -> Next {
    // A suspended account is skipped, and no failure of anything: plan and status name it.
    let told: Vec<String> = failures
        .iter()
        .filter(|failure| failure.detail != "SKIPPED_SUSPENDED_ACCOUNT")
        .map(|failure| told(set, failure))
        .collect();
    match state {
        OperationState::Running => Next::Waiting(format!("{set}: the operation runs")),
        OperationState::Succeeded => {
            work.record.notes = told;
            Next::Done
        }
        OperationState::Failed => Next::Failed(or_else(told, set, "failed")),
        OperationState::Stopped => Next::Failed(or_else(told, set, "was stopped by somebody")),
    }
}

fn or_else(told: Vec<String>, set: &str, what: &str) -> Vec<String> {
    if told.is_empty() { vec![format!("the operation on {set} {what}")] } else { told }
}

/// Where an instance failed, why, and what to do.
pub(crate) fn told(set: &str, failure: &InstanceFailure) -> String {
    let InstanceFailure { place, detail, reason } = failure;
    let todo = match detail.as_str() {
        "CANCELLED" => "too many others failed first: repair those and plan again",
        _ if reason.contains("AccessDenied") || reason.contains("not authorized") => {
            "allow CloudFormation there what the reason names (a service control policy, or the execution role)"
        }
        _ if reason.contains("AlreadyExists") || reason.contains("already exists") => {
            "something there has the name already: remove it and plan again"
        }
        _ => "repair the reason and plan again",
    };
    let reason = if reason.is_empty() { "no reason is given" } else { reason };
    format!("{set} in {place}: {detail}, {reason}: {todo}")
}
