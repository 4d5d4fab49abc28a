//! The IAM of an account: what is there.

mod answer;
mod change;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Policies of AWS's own that may be attached.
pub(super) const AWS_MANAGED: [&str; 3] = [
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:iam::aws:policy/PowerUserAccess",
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
];

/// What an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    User,
    Group,
    Role,
}

impl Sort {
    pub(super) const ALL: [Self; 3] = [Self::User, Self::Group, Self::Role];

    /// As operations have it: `PutUserPolicy`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Role => "Role",
        }
    }

    /// As ARNs have it.
    pub(super) fn lower(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::User => "AIDA",
            Self::Group => "AGPA",
            Self::Role => "AROA",
        }
    }
}

/// An access key.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) id: String,
    created: i64,
    pub(super) active: bool,
}

/// A user, group or role. What its sort does not have stays empty.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    sort: Sort,
    name: String,
    path: String,
    id: String,
    created: i64,
    trust: String,
    pub(super) inline: BTreeMap<String, String>,
    pub(super) attached: BTreeSet<String>,
    pub(super) groups: BTreeSet<String>,
    pub(super) boundary: Option<String>,
    tags: BTreeMap<String, String>,
    pub(super) keys: Vec<Key>,
    pub(super) login: Option<i64>,
    pub(super) devices: BTreeSet<String>,
}

/// A managed policy of the customer's.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    name: String,
    path: String,
    id: String,
    created: i64,
    updated: i64,
    pub(super) default: u32,
    last: u32,
    pub(super) versions: BTreeMap<u32, (i64, String)>,
}

/// An instance profile.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    path: String,
    id: String,
    created: i64,
    pub(super) role: Option<String>,
}

/// The IAM of an account.
#[derive(Debug)]
pub(super) struct Iam {
    account: String,
    pub(super) identities: BTreeMap<(Sort, String), Identity>,
    /// By ARN.
    pub(super) policies: BTreeMap<String, Policy>,
    pub(super) profiles: BTreeMap<String, Profile>,
    pub(super) alias: Option<String>,
    /// SAML providers by ARN, with when they were made.
    pub(super) saml: BTreeMap<String, i64>,
    /// OpenID Connect providers.
    pub(super) oidc: BTreeSet<String>,
    /// Virtual devices that nobody has.
    pub(super) spare: BTreeSet<String>,
}

impl Iam {
    pub(super) fn new(account: &str) -> Self {
        Self {
            account: account.to_owned(),
            identities: BTreeMap::new(),
            policies: BTreeMap::new(),
            profiles: BTreeMap::new(),
            alias: None,
            saml: BTreeMap::new(),
            oidc: BTreeSet::new(),
            spare: BTreeSet::new(),
        }
    }

    fn arn(&self, kind: &str, path: &str, name: &str) -> String {
        format!("arn:aws:iam::{}:{kind}{path}{name}", self.account)
    }

    fn arn_of(&self, identity: &Identity) -> String {
        self.arn(identity.sort.lower(), &identity.path, &identity.name)
    }

    /// The names of a sort.
    pub(super) fn names(&self, sort: Sort) -> Vec<String> {
        let of = self.identities.keys().filter(|(it, _)| *it == sort);
        of.map(|(_, name)| name.clone()).collect()
    }

    fn of(&self, sort: Sort) -> impl Iterator<Item = &Identity> {
        self.identities.values().filter(move |it| it.sort == sort)
    }

    /// To how many identities a policy is attached, and how many it bounds.
    fn uses(&self, arn: &str) -> (usize, usize) {
        let all = || self.identities.values();
        let attached = all().filter(|it| it.attached.contains(arn)).count();
        (attached, all().filter(|it| it.boundary.as_deref() == Some(arn)).count())
    }
}

/// A text of a request.
fn text<'v>(request: &'v Value, name: &str) -> Option<&'v str> {
    request.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}
