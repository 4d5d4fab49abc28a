//! What the IAM of an account consists of, and how the tables write it.
//!
//! Ages are days before the day the organization is looked at. Policies are named as
//! [`policy_arn`] reads them: `AdministratorAccess` and `service-role/…` are AWS's, `/team/name` is the
//! account's own.

use super::document::{Document, Trust};

/// The IAM of one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccountIam {
    /// The key of the account.
    pub(super) account: &'static str,
    /// Its alias.
    pub(super) alias: Option<&'static str>,
    /// Its root user.
    pub(super) root: Root,
    /// Customer-managed policies.
    pub(super) policies: &'static [Policy],
    /// Groups.
    pub(super) groups: &'static [Group],
    /// Users.
    pub(super) users: &'static [User],
    /// Roles, without those that Identity Center and Organizations make.
    pub(super) roles: &'static [Role],
    /// Issuers of OpenID Connect providers.
    pub(super) oidc: &'static [&'static str],
    /// SAML providers.
    pub(super) saml: &'static [&'static str],
    /// Server certificates: path and name.
    pub(super) certificates: &'static [(&'static str, &'static str)],
}

/// An account with nothing of its own.
pub(super) const fn account(key: &'static str) -> AccountIam {
    AccountIam {
        account: key,
        alias: None,
        root: Root { mfa: true, key: None, used: None },
        policies: &[],
        groups: &[],
        users: &[],
        roles: &[],
        oidc: &[],
        saml: &[],
        certificates: &[],
    }
}

/// The root user.
#[derive(Debug, Clone, Copy)]
pub(super) struct Root {
    /// Whether there is MFA.
    pub(super) mfa: bool,
    /// The age of its access key.
    pub(super) key: Option<u32>,
    /// When it last signed in.
    pub(super) used: Option<u32>,
}

/// A customer-managed policy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Policy {
    /// The path.
    pub(super) path: &'static str,
    /// The name.
    pub(super) name: &'static str,
    /// What people wrote about it.
    pub(super) description: &'static str,
    /// Its versions, oldest first.
    pub(super) versions: &'static [Document],
    /// Which of them is in force, from 1.
    pub(super) default: usize,
}

/// A policy at the path `/` with one version.
pub(super) const fn policy(name: &'static str, versions: &'static [Document]) -> Policy {
    Policy { path: "/", name, description: "", versions, default: versions.len() }
}

impl Policy {
    pub(super) const fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    pub(super) const fn described(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    pub(super) const fn in_force(mut self, version: usize) -> Self {
        self.default = version;
        self
    }
}

/// A group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) attached: &'static [&'static str],
    pub(super) inline: &'static [(&'static str, Document)],
}

/// A group without policies.
pub(super) const fn group(name: &'static str) -> Group {
    Group { path: "/", name, attached: &[], inline: &[] }
}

impl Group {
    pub(super) const fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    pub(super) const fn attach(mut self, policies: &'static [&'static str]) -> Self {
        self.attached = policies;
        self
    }

    pub(super) const fn inline(mut self, policies: &'static [(&'static str, Document)]) -> Self {
        self.inline = policies;
        self
    }
}

/// A console password.
#[derive(Debug, Clone, Copy)]
pub(super) struct Password {
    /// When it was last changed.
    pub(super) changed: u32,
    /// When it was last used.
    pub(super) used: Option<u32>,
}

/// An access key.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccessKey {
    pub(super) active: bool,
    /// When it was made.
    pub(super) created: u32,
    /// When it was last used, and for which service.
    pub(super) used: Option<(u32, &'static str)>,
}

/// A user.
#[derive(Debug, Clone, Copy)]
pub(super) struct User {
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) groups: &'static [&'static str],
    pub(super) attached: &'static [&'static str],
    pub(super) inline: &'static [(&'static str, Document)],
    pub(super) boundary: Option<&'static str>,
    pub(super) tags: &'static [(&'static str, &'static str)],
    pub(super) password: Option<Password>,
    pub(super) mfa: bool,
    pub(super) keys: [Option<AccessKey>; 2],
    pub(super) ssh_key: bool,
    pub(super) signing_certificate: bool,
    /// The service that a service-specific credential is for.
    pub(super) service_credential: Option<&'static str>,
}

