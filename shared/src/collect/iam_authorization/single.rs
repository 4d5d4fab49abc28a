//! One user, group, role or policy at a time: what an event touched. The answers are put together as the pages of
//! authorization details have them, so that the same reader makes the same entity of both.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>

use std::collections::BTreeSet;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{
    GroupDetail, ManagedPolicyDetail, Policy, PolicyDetail, PolicyVersion, RoleDetail, UserDetail,
};

use super::page::Details;
use super::{CAPABILITY, DETAILS, see_details};
use crate::aws::error::{CallError, Fault};
use crate::collect::context::Next;
use crate::collect::stages::AT_ONCE;
use crate::collect::{Call, Context, Interrupted, Sink, Tier, When};
use crate::model::{AccountId, Arn, Entity};

const fn call(action: &'static str, why: &'static str) -> Call {
    Call {
        action,
        capability: CAPABILITY,
        tier: Tier::One,
        when: When::Event,
        why,
        lost: "changes of users, groups, roles and policies between two runs",
    }
}

const GET_USER: Call = call("iam:GetUser", "reads a user that an event touched");
const LIST_USER_POLICIES: Call =
    call("iam:ListUserPolicies", "finds the inline policies of a user that an event touched");
const GET_USER_POLICY: Call =
    call("iam:GetUserPolicy", "reads an inline policy of a user that an event touched");
const LIST_USER_ATTACHED: Call = call(
    "iam:ListAttachedUserPolicies",
    "finds the policies attached to a user that an event touched",
);
const LIST_USER_GROUPS: Call =
    call("iam:ListGroupsForUser", "finds the groups of a user that an event touched");
const GET_GROUP: Call = call("iam:GetGroup", "reads a group that an event touched");
const LIST_GROUP_POLICIES: Call =
    call("iam:ListGroupPolicies", "finds the inline policies of a group that an event touched");
const GET_GROUP_POLICY: Call =
    call("iam:GetGroupPolicy", "reads an inline policy of a group that an event touched");
const LIST_GROUP_ATTACHED: Call = call(
    "iam:ListAttachedGroupPolicies",
    "finds the policies attached to a group that an event touched",
);
const GET_ROLE: Call = call("iam:GetRole", "reads a role that an event touched");
const LIST_ROLE_POLICIES: Call =
    call("iam:ListRolePolicies", "finds the inline policies of a role that an event touched");
const GET_ROLE_POLICY: Call =
    call("iam:GetRolePolicy", "reads an inline policy of a role that an event touched");
const LIST_ROLE_ATTACHED: Call = call(
    "iam:ListAttachedRolePolicies",
    "finds the policies attached to a role that an event touched",
);
const LIST_ROLE_PROFILES: Call = call(
    "iam:ListInstanceProfilesForRole",
    "finds the instance profiles of a role that an event touched",
);
const GET_POLICY: Call = call("iam:GetPolicy", "reads a managed policy that an event touched");
const LIST_VERSIONS: Call =
    call("iam:ListPolicyVersions", "lists the versions of a managed policy that an event touched");
const GET_VERSION: Call =
    call("iam:GetPolicyVersion", "reads a version of a managed policy that an event touched");

/// The call of every run, and those after an event.
pub(super) const CALLS: &[Call] = &[
    DETAILS,
    GET_USER,
    LIST_USER_POLICIES,
    GET_USER_POLICY,
    LIST_USER_ATTACHED,
    LIST_USER_GROUPS,
    GET_GROUP,
    LIST_GROUP_POLICIES,
    GET_GROUP_POLICY,
    LIST_GROUP_ATTACHED,
    GET_ROLE,
    LIST_ROLE_POLICIES,
    GET_ROLE_POLICY,
    LIST_ROLE_ATTACHED,
    LIST_ROLE_PROFILES,
    GET_POLICY,
    LIST_VERSIONS,
    GET_VERSION,
];

/// One thing to read.
#[derive(Clone, Debug)]
enum Single {
    User(String),
    Group(String),
    Role(String),
    Policy(Arn),
}

/// Reads the objects that the context's focus names. What does not exist is not seen.
pub(super) async fn collect(context: &Context, sink: &mut Sink<'_>) -> Result<(), Interrupted> {
    let Some(focus) = context.focus() else { return Ok(()) };
    let reader = Reader { context, client: context.session.iam(&context.region) };
    let mut singles: Vec<Single> = Vec::new();
    singles.extend(focus.after("user/").into_iter().map(Single::User));
    singles.extend(focus.after("group/").into_iter().map(Single::Group));
    singles.extend(focus.after("role/").into_iter().map(Single::Role));
    singles.extend(focus.arns().into_iter().map(Single::Policy));
    for some in singles.chunks(AT_ONCE) {
        let answers =
            futures::future::join_all(some.iter().map(|single| reader.read(single))).await;
        for answer in answers {
            match answer {
                Ok(details) => {
                    for arn in reader.newly_used(&details, sink).await? {
                        match reader.policy(&arn).await {
                            Ok(shared) => see_details(shared, context, sink).await?,
                            Err(error) if error.fault == Fault::NotFound => {}
                            Err(error) => sink.failed(CAPABILITY, error)?,
                        }
                    }
                    see_details(details, context, sink).await?;
                }
                Err(error) if error.fault == Fault::NotFound => {}
                Err(error) => sink.failed(CAPABILITY, error)?,
            }
        }
    }
    sink.complete(CAPABILITY);
    Ok(())
}

