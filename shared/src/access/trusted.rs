//! Who comes into a role from outside of what was collected: services, identity providers, other accounts, and the people
//! whom Identity Center gives it to.
//!
//! The collected principals are [`Trust`](super::chain::Trust)'s: of them both ends are known. Of the others the trust of
//! the role is all that there is to decide by, so what their own account lets them do is taken to be enough; what the trust
//! asks of them and nobody knows comes back as conditions.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use std::collections::BTreeSet;
use std::fmt;

use super::estate::{Estate, Held, Identity, Source};
use super::facts::membership;
use crate::policy::Policy;
use crate::policy::document::{Document, Effect};
use crate::policy::evaluate::facts::{About, derive};
use crate::policy::evaluate::{Context, Decision, Layers, Mode, Request, explain};
use crate::policy::principal::{Kind, Principal, Reach};

/// What a person whom Identity Center gives a role to assumes it with.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html>
const BY_SAML: &str = "sts:AssumeRoleWithSAML";
const BY_TOKEN: &str = "sts:AssumeRoleWithWebIdentity";
const ASSUME: &str = "sts:AssumeRole";

/// Providers of identities that are named without an ARN.
const PUBLIC_PROVIDERS: &[&str] = &[
    "cognito-identity.amazonaws.com",
    "www.amazon.com",
    "graph.facebook.com",
    "accounts.google.com",
];

/// Who comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outsider {
    /// Somebody of the identity store, or a group of it whose members nobody knows.
    Person,
    /// Whoever an OpenID Connect provider vouches for.
    Oidc,
    /// Whoever a SAML provider vouches for.
    Saml,
    /// An account of which nothing was collected.
    Account,
    /// A user, role or session that was not collected.
    Principal,
    /// Anybody.
    Everyone,
    /// A service of AWS.
    Service,
}

impl Outsider {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Oidc => "oidc",
            Self::Saml => "saml",
            Self::Account => "account",
            Self::Principal => "principal",
            Self::Everyone => "everyone",
            Self::Service => "service",
        }
    }

    fn action(self) -> &'static str {
        match self {
            Self::Person | Self::Saml => BY_SAML,
            Self::Oidc => BY_TOKEN,
            _ => ASSUME,
        }
    }
}

impl fmt::Display for Outsider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A way into a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entrance {
    /// The role, by its ARN.
    pub role: String,
    /// What comes in.
    pub kind: Outsider,
    /// The permission set, and the group that it is given to.
    pub via: Option<String>,
    /// Who: an ARN, the id of an account, a name, or `*`.
    pub who: String,
    /// What it is asked for with.
    pub action: &'static str,
    /// Whether nothing else must hold; else what must is in `open`, where it is known.
    pub is_certain: bool,
    /// What must hold: operator, key and values.
    pub open: Vec<(String, String, Vec<String>)>,
}

/// Looks for who comes into roles.
#[derive(Debug)]
pub struct Entrances<'e> {
    estate: &'e Estate,
    /// The accounts of which principals were collected.
    accounts: BTreeSet<&'e str>,
    /// What an account that nobody looked into lets its own do.
    all: [Held; 1],
}

impl<'e> Entrances<'e> {
    /// Those of an estate.
    pub fn of(estate: &'e Estate) -> Self {
        let all = Held {
            id: usize::MAX,
            policy: everything().into(),
            source: Source::Inline("what its own account lets it do".into()),
        };
        Self { estate, accounts: estate.accounts(), all: [all] }
    }

    /// Whoever comes into a role from outside, in order. A trust that nobody has lets nobody in here: [`unseen`] names it.
    pub fn into_role(&self, role: &Identity) -> Vec<Entrance> {
        let mut found = Vec::new();
        if let Some(trust) = &role.trust {
            for (kind, who) in self.named(trust) {
                found.extend(self.entrance(role, trust, kind, &who));
            }
        }
        for given in self.estate.given.get(role.arn()).into_iter().flatten() {
            found.push(Entrance {
                role: role.arn().to_owned(),
                kind: Outsider::Person,
                who: given.who.to_string(),
                action: BY_SAML,
                via: Some(given.via.to_string()),
                is_certain: true,
                open: Vec::new(),
            });
        }
        found.sort();
        found
    }

