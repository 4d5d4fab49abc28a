//! IAM. Its events appear in us-east-1 alone, whatever region was called.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html>

use super::rule::{Form, Rule, Where, look, whole};
use super::{Row, Service};

const AUTHORIZATION: &str = "iam-authorization";
const CREDENTIALS: &str = "iam-credentials";
const ACCOUNT: &str = "iam-account";

/// The numbers of users, roles and so on; among them of the versions of policies that are in use, which become others
/// with what is attached.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
const SUMMARY: Rule = whole(ACCOUNT, Where::Account, &["account-summary"]);

const USER: Rule =
    look(AUTHORIZATION, Where::Account, &["/requestParameters/userName"], Form::After("user/"));
const NEW_USER: Rule =
    look(AUTHORIZATION, Where::Account, &["/requestParameters/newUserName"], Form::After("user/"));
const GROUP: Rule = look(
    AUTHORIZATION,
    Where::Account,
    &["/requestParameters/groupName", "/requestParameters/newGroupName"],
    Form::After("group/"),
);
const ROLE: Rule = look(
    AUTHORIZATION,
    Where::Account,
    &["/requestParameters/roleName", "/responseElements/role/roleName"],
    Form::After("role/"),
);
const POLICY: Rule = look(
    AUTHORIZATION,
    Where::Account,
    &["/requestParameters/policyArn", "/responseElements/policy/arn"],
    Form::AsIs,
);
/// Whose credentials: where the request names nobody, its own caller.
const HOLDER: Rule = look(
    CREDENTIALS,
    Where::Account,
    &[
        "/requestParameters/userName",
        "/responseElements/accessKey/userName",
        "/responseElements/loginProfile/userName",
    ],
    Form::After("user/"),
);
const CALLER: Rule =
    look(CREDENTIALS, Where::Account, &["/userIdentity/userName"], Form::After("user/"));
/// Users are told with the names of their groups, and nothing but the whole tells who is in one.
const MEMBERS: Rule =
    whole(AUTHORIZATION, Where::Account, &[]).only_if("/requestParameters/newGroupName");
const NEW_HOLDER: Rule =
    look(CREDENTIALS, Where::Account, &["/requestParameters/newUserName"], Form::After("user/"));

