//! What AWS makes by itself out of the tables: the roles of Identity Center, ids, creation dates.

use std::collections::BTreeSet;

use super::{
    access::{ASSIGNMENTS, PERMISSION_SETS, PermissionSet},
    accounts,
    document::Document,
    iam::{AccountIam, User},
    people::HOME_REGION,
};

/// FNV-1a: the same for ever, whatever the platform.
pub(super) fn hash(text: &str) -> u64 {
    let mixed = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // FNV's low bits are weak for short texts.
    mixed ^ (mixed >> 29)
}

/// A number below `limit` that belongs to a text.
pub(super) fn draw(text: &str, limit: u32) -> u32 {
    u32::try_from(hash(text) % u64::from(limit.max(1))).unwrap_or_default()
}

/// A unique id of IAM for what has this ARN, in the form of AWS's own examples: `AIDA…EXAMPLE`.
pub(super) fn unique_id(prefix: &str, arn: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut rest = hash(arn);
    let mut id = prefix.to_owned();
    for _ in 0..10 {
        let letter = usize::try_from(rest % 32).unwrap_or_default();
        id.push(char::from(LETTERS.get(letter).copied().unwrap_or(b'A')));
        rest /= 32;
    }
    id + "EXAMPLE"
}

/// How many days ago something was made that no table says more about.
pub(super) fn age(identity: &str) -> u32 {
    120 + draw(identity, 900)
}

/// How many days ago a user was made: before everything the user has.
pub(super) fn user_age(user: &User, arn: &str) -> u32 {
    let keys = user.keys.iter().flatten().map(|key| key.created);
    let oldest = keys.chain(user.password.map(|password| password.changed)).max();
    oldest.map_or_else(|| age(arn), |days| days + draw(arn, 30))
}

/// How many days ago a role was made: before it was last used.
pub(super) fn role_age(used: Option<u32>, arn: &str) -> u32 {
    age(arn).max(used.unwrap_or_default() + 1)
}

/// The IAM of an account; `None` if it has none of its own.
pub(super) fn iam_of(account: &str) -> Option<&'static AccountIam> {
    accounts::ALL.iter().find(|iam| iam.account == account)
}

/// A role that Identity Center makes in an account for a permission set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reserved {
    /// The account's key.
    pub(super) account: &'static str,
    /// The permission set.
    pub(super) set: &'static PermissionSet,
}

impl Reserved {
    /// The path of all of them.
    pub(super) fn path() -> String {
        format!("/aws-reserved/sso.amazonaws.com/{HOME_REGION}/")
    }

    /// `AWSReservedSSO_NAME_16hex`
    pub(super) fn name(&self) -> String {
        let suffix = hash(&format!("{}/{}", self.account, self.set.name));
        format!("AWSReservedSSO_{}_{suffix:016x}", self.set.name)
    }

    /// The policies it has, as [`policy_arn`](super::iam::policy_arn) reads them: the managed ones, and the
    /// customer's where the account has them.
    pub(super) fn attached(&self) -> Vec<String> {
        let there = iam_of(self.account).map_or(&[][..], |iam| iam.policies);
        let customer = self
            .set
            .customer
            .iter()
            .filter(|(path, name)| there.iter().any(|own| own.path == *path && own.name == *name))
            .map(|(path, name)| format!("{path}{name}"));
        self.set.managed.iter().map(|name| (*name).to_owned()).chain(customer).collect()
    }

    /// Its inline policy.
    pub(super) fn inline(&self) -> Option<Document> {
        self.set.inline
    }

    /// When it was last used.
    pub(super) fn used(&self) -> Option<u32> {
        let days = draw(&self.name(), 120);
        (days < 90).then_some(days)
    }
}

/// The roles of Identity Center in an account.
pub(super) fn reserved_in(account: &str) -> Vec<Reserved> {
    PERMISSION_SETS
        .iter()
        .filter_map(|set| {
            let mut with = ASSIGNMENTS.iter().filter(|one| one.set == set.name);
            let account = with.find_map(|one| one.accounts.iter().find(|key| **key == account))?;
            Some(Reserved { account, set })
        })
        .collect()
}

/// The keys of the accounts that a permission set is provisioned to.
pub(super) fn provisioned_to(set: &str) -> BTreeSet<&'static str> {
    ASSIGNMENTS
        .iter()
        .filter(|assignment| assignment.set == set)
        .flat_map(|assignment| assignment.accounts.iter().copied())
        .collect()
}

/// The SAML provider that Identity Center makes in an account.
pub(super) fn sso_provider(account: &str) -> String {
    format!("AWSSSO_{:016x}_DO_NOT_DELETE", hash(account))
}