/// A user with nothing.
pub(super) const fn user(name: &'static str) -> User {
    User {
        path: "/",
        name,
        groups: &[],
        attached: &[],
        inline: &[],
        boundary: None,
        tags: &[],
        password: None,
        mfa: false,
        keys: [None, None],
        ssh_key: false,
        signing_certificate: false,
        service_credential: None,
    }
}

impl User {
    pub(super) const fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    pub(super) const fn in_groups(mut self, groups: &'static [&'static str]) -> Self {
        self.groups = groups;
        self
    }

    pub(super) const fn attach(mut self, policies: &'static [&'static str]) -> Self {
        self.attached = policies;
        self
    }

    pub(super) const fn inline(mut self, policies: &'static [(&'static str, Document)]) -> Self {
        self.inline = policies;
        self
    }

    pub(super) const fn bounded(mut self, policy: &'static str) -> Self {
        self.boundary = Some(policy);
        self
    }

    pub(super) const fn tags(mut self, tags: &'static [(&'static str, &'static str)]) -> Self {
        self.tags = tags;
        self
    }

    /// A console password: when it was changed, when it was used.
    pub(super) const fn password(mut self, changed: u32, used: Option<u32>) -> Self {
        self.password = Some(Password { changed, used });
        self
    }

    pub(super) const fn mfa(mut self) -> Self {
        self.mfa = true;
        self
    }

    /// An active access key: when it was made, when and for what it was used.
    pub(super) const fn key(self, created: u32, used: Option<(u32, &'static str)>) -> Self {
        self.with_key(AccessKey { active: true, created, used })
    }

    /// An access key that somebody switched off.
    pub(super) const fn inactive_key(self, created: u32) -> Self {
        self.with_key(AccessKey { active: false, created, used: None })
    }

    const fn with_key(mut self, key: AccessKey) -> Self {
        let [first, _] = self.keys;
        self.keys = if first.is_none() { [Some(key), None] } else { [first, Some(key)] };
        self
    }

    pub(super) const fn ssh_key(mut self) -> Self {
        self.ssh_key = true;
        self
    }

    pub(super) const fn signing_certificate(mut self) -> Self {
        self.signing_certificate = true;
        self
    }

    pub(super) const fn service_credential(mut self, service: &'static str) -> Self {
        self.service_credential = Some(service);
        self
    }
}

/// A role.
#[derive(Debug, Clone, Copy)]
pub(super) struct Role {
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) trust: Trust,
    pub(super) attached: &'static [&'static str],
    pub(super) inline: &'static [(&'static str, Document)],
    pub(super) boundary: Option<&'static str>,
    pub(super) tags: &'static [(&'static str, &'static str)],
    /// When it was last used.
    pub(super) used: Option<u32>,
    /// Whether an instance profile of the same name carries it.
    pub(super) profile: bool,
}

/// A role without permissions that was never used.
pub(super) const fn role(name: &'static str, trust: Trust) -> Role {
    Role {
        path: "/",
        name,
        description: "",
        trust,
        attached: &[],
        inline: &[],
        boundary: None,
        tags: &[],
        used: None,
        profile: false,
    }
}

impl Role {
    pub(super) const fn at(mut self, path: &'static str) -> Self {
        self.path = path;
        self
    }

    pub(super) const fn described(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    pub(super) const fn attach(mut self, policies: &'static [&'static str]) -> Self {
        self.attached = policies;
        self
    }

    pub(super) const fn inline(mut self, policies: &'static [(&'static str, Document)]) -> Self {
        self.inline = policies;
        self
    }

    pub(super) const fn bounded(mut self, policy: &'static str) -> Self {
        self.boundary = Some(policy);
        self
    }

    pub(super) const fn tags(mut self, tags: &'static [(&'static str, &'static str)]) -> Self {
        self.tags = tags;
        self
    }

    pub(super) const fn used(mut self, days: u32) -> Self {
        self.used = Some(days);
        self
    }

    pub(super) const fn profile(mut self) -> Self {
        self.profile = true;
        self
    }
}

/// The ARN of a policy as the tables name it, in an account.
pub(super) fn policy_arn(account: &str, name: &str) -> String {
    if name.starts_with('/') {
        format!("arn:aws:iam::{account}:policy{name}")
    } else {
        format!("arn:aws:iam::aws:policy/{name}")
    }
}

/// Whether the tables mean a policy of AWS's.
pub(super) fn is_aws_managed(name: &str) -> bool {
    !name.starts_with('/')
}