pub(super) const IAM: Service = Service {
    source: "iam",
    collectors: &[
        (AUTHORIZATION, Where::Account),
        (CREDENTIALS, Where::Account),
        (ACCOUNT, Where::Account),
    ],
    rows: &[
        Row { operations: &["CreateUser"], rules: &[USER.there(), HOLDER, SUMMARY] },
        Row { operations: &["DeleteUser"], rules: &[USER.gone(), HOLDER.gone(), SUMMARY] },
        Row {
            operations: &["UpdateUser"],
            rules: &[USER, NEW_USER.there().if_named(), HOLDER, NEW_HOLDER.if_named()],
        },
        Row {
            operations: &[
                "TagUser",
                "UntagUser",
                "PutUserPolicy",
                "DeleteUserPolicy",
                "PutUserPermissionsBoundary",
                "DeleteUserPermissionsBoundary",
            ],
            rules: &[USER.there()],
        },
        Row {
            operations: &["AttachUserPolicy", "DetachUserPolicy"],
            rules: &[USER.there(), SUMMARY],
        },
        Row {
            operations: &["AddUserToGroup", "RemoveUserFromGroup"],
            rules: &[USER.there(), GROUP.there()],
        },
        Row { operations: &["CreateGroup"], rules: &[GROUP.there(), SUMMARY] },
        Row { operations: &["DeleteGroup"], rules: &[GROUP.gone(), SUMMARY] },
        Row { operations: &["UpdateGroup"], rules: &[GROUP, MEMBERS] },
        Row { operations: &["PutGroupPolicy", "DeleteGroupPolicy"], rules: &[GROUP.there()] },
        Row {
            operations: &["AttachGroupPolicy", "DetachGroupPolicy"],
            rules: &[GROUP.there(), SUMMARY],
        },
        Row {
            operations: &["CreateRole", "CreateServiceLinkedRole"],
            rules: &[ROLE.there(), SUMMARY],
        },
        Row { operations: &["DeleteRole"], rules: &[ROLE.gone(), SUMMARY] },
        // It only begins then: the deletion is a task of the service's own.
        Row { operations: &["DeleteServiceLinkedRole"], rules: &[ROLE.slow(), SUMMARY] },
        Row {
            operations: &[
                "UpdateRole",
                "UpdateRoleDescription",
                "UpdateAssumeRolePolicy",
                "TagRole",
                "UntagRole",
                "PutRolePolicy",
                "DeleteRolePolicy",
                "PutRolePermissionsBoundary",
                "DeleteRolePermissionsBoundary",
            ],
            rules: &[ROLE.there()],
        },
        Row {
            operations: &["AttachRolePolicy", "DetachRolePolicy"],
            rules: &[ROLE.there(), SUMMARY],
        },
        Row { operations: &["CreatePolicy"], rules: &[POLICY.there(), SUMMARY] },
        Row { operations: &["DeletePolicy"], rules: &[POLICY.gone(), SUMMARY] },
        Row {
            operations: &["CreatePolicyVersion", "DeletePolicyVersion"],
            rules: &[POLICY.there(), SUMMARY],
        },
        Row {
            operations: &["SetDefaultPolicyVersion", "TagPolicy", "UntagPolicy"],
            rules: &[POLICY.there()],
        },
        Row {
            operations: &[
                "CreateAccessKey",
                "DeleteAccessKey",
                "UpdateAccessKey",
                "CreateLoginProfile",
                "UpdateLoginProfile",
                "DeleteLoginProfile",
                "EnableMFADevice",
                "DeactivateMFADevice",
                "ResyncMFADevice",
                "UploadSSHPublicKey",
                "UpdateSSHPublicKey",
                "DeleteSSHPublicKey",
                "UploadSigningCertificate",
                "UpdateSigningCertificate",
                "DeleteSigningCertificate",
                "CreateServiceSpecificCredential",
                "UpdateServiceSpecificCredential",
                "ResetServiceSpecificCredential",
                "DeleteServiceSpecificCredential",
            ],
            rules: &[HOLDER.if_named(), CALLER.if_named(), SUMMARY],
        },
        Row { operations: &["ChangePassword"], rules: &[CALLER.if_named(), SUMMARY] },
        Row {
            operations: &["CreateVirtualMFADevice", "DeleteVirtualMFADevice"],
            rules: &[SUMMARY],
        },
        Row {
            operations: &["CreateAccountAlias", "DeleteAccountAlias"],
            rules: &[whole(ACCOUNT, Where::Account, &["account-aliases"])],
        },
        Row {
            operations: &["CreateSAMLProvider", "UpdateSAMLProvider", "DeleteSAMLProvider"],
            rules: &[whole(ACCOUNT, Where::Account, &["account-summary", "saml-providers"])],
        },
        Row {
            operations: &[
                "CreateOpenIDConnectProvider",
                "DeleteOpenIDConnectProvider",
                "UpdateOpenIDConnectProviderThumbprint",
                "AddClientIDToOpenIDConnectProvider",
                "RemoveClientIDFromOpenIDConnectProvider",
                "TagOpenIDConnectProvider",
                "UntagOpenIDConnectProvider",
            ],
            rules: &[whole(ACCOUNT, Where::Account, &["account-summary", "oidc-providers"])],
        },
        Row {
            operations: &[
                "CreateInstanceProfile",
                "DeleteInstanceProfile",
                "AddRoleToInstanceProfile",
                "RemoveRoleFromInstanceProfile",
                "TagInstanceProfile",
                "UntagInstanceProfile",
            ],
            rules: &[
                ROLE.there().if_named(),
                whole(ACCOUNT, Where::Account, &["account-summary", "instance-profiles"]),
            ],
        },
        Row {
            operations: &[
                "UploadServerCertificate",
                "UpdateServerCertificate",
                "DeleteServerCertificate",
            ],
            rules: &[whole(ACCOUNT, Where::Account, &["account-summary", "server-certificates"])],
        },
    ],
    others: &[
        "UpdateAccountPasswordPolicy",
        "DeleteAccountPasswordPolicy",
        "SetSecurityTokenServicePreferences",
        "GenerateCredentialReport",
        "GenerateServiceLastAccessedDetails",
        "GenerateOrganizationsAccessReport",
        "TagMFADevice",
        "UntagMFADevice",
        "TagSAMLProvider",
        "UntagSAMLProvider",
        "TagServerCertificate",
        "UntagServerCertificate",
    ],
};
