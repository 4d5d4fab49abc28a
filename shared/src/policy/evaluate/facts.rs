//! Facts that follow from a request itself: who asks, whose the resource is, and where it is asked.
//!
//! Whoever evaluates a case as it is given leaves them out; whoever asks about an account puts them in, so that a policy
//! that denies regions or accounts has an answer.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use super::context::Context;
use crate::policy::principal::{Kind, Principal, is_account};

/// Services that are asked in one region, whatever their resources say; with that region.
const GLOBAL: &[(&str, &str)] = &[
    ("cloudfront", "us-east-1"),
    ("iam", "us-east-1"),
    ("organizations", "us-east-1"),
    ("route53", "us-east-1"),
    ("support", "us-east-1"),
];

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// The role of a session, with its path, which the ARN of a session does not have; `None` where it is not known.
    pub role: Option<&'a str>,
    /// What is asked for.
    pub action: &'a str,
    /// On which resource: an ARN, or `*`.
    pub resource: &'a str,
    /// Whose the resource is, where its ARN does not say.
    pub account: Option<&'a str>,
}

/// Puts the facts that follow into a context. What is listed there already stays.
pub fn derive(context: &mut Context, about: About<'_>) {
    let principal = about.principal;
    let mut know = |key: &str, value: Option<&str>| {
        if !context.is_listed(&key.to_lowercase()) {
            context.set(key, value);
        }
    };
    let (arn, kind) = match principal.kind() {
        Kind::Anonymous => (None, Some("Anonymous")),
        Kind::Root => (None, Some("Account")),
        Kind::User => (Some(principal.as_str()), Some("User")),
        Kind::Role => (Some(principal.as_str()), Some("AssumedRole")),
        Kind::Session => (about.role, Some("AssumedRole")),
        Kind::FederatedUser => (Some(principal.as_str()), Some("FederatedUser")),
        Kind::Outside => (None, None),
    };
    if let Some(arn) = arn {
        know("aws:PrincipalArn", Some(arn));
    } else if let (Kind::Root, Some(arn)) = (principal.kind(), principal.root_arn()) {
        know("aws:PrincipalArn", Some(&arn));
    }
    if let Some(kind) = kind {
        know("aws:PrincipalType", Some(kind));
        // Only users have a name of their own.
        let name = principal.as_str().rsplit('/').next();
        know("aws:username", name.filter(|_| principal.kind() == Kind::User));
    }
    match (principal.kind(), principal.account()) {
        (Kind::Anonymous, _) => {
            for key in ["aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalIsAWSService"] {
                know(key, None);
            }
        }
        (_, Some(account)) => {
            know("aws:PrincipalAccount", Some(account));
            know("aws:PrincipalIsAWSService", Some("false"));
        }
        (_, None) if principal.is_service() => {
            know("aws:PrincipalIsAWSService", Some("true"));
        }
        (_, None) => {}
    }
    let owner = about.resource.split(':').nth(4).unwrap_or_default();
    if let Some(account) = about.account.or(Some(owner)).filter(|text| is_account(text)) {
        know("aws:ResourceAccount", Some(account));
    }
    if let Some(region) = region(about.action, about.resource) {
        know("aws:RequestedRegion", Some(region));
    }
}

/// The region that an action on a resource is asked in; `None` where both leave that open.
pub fn region<'a>(action: &str, resource: &'a str) -> Option<&'a str> {
    let service = action.split(':').next().unwrap_or_default();
    let global = GLOBAL.iter().find(|(name, _)| name.eq_ignore_ascii_case(service));
    // Other partitions have regions of their own for what is global.
    let global = global.filter(|_| resource == "*" || resource.starts_with("arn:aws:"));
    let written = resource.split(':').nth(3);
    global.map(|(_, region)| *region).or(written).filter(|region| !region.is_empty())
}

#[cfg(test)]
mod tests;
