//! What IAM would say to actions that could not be tried: `SimulatePrincipalPolicy`.
//!
//! It knows identity policies, the boundary and service control policies, and neither resource policies nor the
//! conditions of a real call. So its word counts only where there is no other.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{
    EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail,
    PolicyEvaluationDecisionType as Decision,
};

use super::super::Context;
use super::super::context::Next;
use super::super::needs::SIMULATE;
use crate::aws::error::CallError;
use crate::model::{Arn, Authority};
use crate::permission::reference;

/// What stands for any name in an ARN that is asked about.
const ANY_NAME: &str = "accesstrail";

/// What IAM would say to each of these actions; an action is missing where it did not say. `None` stands for yes.
pub(super) async fn simulate(
    context: &Context,
    principal: &Arn,
    actions: &BTreeSet<&'static str>,
) -> Result<BTreeMap<String, Option<Authority>>, CallError> {
    let mut by_resources: BTreeMap<Vec<String>, Vec<&str>> = BTreeMap::new();
    for action in actions {
        by_resources.entry(resources(context, action)).or_default().push(action);
    }
    let client = context.session.iam(&context.region);
    let mut said = BTreeMap::new();
    for (resources, actions) in by_resources {
        let resources = (!resources.is_empty()).then_some(resources);
        let (results, failure) = context
            .list(
                &SIMULATE,
                |marker| {
                    client
                        .simulate_principal_policy()
                        .policy_source_arn(principal.as_str())
                        .set_action_names(Some(
                            actions.iter().map(|&name| name.to_owned()).collect(),
                        ))
                        .set_resource_arns(resources.clone())
                        .set_marker(marker)
                        .send()
                },
                |answer| {
                    let next = Next::truncated(answer.is_truncated, answer.marker);
                    (answer.evaluation_results.unwrap_or_default(), next)
                },
            )
            .await;
        if let Some(failure) = failure {
            return Err(failure);
        }
        for result in results {
            let verdict = verdict(&result);
            // An action that several types of resource can narrow is allowed where it is on one of them.
            said.entry(result.eval_action_name)
                .and_modify(|known: &mut Option<Authority>| *known = known.and(verdict))
                .or_insert(verdict);
        }
    }
    Ok(said)
}

/// Resources of the account that an action can be narrowed to, of names that nobody has: a policy that names
/// single resources is not said to allow all of them.
fn resources(context: &Context, action: &str) -> Vec<String> {
    let Some(entry) = reference::find(action) else { return Vec::new() };
    let (partition, account) =
        (context.session.partition().to_string(), context.account().as_str());
    let concrete = |arn: String| {
        let mut parts: Vec<String> = arn.splitn(6, ':').map(str::to_owned).collect();
        for (part, name) in parts.iter_mut().zip(["", "", "", "us-east-1", account, ANY_NAME]) {
            *part = part.replace('*', name);
        }
        parts.join(":")
    };
    entry.resources.iter().map(|pattern| concrete(pattern.with(&partition, account))).collect()
}

/// Who would deny it; `None` where it would be allowed.
fn verdict(result: &EvaluationResult) -> Option<Authority> {
    if *result.eval_decision() == Decision::Allowed {
        return None;
    }
    let outvoted = |allowed: Option<bool>| allowed == Some(false);
    let organization = result
        .organizations_decision_detail()
        .map(OrganizationsDecisionDetail::allowed_by_organizations);
    let boundary = result
        .permissions_boundary_decision_detail()
        .map(PermissionsBoundaryDecisionDetail::allowed_by_permissions_boundary);
    Some(if outvoted(organization) {
        Authority::Scp
    } else if outvoted(boundary) {
        Authority::Boundary
    } else {
        Authority::Identity
    })
}
