//! The calls of IAM about one user, one key or the whole account, and of STS.

use std::sync::Arc;

use super::{Correction, Facts, How, calendar::Moment, facts::user_arn, iam::escape, report};
use crate::testing::{
    company::{derived, iam::User, people::HOME_REGION, plan::report::key_name},
    proxy::{Fault, RequestView},
};

pub(super) fn all(facts: &Arc<Facts>) -> Vec<Correction> {
    vec![
        report::correction(facts),
        of_user(facts, "iam:GetLoginProfile", "the date of the password", |facts, user, arn, _| {
            let changed = user.password.map_or(0, |password| password.changed);
            facts.calendar.made(changed, arn)
        }),
        of_user(facts, "iam:ListMFADevices", "dates in the past", |facts, user, arn, _| {
            facts.calendar.made(derived::user_age(user, arn), arn)
        }),
        of_user(facts, "iam:ListAccessKeys", "the dates of keys", |facts, user, arn, slot| {
            let key = user.keys.get(slot).copied().flatten();
            facts.calendar.made(key.map_or(0, |key| key.created), &key_name(arn, slot))
        }),
        of_user(facts, "iam:ListSSHPublicKeys", "dates in the past", |facts, user, arn, _| {
            facts.calendar.made(derived::user_age(user, arn), arn)
        }),
        of_user(
            facts,
            "iam:ListSigningCertificates",
            "dates in the past, the same id in every run",
            |facts, user, arn, _| facts.calendar.made(derived::user_age(user, arn), arn),
        ),
        key_last_used(facts),
        service_credentials(facts),
        account_summary(facts),
        caller(facts),
    ]
}

/// A list of one user's, whose n-th date is said.
fn of_user(
    facts: &Arc<Facts>,
    action: &'static str,
    shows: &'static str,
    date: impl Fn(&Facts, &User, &str, usize) -> Moment + Send + Sync + 'static,
) -> Correction {
    let facts = Arc::clone(facts);
    Correction::text(action, shows, move |view, text| {
        let (user, arn) = facts.user(view)?;
        let mut number = 0;
        let mut out = String::new();
        for (position, piece) in text.split('<').enumerate() {
            let tag = piece.split_once('>').map_or(piece, |(tag, _)| tag);
            out.push_str(if position > 0 { "<" } else { "" });
            if tag.ends_with("Date") && !tag.starts_with('/') {
                out.push_str(&format_element(tag, &date(&facts, user, &arn, number).xml()));
                number += 1;
            } else if tag == "CertificateId" {
                out.push_str(&format_element(tag, &derived::unique_id("", &arn)));
            } else {
                out.push_str(piece);
            }
        }
        Some(out)
    })
}

fn format_element(tag: &str, content: &str) -> String {
    format!("{tag}>{content}")
}

fn key_last_used(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    Correction::text("iam:GetAccessKeyLastUsed", "when, where and for what", move |view, text| {
        let key = facts.company.access_keys.get(&view.form("AccessKeyId")?)?;
        let account = facts.company.account(key.account)?;
        let (days, service) = key.user.keys.get(key.slot).copied().flatten()?.used?;
        let name = key_name(&user_arn(account, key.user), key.slot);
        let date = facts.calendar.used(days, &name).xml();
        let (before, rest) = text.split_once("<AccessKeyLastUsed>")?;
        let (_, after) = rest.split_once("</AccessKeyLastUsed>")?;
        Some(format!(
            "{before}<AccessKeyLastUsed><LastUsedDate>{date}</LastUsedDate><ServiceName>{service}</ServiceName>\
             <Region>{HOME_REGION}</Region></AccessKeyLastUsed>{after}"
        ))
    })
}

/// moto does not know the action at all.
fn service_credentials(facts: &Arc<Facts>) -> Correction {
    let mut correction =
        Correction::new("iam:ListServiceSpecificCredentials", How::Replayed, "the whole answer");
    for ((account, name), user) in &facts.users {
        let Some(service) = user.service_credential else { continue };
        let arn = user_arn(account, user);
        let date = facts.calendar.made(derived::user_age(user, &arn), &arn).xml();
        let id = derived::unique_id("ACCA", &arn);
        let member = format!(
            "<member><UserName>{name}</UserName><Status>Active</Status>\
             <ServiceUserName>{name}-at-{account}</ServiceUserName><CreateDate>{date}</CreateDate>\
             <ServiceSpecificCredentialId>{id}</ServiceSpecificCredentialId>\
             <ServiceName>{service}</ServiceName></member>",
            name = escape(name),
        );
        correction = correction.rule(
            |when| when.in_account(account).with_body(&format!("UserName={name}")),
            credentials(&member),
        );
    }
    correction.rule(|when| when, credentials(""))
}

fn credentials(members: &str) -> Fault {
    let body = format!(
        "<ListServiceSpecificCredentialsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <ListServiceSpecificCredentialsResult><ServiceSpecificCredentials>{members}\
         </ServiceSpecificCredentials></ListServiceSpecificCredentialsResult><ResponseMetadata>\
         <RequestId>00000000-EXAMPLE</RequestId></ResponseMetadata></ListServiceSpecificCredentialsResponse>"
    );
    Fault::Answer { status: 200, body: body.into(), content_type: "text/xml".to_owned() }
}

fn account_summary(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows = "MFA and access keys of the root user";
    Correction::text("iam:GetAccountSummary", shows, move |view, text| {
        let root = facts.roots.get(facts.account(view));
        let mfa = root.is_none_or(|root| root.mfa);
        let key = root.is_some_and(|root| root.key.is_some());
        let with_mfa = set_entry(text, "AccountMFAEnabled", mfa);
        Some(set_entry(&with_mfa, "AccountAccessKeysPresent", key))
    })
}

fn set_entry(text: &str, name: &str, value: bool) -> String {
    let entry = |value: u8| format!("<key>{name}</key><value>{value}</value>");
    text.replace(&entry(0), &entry(u8::from(value)))
}

fn caller(facts: &Arc<Facts>) -> Correction {
    let facts = Arc::clone(facts);
    let shows =
        "who the base credentials belong to: a user of Identity Center in the management account";
    Correction::text("sts:GetCallerIdentity", shows, move |view: &RequestView, text| {
        let account = facts.account(view);
        let reserved = derived::reserved_in(facts.key(view));
        let role = reserved.iter().find(|role| role.set.name == "AdministratorAccess")?.name();
        let moto = format!("arn:aws:sts::{account}:user/moto");
        Some(text.replace(&moto, &format!("arn:aws:sts::{account}:assumed-role/{role}/ana.silva")))
    })
}
