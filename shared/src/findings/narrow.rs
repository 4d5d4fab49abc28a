//! What the statements of a policy say about a key, and whom they name.

use crate::policy::compiled::Statement;
use crate::policy::condition::operator::{Family, Operator, Sense};
use crate::policy::document::Effect;
use crate::policy::principal::Reach;

/// Whom a statement lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named<'a> {
    /// Everybody, or everybody but a few.
    Everybody,
    /// Somebody of an account; with the ARN, where it is one principal.
    Account(&'a str, Option<&'a str>),
    /// An identity provider, by its ARN or the name that AWS knows it by.
    Provider(&'a str),
}

/// Identity providers that AWS knows without an ARN.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
const BUILT_IN: [&str; 4] = [
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];

/// Whom a statement that allows names. Services and what was deleted are not told.
pub(super) fn named(statement: &Statement) -> Vec<Named<'_>> {
    if statement.effect != Effect::Allow {
        return Vec::new();
    }
    let (arns, accounts) = match statement.reach() {
        Reach::Everyone | Reach::Anybody => return vec![Named::Everybody],
        Reach::Few { arns, accounts } => (arns, accounts),
    };
    let mut found: Vec<Named<'_>> =
        accounts.into_iter().map(|id| Named::Account(id, None)).collect();
    for arn in arns {
        let is_provider = arn.contains(":oidc-provider/") || BUILT_IN.contains(&arn);
        if is_provider {
            found.push(Named::Provider(arn));
        } else if let Some(account) = arn.split(':').nth(4).filter(|id| id.len() == 12)
            && !arn.contains(":saml-provider/")
        {
            found.push(Named::Account(account, Some(arn)));
        }
    }
    found
}

/// The values that statements ask a key, in lower case, to have: those that allow it, and those that deny all others.
pub(super) fn wanted<'a>(statements: &'a [Statement], key: &str) -> Vec<&'a str> {
    values(statements, key, |effect, sense| (effect == Effect::Allow) == (sense == Sense::Plain))
}

/// The values that statements hold a key, in lower case, against, whichever way.
pub(super) fn said_of<'a>(statements: &'a [Statement], key: &str) -> Vec<&'a str> {
    values(statements, key, |_, _| true)
}

fn values<'a>(
    statements: &'a [Statement],
    key: &str,
    is_meant: impl Fn(Effect, Sense) -> bool,
) -> Vec<&'a str> {
    let mut values = Vec::new();
    for statement in statements {
        for condition in statement.conditions() {
            let written = &condition.written;
            let is_meant = Operator::read(&written.operator).is_some_and(|it| {
                it.family != Family::Null && is_meant(statement.effect, it.sense)
            });
            if is_meant && written.key.eq_ignore_ascii_case(key) {
                values.extend(written.values.iter().map(String::as_str));
            }
        }
    }
    values
}

/// Whether a value stands for one text only.
pub(super) fn is_fixed(value: &str) -> bool {
    !value.contains(['*', '?']) && !value.contains("${")
}

/// A text that a pattern stands for: a word in the place of each wildcard.
pub(super) fn sample(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len() + 12);
    for c in pattern.chars() {
        match c {
            '*' => text.push_str("accesstrail"),
            '?' => text.push('x'),
            other => text.push(other),
        }
    }
    text
}
