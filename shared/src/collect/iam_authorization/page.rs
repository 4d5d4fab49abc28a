//! What a page of authorization details holds: for the collector, and for the files that people import.

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{GroupDetail, ManagedPolicyDetail, RoleDetail, UserDetail};

use super::detail;
use crate::model::{AccountId, Entity, SetAside};

/// Details that were read. Pure: nothing here asks AWS.
#[derive(Debug, Default)]
pub(crate) struct Details {
    /// The users, groups, roles and the customer's policies.
    pub(crate) entities: Vec<Entity>,
    /// The AWS-managed policies that are in use in the account. AWS has far more of them than anybody uses.
    pub(crate) shared: Vec<Entity>,
    /// What could not be read, and is therefore not in `entities`.
    pub(crate) unread: Vec<SetAside>,
    /// Documents that were kept as given.
    pub(crate) problems: Vec<SetAside>,
}

impl Details {
    /// Reads a whole page.
    pub(crate) fn of(page: GetAccountAuthorizationDetailsOutput) -> Self {
        let mut details = Self::default();
        page.user_detail_list.unwrap_or_default().into_iter().for_each(|it| details.user(it));
        page.group_detail_list.unwrap_or_default().into_iter().for_each(|it| details.group(it));
        page.role_detail_list.unwrap_or_default().into_iter().for_each(|it| details.role(it));
        page.policies.unwrap_or_default().into_iter().for_each(|it| details.policy(it));
        details
    }

    /// Reads a user.
    pub(crate) fn user(&mut self, detail: UserDetail) {
        let read = detail::user(detail, &mut self.problems);
        self.keep(read.map(Entity::User));
    }

    /// Reads a group.
    pub(crate) fn group(&mut self, detail: GroupDetail) {
        let read = detail::group(detail, &mut self.problems);
        self.keep(read.map(Entity::Group));
    }

    /// Reads a role.
    pub(crate) fn role(&mut self, detail: RoleDetail) {
        let read = detail::role(detail, &mut self.problems);
        self.keep(read.map(Entity::Role));
    }

    /// Reads a managed policy, the customer's or AWS's.
    pub(crate) fn policy(&mut self, detail: ManagedPolicyDetail) {
        let in_use = detail::is_in_use(&detail);
        match detail::policy(detail, &mut self.problems) {
            Ok(policy) if policy.arn.account() == Some(AccountId::aws()) => {
                if in_use {
                    self.shared.push(Entity::Policy(policy));
                }
            }
            read => self.keep(read.map(Entity::Policy)),
        }
    }

    fn keep(&mut self, read: Result<Entity, SetAside>) {
        match read {
            Ok(entity) => self.entities.push(entity),
            Err(aside) => self.unread.push(aside),
        }
    }
}