struct Reader<'a> {
    context: &'a Context,
    client: Client,
}

/// A list of IAM's, read to its end.
macro_rules! list {
    ($reader:ident, $call:expr, $operation:ident, $name:ident($value:expr), |$page:ident| $items:expr) => {{
        let (items, failure) = $reader
            .context
            .list(
                &$call,
                |marker| $reader.client.$operation().$name($value).set_marker(marker).send(),
                |$page| {
                    let next = Next::truncated($page.is_truncated, $page.marker.clone());
                    ($items, next)
                },
            )
            .await;
        match failure {
            // Half of what an object holds would pass for all of it.
            Some(failure) => Err(failure),
            None => Ok(items),
        }
    }};
}

impl Reader<'_> {
    async fn read(&self, single: &Single) -> Result<Details, CallError> {
        match single {
            Single::User(name) => self.user(name).await,
            Single::Group(name) => self.group(name).await,
            Single::Role(name) => self.role(name).await,
            Single::Policy(arn) => self.policy(arn).await,
        }
    }

    async fn user(&self, name: &str) -> Result<Details, CallError> {
        let answer =
            self.context.call(&GET_USER, || self.client.get_user().user_name(name).send()).await?;
        let mut details = Details::default();
        let Some(user) = answer.user else { return Ok(details) };
        let mut documents = Vec::new();
        let inline =
            list!(self, LIST_USER_POLICIES, list_user_policies, user_name(name), |page| page
                .policy_names)?;
        for policy in inline {
            let request =
                || self.client.get_user_policy().user_name(name).policy_name(&policy).send();
            let answer = self.context.call(&GET_USER_POLICY, request).await?;
            documents.push(document(answer.policy_name, answer.policy_document));
        }
        let attached = list!(
            self,
            LIST_USER_ATTACHED,
            list_attached_user_policies,
            user_name(name),
            |page| page.attached_policies.unwrap_or_default()
        )?;
        let groups =
            list!(self, LIST_USER_GROUPS, list_groups_for_user, user_name(name), |page| page
                .groups)?;
        let mut detail = UserDetail::builder()
            .path(user.path)
            .user_name(user.user_name)
            .user_id(user.user_id)
            .arn(user.arn)
            .create_date(user.create_date)
            .set_permissions_boundary(user.permissions_boundary)
            .set_tags(user.tags)
            .set_user_policy_list(Some(documents))
            .set_attached_managed_policies(Some(attached));
        for group in groups {
            detail = detail.group_list(group.group_name);
        }
        details.user(detail.build());
        Ok(details)
    }

    async fn group(&self, name: &str) -> Result<Details, CallError> {
        // Its first page has the group itself; the members are told by the users.
        let request = || self.client.get_group().group_name(name).max_items(1).send();
        let answer = self.context.call(&GET_GROUP, request).await?;
        let mut details = Details::default();
        let Some(group) = answer.group else { return Ok(details) };
        let mut documents = Vec::new();
        let inline =
            list!(self, LIST_GROUP_POLICIES, list_group_policies, group_name(name), |page| page
                .policy_names)?;
        for policy in inline {
            let request =
                || self.client.get_group_policy().group_name(name).policy_name(&policy).send();
            let answer = self.context.call(&GET_GROUP_POLICY, request).await?;
            documents.push(document(answer.policy_name, answer.policy_document));
        }
        let attached = list!(
            self,
            LIST_GROUP_ATTACHED,
            list_attached_group_policies,
            group_name(name),
            |page| page.attached_policies.unwrap_or_default()
        )?;
        let detail = GroupDetail::builder()
            .path(group.path)
            .group_name(group.group_name)
            .group_id(group.group_id)
            .arn(group.arn)
            .create_date(group.create_date)
            .set_group_policy_list(Some(documents))
            .set_attached_managed_policies(Some(attached));
        details.group(detail.build());
        Ok(details)
    }

    async fn role(&self, name: &str) -> Result<Details, CallError> {
        let answer =
            self.context.call(&GET_ROLE, || self.client.get_role().role_name(name).send()).await?;
        let mut details = Details::default();
        let Some(role) = answer.role else { return Ok(details) };
        let mut documents = Vec::new();
        let inline =
            list!(self, LIST_ROLE_POLICIES, list_role_policies, role_name(name), |page| page
                .policy_names)?;
        for policy in inline {
            let request =
                || self.client.get_role_policy().role_name(name).policy_name(&policy).send();
            let answer = self.context.call(&GET_ROLE_POLICY, request).await?;
            documents.push(document(answer.policy_name, answer.policy_document));
        }
        let attached = list!(
            self,
            LIST_ROLE_ATTACHED,
            list_attached_role_policies,
            role_name(name),
            |page| page.attached_policies.unwrap_or_default()
        )?;
        let profiles = list!(
            self,
            LIST_ROLE_PROFILES,
            list_instance_profiles_for_role,
            role_name(name),
            |page| page.instance_profiles
        )?;
        let detail = RoleDetail::builder()
            .path(role.path)
            .role_name(role.role_name)
            .role_id(role.role_id)
            .arn(role.arn)
            .create_date(role.create_date)
            .set_assume_role_policy_document(role.assume_role_policy_document)
            .set_permissions_boundary(role.permissions_boundary)
            .set_tags(role.tags)
            .set_role_last_used(role.role_last_used)
            .set_role_policy_list(Some(documents))
            .set_attached_managed_policies(Some(attached))
            .set_instance_profile_list(Some(profiles));
        details.role(detail.build());
        Ok(details)
    }

    async fn policy(&self, arn: &Arn) -> Result<Details, CallError> {
        let request = || self.client.get_policy().policy_arn(arn.as_str()).send();
        let answer = self.context.call(&GET_POLICY, request).await?;
        let mut details = Details::default();
        let Some(policy) = answer.policy else { return Ok(details) };
        let versions =
            list!(self, LIST_VERSIONS, list_policy_versions, policy_arn(arn.as_str()), |page| {
                page.versions.unwrap_or_default()
            })?;
        let mut whole = Vec::with_capacity(versions.len());
        for version in versions {
            let Some(id) = version.version_id else { continue };
            let request =
                || self.client.get_policy_version().policy_arn(arn.as_str()).version_id(&id).send();
            match self.context.call(&GET_VERSION, request).await {
                Ok(answer) => whole.extend(answer.policy_version),
                // Deleted since they were listed.
                Err(error) if error.fault == Fault::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        let mut policy = managed(policy, whole);
        if arn.account() == Some(AccountId::aws()) {
            // It is read because somebody has it. By now nobody may; but whoever has it again was known to have it
            // before, and would not be a reason to read it.
            policy.attachment_count = policy.attachment_count.max(Some(1));
        }
        details.policy(policy);
        Ok(details)
    }

    /// The AWS-managed policies that an identity has now, attached or as its boundary, and was not known to have:
    /// nobody may have read them yet.
    async fn newly_used(
        &self,
        details: &Details,
        sink: &Sink<'_>,
    ) -> Result<Vec<Arn>, Interrupted> {
        let mut new: BTreeSet<Arn> = BTreeSet::new();
        for entity in &details.entities {
            let known = sink.known(CAPABILITY, &entity.id()).await?;
            let before: BTreeSet<&Arn> = known.iter().flat_map(used).collect();
            let now = used(entity).into_iter().filter(|arn| !before.contains(arn));
            new.extend(now.filter(|arn| arn.account() == Some(AccountId::aws())).cloned());
        }
        Ok(new.into_iter().collect())
    }
}

/// The managed policies of an identity: those that are attached, and the one that bounds it.
fn used(entity: &Entity) -> Vec<&Arn> {
    match entity {
        Entity::User(user) => user.attached_policies.iter().chain(&user.boundary).collect(),
        Entity::Group(group) => group.attached_policies.iter().collect(),
        Entity::Role(role) => role.attached_policies.iter().chain(&role.boundary).collect(),
        _ => Vec::new(),
    }
}

fn document(name: String, text: String) -> PolicyDetail {
    PolicyDetail::builder().policy_name(name).policy_document(text).build()
}

fn managed(policy: Policy, versions: Vec<PolicyVersion>) -> ManagedPolicyDetail {
    ManagedPolicyDetail::builder()
        .set_policy_name(policy.policy_name)
        .set_policy_id(policy.policy_id)
        .set_arn(policy.arn)
        .set_path(policy.path)
        .set_default_version_id(policy.default_version_id)
        .set_attachment_count(policy.attachment_count)
        .set_permissions_boundary_usage_count(policy.permissions_boundary_usage_count)
        .is_attachable(policy.is_attachable)
        .set_create_date(policy.create_date)
        .set_update_date(policy.update_date)
        .set_policy_version_list(Some(versions))
        .build()
}

#[cfg(test)]
mod tests;
