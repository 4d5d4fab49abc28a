//! Identity Center → its instances, the permission sets with all that is in them, and who is assigned.
//!
//! `DescribePermissionSet` says little of a set: policies, boundary, tags and accounts are a call each,
//! each with its own permission, hence a capability each. Sets are worked on in the order of their ARNs.
//!
//! <https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_Operations.html>

mod assignments;
mod parts;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_sdk_ssoadmin::Client;

use super::instances::Found;
use super::stages::{self, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::aws::error::{CallError, Fault};
use crate::model::identity_center::{Instance, InstanceReach};
use crate::model::{Arn, Entity, Kind, Unavailable};

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct PermissionSetsCollector;

const INSTANCES: &str = "instances";
const SETS: &str = "permission-sets";
const MANAGED: &str = "managed-policies";
const CUSTOMER: &str = "customer-policies";
const INLINE: &str = "inline-policies";
const BOUNDARIES: &str = "boundaries";
const TAGS: &str = "tags";
const PROVISIONING: &str = "provisioning";
const ASSIGNMENTS: &str = "assignments";

const LIST_INSTANCES: Call = call(
    "sso:ListInstances",
    INSTANCES,
    Tier::Two,
    "finds the instance of Identity Center",
    "permission sets and assignments altogether",
);
const LIST_SETS: Call = call(
    "sso:ListPermissionSets",
    SETS,
    Tier::Two,
    "lists the permission sets",
    "permission sets and assignments altogether",
);
const DESCRIBE_SET: Call = call(
    "sso:DescribePermissionSet",
    SETS,
    Tier::Two,
    "reads name, description and session duration of each set",
    "permission sets and assignments altogether",
);
const LIST_MANAGED: Call = call(
    "sso:ListManagedPoliciesInPermissionSet",
    MANAGED,
    Tier::Two,
    "finds the AWS-managed policies in each set",
    "what a set allows through AWS-managed policies",
);
const LIST_CUSTOMER: Call = call(
    "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
    CUSTOMER,
    Tier::Two,
    "finds the customer-managed policies that each set refers to",
    "what a set allows through customer-managed policies",
);
const GET_INLINE: Call = call(
    "sso:GetInlinePolicyForPermissionSet",
    INLINE,
    Tier::Two,
    "reads the inline policy of each set",
    "what a set allows by itself",
);
const GET_BOUNDARY: Call = call(
    "sso:GetPermissionsBoundaryForPermissionSet",
    BOUNDARIES,
    Tier::Two,
    "reads the permissions boundary of each set",
    "what limits a set",
);
const LIST_TAGS: Call = call(
    "sso:ListTagsForResource",
    TAGS,
    Tier::Two,
    "reads the tags of each set",
    "permission-set tags (owner)",
);
const LIST_PROVISIONED: Call = call(
    "sso:ListAccountsForProvisionedPermissionSet",
    PROVISIONING,
    Tier::Two,
    "finds the accounts that each set is provisioned to",
    "in which accounts a set works; the assignments",
);
const LIST_ASSIGNMENTS: Call = call(
    "sso:ListAccountAssignments",
    ASSIGNMENTS,
    Tier::Two,
    "finds who holds each set in each account",
    "who can reach which account",
);

const CALLS: &[Call] = &[
    LIST_INSTANCES,
    LIST_SETS,
    DESCRIBE_SET,
    LIST_MANAGED,
    LIST_CUSTOMER,
    GET_INLINE,
    GET_BOUNDARY,
    LIST_TAGS,
    LIST_PROVISIONED,
    LIST_ASSIGNMENTS,
];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(INSTANCES, &[Kind::Instance], None),
    capability(SETS, &[Kind::PermissionSet], Some(INSTANCES)),
    capability(MANAGED, &[Kind::PermissionSetManagedPolicies], Some(SETS)),
    capability(CUSTOMER, &[Kind::PermissionSetCustomerPolicies], Some(SETS)),
    capability(INLINE, &[Kind::PermissionSetInlinePolicy], Some(SETS)),
    capability(BOUNDARIES, &[Kind::PermissionSetBoundary], Some(SETS)),
    capability(TAGS, &[Kind::PermissionSetTags], Some(SETS)),
    capability(PROVISIONING, &[Kind::PermissionSetProvisioning], Some(SETS)),
    capability(ASSIGNMENTS, &[Kind::Assignment], Some(PROVISIONING)),
];

#[async_trait]
impl Staged for PermissionSetsCollector {
    type Client = Client;

    const NAME: &'static str = "permission-sets";
    const PLACE: Place = Place::IdentityCenter;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        context.session.sso_admin(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let instances = Box::pin(look.instances_with_sets()).await?;
        let sets = Box::pin(look.sets(&instances)).await?;
        Box::pin(look.parts(&sets)).await?;
        let provisioned = Box::pin(look.provisioning(&sets)).await?;
        Box::pin(look.assignments(&sets, provisioned)).await
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

/// A permission set and the instance that it is asked through.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SetRef {
    arn: Arn,
    instance: Arn,
}

impl SetRef {
    fn key(&self) -> String {
        self.arn.to_string()
    }
}

impl Look<'_, '_> {
    /// The stage `instances`; returns those that may have permission sets.
    async fn instances_with_sets(&mut self) -> Result<Vec<Instance>, Interrupted> {
        let entity = |found: &Found| Some(Entity::Instance(found.instance.clone()));
        let found = self.instances(INSTANCES, &LIST_INSTANCES, entity).await?;
        Ok(self.with_sets(found))
    }

