//! The paged listings of AWS that the proxy knows: one table.
//!
//! A call that is not here passes in one piece. Left out on purpose, because AWS gives them in one piece too:
//! `iam:ListSAMLProviders`, `iam:ListOpenIDConnectProviders`.

/// A paged operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listing {
    service: &'static str,
    action: &'static str,
    /// The lists of the answer that its pages run through, one after the other.
    pub(super) lists: &'static [&'static str],
}

impl Listing {
    /// The listing that a call is.
    pub(super) fn find(service: &str, action: &str) -> Option<Self> {
        LISTINGS.iter().find(|one| one.service == service && one.action == action).copied()
    }

    /// The request's and the answer's names of the token, and the request's of the size.
    pub(super) fn names(self) -> (&'static str, &'static str) {
        if self.service == "iam" { ("Marker", "MaxItems") } else { ("NextToken", "MaxResults") }
    }
}

const fn of(
    service: &'static str,
    action: &'static str,
    lists: &'static [&'static str],
) -> Listing {
    Listing { service, action, lists }
}

const LISTINGS: &[Listing] = &[
    // <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>
    of(
        "iam",
        "GetAccountAuthorizationDetails",
        &["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"],
    ),
    of("iam", "GetGroup", &["Users"]),
    of("iam", "ListAccessKeys", &["AccessKeyMetadata"]),
    of("iam", "ListAccountAliases", &["AccountAliases"]),
    of("iam", "ListAttachedGroupPolicies", &["AttachedPolicies"]),
    of("iam", "ListAttachedRolePolicies", &["AttachedPolicies"]),
    of("iam", "ListAttachedUserPolicies", &["AttachedPolicies"]),
    of("iam", "ListEntitiesForPolicy", &["PolicyGroups", "PolicyUsers", "PolicyRoles"]),
    of("iam", "ListGroupPolicies", &["PolicyNames"]),
    of("iam", "ListGroups", &["Groups"]),
    of("iam", "ListGroupsForUser", &["Groups"]),
    of("iam", "ListInstanceProfiles", &["InstanceProfiles"]),
    of("iam", "ListInstanceProfilesForRole", &["InstanceProfiles"]),
    of("iam", "ListMFADevices", &["MFADevices"]),
    of("iam", "ListPolicies", &["Policies"]),
    of("iam", "ListPolicyTags", &["Tags"]),
    of("iam", "ListPolicyVersions", &["Versions"]),
    of("iam", "ListRolePolicies", &["PolicyNames"]),
    of("iam", "ListRoleTags", &["Tags"]),
    of("iam", "ListRoles", &["Roles"]),
    of("iam", "ListSSHPublicKeys", &["SSHPublicKeys"]),
    of("iam", "ListServerCertificates", &["ServerCertificateMetadataList"]),
    of("iam", "ListSigningCertificates", &["Certificates"]),
    of("iam", "ListUserPolicies", &["PolicyNames"]),
    of("iam", "ListUserTags", &["Tags"]),
    of("iam", "ListUsers", &["Users"]),
    of("iam", "ListVirtualMFADevices", &["VirtualMFADevices"]),
    // <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html>
    of("organizations", "ListAWSServiceAccessForOrganization", &["EnabledServicePrincipals"]),
    of("organizations", "ListAccounts", &["Accounts"]),
    of("organizations", "ListAccountsForParent", &["Accounts"]),
    of("organizations", "ListChildren", &["Children"]),
    of("organizations", "ListCreateAccountStatus", &["CreateAccountStatuses"]),
    of("organizations", "ListDelegatedAdministrators", &["DelegatedAdministrators"]),
    of("organizations", "ListDelegatedServicesForAccount", &["DelegatedServices"]),
    of("organizations", "ListOrganizationalUnitsForParent", &["OrganizationalUnits"]),
    of("organizations", "ListParents", &["Parents"]),
    of("organizations", "ListPolicies", &["Policies"]),
    of("organizations", "ListPoliciesForTarget", &["Policies"]),
    of("organizations", "ListRoots", &["Roots"]),
    of("organizations", "ListTagsForResource", &["Tags"]),
    of("organizations", "ListTargetsForPolicy", &["Targets"]),
    // <https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_Operations.html>
    of("sso", "ListAccountAssignments", &["AccountAssignments"]),
    of("sso", "ListAccountAssignmentsForPrincipal", &["AccountAssignments"]),
    of("sso", "ListAccountsForProvisionedPermissionSet", &["AccountIds"]),
    of("sso", "ListApplicationAssignments", &["ApplicationAssignments"]),
    of("sso", "ListApplications", &["Applications"]),
    of(
        "sso",
        "ListCustomerManagedPolicyReferencesInPermissionSet",
        &["CustomerManagedPolicyReferences"],
    ),
    of("sso", "ListInstances", &["Instances"]),
    of("sso", "ListManagedPoliciesInPermissionSet", &["AttachedManagedPolicies"]),
    of("sso", "ListPermissionSets", &["PermissionSets"]),
    of("sso", "ListPermissionSetsProvisionedToAccount", &["PermissionSets"]),
    of("sso", "ListTagsForResource", &["Tags"]),
    // <https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Operations.html>
    of("identitystore", "ListGroupMemberships", &["GroupMemberships"]),
    of("identitystore", "ListGroupMembershipsForMember", &["GroupMemberships"]),
    of("identitystore", "ListGroups", &["Groups"]),
    of("identitystore", "ListUsers", &["Users"]),
];
