//! One stack: created, updated, deleted. Two never exist, because the name is fixed and what is there is looked at
//! before each call.

use super::super::names::{self, Template};
use super::super::plan::{Target, Version, deployed};
use super::super::wanted::Parameters;
use super::{Broken, Next, Work};
use crate::port::setup::{CloudError, Place, Stack, StackOrder};

pub(super) async fn advance(work: &mut Work<'_>) -> Result<Next, Broken> {
    let Target::Stack { place, name, template, parameters } = &work.step.target else {
        return Ok(Next::Done);
    };
    match template {
        Some(version) => wanted(work, place, name, version, parameters).await,
        None => unwanted(work, place, name).await,
    }
}

async fn wanted(
    work: &mut Work<'_>,
    place: &Place,
    name: &str,
    version: &Version,
    parameters: &Parameters,
) -> Result<Next, Broken> {
    if let Some(problem) = outdated(version) {
        return Ok(Next::Failed(vec![problem]));
    }
    let order = order(place, name, version.template, parameters);
    let Some(stack) = work.cloud.stack(place, name).await? else {
        work.store.keep_once(&deployed(place, name), "yes").await?;
        let token = work.begin("create").await?;
        return started(work.cloud.create_stack(&order, &token).await, name);
    };
    if !names::are_ours(&stack.tags) {
        return Ok(Next::Failed(vec![format!("stack {name} in {place} is not accesstrail's")]));
    }
    if stack.status.is_busy() {
        return Ok(Next::Waiting(format!("stack {name} in {place}: {}", stack.status.0)));
    }
    if stack.status.is_stillborn() || stack.status.is_stuck() {
        // One of an attempt before this run: it can only be deleted, and then is created anew.
        if work.was_begun("create") {
            return Ok(Next::Failed(vec![why(&stack, place, name)]));
        }
        let token = work.begin("clear").await?;
        work.cloud.delete_stack(place, name, &token).await?;
        return Ok(Next::Waiting(format!("stack {name} in {place} is cleared away")));
    }
    if stack.template == version.hash && stack.parameters == *parameters {
        return Ok(Next::Done);
    }
    let was_begun = work.was_begun("update");
    let token = work.begin("update").await?;
    match work.cloud.update_stack(&order, &token).await {
        // Made before, and the stack still is not what was wanted: it was rolled back.
        Err(CloudError::Repeated) if was_begun => Ok(Next::Failed(vec![why(&stack, place, name)])),
        Err(CloudError::Unchanged) => Ok(Next::Done),
        other => started(other, name),
    }
}

async fn unwanted(work: &mut Work<'_>, place: &Place, name: &str) -> Result<Next, Broken> {
    let Some(stack) = work.cloud.stack(place, name).await? else {
        work.store.forget(&deployed(place, name)).await?;
        return Ok(Next::Done);
    };
    if !names::are_ours(&stack.tags) {
        return Ok(Next::Failed(vec![format!("stack {name} in {place} is not accesstrail's")]));
    }
    if stack.status.is_busy() {
        return Ok(Next::Waiting(format!("stack {name} in {place}: {}", stack.status.0)));
    }
    if stack.status.is_stuck() && work.was_begun("delete") {
        return Ok(Next::Failed(vec![why(&stack, place, name)]));
    }
    let token = work.begin("delete").await?;
    work.cloud.delete_stack(place, name, &token).await?;
    Ok(Next::Waiting(format!("stack {name} in {place} is deleted")))
}

/// The order for a stack as it is wanted.
fn order(place: &Place, name: &str, template: Template, parameters: &Parameters) -> StackOrder {
    StackOrder {
        place: place.clone(),
        name: name.to_owned(),
        template: template.text().to_owned(),
        parameters: parameters.clone(),
        tags: names::tags(),
    }
}

/// A plan that another build made is not applied by this one: it would deploy what nobody read.
pub(super) fn outdated(version: &Version) -> Option<String> {
    let file = version.template.file();
    (version.template.hash() != version.hash)
        .then(|| format!("{file} is another one than when the plan was made: make a new plan"))
}

/// A call that starts something was made, now or before.
fn started(answer: Result<(), CloudError>, name: &str) -> Result<Next, Broken> {
    match answer {
        Ok(()) | Err(CloudError::Repeated | CloudError::Exists) => {
            Ok(Next::Waiting(format!("stack {name} is under way")))
        }
        Err(error) => Err(error.into()),
    }
}

fn why(stack: &Stack, place: &Place, name: &str) -> String {
    let reason = stack.reason.as_deref().unwrap_or("CloudFormation says no reason");
    format!("stack {name} in {place} ended as {}: {reason}", stack.status.0)
}