    /// The instances that have permission sets to show here; if there is none, that is told.
    fn with_sets(&mut self, found: Vec<Found>) -> Vec<Instance> {
        let here = self.context.region.as_str();
        let any = !found.is_empty();
        let organizations: Vec<Found> = found
            .into_iter()
            .filter(|found| found.instance.reach != InstanceReach::Account)
            .collect();
        let elsewhere = organizations.iter().find(|found| !found.is_home(here));
        let why = match elsewhere.and_then(|found| found.home.as_deref()) {
            Some(home) => format!(
                "Identity Center shows permission sets in its home region {home} only, not in \
                 {here}: give --identity-center-region {home}"
            ),
            None => no_organization_instance(here),
        };
        let instances: Vec<Instance> = organizations
            .into_iter()
            .filter(|found| found.is_home(here))
            .map(|found| found.instance)
            .collect();
        if any && instances.is_empty() {
            self.stages.unavailable(self.sink, SETS, &Unavailable::ServiceOff(why));
        }
        instances
    }

    /// The stage `permission-sets`; returns the sets for the stages that start from them.
    async fn sets(&mut self, instances: &[Instance]) -> Result<Vec<SetRef>, Interrupted> {
        let told = self.stages.is_done(SETS);
        if !told && !self.stages.begin(self.sink, SETS) {
            return Ok(Vec::new());
        }
        let (mut sets, failures) = self.listed(instances).await;
        if !told {
            let (context, client) = (self.context, &self.client);
            let describe = |set| parts::describe(context, client, set);
            let gone =
                stages::each(self.sink, &self.stages, SETS, &sets, SetRef::key, describe).await?;
            sets.retain(|set| !gone.contains(&set.key()));
        }
        // After what was seen: a list that breaks off is partial, one that is refused at once denied.
        for failure in failures {
            self.sink.failed(SETS, failure)?;
        }
        if !told {
            self.stages.end(self.sink, SETS).await?;
        }
        Ok(sets)
    }

    /// The sets that the context's focus names, without asking for a list: each is in the instance whose id its ARN
    /// has (`…:permissionSet/INSTANCE/SET`).
    fn named(&self, instances: &[Instance]) -> Option<Vec<SetRef>> {
        let focus = self.context.focus().filter(|focus| focus.names().is_some())?;
        let mut sets = Vec::new();
        for name in focus.after("") {
            let [kind, id, set] = name.splitn(4, '/').take(3).collect::<Vec<_>>()[..] else {
                continue;
            };
            let of = |it: &&Instance| it.arn.name() == id;
            let instance = instances.iter().find(of);
            let arn = format!("{kind}/{id}/{set}").parse();
            if let (Some(instance), Ok(arn)) = (instance, arn) {
                sets.push(SetRef { arn, instance: instance.arn.clone() });
            }
        }
        sets.sort_by_cached_key(SetRef::key);
        sets.dedup();
        Some(sets)
    }

    /// The sets of all instances, ordered by ARN, and what ended a list early.
    async fn listed(&mut self, instances: &[Instance]) -> (Vec<SetRef>, Vec<CallError>) {
        if let Some(named) = self.named(instances) {
            return (named, Vec::new());
        }
        let mut sets = Vec::new();
        let mut failures = Vec::new();
        let mut without = 0;
        for instance in instances {
            let (answers, failure) = self
                .context
                .list(
                    &LIST_SETS,
                    |token| {
                        self.client
                            .list_permission_sets()
                            .instance_arn(instance.arn.as_str())
                            .set_next_token(token)
                            .send()
                    },
                    |answer| (answer.permission_sets.unwrap_or_default(), answer.next_token),
                )
                .await;
            match failure {
                Some(failure) if is_account_instance(instance, &failure) => {
                    let note = format!("{} has no permission sets: {failure}", instance.arn);
                    self.sink.note(SETS, note);
                    without += 1;
                }
                failure => failures.extend(failure),
            }
            for answer in answers {
                match answer.parse() {
                    Ok(arn) => sets.push(SetRef { arn, instance: instance.arn.clone() }),
                    Err(error) if !self.stages.is_begun(SETS) => {
                        self.stages.set_aside(self.sink, SETS, &answer, &error.to_string());
                    }
                    Err(_) => {}
                }
            }
        }
        sets.sort_by_cached_key(SetRef::key);
        sets.dedup();
        if without > 0 && without == instances.len() {
            let why = no_organization_instance(self.context.region.as_str());
            self.stages.unavailable(self.sink, SETS, &Unavailable::ServiceOff(why));
        }
        (sets, failures)
    }
}

/// What is told where every instance is an account's own.
fn no_organization_instance(here: &str) -> String {
    format!(
        "no organization instance of Identity Center in {here}, only an account's own, which has no \
         permission sets"
    )
}

/// An instance of an account's own answers calls for permission sets as invalid. That it is one is known
/// beforehand only where the management account is.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/identity-center-instances.html>
fn is_account_instance(instance: &Instance, failure: &CallError) -> bool {
    instance.reach == InstanceReach::Unknown
        && failure.fault == Fault::Other
        && failure.code.as_deref() == Some("ValidationException")
}
