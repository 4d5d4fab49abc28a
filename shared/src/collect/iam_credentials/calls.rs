//! The table of the credentials' collector: its calls, its capabilities, and what can be asked of a
//! user.

use crate::collect::{Call, CapabilityInfo, Tier, When};
use crate::model::{Capability, Kind};

/// The report itself.
pub(super) const REPORT: &str = "credential-report";
/// Whether users have MFA.
pub(super) const MFA: &str = "mfa";
/// Their access keys.
pub(super) const KEYS: &str = "access-keys";
/// When those were used.
pub(super) const USES: &str = "access-key-use";
/// Their console passwords.
pub(super) const PASSWORDS: &str = "passwords";
/// The list that all calls per user start from.
pub(super) const USERS: &str = "users";
/// Their SSH public keys.
pub(super) const SSH: &str = "ssh-public-keys";
/// Their X.509 signing certificates.
pub(super) const CERTIFICATES: &str = "signing-certificates";
/// Their credentials for single services.
pub(super) const SERVICE: &str = "service-credentials";

const fn capability(
    name: &'static str,
    kinds: &'static [Kind],
    needs: Option<&'static str>,
    when: When,
) -> CapabilityInfo {
    CapabilityInfo { name, kinds, needs, unless: None, when }
}

/// What the report tells; without it, calls per user do.
const fn of_report(
    name: &'static str,
    kinds: &'static [Kind],
    needs: &'static str,
) -> CapabilityInfo {
    let (needs, unless) = (Some(needs), Some(REPORT));
    CapabilityInfo { name, kinds, needs, unless, when: When::Always }
}

/// What the report alone tells: itself, and the root user's credentials.
const OF_REPORT: &[Kind] =
    &[Kind::CredentialReport, Kind::Mfa, Kind::AccessKeys, Kind::AccessKeyUse, Kind::Password];

/// What can be seen of credentials, in the order in which it is looked at.
pub(super) const CAPABILITIES: &[CapabilityInfo] = &[
    capability(REPORT, OF_REPORT, None, When::Always),
    capability(USERS, &[], None, When::Fallback),
    of_report(MFA, &[Kind::Mfa], USERS),
    of_report(KEYS, &[Kind::AccessKeys], USERS),
    of_report(USES, &[Kind::AccessKeyUse], KEYS),
    of_report(PASSWORDS, &[Kind::Password], USERS),
    capability(SSH, &[Kind::SshPublicKeys], Some(USERS), When::Asked),
    capability(CERTIFICATES, &[Kind::SigningCertificates], Some(USERS), When::Asked),
    capability(SERVICE, &[Kind::ServiceCredentials], Some(USERS), When::Asked),
];

/// Every call.
pub(super) const ALL: &[Call] = &[
    GENERATE,
    GET,
    LIST_MFA,
    LIST_KEYS,
    KEY_USE,
    GET_LOGIN,
    LIST_USERS,
    GET_USER,
    LIST_SSH,
    LIST_CERTIFICATES,
    LIST_SERVICE,
    AFTER_EVENT.mfa,
    AFTER_EVENT.keys,
    AFTER_EVENT.uses,
    AFTER_EVENT.password,
];

pub(super) const GENERATE: Call = Call {
    action: "iam:GenerateCredentialReport",
    capability: REPORT,
    tier: Tier::One,
    when: When::Always,
    why: "has AWS make the credential report, at most once in four hours",
    lost: "a fresh credential report; credentials are read user by user, and the root user's not at all",
};

pub(super) const GET: Call = Call {
    action: "iam:GetCredentialReport",
    capability: REPORT,
    tier: Tier::One,
    when: When::Always,
    why: "reads MFA, passwords, access keys and their last use of all users and the root user at once",
    lost: "the credential report; credentials are read user by user, and the root user's not at all",
};

const fn call(
    action: &'static str,
    capability: &'static str,
    when: When,
    why: &'static str,
    lost: &'static str,
) -> Call {
    Call { action, capability, tier: Tier::One, when, why, lost }
}

