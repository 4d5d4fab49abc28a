//! What an inventory of the organization must find, counted from the tables.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Company, access, accounts, derived,
    iam::{AccountIam, is_aws_managed},
    organization::{
        ACCOUNTS, CONTROL_POLICIES, DELEGATIONS, DENIED, MANAGEMENT, PARTIAL, SUSPENDED,
        TRUSTED_SERVICES, UNITS,
    },
    people::{GROUPS, PEOPLE},
    resources,
};
use crate::model::{Kind, coverage::AccountCoverage, resource::ResourceType};

/// What an inventory must find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The ids of the accounts by how completely they can be seen, sorted.
    pub accounts: BTreeMap<AccountCoverage, Vec<String>>,
    /// How many entities of a kind there are in what can be seen. Only kinds whose number does not depend on
    /// how a collector asks: those of single credentials are not here. An AWS-managed policy counts once for
    /// each account that uses it.
    pub entities: BTreeMap<Kind, usize>,
    /// Resources by account and type, in what can be seen.
    pub resources: BTreeMap<String, BTreeMap<ResourceType, usize>>,
    /// IAM users, IAM roles and users of Identity Center together.
    pub identities: usize,
    /// Customer-managed policies.
    pub customer_policies: usize,
    /// Users with a console password and no MFA, where passwords can be seen.
    pub console_without_mfa: usize,
    /// Access keys of users, active or not.
    pub access_keys: usize,
    /// Active access keys, unused for 90 days or never used.
    pub stale_access_keys: usize,
}

impl Summary {
    pub(super) fn of(company: &Company) -> Self {
        let mut entities = organization();
        entities.extend(identity_center());
        let seen: Vec<_> = accounts::ALL.iter().filter(|iam| is_seen(iam.account)).collect();
        entities.extend(iam(&seen));
        let count = |kind| entities.get(&kind).copied().unwrap_or_default();
        let identities = count(Kind::User) + count(Kind::Role) + count(Kind::StoreUser);
        let users = || seen.iter().flat_map(|iam| iam.users);
        let keys = || users().flat_map(|user| user.keys.iter().flatten());
        let unused = |used: Option<(u32, &str)>| used.is_none_or(|(days, _)| days >= 90);
        Self {
            accounts: coverage(company),
            resources: resources(company),
            identities,
            customer_policies: seen.iter().map(|iam| iam.policies.len()).sum(),
            console_without_mfa: seen
                .iter()
                .filter(|iam| iam.account != PARTIAL)
                .flat_map(|iam| iam.users)
                .filter(|user| user.password.is_some() && !user.mfa)
                .count(),
            access_keys: keys().count(),
            stale_access_keys: keys().filter(|key| key.active && unused(key.used)).count(),
            entities,
        }
    }

    /// The number of entities of a kind; 0 for kinds that are not counted.
    pub fn count(&self, kind: Kind) -> usize {
        self.entities.get(&kind).copied().unwrap_or_default()
    }
}

fn is_seen(account: &str) -> bool {
    account != DENIED && account != SUSPENDED
}

fn coverage(company: &Company) -> BTreeMap<AccountCoverage, Vec<String>> {
    let mut all = BTreeMap::<_, Vec<String>>::new();
    for (key, id) in &company.accounts {
        let coverage = match *key {
            DENIED => AccountCoverage::Denied,
            SUSPENDED => AccountCoverage::Unavailable,
            PARTIAL => AccountCoverage::Partial,
            _ => AccountCoverage::Complete,
        };
        all.entry(coverage).or_default().push(id.clone());
    }
    for ids in all.values_mut() {
        ids.sort();
    }
    all
}

/// Whatever the tables have, but for what nobody can see and the secrets that an SCP hides.
fn resources(company: &Company) -> BTreeMap<String, BTreeMap<ResourceType, usize>> {
    let mut all = BTreeMap::<_, BTreeMap<_, _>>::new();
    for (place, types) in resources::counts() {
        for (resource_type, count) in types {
            let is_hidden = place.account == PARTIAL && resource_type == ResourceType::Secret;
            if let Some(id) = company.account(place.account).filter(|_| !is_hidden) {
                *all.entry(id.to_owned()).or_default().entry(resource_type).or_default() += count;
            }
        }
    }
    all
}

