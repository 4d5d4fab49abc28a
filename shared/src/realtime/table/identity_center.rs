//! Identity Center: permission sets and assignments, and the people behind them. Its events appear in its home region.
//!
//! The console uses the names of `sso-directory`, the public API those of `identitystore`, and identity providers that
//! keep people in step by SCIM those of `identitystore-scim`.
//!
//! <https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html>

use super::rule::{Form, Rule, Where, look, whole};
use super::{Row, Service};
use crate::model::Capability;

const SETS: &str = "permission-sets";
const STORE: &str = "identity-store";

const SET: Rule = look(
    SETS,
    Where::IdentityCenter,
    &["/requestParameters/permissionSetArn", "/responseElements/permissionSet/permissionSetArn"],
    Form::AsIs,
)
.of(PARTS);
/// What a set is, without who holds it where.
const PARTS: &[Capability] = &[
    "permission-sets",
    "managed-policies",
    "customer-policies",
    "inline-policies",
    "boundaries",
    "tags",
    "provisioning",
];
/// Who holds a set in an account; provisioning it there is a part of the first assignment. AWS answers that it is in
/// progress, and does it then.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateAccountAssignment.html>
const ASSIGNED: Rule = look(
    SETS,
    Where::IdentityCenter,
    &["/requestParameters/permissionSetArn"],
    Form::Pair("/requestParameters/targetId"),
)
.of(&["assignments"])
.slow();

const USER: Rule = look(
    STORE,
    Where::IdentityCenter,
    &[
        "/requestParameters/userId",
        "/responseElements/userId",
        "/responseElements/user/userId",
        "/serviceEventDetails/userId",
    ],
    Form::After("user/"),
);
const GROUP: Rule = look(
    STORE,
    Where::IdentityCenter,
    &["/requestParameters/groupId", "/responseElements/groupId", "/responseElements/group/groupId"],
    Form::After("group/"),
);
/// A membership that is named by its id alone.
const MEMBERSHIP: Rule = look(
    STORE,
    Where::IdentityCenter,
    &["/requestParameters/membershipId"],
    Form::After("membership/"),
);

pub(super) const SSO: Service = Service {
    source: "sso",
    collectors: &[(SETS, Where::IdentityCenter)],
    rows: &[
        Row { operations: &["CreatePermissionSet"], rules: &[SET.there()] },
        Row { operations: &["DeletePermissionSet"], rules: &[SET.gone()] },
        Row {
            operations: &[
                "UpdatePermissionSet",
                "AttachManagedPolicyToPermissionSet",
                "DetachManagedPolicyFromPermissionSet",
                "AttachCustomerManagedPolicyReferenceToPermissionSet",
                "DetachCustomerManagedPolicyReferenceFromPermissionSet",
                "PutInlinePolicyToPermissionSet",
                "DeleteInlinePolicyFromPermissionSet",
                "PutPermissionsBoundaryToPermissionSet",
                "DeletePermissionsBoundaryFromPermissionSet",
                "ProvisionPermissionSet",
            ],
            rules: &[SET.there()],
        },
        Row {
            operations: &["CreateAccountAssignment"],
            rules: &[ASSIGNED.there(), SET.of(&["provisioning"])],
        },
        // Somebody else may hold it there still.
        Row {
            operations: &["DeleteAccountAssignment"],
            rules: &[ASSIGNED, SET.of(&["provisioning"])],
        },
        Row {
            operations: &["TagResource", "UntagResource"],
            rules: &[look(
                SETS,
                Where::IdentityCenter,
                &["/requestParameters/resourceArn"],
                Form::AsIs,
            )
            .of(&["tags"])],
        },
        Row {
            operations: &[
                "CreateInstance",
                "DeleteInstance",
                "UpdateInstance",
                "StartSSO",
                "DeleteSSO",
            ],
            rules: &[
                whole(SETS, Where::IdentityCenter, &[]),
                whole(STORE, Where::IdentityCenter, &[]),
            ],
        },
    ],
    others: &[
        "Authenticate",
        "Federate",
        "Logout",
        "CreateToken",
        "CreateApplication*",
        "UpdateApplication*",
        "DeleteApplication*",
        "PutApplication*",
        "CreateManagedApplicationInstance",
        "DeleteManagedApplicationInstance",
        "AssociateProfile",
        "DisassociateProfile",
        "CreateProfile",
        "UpdateProfile",
        "DeleteProfile",
        "AssociateDirectory",
        "DisassociateDirectory",
        "UpdateSSOConfiguration",
        "CreateTrustedTokenIssuer",
        "UpdateTrustedTokenIssuer",
        "DeleteTrustedTokenIssuer",
        "CreateInstanceAccessControlAttributeConfiguration",
        "UpdateInstanceAccessControlAttributeConfiguration",
        "DeleteInstanceAccessControlAttributeConfiguration",
    ],
};

