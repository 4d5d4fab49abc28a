//! `userIdentity` → who: the principal's stable name, the human behind its session, and what reached AWS.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::memrchr;

use super::record::{Identity, Record};
use crate::model::activity::{Caller, Human, NamedBy, Text};

/// Ends the name of a service that calls: `ec2.amazonaws.com`.
pub(super) const OF_SERVICE: &str = ".amazonaws.com";

/// How CloudTrail calls a caller inside of AWS that it does not name.
const AWS_INTERNAL: &str = "AWS Internal";

/// The accounts of whoever calls without credentials.
const ANONYMOUS: [&str; 2] = ["anonymous", "ANONYMOUS_PRINCIPAL"];

/// How the SDKs and the CLI name a role session that nobody named: a prefix, then the time or a random number.
const MADE_UP: [&str; 9] = [
    "botocore-session-",
    "aws-sdk-",
    "aws-go-sdk-",
    "aws-cli-session-",
    "AWSCLI-Session",
    "AWS-CLI-session-",
    "AwsSdk",
    "aws-session-",
    "web-identity-token-",
];

/// The stable name of a principal: the same for all sessions of a role.
///
/// | type | name |
/// |---|---|
/// | `AssumedRole`, `FederatedUser` | the ARN of the session's issuer, else the ARN |
/// | `IAMUser`, `Root` | the ARN |
/// | `AWSService`, or no type and `invokedBy` | `service:` + `invokedBy` |
/// | `AWSAccount` | `account:` + `accountId`, `account:anonymous` without credentials |
/// | `IdentityCenterUser` | `identitycenter:` + `onBehalfOf.userId` |
/// | `SAMLUser`, `WebIdentityUser` | `federated:` + `identityProvider` + `/` + `userName` |
/// | any other, or no ARN where one should be | `unknown:` + `principalId` |
///
/// What is absent is empty: `service:`, `unknown:`.
pub fn principal<'a>(identity: &Identity<'a>) -> Text<'a> {
    let text = |field: &Option<Text<'a>>| Record::text(field.as_ref());
    let arn = match (identity.kind.as_deref(), &identity.invoked_by) {
        (Some("AssumedRole" | "FederatedUser"), _) => {
            identity.issuer_arn.as_ref().or(identity.arn.as_ref())
        }
        (Some("IAMUser" | "Root"), _) => identity.arn.as_ref(),
        (Some("AWSService"), _) | (None, Some(_)) => {
            return named("service:", &text(&identity.invoked_by));
        }
        (Some("AWSAccount"), _) => return named("account:", account(identity)),
        (Some("IdentityCenterUser"), _) => {
            return named("identitycenter:", &text(&identity.on_behalf_of));
        }
        (Some("SAMLUser" | "WebIdentityUser"), _) => {
            let (provider, user) = (text(&identity.provider), text(&identity.user_name));
            return Cow::Owned(["federated:", &provider, "/", &user].concat());
        }
        _ => None,
    };
    match arn {
        Some(arn) => arn.clone(),
        None => named("unknown:", &text(&identity.principal_id)),
    }
}

fn named<'a>(kind: &str, name: &str) -> Text<'a> {
    Cow::Owned([kind, name].concat())
}

fn account<'b>(identity: &'b Identity<'_>) -> &'b str {
    match identity.account.as_deref() {
        Some(account) if !ANONYMOUS.contains(&account) => account,
        _ => "anonymous",
    }
}

/// Who is behind a session: the first of source identity, user of Identity Center, name of the session.
///
/// The name of a session counts where somebody chose it. It says nothing, and is left out, of the session
/// - of a role of a service (its issuer's path is `/aws-service-role/`),
/// - that an SDK or EC2, ECS or EKS named by itself: a fixed prefix and a number, or nothing but an identifier
///   (digits, hexadecimal digits and hyphens).
///
/// A session name of a user from another account is in `principalId` only (`AROA…:NAME` of type `AWSAccount`).
pub fn human<'a>(identity: &Identity<'a>) -> Option<Human<'a>> {
    if let Some(name) = &identity.source_identity {
        return Some(Human { by: NamedBy::SourceIdentity, name: name.clone() });
    }
    if let Some(name) = &identity.on_behalf_of {
        return Some(Human { by: NamedBy::OnBehalfOf, name: name.clone() });
    }
    let name = session_name(identity)?;
    let of_service = identity.issuer_arn.as_deref().is_some_and(is_role_of_service);
    let says = !of_service && !name.is_empty() && !is_made_up(&name);
    says.then_some(Human { by: NamedBy::SessionName, name })
}

