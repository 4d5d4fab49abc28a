//! What the questions are asked about: principals with their policies, resources with theirs, and the organization's tree.
//!
//! Every distinct text of a policy is read once and shared. What cannot be read is set aside with its reason; a policy that
//! is in force and whose text nobody has is there as [`Policy::missing`].

mod center;
mod details;
mod draft;
mod loose;
mod neutral;
mod parts;
mod snapshot;
mod tree;

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::target::parts;
use crate::policy::Policy;
use crate::policy::document::Document;
use crate::policy::principal::Principal;

pub use draft::Draft;
pub(super) use draft::read;

/// A policy that allows everything.
const ALL_RIGHTS: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// Where a policy comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is inside of its principal, by that name.
    Inline(Arc<str>),
    /// A managed policy that is attached to the principal.
    Managed(Arc<str>),
    /// A policy of a group that the user is in.
    Group {
        /// The group.
        group: Arc<str>,
        /// The ARN of the managed policy, or the name of the inline one.
        policy: Arc<str>,
    },
    /// A policy of the organization.
    Organization {
        /// The root, unit or account that it is attached to.
        at: Arc<str>,
        /// Its id.
        policy: Arc<str>,
    },
    /// The policy of a resource, the trust of a role included.
    Resource(Arc<str>),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(name) => write!(f, "inline {name}"),
            Self::Managed(arn) => f.write_str(arn),
            Self::Group { group, policy } => write!(f, "{policy} of {group}"),
            Self::Organization { at, policy } => write!(f, "{policy} at {at}"),
            Self::Resource(arn) => write!(f, "policy of {arn}"),
        }
    }
}

/// A policy where it is in force.
#[derive(Clone, Debug)]
pub struct Held {
    /// Which of the estate's distinct policies it is.
    pub id: usize,
    /// The policy, shared by all who have it.
    pub policy: Arc<Policy>,
    /// Where it comes from.
    pub source: Source,
}

impl Borrow<Policy> for Held {
    fn borrow(&self) -> &Policy {
        &self.policy
    }
}

/// A user, role or root user with all that speaks for it.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who it is.
    pub principal: Principal,
    /// Its unique id, where it is known.
    pub unique_id: Option<Box<str>>,
    /// Its policies: inline, managed, and those of its groups.
    pub policies: Box<[Held]>,
    /// Its permissions boundary.
    pub boundary: Option<Held>,
    /// Who may assume it; `None` for users, and for roles whose trust nobody has.
    pub trust: Option<Held>,
    /// The groups that it is in, by ARN.
    pub groups: Box<[Arc<str>]>,
    /// Its tags; `None` where nobody has them.
    pub tags: Option<Tags>,
    /// Whether its requests have these tags alone: all of its own are known, and its sessions are given no others, which
    /// would replace them too.
    pub has_all_tags: bool,
    /// Whether an instance profile carries it; `None` where nobody looked.
    pub has_instance_profile: Option<bool>,
}

impl Identity {
    /// Its ARN.
    pub fn arn(&self) -> &str {
        self.principal.as_str()
    }

    /// Its account.
    pub fn account(&self) -> &str {
        self.principal.account().unwrap_or_default()
    }

    /// Whether it is a role of Identity Center's, which starts its sessions.
    pub(super) fn is_of_center(&self) -> bool {
        is_of_center(&self.principal)
    }

    /// The same with a policy more, one that allows everything.
    pub(super) fn with_all_rights(&self) -> Self {
        let document = Document::read(ALL_RIGHTS);
        let all = document.map(|document| Held {
            id: usize::MAX,
            policy: Policy::compile(&document).into(),
            source: Source::Inline("all rights".into()),
        });
        let policies = self.policies.iter().cloned().chain(all).collect();
        Self { policies, ..self.clone() }
    }
}

fn is_of_center(principal: &Principal) -> bool {
    principal.as_str().contains(":role/aws-reserved/sso.amazonaws.com/")
}

/// Tags: keys in lower case, as conditions compare them, and values.
pub type Tags = Box<[(Box<str>, Box<str>)]>;

/// A version of a managed policy that is not in force.
#[derive(Clone, Debug)]
pub struct Version {
    /// `v1`, `v2`, …
    pub id: Box<str>,
    /// What it says.
    pub held: Held,
}

/// A resource and its policy.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    /// Whose it is, where that is known.
    pub account: Option<Box<str>>,
    /// Its policy, if it has one.
    pub policy: Option<Held>,
    /// What it is a part of, or another name of: the key of an alias, the bucket of an access point.
    pub parent: Option<Box<str>>,
    /// The region that it is in, where its ARN does not say.
    pub region: Option<Box<str>>,
    /// Its tags; `None` where nobody has them.
    pub tags: Option<Tags>,
    /// From where an access point is entered: `Internet` or `VPC`.
    pub network: Option<Box<str>>,
    /// Whether public policies give nothing here.
    pub is_shut: bool,
    /// What is taken for granted about it because nobody collected otherwise.
    pub note: Option<Box<str>>,
}

