//! Organizations → the organization, its tree, its accounts and the policies that hang on it.
//!
//! Asked once, in the account that sees the organization. Every list goes on as long as there is a
//! token: Organizations may return an empty page and more after it.
//!
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html>

mod accounts;
mod delegation;
mod members;
mod policies;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use accounts::read as read_account;
pub use members::{Places, list_accounts, management_account, places};
pub(crate) use tree::read_root;

use async_trait::async_trait;
use aws_sdk_organizations::Client;

use super::stages::{self, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier};
use crate::aws::error::Fault;
use crate::model::organization::Organization;
use crate::model::{Entity, Kind, Status, Unavailable};

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct OrganizationCollector;

pub(crate) const ORGANIZATION: &str = "organization";
pub(crate) const ACCOUNTS: &str = "accounts";
pub(crate) const HIERARCHY: &str = "hierarchy";
const ACCOUNT_TAGS: &str = "account-tags";
const ADMINISTRATORS: &str = "delegated-administrators";
const DELEGATED_SERVICES: &str = "delegated-services";
const TRUSTED_SERVICES: &str = "trusted-services";
const POLICIES: &str = "policies";
const DOCUMENTS: &str = "policy-documents";
const TARGETS: &str = "policy-targets";

const DESCRIBE_ORGANIZATION: Call = call(
    "organizations:DescribeOrganization",
    ORGANIZATION,
    Tier::One,
    "names the organization and its management account",
    "the organization's id and features; which instance of Identity Center is the organization's",
);
const LIST_ACCOUNTS: Call = call(
    "organizations:ListAccounts",
    ACCOUNTS,
    Tier::One,
    "lists the accounts that there are to look into",
    "every account but the caller's own",
);
const LIST_ROOTS: Call = call(
    "organizations:ListRoots",
    HIERARCHY,
    Tier::One,
    "finds where the tree begins and which policy types are in force",
    "the tree: accounts are shown flat",
);
const LIST_UNITS: Call = call(
    "organizations:ListOrganizationalUnitsForParent",
    HIERARCHY,
    Tier::One,
    "walks down the organizational units",
    "the tree below the root: accounts are shown flat",
);
const LIST_CHILD_ACCOUNTS: Call = call(
    "organizations:ListAccountsForParent",
    HIERARCHY,
    Tier::One,
    "finds the unit that each account is in",
    "the place of the accounts in the tree: accounts are shown flat",
);
const LIST_TAGS: Call = call(
    "organizations:ListTagsForResource",
    ACCOUNT_TAGS,
    Tier::One,
    "reads the tags of each account",
    "account tags (owner, environment)",
);
const LIST_ADMINISTRATORS: Call = call(
    "organizations:ListDelegatedAdministrators",
    ADMINISTRATORS,
    Tier::One,
    "finds the member accounts that administer services for all",
    "which member accounts hold power over others",
);
const LIST_DELEGATED_SERVICES: Call = call(
    "organizations:ListDelegatedServicesForAccount",
    DELEGATED_SERVICES,
    Tier::One,
    "finds which services a delegated administrator administers",
    "what the delegated administrators administer",
);
const LIST_TRUSTED_SERVICES: Call = call(
    "organizations:ListAWSServiceAccessForOrganization",
    TRUSTED_SERVICES,
    Tier::One,
    "finds the services with trusted access, Identity Center among them",
    "trusted access; whether Identity Center is in use at all",
);
const LIST_POLICIES: Call = call(
    "organizations:ListPolicies",
    POLICIES,
    Tier::One,
    "lists service and resource control policies",
    "organization policies: effective access ignores them",
);
const DESCRIBE_POLICY: Call = call(
    "organizations:DescribePolicy",
    DOCUMENTS,
    Tier::One,
    "reads the document of each organization policy",
    "what the organization policies say",
);
const LIST_TARGETS: Call = call(
    "organizations:ListTargetsForPolicy",
    TARGETS,
    Tier::One,
    "finds the roots, units and accounts that each policy is attached to",
    "where the organization policies apply",
);

