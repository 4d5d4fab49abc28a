//! One event over the ports: what there is to do is planned or gone on with, and ends as an answer or as another turn.
//! Whatever fails here is an answer, too.

use std::collections::BTreeMap;
use std::error::Error;

use super::{After, Answer, Decision, Event, RequestType};
use crate::model::{Region, Timestamp};
use crate::port::Clock;
use crate::port::setup::{Cloud, CloudError, SetupRunState, SetupStore};
use crate::setup::facts::Facts;
use crate::setup::machine::{Machine, RESOURCE, SetupError, Turn};
use crate::setup::names;
use crate::setup::plan::{self, Purpose};
use crate::setup::wanted::Wanted;

/// What an event is worked on with.
#[derive(Clone, Copy, Debug)]
pub struct Means<'a> {
    /// AWS.
    pub cloud: &'a dyn Cloud,
    /// The state of setting up.
    pub store: &'a dyn SetupStore,
    /// The time.
    pub clock: &'a dyn Clock,
    /// Where the hub is.
    pub region: &'a Region,
    /// Who we are: the request of Lambda, or the event's own id.
    pub owner: &'a str,
    /// The external id ([`crate::setup::machine::external_id`]).
    pub external_id: &'a str,
}

/// One turn of an event that came at `began`. The same event may be driven again, by this process or the next: it goes
/// on, and once it is done it is answered the same.
pub async fn drive(event: &Event, means: Means<'_>, began: Timestamp) -> After {
    let (purpose, wanted) = match event.decide(means.external_id) {
        Decision::Run { purpose, wanted } => (purpose, wanted),
        Decision::Refuse(reason) => return After::Answer(event.failure(&reason)),
    };
    let taken = match not_ours(event, means, &wanted).await {
        Ok(Some(answer)) => return After::Answer(answer),
        Ok(None) => turn(means, purpose, &wanted).await,
        Err(error) => Err(error),
    };
    let turn = match taken {
        Ok(turn) => turn,
        Err(SetupError::Held { owner, .. }) => {
            let (step, what) = ("the right to set up".to_owned(), format!("{owner} has it"));
            Turn::Waiting { step, what }
        }
        Err(error) if is_passing(&error) => {
            Turn::Waiting { step: "a passing fault".to_owned(), what: chain(&error) }
        }
        Err(error) => return After::Answer(event.failure(&chain(&error))),
    };
    event.after(&turn, began, means.clock.now())
}

/// The answer to an event of a resource that is not the one that sets up; nothing where it is, which it becomes with its
/// creation. CloudFormation deletes what it could not create: so nothing is removed but by the resource that set it up.
async fn not_ours(
    event: &Event,
    means: Means<'_>,
    wanted: &Wanted,
) -> Result<Option<Answer>, SetupError> {
    let (own, store) = (event.physical_id(), means.store);
    let mut known = store.kept().await?.remove(RESOURCE);
    if event.request_type == RequestType::Delete {
        return Ok((known.as_ref() != Some(&own)).then(|| event.success(&BTreeMap::new())));
    }
    if known.is_none() {
        if event.request_type == RequestType::Create && is_set_up(means, wanted).await? {
            let reason = "this organization is set up already, without a custom resource: upgrade it as it was set up, \
                          or remove it there first (accesstrail setup destroy)";
            return Ok(Some(event.failure(reason)));
        }
        known = Some(store.keep_once(RESOURCE, &own).await?);
    }
    Ok(known.filter(|known| *known != own).map(|other| {
        event.failure(&format!(
            "this organization is set up by another resource ({other}), and there is one for each hub: delete that one, \
             or where it is gone, have the function destroy what it set up"
        ))
    }))
}

/// Whether anybody has set up, or begun to: with the same state or, from a command line, with one of their own.
async fn is_set_up(means: Means<'_>, wanted: &Wanted) -> Result<bool, SetupError> {
    let Means { cloud, store, region, .. } = means;
    if let Some(run) = store.setup_run().await?
        && plan::read(&run.plan)?.0.purpose == Purpose::Deploy
    {
        return Ok(true);
    }
    let facts = Facts::find(cloud, region, wanted, store.kept().await?).await?;
    let stacks = facts.stacks.values().map(|stack| &stack.tags);
    let sets = facts.sets.values().map(|found| &found.set.tags);
    Ok(stacks.chain(sets).any(names::are_ours))
}

async fn turn(means: Means<'_>, purpose: Purpose, wanted: &Wanted) -> Result<Turn, SetupError> {
    let Means { cloud, store, clock, region, owner, .. } = means;
    let machine = Machine::new(cloud, store, clock, owner);
    let open = store.setup_run().await?.filter(|run| run.state == SetupRunState::Open);
    if let Some(run) = open {
        let (plan, _) = plan::read(&run.plan)?;
        if plan.purpose == purpose && plan.wanted == *wanted {
            let begun = machine.begin(&run.plan).await?;
            return machine.turn(&begun).await;
        }
        // CloudFormation has given that one up, or it would not want another.
        machine.abandon("a newer event of CloudFormation wants otherwise").await?;
    }
    let facts = Facts::find(cloud, region, wanted, store.kept().await?).await?;
    let (file, _) = plan::write(&plan::plan(purpose, &facts, wanted)?)?;
    let begun = machine.begin(&file).await?;
    machine.turn(&begun).await
}

/// Whether the same may succeed later.
fn is_passing(error: &SetupError) -> bool {
    match error {
        SetupError::Cloud(error) => matches!(error, CloudError::Busy { .. }),
        SetupError::Store(error) => error.is_passing(),
        _ => false,
    }
}

/// An error with its causes, as one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.extend([": ", source.to_string().as_str()]);
        cause = source.source();
    }
    text
}

#[cfg(test)]
mod tests;