/// A role that Identity Center gives somebody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Given {
    /// The name of the user of the identity store; of the group where nobody knows its members.
    pub who: Box<str>,
    /// The permission set, and the group that it is given to.
    pub via: Box<str>,
}

/// What the organization lays on an account.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// The ids from the root down to the unit of the account.
    pub path: Vec<Arc<str>>,
    /// Service control policies by level, from the root to the account.
    pub scps: Vec<Vec<Held>>,
    /// Resource control policies by level, likewise.
    pub rcps: Vec<Vec<Held>>,
}

/// The organization.
#[derive(Clone, Debug, Default)]
pub struct Organization {
    /// `o-…`, where it is known.
    pub id: Option<Box<str>>,
    /// The management account, which policies of the organization do not limit.
    pub management: Option<Box<str>>,
    /// Its accounts.
    pub accounts: BTreeMap<Box<str>, Guard>,
    /// What is taken to be laid on any other account, where the accounts could not be read.
    pub others: Option<Guard>,
}

/// A part of the input that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it stood.
    pub place: String,
    /// Why.
    pub reason: String,
}

impl fmt::Display for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Estate {
    /// Who may ask, by ARN.
    pub identities: Vec<Identity>,
    /// Groups and their policies, by ARN.
    pub groups: BTreeMap<Arc<str>, Vec<Held>>,
    /// The versions of customer managed policies that are not in force, by the policy's ARN, in the order of their ids.
    pub versions: BTreeMap<Arc<str>, Vec<Version>>,
    /// What has a policy, or an owner that its ARN does not tell.
    pub resources: BTreeMap<Box<str>, Resource>,
    /// To whom Identity Center gives a role, by the role's ARN.
    pub given: BTreeMap<Box<str>, Vec<Given>>,
    /// The organization; `None` where the accounts are in none, or nobody told.
    pub organization: Option<Organization>,
    /// The accounts that the identities are in.
    pub accounts: BTreeSet<Box<str>>,
    /// The keys, in lower case, of the tags of resources that policies ask for.
    pub asked_tags: BTreeSet<Box<str>>,
    /// How many distinct policies there are.
    pub policies: usize,
    /// What could not be read.
    pub set_aside: Vec<SetAside>,
}

impl Estate {
    /// Reads files, given as name and text: the neutral import, or what `aws iam get-account-authorization-details`
    /// prints, told apart by what is in them. Any number of both, in any order.
    pub fn import<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut draft = Draft::default();
        for (name, text) in files {
            draft.file(name, text);
        }
        draft.finish()
    }

    /// The estate that a store holds.
    pub fn of_snapshot(snapshot: &crate::model::Snapshot) -> Self {
        snapshot::estate(snapshot)
    }

    /// The place of a principal among the identities.
    pub fn find(&self, arn: &str) -> Option<usize> {
        self.identities.binary_search_by(|identity| identity.arn().cmp(arn)).ok()
    }

    /// A principal.
    pub fn identity(&self, arn: &str) -> Option<&Identity> {
        self.identities.get(self.find(arn)?)
    }

    /// What the organization lays on an account.
    pub fn guard(&self, account: &str) -> Option<&Guard> {
        let organization = self.organization.as_ref()?;
        organization.accounts.get(account).or(organization.others.as_ref())
    }

    /// The accounts whose principals were collected, in order.
    pub fn accounts(&self) -> BTreeSet<&str> {
        self.identities.iter().map(Identity::account).collect()
    }

    /// Whether anything of an account was collected.
    pub fn knows_account(&self, account: &str) -> bool {
        self.guard(account).is_some() || self.accounts.contains(account)
    }

    /// The resource whose policy speaks about a request's resource: itself, or the one that it is a part of.
    pub fn resource(&self, arn: &str) -> Option<(&str, &Resource)> {
        let found = self.resources.get_key_value(arn);
        let found = found.or_else(|| self.resources.get_key_value(whole(arn)?));
        found.map(|(arn, resource)| (&**arn, resource))
    }
}

/// The ARN of what a part has its policy from: the bucket or access point of an object, the table of an index. A stream has
/// a policy of its own.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>,
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html>
fn whole(arn: &str) -> Option<&str> {
    let (service, rest) = parts(arn);
    let (kind, names) = rest.split_once('/')?;
    let name = match (service, kind) {
        ("s3", _) if arn.contains(":s3:::") => return arn.split('/').next(),
        ("s3", "accesspoint") => names.split_once("/object/")?.0,
        ("dynamodb", "table") => names.split_once("/index/")?.0,
        _ => return None,
    };
    arn.get(..arn.len() - names.len() + name.len())
}

/// The pattern of the parts that have their policy from a thing.
pub(super) fn parts_of(arn: &str) -> Option<String> {
    let (service, rest) = parts(arn);
    let parts = match service {
        "s3" if arn.contains(":s3:::") => "*",
        "s3" if rest.starts_with("accesspoint/") => "object/*",
        "dynamodb" if rest.starts_with("table/") => "index/*",
        _ => return None,
    };
    Some(format!("{arn}/{parts}"))
}

#[cfg(test)]
mod tests;