const CALLS: &[Call] = &[
    DESCRIBE_ORGANIZATION,
    LIST_ACCOUNTS,
    LIST_ROOTS,
    LIST_UNITS,
    LIST_CHILD_ACCOUNTS,
    LIST_TAGS,
    LIST_ADMINISTRATORS,
    LIST_DELEGATED_SERVICES,
    LIST_TRUSTED_SERVICES,
    LIST_POLICIES,
    DESCRIBE_POLICY,
    LIST_TARGETS,
];

const CAPABILITIES: &[CapabilityInfo] = &[
    capability(ORGANIZATION, &[Kind::Organization], None),
    capability(ACCOUNTS, &[Kind::Account], None),
    capability(HIERARCHY, &[Kind::Root, Kind::OrganizationalUnit, Kind::AccountPlacement], None),
    capability(ACCOUNT_TAGS, &[Kind::AccountTags], Some(ACCOUNTS)),
    capability(ADMINISTRATORS, &[Kind::DelegatedAdministrator], None),
    capability(DELEGATED_SERVICES, &[Kind::DelegatedServices], Some(ADMINISTRATORS)),
    capability(TRUSTED_SERVICES, &[Kind::TrustedService], None),
    capability(POLICIES, &[Kind::OrganizationPolicy], None),
    capability(DOCUMENTS, &[Kind::OrganizationPolicyDocument], Some(POLICIES)),
    capability(TARGETS, &[Kind::OrganizationPolicyTargets], Some(POLICIES)),
];

#[async_trait]
impl Staged for OrganizationCollector {
    type Client = Client;

    const NAME: &'static str = "organization";
    const PLACE: Place = Place::Organization;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Client {
        context.session.organizations(&context.region)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        look.organization().await?;
        Box::pin(look.accounts_and_tags()).await?;
        Box::pin(look.delegation()).await?;
        Box::pin(look.trusted_services()).await?;
        Box::pin(look.policies()).await
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Client>;

impl Look<'_, '_> {
    async fn organization(&mut self) -> Result<(), Interrupted> {
        if !self.begin(ORGANIZATION) {
            return Ok(());
        }
        let answer = self
            .context
            .call(&DESCRIBE_ORGANIZATION, || self.client.describe_organization().send())
            .await;
        match answer {
            Ok(answer) => match answer.organization.as_ref().and_then(read) {
                Some(organization) => {
                    self.sink.see(ORGANIZATION, Entity::Organization(organization));
                }
                None => self.sink.set_aside(
                    ORGANIZATION,
                    "the organization",
                    "it has no id or no management account",
                ),
            },
            Err(failure) => self.sink.failed(ORGANIZATION, failure)?,
        }
        self.stages.end(self.sink, ORGANIZATION).await
    }

    /// Whether a stage is to be worked on. Outside of an organization there is nothing to ask: the
    /// answers would be refusals for want of permission as often as the truth.
    fn begin(&mut self, stage: &'static str) -> bool {
        if self.is_lone() && stage != ACCOUNTS && !self.stages.is_done(stage) {
            self.sink.unavailable(stage, Unavailable::NotInOrganization);
            return false;
        }
        self.stages.begin(self.sink, stage)
    }

    /// Whether AWS has said that the account is not in an organization.
    fn is_lone(&self) -> bool {
        self.sink.status(ORGANIZATION) == Some(&Status::Unavailable(Unavailable::NotInOrganization))
    }
}

fn read(answer: &aws_sdk_organizations::types::Organization) -> Option<Organization> {
    let id = answer.id().filter(|id| !id.is_empty())?;
    Some(Organization {
        id: id.to_owned(),
        arn: answer.arn().and_then(|arn| arn.parse().ok()),
        management_account: answer.master_account_id()?.parse().ok()?,
        feature_set: answer.feature_set().map(|set| set.as_str().to_owned()).unwrap_or_default(),
    })
}

/// Whether a failure says that the account is not in an organization.
fn is_outside(failure: &crate::aws::CallError) -> bool {
    failure.fault == Fault::NotInOrganization
}
