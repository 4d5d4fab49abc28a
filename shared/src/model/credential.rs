//! Credentials of IAM users and of the root user: what exists and when it was used, never a secret.
//!
//! Each fact is its own entity, because each has its own permission: the credential report gives all
//! of them in one call, and where it is denied per-user calls give some.

use super::{Arn, LastUsed, Timestamp, Tri};

/// Who holds a credential: an IAM user, or the root user of an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder {
    /// The user's ARN; `arn:…:iam::111122223333:root` for the root user.
    pub arn: Arn,
    /// When the user was created: with the ARN it tells a user from a later one of the same name.
    pub created: Option<Timestamp>,
}

impl Holder {
    /// The part of an entity id that names the holder.
    pub fn key(&self) -> String {
        match self.created {
            Some(created) => format!("{}#{}", self.arn, created.as_second()),
            None => self.arn.to_string(),
        }
    }
}

/// The credential report that was read.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialReport {
    /// The account.
    pub account: super::AccountId,
    /// When AWS made it; AWS makes a new one at most every four hours.
    pub generated: Timestamp,
    /// How many users it lists, the root user included.
    pub rows: u64,
}

/// Whether the holder has an MFA device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mfa {
    /// Whose.
    pub holder: Holder,
    /// Whether at least one device is active.
    pub active: Tri,
}

/// The console password of a holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password {
    /// Whose.
    pub holder: Holder,
    /// Whether there is one.
    pub enabled: Tri,
    /// When it was last used to sign in.
    pub last_used: LastUsed,
    /// When it was last changed; `None` where AWS does not say.
    pub last_changed: Option<Timestamp>,
    /// When the account's policy wants it changed; `None` where it does not or AWS does not say.
    pub next_rotation: Option<Timestamp>,
}

/// One access key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// The slot in the credential report (1 or 2), or the order of listing.
    pub slot: u8,
    /// The access key id, which the credential report does not give.
    pub id: Option<String>,
    /// Whether the key can be used.
    pub active: bool,
    /// When it was created or last rotated.
    pub created: Option<Timestamp>,
}

/// The access keys of a holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeys {
    /// Whose.
    pub holder: Holder,
    /// At most two (a quota of IAM), by slot.
    pub keys: Vec<AccessKey>,
}

/// When the access keys of a holder were last used, by slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeyUse {
    /// Whose.
    pub holder: Holder,
    /// Slot and last use.
    pub uses: Vec<(u8, LastUsed)>,
}

/// One credential of the kinds that are only listed when asked for: SSH public keys, signing
/// certificates, service-specific credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedCredential {
    /// The id that AWS gave it.
    pub id: String,
    /// The service it is for (service-specific credentials only).
    pub service: Option<String>,
    /// `Active`, `Inactive` or `Expired`, as AWS says it.
    pub status: String,
    /// When it was uploaded or created.
    pub created: Option<Timestamp>,
}

/// The credentials of one of those kinds that a holder has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedCredentials {
    /// Whose.
    pub holder: Holder,
    /// The credentials, by id.
    pub credentials: Vec<ListedCredential>,
}
