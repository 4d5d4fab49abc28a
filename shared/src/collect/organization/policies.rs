//! Service control policies and resource control policies: which there are, what they say, and where
//! they are attached.

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{PolicySummary, PolicyType};

use super::{DESCRIBE_POLICY, DOCUMENTS, LIST_POLICIES, LIST_TARGETS, Look, POLICIES, TARGETS};
use crate::aws::error::{CallError, Fault};
use crate::collect::stages::{self, Seen};
use crate::collect::{Context, Interrupted};
use crate::model::Entity;
use crate::model::organization::{
    OrganizationPolicy, OrganizationPolicyDocument, OrganizationPolicyTargets, PolicyTarget,
};
use crate::model::policy::PolicyDocument;

/// The types of policy that decide who may do what.
const TYPES: [PolicyType; 2] =
    [PolicyType::ServiceControlPolicy, PolicyType::ResourceControlPolicy];

/// How an endpoint says that it has no policies of a type, or does not know the type: partitions get
/// new types late, and an organization may have them turned off.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPolicies.html>
const TYPE_NOT_HERE: &[&str] = &[
    "InvalidInputException",
    "PolicyTypeNotAvailableForOrganizationException",
    "PolicyTypeNotEnabledException",
    "UnsupportedAPIEndpointException",
    "UnsupportedPolicyTypeException",
];

impl Look<'_, '_> {
    /// The stages `policies`, `policy-documents` and `policy-targets`.
    pub(super) async fn policies(&mut self) -> Result<(), Interrupted> {
        let ids = self.summaries().await?;
        let context = self.context;
        if self.begin(DOCUMENTS) {
            let client = &self.client;
            stages::each(self.sink, &self.stages, DOCUMENTS, &ids, Clone::clone, |id| {
                document(context, client, id)
            })
            .await?;
            self.stages.end(self.sink, DOCUMENTS).await?;
        }
        if self.begin(TARGETS) {
            let client = &self.client;
            stages::each(self.sink, &self.stages, TARGETS, &ids, Clone::clone, |id| {
                targets(context, client, id)
            })
            .await?;
            self.stages.end(self.sink, TARGETS).await?;
        }
        Ok(())
    }

    async fn summaries(&mut self) -> Result<Vec<String>, Interrupted> {
        let told = self.stages.is_done(POLICIES);
        if (told && self.stages.is_done(TARGETS)) || (!told && !self.begin(POLICIES)) {
            return Ok(Vec::new());
        }
        let mut seen = Seen::default();
        let (mut ids, mut failures) = (Vec::new(), Vec::new());
        for kind in &TYPES {
            let (answers, failure) = self.of_type(kind).await;
            for answer in answers {
                if let Some(policy) = read(&answer, kind) {
                    ids.push(policy.id.clone());
                    seen.entities.push(Entity::OrganizationPolicy(policy));
                } else {
                    let what = answer.arn.unwrap_or_else(|| format!("a {kind}"));
                    seen.set_aside.push((what, "it has no id".to_owned()));
                }
            }
            match failure {
                Some(failure) if is_type_not_here(&failure) => {
                    let note = format!("no {kind} here: {}", failure.summary);
                    self.sink.note(POLICIES, note);
                }
                failure => failures.extend(failure),
            }
        }
        ids.sort();
        ids.dedup();
        if !told {
            for (what, reason) in std::mem::take(&mut seen.set_aside) {
                self.stages.set_aside(self.sink, POLICIES, &what, &reason);
            }
            seen.tell(self.sink, POLICIES);
        }
        // After what was seen: one type may be refused and the other not.
        for failure in failures {
            self.sink.failed(POLICIES, failure)?;
        }
        if !told {
            self.stages.end(self.sink, POLICIES).await?;
        }
        Ok(ids)
    }

    async fn of_type(&self, kind: &PolicyType) -> (Vec<PolicySummary>, Option<CallError>) {
        self.context
            .list(
                &LIST_POLICIES,
                |token| {
                    self.client.list_policies().filter(kind.clone()).set_next_token(token).send()
                },
                |answer| (answer.policies.unwrap_or_default(), answer.next_token),
            )
            .await
    }
}

fn is_type_not_here(failure: &CallError) -> bool {
    // A complaint about the input of a later page is one about its token, and has another fault.
    failure.fault == Fault::Other
        && failure.code.as_deref().is_some_and(|code| TYPE_NOT_HERE.contains(&code))
}

fn read(answer: &PolicySummary, kind: &PolicyType) -> Option<OrganizationPolicy> {
    Some(OrganizationPolicy {
        id: answer.id().filter(|id| !id.is_empty())?.to_owned(),
        arn: answer.arn().and_then(|arn| arn.parse().ok()),
        name: answer.name().unwrap_or_default().to_owned(),
        policy_type: answer.r#type().unwrap_or(kind).as_str().to_owned(),
        description: answer.description().unwrap_or_default().to_owned(),
        aws_managed: answer.aws_managed(),
    })
}

async fn document(context: &Context, client: &Client, id: &str) -> Result<Seen, CallError> {
    let answer =
        context.call(&DESCRIBE_POLICY, || client.describe_policy().policy_id(id).send()).await?;
    // Plain JSON, not percent-encoded as IAM's documents are.
    let text = answer.policy.and_then(|policy| policy.content).filter(|text| !text.is_empty());
    Ok(match text {
        Some(text) => Seen::one(Entity::OrganizationPolicyDocument(OrganizationPolicyDocument {
            policy: id.to_owned(),
            document: PolicyDocument(text),
        })),
        None => Seen::aside(id, "AWS returned no document for it"),
    })
}

async fn targets(context: &Context, client: &Client, id: &str) -> Result<Seen, CallError> {
    let (answers, failure) = context
        .list(
            &LIST_TARGETS,
            |token| client.list_targets_for_policy().policy_id(id).set_next_token(token).send(),
            |answer| (answer.targets.unwrap_or_default(), answer.next_token),
        )
        .await;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let mut seen = Seen::default();
    let mut targets = Vec::new();
    for answer in answers {
        let kind = answer.r#type().map(|kind| kind.as_str().to_owned()).unwrap_or_default();
        match answer.target_id.filter(|target| !target.is_empty()) {
            Some(id) => targets.push(PolicyTarget { id, kind }),
            None => seen.set_aside.push((format!("a target of {id}"), "it has no id".to_owned())),
        }
    }
    targets.sort();
    targets.dedup();
    seen.entities.push(Entity::OrganizationPolicyTargets(OrganizationPolicyTargets {
        policy: id.to_owned(),
        targets,
    }));
    Ok(seen)
}