pub(super) const LIST_USERS: Call = call(
    "iam:ListUsers",
    USERS,
    When::Fallback,
    "lists the users, where the credential report cannot be had or more than it tells is asked for",
    "the users to start from",
);
pub(super) const GET_USER: Call = call(
    "iam:GetUser",
    USERS,
    When::Event,
    "reads the user whose credentials an event touched",
    "changes of credentials between two runs",
);
pub(super) const LIST_MFA: Call = call(
    "iam:ListMFADevices",
    MFA,
    When::Fallback,
    "tells whether a user has MFA, where the credential report cannot be had",
    "MFA of users",
);
pub(super) const LIST_KEYS: Call = call(
    "iam:ListAccessKeys",
    KEYS,
    When::Fallback,
    "lists a user's access keys, where the credential report cannot be had",
    "access keys of users and their last use",
);
pub(super) const KEY_USE: Call = call(
    "iam:GetAccessKeyLastUsed",
    USES,
    When::Fallback,
    "tells when an access key was last used, where the credential report cannot be had",
    "the last use of access keys",
);
pub(super) const GET_LOGIN: Call = call(
    "iam:GetLoginProfile",
    PASSWORDS,
    When::Fallback,
    "tells whether a user has a console password, where the credential report cannot be had",
    "console passwords of users",
);
pub(super) const LIST_SSH: Call = call(
    "iam:ListSSHPublicKeys",
    SSH,
    When::Asked,
    "lists a user's SSH public keys for CodeCommit",
    "SSH public keys of users",
);
pub(super) const LIST_CERTIFICATES: Call = call(
    "iam:ListSigningCertificates",
    CERTIFICATES,
    When::Asked,
    "lists a user's X.509 signing certificates",
    "signing certificates of users",
);
pub(super) const LIST_SERVICE: Call = call(
    "iam:ListServiceSpecificCredentials",
    SERVICE,
    When::Asked,
    "lists a user's passwords and API keys for single services, without the secrets",
    "service-specific credentials of users",
);

/// The calls that tell of one user what the credential report tells of all.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfUser {
    pub(super) mfa: Call,
    pub(super) keys: Call,
    pub(super) uses: Call,
    pub(super) password: Call,
}

/// In a run, in place of the report.
pub(super) const IN_RUN: OfUser =
    OfUser { mfa: LIST_MFA, keys: LIST_KEYS, uses: KEY_USE, password: GET_LOGIN };

/// After an event, whether there is a report or not: the one that there is may be hours older than the event.
pub(super) const AFTER_EVENT: OfUser = OfUser {
    mfa: after_event(LIST_MFA, "tells whether a user that an event touched has MFA"),
    keys: after_event(LIST_KEYS, "lists the access keys of a user that an event touched"),
    uses: after_event(KEY_USE, "tells when a key of a user that an event touched was last used"),
    password: after_event(
        GET_LOGIN,
        "tells whether a user that an event touched has a console password",
    ),
};

const fn after_event(call: Call, why: &'static str) -> Call {
    Call { when: When::Event, why, lost: GET_USER.lost, ..call }
}

/// What can be asked of one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Facet {
    /// MFA devices.
    Mfa,
    /// Access keys and their use.
    Keys,
    /// The console password.
    Password,
    /// SSH public keys.
    SshKeys,
    /// Signing certificates.
    Certificates,
    /// Service-specific credentials.
    ServiceCredentials,
}

impl Facet {
    /// What the credential report tells too.
    pub(super) const OF_REPORT: [Self; 3] = [Self::Mfa, Self::Keys, Self::Password];

    /// What it does not tell.
    pub(super) const ASKED: [Self; 3] =
        [Self::SshKeys, Self::Certificates, Self::ServiceCredentials];

    /// The capabilities that it is: its own first, then what hangs on it.
    pub(super) fn capabilities(self) -> &'static [Capability] {
        match self {
            Self::Mfa => &[MFA],
            Self::Keys => &[KEYS, USES],
            Self::Password => &[PASSWORDS],
            Self::SshKeys => &[SSH],
            Self::Certificates => &[CERTIFICATES],
            Self::ServiceCredentials => &[SERVICE],
        }
    }
}
