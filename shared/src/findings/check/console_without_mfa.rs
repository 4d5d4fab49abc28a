//! Somebody signs in to the console with a password alone.
//!
//! Of the root user the account's summary says it; a root user without a password, as centrally managed ones are, cannot
//! sign in.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html>

use super::super::{Check, Credentials, Fact, Need, Verdicts, World};
use crate::model::Tri;
use crate::model::finding::{Confidence, Detail, Evidence, FindingKind, Severity};
use crate::model::principal::AccountSummary;

/// The check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConsoleWithoutMfa;

/// The entry of the account's summary that says whether the root user has a password.
const ROOT_PASSWORD: &str = "AccountPasswordPresent";

impl Check for ConsoleWithoutMfa {
    fn kind(&self) -> FindingKind {
        FindingKind::ConsoleWithoutMfa
    }

    fn severity(&self) -> Severity {
        Severity::Critical
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Credentials]
    }

    fn judge(&self, world: &World<'_>, verdicts: &mut Verdicts<'_>) {
        for (arn, credentials) in &world.inventory.credentials {
            let account = arn.split(':').nth(4).unwrap_or_default();
            if arn.ends_with(":root") {
                let summary = world.inventory.summaries.get(account);
                judge_root(verdicts, arn, account, credentials, summary);
            } else {
                judge_user(verdicts, arn, account, credentials);
            }
        }
        // Where there is no credential report the summary alone tells of the root user.
        for (account, summary) in &world.inventory.summaries {
            let known = world.inventory.credentials.keys();
            let mut roots = known.filter(|arn| arn.ends_with(":root"));
            if !roots.any(|arn| arn.split(':').nth(4) == Some(account)) {
                let arn = format!("arn:aws:iam::{account}:root");
                judge_root(verdicts, &arn, account, &Credentials::default(), Some(summary));
            }
        }
    }
}

fn judge_user(verdicts: &mut Verdicts<'_>, arn: &str, account: &str, found: &Credentials<'_>) {
    let password = known(found.password, |it| it.enabled);
    let mfa = known(found.mfa, |it| it.active);
    match (password, mfa) {
        (Tri::True, Tri::False) => {}
        // Who has no password, or has a second factor, is well whatever the other is.
        (Tri::False, _) | (_, Tri::True) => return,
        (Tri::Unknown, _) => {
            return verdicts.unknown(arn, "whether it has a password is not known");
        }
        (_, Tri::Unknown) => {
            return verdicts.unknown(arn, "whether it has a second factor is not known");
        }
    }
    let evidence = vec![
        fact("password", "it is enabled", found.password.map(|it| it.at)),
        fact("mfa", "no device is active", found.mfa.map(|it| it.at)),
    ];
    let detail = Detail {
        severity: Severity::High,
        confidence: Confidence::High,
        summary: "it signs in to the console with a password alone".to_owned(),
        evidence,
        remedy: "register a passkey or another MFA device, or delete the password and use IAM Identity Center"
            .to_owned(),
    };
    verdicts.present(arn, account, "", detail);
}

fn judge_root(
    verdicts: &mut Verdicts<'_>,
    arn: &str,
    account: &str,
    found: &Credentials<'_>,
    summary: Option<&Fact<'_, AccountSummary>>,
) {
    let fresh = summary.filter(|it| !it.stale);
    if fresh.is_some_and(|it| it.value.entries.get(ROOT_PASSWORD) == Some(&0)) {
        return;
    }
    let told = fresh.and_then(|it| it.value.root_mfa).map_or(Tri::Unknown, Tri::from);
    let reported = known(found.mfa, |it| it.active);
    let is_active = if told == Tri::Unknown { reported } else { told };
    match is_active {
        Tri::True => return,
        Tri::Unknown => {
            return verdicts.unknown(arn, "whether the root user has a second factor is not known");
        }
        Tri::False => {}
    }
    let at = fresh.map(|it| it.at).or(found.mfa.map(|it| it.at));
    let detail = Detail {
        severity: Severity::Critical,
        confidence: Confidence::High,
        summary: "the root user signs in with a password alone".to_owned(),
        evidence: vec![fact("account summary", "the root user has no MFA device", at)],
        remedy: "register an MFA device for the root user, or remove its credentials with centralized root access"
            .to_owned(),
    };
    verdicts.present(arn, account, "", detail);
}

fn known<T>(fact: Option<Fact<'_, T>>, of: impl Fn(&T) -> Tri) -> Tri {
    fact.filter(|it| !it.stale).map_or(Tri::Unknown, |it| of(it.value))
}

fn fact(source: &str, words: &str, at: Option<crate::model::Timestamp>) -> Evidence {
    Evidence { source: source.to_owned(), statement: None, sid: None, fact: words.to_owned(), at }
}
