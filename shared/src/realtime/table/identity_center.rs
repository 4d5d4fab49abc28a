//! Identity Center: permission sets and assignments, and the people behind them. Its events appear in its home region.
//!
//! The console and SCIM use the names of `sso-directory`, the public API those of `identitystore`.
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
/// Who holds a set in an account; provisioning it there is a part of the first assignment.
const ASSIGNED: Rule = look(
    SETS,
    Where::IdentityCenter,
    &["/requestParameters/permissionSetArn"],
    Form::Pair("/requestParameters/targetId"),
)
.of(&["assignments"]);

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
            operations: &["CreateAccountAssignment", "DeleteAccountAssignment"],
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
