//! Who or what an identity stands for: a person, a machine, a service, somebody from elsewhere.
//!
//! A role stands for whom its trust policy lets in; where it lets in several, the first in the order service, OIDC,
//! SAML, federated, cross-account. A rule of the user's own comes before everything else.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::owner::tags;
use crate::model::credential::Holder;
use crate::model::id::IdError;
use crate::model::principal::{Role, User};
use crate::model::{AccountId, Entity, Kind, Pattern, Snapshot, Stored, Tri};

/// The hosts of the web identity providers that trust policies name without an ARN.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>
const WEB_IDENTITY: [&str; 4] = [
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];

macro_rules! classes {
    ($($(#[doc = $doc:literal])+ $variant:ident $word:literal;)+) => {
        /// Who or what an identity stands for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Class {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Class {
            /// Every class, in reading order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The class in one word.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}

classes! {
    /// A person.
    Human "human";
    /// A program with keys of its own: no console password, an active access key.
    Machine "machine";
    /// A role that an AWS service made for itself (`/aws-service-role/`).
    ServiceLinked "service-linked";
    /// A role for an AWS service: a function, an instance.
    Service "service";
    /// A role for workloads of an OpenID Connect provider: a pipeline, a pod.
    Oidc "oidc";
    /// A role for people or programs that sign in through SAML.
    Saml "saml";
    /// A role for any other federation.
    Federated "federated";
    /// A role for another account, or for anybody.
    CrossAccount "cross-account";
    /// A role for its own account alone.
    Account "account";
    /// Nothing says it, or what would say it could not be seen.
    Unknown "unknown";
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Class {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.iter().copied().find(|class| class.word() == text).ok_or_else(|| IdError {
            text: text.to_owned(),
            what: "a class",
            expected: "human, machine, service-linked, service, oidc, saml, federated, cross-account, account or unknown",
        })
    }
}

/// A rule of the user's: what has such a name and such a tag is of this class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The pattern of the name; any if `None`.
    pub name: Option<Pattern>,
    /// The key of a tag, in any case, and the pattern of its value; any if `None`.
    pub tag: Option<(String, Option<Pattern>)>,
    /// The class.
    pub class: Class,
}

impl Rule {
    fn holds(&self, name: &str, stored: &Stored, snapshot: &Snapshot) -> bool {
        let by_tag = |(key, value): &(String, Option<Pattern>)| {
            tags(stored, snapshot).is_some_and(|tags| {
                tags.iter().any(|(own, text)| {
                    own.to_lowercase() == key.to_lowercase()
                        && value.as_ref().is_none_or(|value| value.matches(text))
                })
            })
        };
        self.name.as_ref().is_none_or(|pattern| pattern.matches(name))
            && self.tag.as_ref().is_none_or(by_tag)
    }
}

/// The class of an identity; `None` for what is none (groups, resources, policies).
pub fn class(stored: &Stored, snapshot: &Snapshot, rules: &[Rule]) -> Option<Class> {
    let (name, built_in) = match &stored.entity {
        Entity::User(it) => (it.name.as_str(), user(it, snapshot)),
        Entity::Role(it) => (it.name.as_str(), role(it)),
        Entity::StoreUser(it) => (it.user_name.as_deref().unwrap_or_default(), Class::Human),
        _ => return None,
    };
    let own = rules.iter().find(|rule| rule.holds(name, stored, snapshot));
    Some(own.map_or(built_in, |rule| rule.class))
}

/// A console password is for a person; a key without one is for a program. Who has neither, or of whom nobody
/// could see it, may be either.
fn user(user: &User, snapshot: &Snapshot) -> Class {
    let key = Holder { arn: user.arn.clone(), created: user.created }.key();
    let password = match snapshot.aspect(Kind::Password, &key) {
        Some(Entity::Password(it)) => it.enabled,
        _ => Tri::Unknown,
    };
    let has_key = match snapshot.aspect(Kind::AccessKeys, &key) {
        Some(Entity::AccessKeys(it)) => it.keys.iter().any(|key| key.active),
        _ => false,
    };
    match (password, has_key) {
        (Tri::True, _) => Class::Human,
        (Tri::False, true) => Class::Machine,
        (Tri::False, false) | (Tri::Unknown, _) => Class::Unknown,
    }
}

fn role(role: &Role) -> Class {
    if role.is_service_linked() {
        return Class::ServiceLinked;
    }
    // Identity Center makes them for people, whatever the SAML provider in between is called.
    if role.reserved_for().is_some() {
        return Class::Human;
    }
    let document = role.trust.as_ref().and_then(|it| serde_json::from_str::<Value>(&it.0).ok());
    let Some(document) = document else { return Class::Unknown };
    let statements = match document.get("Statement") {
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let allows = |it: &&Value| it.get("Effect").and_then(Value::as_str) == Some("Allow");
    let own = role.arn.account();
    statements
        .iter()
        .filter(allows)
        .flat_map(|it| trusted(it, own.as_ref()))
        .min()
        .unwrap_or(Class::Unknown)
}

/// Whom one statement lets in.
fn trusted(statement: &Value, own: Option<&AccountId>) -> Vec<Class> {
    match statement.get("Principal") {
        Some(Value::String(_)) => vec![Class::CrossAccount],
        Some(Value::Object(kinds)) => kinds
            .iter()
            .flat_map(|(kind, value)| {
                let names: Vec<&str> = match value {
                    Value::String(name) => vec![name],
                    Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
                    _ => Vec::new(),
                };
                names.into_iter().map(|name| principal(kind, name, own)).collect::<Vec<_>>()
            })
            .collect(),
        // Everybody but some.
        _ if statement.get("NotPrincipal").is_some() => vec![Class::CrossAccount],
        _ => Vec::new(),
    }
}

fn principal(kind: &str, name: &str, own: Option<&AccountId>) -> Class {
    match kind {
        "Service" => Class::Service,
        "Federated" if name.contains(":oidc-provider/") || WEB_IDENTITY.contains(&name) => {
            Class::Oidc
        }
        "Federated" if name.contains(":saml-provider/") => Class::Saml,
        "Federated" => Class::Federated,
        "AWS" if own.is_some_and(|own| is_of(name, own)) => Class::Account,
        "AWS" => Class::CrossAccount,
        _ => Class::Unknown,
    }
}

/// Whether a principal is of this account: its id, or an ARN in it. A unique id (`AIDA…`) stands where a user or
/// role of some account was deleted, and says nothing of whose it was.
fn is_of(name: &str, account: &AccountId) -> bool {
    name == account.as_str() || name.split(':').nth(4) == Some(account.as_str())
}

#[cfg(feature = "testing")]
#[cfg(test)]
mod tests;
