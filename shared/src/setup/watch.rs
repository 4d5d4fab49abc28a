//! Watching what was set up: what is not as it was set up, each time somebody looks, and a look for what was changed other
//! than by CloudFormation: a rule that was disabled, a policy of a queue, a role that was edited. CloudFormation compares
//! for some minutes; the next time sees what it found.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html>

use super::facts::Facts;
use super::machine::{self, SetupError};
use super::status::{Finding, Topic, status};
use crate::model::{Region, Timestamp};
use crate::port::setup::{Cloud, CloudError, SetupRunState, SetupStore};

/// What the operations that look for drift are called.
const OPERATION: &str = "accesstrail-watch";

/// Everything that is not as it was set up, sorted; `None` where nothing is set up. Each stack and StackSet that is there
/// is looked at for drift anew, unless a plan is being applied.
///
/// # Errors
///
/// When AWS or the store does not say what there is. What cannot be looked at for drift is a finding.
pub async fn watch(
    cloud: &dyn Cloud,
    store: &dyn SetupStore,
    region: &Region,
    now: Timestamp,
) -> Result<Option<Vec<Finding>>, SetupError> {
    let Some(wanted) = machine::last_wanted(store).await? else { return Ok(None) };
    let facts = Facts::find(cloud, region, &wanted, store.kept().await?).await?;
    let run = store.setup_run().await?;
    let mut findings = status(&facts, &wanted, run.as_ref()).findings;
    if run.is_none_or(|run| run.state != SetupRunState::Open) {
        findings.extend(look_for_drift(cloud, &facts, now).await);
        findings.sort();
    }
    Ok(Some(findings))
}

/// Starts to look for drift in everything that is there; a finding for each that cannot be looked at.
pub async fn look_for_drift(cloud: &dyn Cloud, facts: &Facts, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    for ((place, name), stack) in &facts.stacks {
        // CloudFormation compares none that is being changed, or that never was.
        if stack.status.is_usable() {
            let started = cloud.detect_stack_drift(place, name).await;
            findings.extend(unknown(&format!("stack {name} in {place}"), started));
        }
    }
    for name in facts.sets.keys() {
        let operation = format!("{OPERATION}-{}", now.as_second());
        let started = cloud.detect_drift(name, &operation).await;
        findings.extend(unknown(&format!("StackSet {name}"), started));
    }
    findings
}

/// What keeps something from being looked at, unless somebody is at it already or it is gone.
fn unknown(about: &str, started: Result<(), CloudError>) -> Option<Finding> {
    let error = match started {
        Ok(()) | Err(CloudError::Occupied | CloudError::Repeated | CloudError::Missing) => {
            return None;
        }
        Err(error) => error,
    };
    let what = format!("whether somebody changed {about} is not known: {error}");
    let fix = "allow it, and look again".to_owned();
    Some(Finding { topic: Topic::Unknown, what, fix })
}