    /// Whom a trust names that was not collected.
    fn named(&self, trust: &Held) -> BTreeSet<(Outsider, String)> {
        let mut found = BTreeSet::new();
        let allows = trust.policy.statements().iter().filter(|it| it.effect == Effect::Allow);
        for statement in allows {
            match statement.reach() {
                Reach::Everyone | Reach::Anybody => {
                    found.insert((Outsider::Everyone, "*".to_owned()));
                }
                Reach::Few { arns, accounts } => {
                    let strange = accounts.into_iter().filter(|it| !self.accounts.contains(it));
                    found.extend(strange.map(|it| (Outsider::Account, it.to_owned())));
                    let strange = arns.into_iter().filter(|it| self.estate.find(it).is_none());
                    found.extend(strange.map(|it| (kind(it), it.to_owned())));
                }
            }
        }
        found
    }
    fn entrance(
        &self,
        role: &Identity,
        trust: &Held,
        kind: Outsider,
        who: &str,
    ) -> Option<Entrance> {
        let principal = match kind {
            Outsider::Everyone => Principal::anonymous(),
            // Somebody of it, whose name nobody knows: the root user assumes no roles.
            Outsider::Account => {
                Principal::read(&format!("arn:{}:iam::{who}:role/-", partition(role)))?
            }
            _ => Principal::read(who)?,
        };
        let (action, account) = (kind.action(), Some(role.account()));
        let context = self.context(&principal, kind, role);
        let request = Request::new(principal, action, role.arn(), account, context).ok()?;
        let has_account = matches!(kind, Outsider::Account | Outsider::Principal);
        let guard = self.estate.guard(role.account());
        let layers: Layers<'_, Held> = Layers {
            rcps: guard.map_or(&[], |guard| guard.rcps.as_slice()),
            resource: Some(trust),
            identity: if has_account { &self.all } else { &[] },
            ..Layers::default()
        };
        let outcome = explain(&request, &layers);
        let may = [Decision::Allowed, Decision::Conditional, Decision::Unknown];
        let open = outcome.residual.iter().map(|residual| {
            let condition = residual.condition;
            (condition.operator.clone(), condition.key.clone(), condition.values.clone())
        });
        may.contains(&outcome.decision).then(|| Entrance {
            role: role.arn().to_owned(),
            kind,
            who: who.to_owned(),
            action,
            via: None,
            is_certain: outcome.decision == Decision::Allowed,
            open: open.collect(),
        })
    }

    fn context(&self, principal: &Principal, kind: Outsider, role: &Identity) -> Context {
        let mut context = Context::new(Mode::Discovery);
        if kind == Outsider::Account {
            context.set("aws:PrincipalAccount", principal.account());
        } else {
            let (action, resource) = (kind.action(), role.arn());
            let account = Some(role.account());
            derive(&mut context, About { principal, role: None, action, resource, account });
        }
        if let Some((id, paths)) = principal.account().and_then(|it| membership(self.estate, it)) {
            context.set("aws:PrincipalOrgID", id);
            context.set("aws:PrincipalOrgPaths", paths);
        }
        context
    }
}

fn partition(role: &Identity) -> &str {
    role.arn().split(':').nth(1).unwrap_or("aws")
}

/// Why who comes into a role is not wholly known.
pub fn unseen(role: &Identity) -> Option<String> {
    if role.principal.kind() != Kind::Role {
        return None;
    }
    let Some(trust) = &role.trust else {
        return Some(format!("the trust of {} was not collected", role.arn()));
    };
    let problem = trust.policy.problems().first()?;
    Some(format!("the trust of {}: {problem}", role.arn()))
}

fn everything() -> Policy {
    const TEXT: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    Document::read(TEXT)
        .map_or_else(|_| Policy::missing("everything"), |document| Policy::compile(&document))
}

fn kind(text: &str) -> Outsider {
    if text.contains(":oidc-provider/") || PUBLIC_PROVIDERS.contains(&text) {
        Outsider::Oidc
    } else if text.contains(":saml-provider/") {
        Outsider::Saml
    } else if text.starts_with("arn:") {
        Outsider::Principal
    } else {
        Outsider::Service
    }
}

#[cfg(test)]
mod tests;