fn organization() -> BTreeMap<Kind, usize> {
    let accounts = ACCOUNTS.len() + 1;
    let administrators: BTreeSet<_> = DELEGATIONS.iter().map(|one| one.account).collect();
    // AWS adds one of its own of each type.
    let policies = CONTROL_POLICIES.len() + 2;
    BTreeMap::from([
        (Kind::Organization, 1),
        (Kind::Root, 1),
        (Kind::OrganizationalUnit, UNITS.len()),
        (Kind::Account, accounts),
        (Kind::AccountPlacement, accounts),
        (Kind::AccountTags, accounts),
        (Kind::DelegatedAdministrator, administrators.len()),
        (Kind::DelegatedServices, administrators.len()),
        (Kind::TrustedService, TRUSTED_SERVICES.len()),
        (Kind::OrganizationPolicy, policies),
        (Kind::OrganizationPolicyDocument, policies),
        (Kind::OrganizationPolicyTargets, policies),
    ])
}

fn identity_center() -> BTreeMap<Kind, usize> {
    let sets = access::PERMISSION_SETS.len();
    let assignments = access::ASSIGNMENTS.iter().map(|one| one.accounts.len()).sum();
    BTreeMap::from([
        (Kind::Instance, 1),
        (Kind::PermissionSet, sets),
        (Kind::PermissionSetManagedPolicies, sets),
        (Kind::PermissionSetCustomerPolicies, sets),
        (Kind::PermissionSetInlinePolicy, sets),
        (Kind::PermissionSetBoundary, sets),
        (Kind::PermissionSetTags, sets),
        (Kind::PermissionSetProvisioning, sets),
        (Kind::Assignment, assignments),
        (Kind::StoreUser, PEOPLE.len()),
        (Kind::StoreGroup, GROUPS.len()),
        (Kind::Membership, PEOPLE.iter().map(|person| person.groups.len()).sum()),
    ])
}

fn iam(seen: &[&AccountIam]) -> BTreeMap<Kind, usize> {
    let sum = |count: fn(&AccountIam) -> usize| seen.iter().map(|iam| count(iam)).sum::<usize>();
    let with_sso = seen.iter().filter(|iam| !derived::reserved_in(iam.account).is_empty()).count();
    let members = seen.iter().filter(|iam| iam.account != MANAGEMENT).count();
    BTreeMap::from([
        (Kind::User, sum(|iam| iam.users.len())),
        (Kind::Group, sum(|iam| iam.groups.len())),
        // Organizations makes one role in each account that it opens.
        (
            Kind::Role,
            members + sum(|iam| iam.roles.len() + derived::reserved_in(iam.account).len()),
        ),
        (Kind::Policy, sum(|iam| iam.policies.len() + aws_managed_in_use(iam).len())),
        (Kind::CredentialReport, sum(|iam| usize::from(iam.account != PARTIAL))),
        (Kind::AccountSummary, seen.len()),
        (Kind::AccountAliases, seen.len()),
        (Kind::SamlProvider, with_sso + sum(|iam| iam.saml.len())),
        (Kind::OidcProvider, sum(|iam| iam.oidc.len())),
        (Kind::InstanceProfile, sum(|iam| iam.roles.iter().filter(|role| role.profile).count())),
        (Kind::ServerCertificate, sum(|iam| iam.certificates.len())),
    ])
}

/// The AWS-managed policies that something in the account has, or is bounded by.
fn aws_managed_in_use(iam: &AccountIam) -> BTreeSet<String> {
    let groups = iam.groups.iter().flat_map(|group| group.attached);
    let users = iam.users.iter().flat_map(|user| user.attached.iter().chain(&user.boundary));
    let roles = iam.roles.iter().flat_map(|role| role.attached.iter().chain(&role.boundary));
    let own = groups.chain(users).chain(roles).map(|name| (*name).to_owned());
    let reserved = derived::reserved_in(iam.account);
    let reserved = reserved.iter().flat_map(derived::Reserved::attached);
    own.chain(reserved).filter(|name| is_aws_managed(name)).collect()
}
