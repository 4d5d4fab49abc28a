//! Policy documents as the tables write them, and as AWS stores them.
//!
//! `ACCOUNT(payments-prod)` stands for the id of that account, which only the founding knows.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The ids of the accounts by their keys.
pub(super) type AccountIds = BTreeMap<&'static str, String>;

/// A policy document.
#[derive(Debug, Clone, Copy)]
pub(super) enum Document {
    /// One statement that allows these actions on this resource.
    Allow(&'static [&'static str], &'static str),
    /// One statement that denies them.
    Deny(&'static [&'static str], &'static str),
    /// Anything else, as JSON.
    Text(&'static str),
}

impl Document {
    /// The document as AWS stores it.
    pub(super) fn render(self, accounts: &AccountIds) -> String {
        match self {
            Self::Allow(actions, resource) => statement("Allow", actions, resource, accounts),
            Self::Deny(actions, resource) => statement("Deny", actions, resource, accounts),
            Self::Text(text) => fill(text, accounts),
        }
    }
}

fn statement(effect: &str, actions: &[&str], resource: &str, accounts: &AccountIds) -> String {
    let resource = fill(resource, accounts);
    let statement = json!([{ "Effect": effect, "Action": actions, "Resource": resource }]);
    policy(&statement)
}

fn policy(statement: &Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

/// The text with the ids in the place of `ACCOUNT(key)`.
pub(super) fn fill(text: &str, accounts: &AccountIds) -> String {
    if !text.contains("ACCOUNT(") {
        return text.to_owned();
    }
    accounts
        .iter()
        .fold(text.to_owned(), |text, (key, id)| text.replace(&format!("ACCOUNT({key})"), id))
}

/// Who may assume a role.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trust {
    /// A service of AWS.
    Service(&'static str),
    /// Everybody in an account of the organization whom that account lets.
    Account(&'static str),
    /// One role of an account of the organization: account, path and name.
    Role(&'static str, &'static str),
    /// Another company's account; the external id, where one is asked for.
    External(&'static str, Option<&'static str>),
    /// Workflows of GitHub; the subject that is asked for, where one is.
    GitHub(Option<&'static str>),
    /// People who come through a SAML provider of the account.
    Saml(&'static str),
    /// Anything else, as JSON.
    Text(&'static str),
}

/// The issuer of GitHub's tokens.
pub(super) const GITHUB: &str = "token.actions.githubusercontent.com";

impl Trust {
    /// The trust policy of a role in this account.
    pub(super) fn render(self, own: &str, accounts: &AccountIds) -> String {
        let id = |key: &str| accounts.get(key).map_or(key, String::as_str).to_owned();
        let root = |id: &str| json!({ "AWS": format!("arn:aws:iam::{id}:root") });
        let mut statement = json!({ "Effect": "Allow", "Action": "sts:AssumeRole" });
        let principal = match self {
            Self::Text(text) => return fill(text, accounts),
            Self::Service(service) => json!({ "Service": service }),
            Self::Account(key) => root(&id(key)),
            Self::Role(key, role) => {
                json!({ "AWS": format!("arn:aws:iam::{}:role{role}", id(key)) })
            }
            Self::External(account, external_id) => {
                if let Some(wanted) = external_id {
                    put(&mut statement, "Condition", equals("sts:ExternalId", wanted));
                }
                root(account)
            }
            Self::GitHub(subject) => {
                put(&mut statement, "Action", json!("sts:AssumeRoleWithWebIdentity"));
                let mut wanted = equals(&format!("{GITHUB}:aud"), "sts.amazonaws.com");
                if let Some(subject) = subject {
                    let subject = json!({ format!("{GITHUB}:sub"): subject });
                    put(&mut wanted, "StringLike", subject);
                }
                put(&mut statement, "Condition", wanted);
                json!({ "Federated": format!("arn:aws:iam::{own}:oidc-provider/{GITHUB}") })
            }
            Self::Saml(provider) => return Self::saml(own, provider),
        };
        put(&mut statement, "Principal", principal);
        policy(&json!([statement]))
    }

    /// The trust policy for people who come through a SAML provider of the account.
    pub(super) fn saml(own: &str, provider: &str) -> String {
        policy(&json!([{
            "Effect": "Allow",
            "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            "Principal": { "Federated": format!("arn:aws:iam::{own}:saml-provider/{provider}") },
            "Condition": equals("SAML:aud", "https://signin.aws.amazon.com/saml"),
        }]))
    }
}

fn equals(key: &str, wanted: &str) -> Value {
    json!({ "StringEquals": { key: wanted } })
}

fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}
