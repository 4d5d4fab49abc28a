//! Organizations. Its events appear in us-east-1 of the account that calls: the management account, an account that the
//! organization's resource policy lets manage policies, or one that comes or goes.
//!
//! Whoever comes or goes tells it itself (`AcceptHandshake`, `LeaveOrganization`), and AWS tells the management account
//! (`AccountJoinedOrganization`, `AccountDepartedOrganization`).
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html>,
//! <https://aws.amazon.com/about-aws/whats-new/2026/05/aws-organizations-cloudtrail/>

use super::rule::{Form, Rule, Where, look, whole};
use super::{Row, Service};
use crate::model::Capability;

const NAME: &str = "organization";

/// The list of accounts and the tree: whole, since AWS names neither the path of an account nor the accounts below a
/// unit in fewer calls than the tree has units.
const ACCOUNTS: Rule = whole(NAME, Where::Organization, &["accounts", "hierarchy"]);
/// All policies: AWS attaches a default one to every new account and unit, and to everything where a type of policy
/// comes into force; of what is deleted, no policy is attached any more.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
const POLICIES: Rule = whole(NAME, Where::Organization, PARTS);
const PARTS: &[Capability] = &["policies", "policy-documents", "policy-targets"];
const TREE: Rule = whole(NAME, Where::Organization, &["hierarchy"]);
const DELEGATION: Rule =
    whole(NAME, Where::Organization, &["delegated-administrators", "delegated-services"]);

/// Policies may be managed by other accounts too: the resource policy of the organization says by which, and is not
/// collected.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_delegate_policies.html>
const POLICY: Rule = look(
    NAME,
    Where::Organization,
    &["/requestParameters/policyId", "/responseElements/policy/policySummary/id"],
    Form::AsIs,
)
.of(PARTS)
.noted();

const TAGGED: Rule =
    look(NAME, Where::Organization, &["/requestParameters/resourceId"], Form::AsIs)
        .of(&["account-tags"])
        .noted();

const NEW_TAGS: Rule = look(
    NAME,
    Where::Organization,
    &[
        "/serviceEventDetails/createAccountStatus/accountId",
        "/serviceEventDetails/accountId",
        "/requestParameters/accountId",
        "/recipientAccountId",
    ],
    Form::AsIs,
)
.of(&["account-tags"])
.if_named();

pub(super) const ORGANIZATIONS: Service = Service {
    source: "organizations",
    collectors: &[(NAME, Where::Organization)],
    rows: &[
        Row {
            operations: &[
                "CreateAccount",
                "CreateGovCloudAccount",
                "CreateAccountResult",
                "CloseAccount",
                "CloseAccountResult",
                "RemoveAccountFromOrganization",
                "AccountJoinedOrganization",
                "AccountDepartedOrganization",
            ],
            rules: &[ACCOUNTS, NEW_TAGS, POLICIES],
        },
        Row {
            operations: &["AcceptHandshake", "LeaveOrganization"],
            rules: &[ACCOUNTS.of_anyone(), NEW_TAGS.of_anyone(), POLICIES.of_anyone()],
        },
        Row { operations: &["MoveAccount"], rules: &[TREE] },
        Row {
            operations: &[
                "CreateOrganizationalUnit",
                "DeleteOrganizationalUnit",
                "EnablePolicyType",
                "DisablePolicyType",
            ],
            rules: &[TREE, POLICIES],
        },
        Row { operations: &["UpdateOrganizationalUnit"], rules: &[TREE] },
        Row { operations: &["CreatePolicy", "UpdatePolicy"], rules: &[POLICY.there()] },
        Row { operations: &["AttachPolicy", "DetachPolicy"], rules: &[POLICY.there()] },
        Row { operations: &["DeletePolicy"], rules: &[POLICY.gone()] },
        Row {
            operations: &["RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator"],
            rules: &[DELEGATION],
        },
        Row {
            operations: &["EnableAWSServiceAccess", "DisableAWSServiceAccess"],
            rules: &[whole(NAME, Where::Organization, &["trusted-services"])],
        },
        Row { operations: &["TagResource", "UntagResource"], rules: &[TAGGED] },
        Row {
            operations: &["CreateOrganization", "DeleteOrganization", "EnableAllFeatures"],
            rules: &[whole(NAME, Where::Organization, &[])],
        },
    ],
    others: &[
        "InviteAccountToOrganization",
        "InviteOrganizationToTransferResponsibility",
        "CancelHandshake",
        "DeclineHandshake",
        "PutResourcePolicy",
        "DeleteResourcePolicy",
    ],
};
