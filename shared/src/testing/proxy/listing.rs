//! The paged listings of AWS that the proxy knows: one table.
//!
//! A call that is not here passes in one piece. Left out on purpose, because AWS gives them in one piece too:
//! `iam:ListSAMLProviders`, `iam:ListOpenIDConnectProviders` and `bedrock:ListFoundationModels`. Actions are IAM's, which are those of the API but for S3's (`aws/route.rs`).

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

    /// How the service names what pages are asked for with.
    pub(super) fn names(self) -> Names {
        let (token, next, size) = match (self.service, self.action) {
            ("iam", _) => ("Marker", "Marker", "MaxItems"),
            ("rds", _) => ("Marker", "Marker", "MaxRecords"),
            ("kms", _) => ("Marker", "NextMarker", "Limit"),
            ("lambda", _) => ("Marker", "NextMarker", "MaxItems"),
            ("ec2", _) => ("NextToken", "nextToken", "MaxResults"),
            ("ecr" | "eks" | "bedrock", _) => ("nextToken", "nextToken", "maxResults"),
            ("dynamodb", "ListTables") => {
                ("ExclusiveStartTableName", "LastEvaluatedTableName", "Limit")
            }
            ("s3", "ListAllMyBuckets") => {
                ("continuation-token", "ContinuationToken", "max-buckets")
            }
            ("s3", "ListBucket") => ("continuation-token", "NextContinuationToken", "max-keys"),
            ("tag", _) => ("PaginationToken", "PaginationToken", "ResourcesPerPage"),
            ("s3", _) => ("nextToken", "NextToken", "maxResults"),
            _ => ("NextToken", "NextToken", "MaxResults"),
        };
        let truncated = match (self.service, self.action) {
            ("iam", _) | ("s3", "ListBucket") => Some("IsTruncated"),
            ("kms", _) => Some("Truncated"),
            _ => None,
        };
        Names { token, next, size, truncated }
    }

    /// Whether the emulator pages by itself, by 20 or 100 items, unless it is asked for more.
    pub(super) fn is_paged_upstream(self) -> bool {
        ["organizations", "sso", "identitystore"].contains(&self.service)
    }

    /// Whether the items stand in the answer itself, without a list around them.
    pub(super) fn is_flat(self) -> bool {
        (self.service, self.action) == ("s3", "ListBucket")
    }
}

/// How a service names what pages are asked for with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Names {
    /// The token in a request.
    pub(super) token: &'static str,
    /// The token of the next page in an answer.
    pub(super) next: &'static str,
    /// The size of a page in a request.
    pub(super) size: &'static str,
    /// What says in an answer whether there is more, where something does.
    pub(super) truncated: Option<&'static str>,
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
    // <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html>
    of("ec2", "DescribeInstances", &["reservationSet"]),
    // <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Operations.html>
    of("rds", "DescribeDBClusters", &["DBClusters"]),
    of("rds", "DescribeDBInstances", &["DBInstances"]),
    // <https://docs.aws.amazon.com/eks/latest/APIReference/API_Operations.html>
    of("eks", "ListAccessEntries", &["accessEntries"]),
    of("eks", "ListAssociatedAccessPolicies", &["associatedAccessPolicies"]),
    of("eks", "ListClusters", &["clusters"]),
    of("eks", "ListPodIdentityAssociations", &["associations"]),
    // <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>
    of("lambda", "ListFunctionUrlConfigs", &["FunctionUrlConfigs"]),
    of("lambda", "ListFunctions", &["Functions"]),
    // <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html>
    of("ecr", "DescribeRepositories", &["repositories"]),
    // <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations.html>
    of("dynamodb", "ListTables", &["TableNames"]),
    // <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>
    of("secretsmanager", "ListSecrets", &["SecretList"]),
    // <https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html>
    of("kms", "ListAliases", &["Aliases"]),
    of("kms", "ListGrants", &["Grants"]),
    of("kms", "ListKeys", &["Keys"]),
    // <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html>
    of("sqs", "ListQueues", &["QueueUrls"]),
    // <https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html>
    of("sns", "ListTopics", &["Topics"]),
    // <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
    of("tag", "GetResources", &["ResourceTagMappingList"]),
    // <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations.html>
    of("bedrock", "ListAgentAliases", &["agentAliasSummaries"]),
    of("bedrock", "ListAgents", &["agentSummaries"]),
    of("bedrock", "ListCustomModels", &["modelSummaries"]),
    of("bedrock", "ListDataSources", &["dataSourceSummaries"]),
    of("bedrock", "ListGuardrails", &["guardrails"]),
    of("bedrock", "ListImportedModels", &["modelSummaries"]),
    of("bedrock", "ListInferenceProfiles", &["inferenceProfileSummaries"]),
    of("bedrock", "ListKnowledgeBases", &["knowledgeBaseSummaries"]),
    of("bedrock", "ListPrompts", &["promptSummaries"]),
    of("bedrock", "ListProvisionedModelThroughputs", &["provisionedModelSummaries"]),
    // <https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html>
    of("glue", "GetDatabases", &["DatabaseList"]),
    of("glue", "GetPartitions", &["Partitions"]),
    of("glue", "GetTables", &["TableList"]),
    // <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html>
    of("s3", "ListAccessPoints", &["AccessPointList"]),
    of("s3", "ListAllMyBuckets", &["Buckets"]),
    of("s3", "ListBucket", &["Contents", "CommonPrefixes"]),
    of("s3", "ListMultiRegionAccessPoints", &["AccessPoints"]),
];
