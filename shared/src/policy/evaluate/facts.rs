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
        (_, None) if principal.as_str().ends_with(".amazonaws.com") => {
            know("aws:PrincipalIsAWSService", Some("true"));
        }
        (_, None) => {}
    }
    let mut parts = about.resource.splitn(6, ':').skip(3);
    let (region, owner) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if let Some(account) = about.account.or(Some(owner)).filter(|text| is_account(text)) {
        know("aws:ResourceAccount", Some(account));
    }
    let service = about.action.split(':').next().unwrap_or_default().to_lowercase();
    let global = GLOBAL.iter().find(|(name, _)| *name == service).map(|(_, region)| *region);
    // Other partitions have regions of their own for what is global.
    let global = global.filter(|_| about.resource == "*" || about.resource.starts_with("arn:aws:"));
    if let Some(region) = global.or(Some(region)).filter(|region| !region.is_empty()) {
        know("aws:RequestedRegion", Some(region));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::evaluate::Mode;
    use crate::policy::evaluate::context::Found;

    const KEYS: [&str; 7] = [
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principaltype",
        "aws:username",
        "aws:principalisawsservice",
        "aws:resourceaccount",
        "aws:requestedregion",
    ];

    /// The keys, each as its value, `-` where it is absent, `?` where it is not known.
    fn facts(principal: &str, role: Option<&str>, action: &str, resource: &str) -> Vec<String> {
        let principal = match principal {
            "*" => Principal::anonymous(),
            text => Principal::read(text).unwrap(),
        };
        let mut context = Context::new(Mode::Discovery);
        let about = About { principal: &principal, role, action, resource, account: None };
        derive(&mut context, about);
        let text = |key: &&str| match context.find(key) {
            Found::Values(values) => values.join(","),
            Found::Absent => "-".to_owned(),
            Found::Unknown => "?".to_owned(),
        };
        KEYS.iter().map(text).collect()
    }

    #[test]
    fn what_follows_from_who_asks_and_on_what() {
        let queue = "arn:aws:sqs:eu-west-1:444455556666:q";
        let user = "arn:aws:iam::111122223333:user/team/ana";
        let session = "arn:aws:sts::111122223333:assumed-role/r/s";
        let role = "arn:aws:iam::111122223333:role/team/r";
        let root = "arn:aws:iam::111122223333:root";
        let rows = [
            (
                user,
                None,
                "sqs:SendMessage",
                queue,
                [user, "111122223333", "User", "ana", "false", "444455556666", "eu-west-1"],
            ),
            (
                session,
                Some(role),
                "sqs:SendMessage",
                queue,
                [role, "111122223333", "AssumedRole", "-", "false", "444455556666", "eu-west-1"],
            ),
            (
                session,
                None,
                "iam:ListUsers",
                "*",
                ["?", "111122223333", "AssumedRole", "-", "false", "?", "us-east-1"],
            ),
            (
                root,
                None,
                "s3:GetObject",
                "arn:aws:s3:::b/k",
                [root, "111122223333", "Account", "-", "false", "?", "?"],
            ),
            (
                "111122223333",
                None,
                "iam:PassRole",
                role,
                [root, "111122223333", "Account", "-", "false", "111122223333", "us-east-1"],
            ),
            (
                "*",
                None,
                "s3:GetObject",
                "arn:aws:s3:::b/k",
                ["-", "-", "Anonymous", "-", "-", "?", "?"],
            ),
            (
                "sns.amazonaws.com",
                None,
                "sqs:SendMessage",
                queue,
                ["?", "?", "?", "?", "true", "444455556666", "eu-west-1"],
            ),
        ];
        for (principal, role, action, resource, expected) in rows {
            assert_eq!(facts(principal, role, action, resource), expected, "{principal} {action}");
        }
    }

    #[test]
    fn what_is_said_stays() {
        let principal = Principal::read("arn:aws:iam::111122223333:user/ana").unwrap();
        let mut context = Context::new(Mode::Strict);
        context.set("AWS:username", ["bob"]);
        context.set("aws:RequestedRegion", None::<&str>);
        let about = About {
            principal: &principal,
            role: None,
            action: "ec2:RunInstances",
            resource: "arn:aws:ec2:eu-west-1:111122223333:instance/*",
            account: Some("444455556666"),
        };
        derive(&mut context, about);
        assert_eq!(context.find("aws:username"), Found::Values(&["bob".to_owned()]));
        assert_eq!(context.find("aws:requestedregion"), Found::Absent);
        assert_eq!(
            context.find("aws:resourceaccount"),
            Found::Values(&["444455556666".to_owned()])
        );
    }
}