/// `…:assumed-role/ROLE/SESSION`, `…:federated-user/SESSION`, or what follows the colon of `principalId`.
fn session_name<'a>(identity: &Identity<'a>) -> Option<Text<'a>> {
    let of_session = |arn: &Text<'a>| {
        let resource = end(arn, b':').unwrap_or_default();
        let is_session =
            resource.starts_with("assumed-role/") || resource.starts_with("federated-user/");
        if is_session { last(arn, b'/') } else { None }
    };
    let of_id = |id: &Text<'a>| last(id, b':');
    match identity.kind.as_deref()? {
        "AssumedRole" | "FederatedUser" => identity
            .arn
            .as_ref()
            .and_then(of_session)
            .or_else(|| identity.principal_id.as_ref().and_then(of_id)),
        "AWSAccount" => {
            let id = identity.principal_id.as_ref().filter(|id| id.starts_with("AROA"));
            id.and_then(of_id)
        }
        _ => None,
    }
}

/// What follows the last separator; `None` without one.
fn last<'a>(text: &Text<'a>, separator: u8) -> Option<Text<'a>> {
    match text {
        Cow::Borrowed(text) => end(text, separator).map(Cow::Borrowed),
        Cow::Owned(text) => end(text, separator).map(|name| Cow::Owned(name.to_owned())),
    }
}

fn end(text: &str, separator: u8) -> Option<&str> {
    text.get(memrchr(separator, text.as_bytes())? + 1..)
}

/// Neither names nor paths of roles and sessions that matter here hold a colon: the last one ends the account.
fn is_role_of_service(arn: &str) -> bool {
    end(arn, b':').is_some_and(|resource| resource.starts_with("role/aws-service-role/"))
}

/// Whether a machine made up the name of the session. Short words of hexadecimal letters ("ada") are names.
fn is_made_up(name: &str) -> bool {
    let is_id = |text: &str| {
        text.len() >= 8
            && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
            && text.bytes().any(|byte| byte.is_ascii_digit())
    };
    let ends_in_id = |rest: &str| is_id(end(rest, b'-').unwrap_or(rest));
    match name.as_bytes() {
        // An instance, a managed instance, a pod of a cluster.
        [b'i', b'-', ..] | [b'm', b'i', b'-', ..] | [b'e', b'k', b's', b'-', ..] => {
            ends_in_id(name)
        }
        [b'b' | b'a' | b'A' | b'w', ..] if MADE_UP.iter().any(|made| name.starts_with(made)) => {
            name.bytes().any(|byte| byte.is_ascii_digit())
        }
        _ => is_id(name),
    }
}

/// What reached AWS. In this order:
/// 1. the console: a sign-in or an action of the console (`eventType`), or it names itself (`invokedBy`,
///    `userAgent`); a browser reaches AWS through the console only;
/// 2. a service: an event of a service, a service's identity, or `invokedBy`, address or agent of a service;
/// 3. the CLI, then an SDK, by `userAgent`.
pub fn caller(record: &Record<'_>) -> Caller {
    let kind = record.kind.as_deref().unwrap_or_default();
    let agent = record.user_agent.as_deref().unwrap_or_default();
    let agent = agent.strip_prefix('[').unwrap_or(agent);
    let invoked_by = record.identity.invoked_by.as_deref();
    let is_console = matches!(kind, "AwsConsoleSignIn" | "AwsConsoleAction")
        || invoked_by.is_some_and(is_the_console)
        || is_the_console(agent)
        || agent.starts_with("S3Console/")
        || agent.starts_with("Mozilla/");
    if is_console {
        return Caller::Console;
    }
    let is_service = kind == "AwsServiceEvent"
        || invoked_by.is_some()
        || record.identity.kind.as_deref() == Some("AWSService")
        || record.source_ip.as_deref().is_some_and(is_a_service)
        || is_a_service(agent)
        || agent.starts_with("aws-internal/");
    if is_service {
        return Caller::Service;
    }
    if agent.starts_with("aws-cli/") {
        return Caller::Cli;
    }
    if is_an_sdk(agent) { Caller::Sdk } else { Caller::Other }
}

fn is_the_console(name: &str) -> bool {
    matches!(name, "console.amazonaws.com" | "signin.amazonaws.com" | "console.aws.amazon.com")
}

fn is_a_service(name: &str) -> bool {
    name == AWS_INTERNAL || (name.ends_with(OF_SERVICE) && !name.contains(['/', ' ']))
}

/// Every SDK names itself `aws-sdk-LANGUAGE/…` or, in Python, `Boto3/…`; a tool puts its own name before it.
fn is_an_sdk(agent: &str) -> bool {
    static NAMES: LazyLock<[Finder<'static>; 6]> = LazyLock::new(|| {
        ["aws-sdk-", "Botocore/", "botocore/", "Boto3/", "aws.sdk", "AWSPowerShell"]
            .map(Finder::new)
    });
    let starts = ["aws-sdk-", "Boto3/", "Botocore/", "Boto/", "aws-chalice/"];
    starts.iter().any(|start| agent.starts_with(start))
        || NAMES.iter().any(|name| name.find(agent.as_bytes()).is_some())
}

#[cfg(test)]
mod tests;
