//! Who asks, and whom a policy of a resource names.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use super::document::{Listed, NamedPrincipal, PrincipalKind};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    text: Box<str>,
    kind: Kind,
    account: Option<Box<str>>,
    /// The partition of its ARN; `None` where it is not known by an ARN.
    partition: Option<Box<str>>,
    /// The name of the role whose session it is.
    role: Option<Box<str>>,
}

/// What kind of principal asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nobody that AWS knows.
    Anonymous,
    /// The root user of an account.
    Root,
    /// A user.
    User,
    /// A role, in a session that is not named.
    Role,
    /// A session of a role.
    Session,
    /// A user's or root user's session of `GetFederationToken`.
    FederatedUser,
    /// A service of AWS, or an identity provider.
    Outside,
}

/// How much a policy that names a principal gives it. The greater says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Naming {
    /// Its account is named, which leaves it to the account who may.
    Account,
    /// Its role is named: a boundary and the policy of a session still limit.
    Role,
    /// It is named itself, or everyone is.
    Itself,
}

/// What the names of services end with: in all partitions, and in the others besides, as botocore's `partitions.json` has
/// their domains.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services>
const SERVICES: [&str; 7] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
];

/// The parts of an ARN of an identity.
struct Identity<'a> {
    partition: &'a str,
    service: &'a str,
    account: &'a str,
    kind: &'a str,
    rest: &'a str,
}

fn identity(text: &str) -> Option<Identity<'_>> {
    let mut parts = text.splitn(6, ':');
    let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    if arn != "arn" || !region.is_empty() || !is_account(account) {
        return None;
    }
    let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
    Some(Identity { partition, service, account, kind, rest })
}

/// Whether a text is the id of an account.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Principal {
    /// Somebody without credentials.
    pub fn anonymous() -> Self {
        Self { text: "*".into(), kind: Kind::Anonymous, account: None, partition: None, role: None }
    }

    /// Reads the ARN of a principal, the id of an account (its root user), or the name of a service or of an identity
    /// provider. `None` where the text is nobody who can ask.
    pub fn read(text: &str) -> Option<Self> {
        let found = identity(text);
        let of = |kind, account: Option<&str>| {
            let role = found.as_ref().filter(|_| kind == Kind::Session);
            let role = role.and_then(|identity| identity.rest.split('/').next());
            Some(Self {
                text: text.into(),
                kind,
                account: account.map(Into::into),
                partition: found.as_ref().map(|identity| identity.partition.into()),
                role: role.map(Into::into),
            })
        };
        if is_account(text) {
            return of(Kind::Root, Some(text));
        }
        let Some(identity) = &found else {
            let is_name = !text.starts_with("arn:")
                && text.contains('.')
                && !text.contains(|c: char| c.is_whitespace() || c == '*' || c == '?');
            return if is_name { of(Kind::Outside, None) } else { None };
        };
        let kind = match (identity.service, identity.kind) {
            ("iam", "root") if identity.rest.is_empty() => Kind::Root,
            ("iam", "user") => Kind::User,
            ("iam", "role") => Kind::Role,
            ("iam", "saml-provider" | "oidc-provider") => return of(Kind::Outside, None),
            ("sts", "assumed-role") if identity.rest.contains('/') => Kind::Session,
            ("sts", "federated-user") => Kind::FederatedUser,
            _ => return None,
        };
        if kind != Kind::Root && identity.rest.is_empty() {
            return None;
        }
        of(kind, Some(identity.account))
    }

    /// The text that it was read from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What kind of principal it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it is a service of AWS, by its name, in any partition.
    pub fn is_service(&self) -> bool {
        let is_one = || SERVICES.iter().any(|domain| self.text.ends_with(domain));
        self.kind == Kind::Outside && is_one()
    }

    /// Its account, if it has one.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The ARN of the root user of its account, in the partition `aws` where its own is not known.
    pub fn root_arn(&self) -> Option<String> {
        let account = self.account.as_ref()?;
        Some(format!("arn:{}:iam::{account}:root", self.partition.as_deref().unwrap_or("aws")))
    }

    /// Whether it is a role that a service made for itself, or a session of one. These are known by their path, and a
    /// session, which has none, by the name that they all start with.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html>
    pub fn is_service_linked(&self) -> bool {
        let Some(identity) = identity(&self.text) else { return false };
        match self.kind {
            Kind::Role => identity.rest.starts_with("aws-service-role/"),
            Kind::Session => identity.rest.starts_with("AWSServiceRoleFor"),
            _ => false,
        }
    }
}

/// Whom an entry of a policy names.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    Everyone,
    /// An account, in any partition if it is named by its id alone.
    Account {
        partition: Option<Box<str>>,
        id: Box<str>,
    },
    /// A role, by its name: names are unique in an account whatever the path, and sessions have no path.
    Role {
        partition: Box<str>,
        account: Box<str>,
        name: Box<str>,
        arn: Box<str>,
    },
    /// A user, a session, a service or a provider: by its text.
    Text(Box<str>),
    /// Any service, or any provider.
    Outside,
    /// Nobody that can ask: what was deleted (`AIDA…`), a pattern. A canonical user may be anybody: statements that name one
    /// are set aside before.
    Nobody,
}

impl Named {
    fn read(named: &NamedPrincipal) -> Self {
        let text = named.text.as_str();
        match named.kind {
            PrincipalKind::Everyone => Self::Everyone,
            // `"*"` and `{"AWS": "*"}` are the same.
            PrincipalKind::Aws if text == "*" => Self::Everyone,
            PrincipalKind::Aws => Self::of_aws(text),
            PrincipalKind::Service | PrincipalKind::Federated if text == "*" => Self::Outside,
            PrincipalKind::Service | PrincipalKind::Federated => Self::Text(text.into()),
            PrincipalKind::Canonical => Self::Nobody,
        }
    }

