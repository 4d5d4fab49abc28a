//! The organization: who asks, and every account with the units that it is below.

use aws_sdk_organizations::operation::list_accounts_for_parent::ListAccountsForParentOutput;
use aws_sdk_organizations::operation::list_organizational_units_for_parent::ListOrganizationalUnitsForParentOutput;
use aws_sdk_organizations::operation::list_roots::ListRootsOutput;
use aws_sdk_organizations::types::{Account, AccountState, AccountStatus};

use super::AwsSetup;
use super::fault::Site;
use crate::aws::error::{Fault, classify_global};
use crate::model::{AccountId, Region};
use crate::port::setup::{CloudError, MemberAccount, OrganizationFound, Standing};

/// Who administers service-managed StackSets is registered for this service.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/services-that-can-integrate-cloudformation.html>
const STACK_SETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";

/// How deep units may be nested: a root, and five levels of units.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>
const DEPTH: usize = 6;

impl AwsSetup {
    fn organizations(&self) -> aws_sdk_organizations::Client {
        self.session.organizations(&Region::global())
    }

    /// Who asks, and what is around.
    pub(super) async fn find_organization(&self) -> Result<OrganizationFound, CloudError> {
        let site = self.here("organizations:DescribeOrganization");
        let caller = self.session.account().clone();
        let mut found = OrganizationFound {
            caller: caller.clone(),
            partition: self.session.partition().clone(),
            standing: Standing::Alone,
            id: None,
            management: None,
            accounts: vec![own(&caller)],
        };
        let answer = match self.organizations().describe_organization().send().await {
            Err(error) if classify_global(&error).fault == Fault::NotInOrganization => {
                return Ok(found);
            }
            other => other.map_err(|error| site.failed(error))?,
        };
        let organization = answer.organization();
        let organization = organization.ok_or_else(|| site.unreadable("no organization"))?;
        found.id = organization.id().map(str::to_owned);
        let management = organization.master_account_id().unwrap_or_default();
        let management = account_id(management, &site)?;
        found.standing = if management == caller {
            Standing::Management
        } else if self.is_delegated().await? {
            Standing::Delegated
        } else {
            Standing::Member
        };
        found.management = Some(management);
        if found.standing != Standing::Member {
            found.accounts = self.accounts().await?;
        }
        Ok(found)
    }

    /// Only the management account and delegated administrators may ask who the delegated ones are.
    async fn is_delegated(&self) -> Result<bool, CloudError> {
        let site = self.here("organizations:ListDelegatedAdministrators");
        let call = self.organizations().list_delegated_administrators();
        let pages = call.service_principal(STACK_SETS).into_paginator().items().send();
        match pages.collect::<Result<Vec<_>, _>>().await {
            Ok(all) => {
                let own = self.session.account().as_str();
                Ok(all.iter().any(|each| each.id() == Some(own)))
            }
            Err(error) if matches!(classify_global(&error).fault, Fault::Denied(_)) => Ok(false),
            Err(error) => Err(site.failed(error)),
        }
    }

    /// Every account with its parents, sorted by id: the tree is walked from its roots.
    async fn accounts(&self) -> Result<Vec<MemberAccount>, CloudError> {
        let client = self.organizations();
        let site = self.here("organizations:ListRoots");
        let pages = client.list_roots().into_paginator().send();
        let pages = pages.collect::<Result<Vec<_>, _>>().await;
        let pages = pages.map_err(|error| site.failed(error))?;
        let roots = pages.iter().flat_map(ListRootsOutput::roots);
        let mut left: Vec<Vec<String>> =
            roots.filter_map(|root| root.id()).map(|id| vec![id.to_owned()]).collect();
        let mut accounts = Vec::new();
        while let Some(path) = left.pop() {
            let Some(parent) = path.last() else { continue };
            let site = self.here("organizations:ListAccountsForParent");
            let children = client.list_accounts_for_parent().parent_id(parent);
            let pages = children.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
            let pages = pages.map_err(|error| site.failed(error))?;
            for child in pages.iter().flat_map(ListAccountsForParentOutput::accounts) {
                accounts.push(member(child, &path, &site)?);
            }
            if path.len() >= DEPTH {
                continue;
            }
            let site = self.here("organizations:ListOrganizationalUnitsForParent");
            let units = client.list_organizational_units_for_parent().parent_id(parent);
            let pages = units.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
            let pages = pages.map_err(|error| site.failed(error))?;
            for unit in
                pages.iter().flat_map(ListOrganizationalUnitsForParentOutput::organizational_units)
            {
                let below = path.iter().cloned().chain(unit.id().map(str::to_owned));
                left.push(below.collect());
            }
        }
        accounts.sort();
        Ok(accounts)
    }
}

/// The caller's account, where nobody tells more about it.
fn own(caller: &AccountId) -> MemberAccount {
    let (name, state) = (String::new(), "ACTIVE".to_owned());
    MemberAccount { id: caller.clone(), name, state, parents: Vec::new() }
}

/// `State` takes the place of `Status`, which AWS gives up.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html>
fn member(account: &Account, path: &[String], site: &Site) -> Result<MemberAccount, CloudError> {
    let state = account.state().map(AccountState::as_str);
    let state = state.or_else(|| account.status().map(AccountStatus::as_str));
    Ok(MemberAccount {
        id: account_id(account.id().unwrap_or_default(), site)?,
        name: account.name().unwrap_or_default().to_owned(),
        state: state.unwrap_or("ACTIVE").to_owned(),
        parents: path.to_vec(),
    })
}

fn account_id(text: &str, site: &Site) -> Result<AccountId, CloudError> {
    text.parse().map_err(|error| site.unreadable(format!("an account id: {error}")))
}
