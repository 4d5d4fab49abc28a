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
use crate::policy::Policy;
use crate::policy::document::{Document, Effect};
use crate::policy::evaluate::facts::{About, derive};
use crate::policy::evaluate::{Context, Decision, Layers, Mode, Request, explain};
use crate::policy::principal::{Kind, Principal, Reach, is_account};

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
    /// Who: an ARN, the id of an account, a name, or `*`.
    pub who: String,
    /// What it is asked for with.
    pub action: &'static str,
    /// The permission set, and the group that it is given to.
    pub via: Option<String>,
    /// Whether nothing else must hold; else what must is in `open`, where it is known.
    pub is_certain: bool,
    /// What must hold: operator, key and values.
    pub open: Vec<(String, String, Vec<String>)>,
}

/// Whoever comes into a role from outside, in order. A trust that nobody has lets nobody in here: [`unseen`] names it.
pub fn entrances(estate: &Estate, role: &Identity) -> Vec<Entrance> {
    let mut found = Vec::new();
    if let Some(trust) = &role.trust {
        let all = Held {
            id: usize::MAX,
            policy: everything().into(),
            source: Source::Inline("what its own account lets it do".into()),
        };
        let all = [all];
        for (kind, who) in named(estate, trust) {
            found.extend(entrance(estate, role, trust, kind, &who, &all));
        }
    }
    for given in estate.given.get(role.arn()).into_iter().flatten() {
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

/// Whom a trust names that was not collected.
fn named(estate: &Estate, trust: &Held) -> BTreeSet<(Outsider, String)> {
    let mut found = BTreeSet::new();
    let allows = trust.policy.statements().iter().filter(|it| it.effect == Effect::Allow);
    for statement in allows {
        match statement.reach() {
            Reach::Everyone | Reach::Anybody => {
                found.insert((Outsider::Everyone, "*".to_owned()));
            }
            Reach::Few { arns, accounts } => {
                let strange = accounts.into_iter().filter(|it| !estate.knows_account(it));
                found.extend(strange.map(|it| (Outsider::Account, it.to_owned())));
                let strange = arns.into_iter().filter(|it| estate.find(it).is_none());
                found.extend(strange.map(|it| (kind(it), it.to_owned())));
            }
        }
    }
    found
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

fn entrance(
    estate: &Estate,
    role: &Identity,
    trust: &Held,
    kind: Outsider,
    who: &str,
    all: &[Held],
) -> Option<Entrance> {
    let principal = match kind {
        Outsider::Everyone => Principal::anonymous(),
        _ => Principal::read(who)?,
    };
    let action = kind.action();
    let account = Some(role.account());
    let mut context = Context::new(Mode::Discovery);
    derive(&mut context, About { principal: &principal, role: None, action, resource: role.arn(), account });
    let request = Request::new(principal, action, role.arn(), account, context).ok()?;
    let layers: Layers<'_, Held> = Layers {
        rcps: estate.guard(role.account()).map_or(&[], |guard| guard.rcps.as_slice()),
        resource: Some(trust),
        identity: if is_account(who) || kind == Outsider::Principal { all } else { &[] },
        ..Layers::default()
    };
    let outcome = explain(&request, &layers);
    if !matches!(outcome.decision, Decision::Allowed | Decision::Conditional | Decision::Unknown) {
        return None;
    }
    let open = outcome.residual.iter().map(|residual| {
        let condition = residual.condition;
        (condition.operator.clone(), condition.key.clone(), condition.values.clone())
    });
    Some(Entrance {
        role: role.arn().to_owned(),
        kind,
        who: who.to_owned(),
        action,
        via: None,
        is_certain: outcome.decision == Decision::Allowed,
        open: open.collect(),
    })
}

#[cfg(test)]
mod tests;