    fn of_aws(text: &str) -> Self {
        if is_account(text) {
            return Self::Account { partition: None, id: text.into() };
        }
        let Some(identity) = identity(text) else { return Self::Nobody };
        let Identity { partition, account, rest, .. } = identity;
        // A wildcard cannot stand for a part of a name.
        if text.contains(['*', '?']) {
            return Self::Nobody;
        }
        match (identity.service, identity.kind) {
            ("iam", "root") => {
                Self::Account { partition: Some(partition.into()), id: account.into() }
            }
            ("iam", "role") => Self::Role {
                partition: partition.into(),
                account: account.into(),
                name: rest.rsplit('/').next().unwrap_or(rest).into(),
                arn: text.into(),
            },
            ("iam", "user") | ("sts", "assumed-role" | "federated-user") => Self::Text(text.into()),
            _ => Self::Nobody,
        }
    }

    fn names(&self, principal: &Principal) -> Option<Naming> {
        let itself = |is: bool| is.then_some(Naming::Itself);
        match self {
            Self::Everyone => Some(Naming::Itself),
            Self::Nobody => None,
            Self::Outside => itself(principal.kind == Kind::Outside),
            Self::Text(text) => itself(*text == principal.text),
            Self::Account { partition, id } => {
                // Who is known by the id of its account alone is in any partition.
                let is = principal.account.as_deref() == Some(&**id)
                    && match (partition, &principal.partition) {
                        (Some(own), Some(other)) => own == other,
                        _ => true,
                    };
                // The root user is its account.
                let naming = match principal.kind {
                    Kind::Root => Naming::Itself,
                    _ => Naming::Account,
                };
                is.then_some(naming)
            }
            Self::Role { partition, account, name, arn } => {
                let is = match principal.kind {
                    Kind::Role => principal.text == *arn,
                    Kind::Session => {
                        principal.role.as_ref() == Some(name)
                            && principal.account.as_ref() == Some(account)
                            && principal.partition.as_ref() == Some(partition)
                    }
                    _ => false,
                };
                is.then_some(Naming::Role)
            }
        }
    }
}

/// Whether the list names the principal itself, and not only its account. Of a session the role must be named too.
///
/// <https://aws.amazon.com/blogs/security/how-to-restrict-amazon-s3-bucket-access-to-a-specific-iam-role/>
fn spares(items: &[Named], principal: &Principal) -> bool {
    let names = |item: &Named, naming| item.names(principal) == Some(naming);
    let is_named = |naming| items.iter().any(|item| names(item, naming));
    match principal.kind {
        Kind::Role => is_named(Naming::Role) || is_named(Naming::Itself),
        Kind::Session => {
            let is_everyone = items.contains(&Named::Everyone);
            is_everyone || (is_named(Naming::Role) && is_named(Naming::Itself))
        }
        _ => is_named(Naming::Itself),
    }
}

/// Whom at most a statement names: where to look for those whom it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach<'a> {
    /// Everyone, and each as itself.
    Everyone,
    /// Some of those who have these ARNs, or are in these accounts.
    Few {
        /// ARNs of users and roles.
        arns: Vec<&'a str>,
        /// Ids of accounts.
        accounts: Vec<&'a str>,
    },
    /// Anybody may be named.
    Anybody,
}

/// Whom a statement is about, made ready for matching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principals(Listed<Named>);

impl Principals {
    /// Makes the element ready.
    pub fn compile(written: &Listed<NamedPrincipal>) -> Self {
        let read = |items: &[NamedPrincipal]| items.iter().map(Named::read).collect();
        Self(match written {
            Listed::In(items) => Listed::In(read(items)),
            Listed::NotIn(items) => Listed::NotIn(read(items)),
        })
    }

    /// Whom at most it names, of users, roles and root users.
    pub fn reach(&self) -> Reach<'_> {
        let Listed::In(items) = &self.0 else { return Reach::Anybody };
        if items.contains(&Named::Everyone) {
            return Reach::Everyone;
        }
        let (mut arns, mut accounts) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                Named::Account { id, .. } => accounts.push(&**id),
                Named::Role { arn, .. } => arns.push(&**arn),
                Named::Text(text) => arns.push(&**text),
                Named::Everyone | Named::Outside | Named::Nobody => {}
            }
        }
        Reach::Few { arns, accounts }
    }

    /// How an `Allow` names the principal, if it does. `NotPrincipal` gives to everyone but whoever is named, and whose
    /// account or role is.
    pub fn allow(&self, principal: &Principal) -> Option<Naming> {
        match &self.0 {
            Listed::In(items) => items.iter().filter_map(|item| item.names(principal)).max(),
            Listed::NotIn(items) => {
                let is_named = items.iter().any(|item| item.names(principal).is_some());
                (!is_named).then_some(Naming::Itself)
            }
        }
    }

    /// Whether a `Deny` is about the principal. `NotPrincipal` spares only whoever is named itself, a session by its own
    /// name and its role's: to name an account does not spare its users. It spares nobody who has a permissions boundary.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
    pub fn deny(&self, principal: &Principal, boundary: Bounded) -> bool {
        match &self.0 {
            Listed::In(items) => items.iter().any(|item| item.names(principal).is_some()),
            Listed::NotIn(items) => boundary == Bounded::Yes || !spares(items, principal),
        }
    }
}

/// Whether the principal has a permissions boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounded {
    /// It has.
    Yes,
    /// It has none.
    No,
}

#[cfg(test)]
mod tests;