pub(super) const IDENTITY_STORE: Service = Service {
    source: "identitystore",
    collectors: &[(STORE, Where::IdentityCenter)],
    rows: &[
        Row { operations: &["CreateUser"], rules: &[USER.there()] },
        Row { operations: &["UpdateUser"], rules: &[USER.there()] },
        Row { operations: &["DeleteUser"], rules: &[USER.gone()] },
        Row { operations: &["CreateGroup", "UpdateGroup"], rules: &[GROUP.there()] },
        Row { operations: &["DeleteGroup"], rules: &[GROUP.gone()] },
        Row { operations: &["CreateGroupMembership"], rules: &[GROUP.there()] },
        Row { operations: &["DeleteGroupMembership"], rules: &[MEMBERSHIP.gone()] },
    ],
    others: &[],
};

const SCIM_ID: &[&str] = &["/requestParameters/id", "/responseElements/id"];
const SCIM_USER: Rule = look(STORE, Where::IdentityCenter, SCIM_ID, Form::After("user/"));
const SCIM_GROUP: Rule = look(STORE, Where::IdentityCenter, SCIM_ID, Form::After("group/"));

/// An identity provider names a user or group by the path of its call, a new one by the answer; whoever is made a
/// member of a group, or is taken out of it, is a change of the group.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/scim-logging-using-cloudtrail.html>
pub(super) const SCIM: Service = Service {
    source: "identitystore-scim",
    collectors: &[(STORE, Where::IdentityCenter)],
    rows: &[
        Row { operations: &["CreateUser", "PutUser", "PatchUser"], rules: &[SCIM_USER.there()] },
        Row { operations: &["DeleteUser"], rules: &[SCIM_USER.gone()] },
        Row {
            operations: &["CreateGroup", "PutGroup", "PatchGroup"],
            rules: &[SCIM_GROUP.there()],
        },
        Row { operations: &["DeleteGroup"], rules: &[SCIM_GROUP.gone()] },
    ],
    others: &[
        "GetUser",
        "GetGroup",
        "GetSchema",
        "ListUsers",
        "ListGroups",
        "ListSchemas",
        "ListResourceTypes",
        "ServiceProviderConfig",
    ],
};

pub(super) const SSO_DIRECTORY: Service = Service {
    source: "sso-directory",
    collectors: &[(STORE, Where::IdentityCenter)],
    rows: &[
        Row {
            operations: &[
                "CreateUser",
                "UpdateUser",
                "UpdateUserName",
                "EnableUser",
                "DisableUser",
                "CreateExternalIdPUser",
            ],
            rules: &[USER],
        },
        Row { operations: &["DeleteUser"], rules: &[USER.gone()] },
        Row {
            operations: &["CreateGroup", "UpdateGroup", "UpdateGroupDisplayName"],
            rules: &[GROUP],
        },
        Row { operations: &["DeleteGroup"], rules: &[GROUP.gone()] },
        Row {
            operations: &[
                "AddMemberToGroup",
                "RemoveMemberFromGroup",
                "AddMembersToGroup",
                "RemoveMembersFromGroup",
            ],
            rules: &[GROUP],
        },
    ],
    others: &[
        "UpdatePassword",
        "ResetPassword",
        "CompletePasswordReset",
        "VerifyEmail",
        "StartVirtualMfaDeviceRegistration",
        "CompleteVirtualMfaDeviceRegistration",
        "StartWebAuthnDeviceRegistration",
        "CompleteWebAuthnDeviceRegistration",
        "DeleteMfaDeviceForUser",
        "UpdateMfaDeviceForUser",
        "UpdateMfaDeviceManagementForDirectory",
        "CreateBearerToken",
        "DeleteBearerToken",
        "CreateProvisioningTenant",
        "DeleteProvisioningTenant",
        "CreateExternalIdPConfigurationForDirectory",
        "UpdateExternalIdPConfigurationForDirectory",
        "DeleteExternalIdPConfigurationForDirectory",
        "EnableExternalIdPConfigurationForDirectory",
        "DisableExternalIdPConfigurationForDirectory",
        "ImportExternalIdPCertificate",
        "DeleteExternalIdPCertificate",
    ],
};
