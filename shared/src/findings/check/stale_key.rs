//! An access key is old, or nobody used it for long.
//!
//! A key is known by when it was made, which every source of it tells. Keys that cannot be used are nothing; those of the
//! root user have a check of their own.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html>

use super::super::{Check, Credentials, Need, Verdicts, World};
use crate::model::credential::AccessKey;
use crate::model::finding::{Confidence, Detail, Evidence, FindingKind, Severity};
use crate::model::{LastUsed, Timestamp};

/// The check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StaleKey;

/// After how many days a key is to be changed, and after how many without use it is to go.
pub(crate) const DAYS: i64 = 90;

const DAY: i64 = 86_400;

impl Check for StaleKey {
    fn kind(&self) -> FindingKind {
        FindingKind::StaleKey
    }

    fn severity(&self) -> Severity {
        Severity::Medium
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Credentials]
    }

    fn judge(&self, world: &World<'_>, verdicts: &mut Verdicts<'_>) {
        let users = world.inventory.credentials.iter();
        for (arn, credentials) in users.filter(|(arn, _)| !arn.ends_with(":root")) {
            match credentials.keys {
                None => verdicts.unknown(arn, "its access keys were not collected"),
                Some(keys) if keys.stale => {
                    verdicts.unknown(arn, "its access keys could not be looked at again");
                }
                Some(keys) => {
                    for key in keys.value.keys.iter().filter(|key| key.active) {
                        judge_key(world.inventory.at, verdicts, arn, credentials, key);
                    }
                }
            }
        }
    }
}

fn judge_key(
    now: Timestamp,
    verdicts: &mut Verdicts<'_>,
    arn: &str,
    credentials: &Credentials<'_>,
    key: &AccessKey,
) {
    let Some(created) = key.created else {
        return verdicts.unknown(arn, "when one of its access keys was made is not known");
    };
    let age = days(created, now);
    if age <= DAYS {
        return;
    }
    let uses = credentials.uses.filter(|uses| !uses.stale);
    let own = uses.and_then(|uses| uses.value.uses.iter().find(|(slot, _)| *slot == key.slot));
    let (is_unused, words) = match own.map(|(_, used)| used) {
        None | Some(LastUsed::Unknown) => (None, "its last use is not known".to_owned()),
        Some(LastUsed::Never) => (Some(true), "it was never used".to_owned()),
        Some(LastUsed::At { time, .. }) => {
            let ago = days(*time, now);
            (Some(ago > DAYS), format!("it was last used {} ago", counted(ago)))
        }
    };
    let name = key.id.clone().unwrap_or_else(|| format!("access key {}", key.slot));
    let evidence =
        |fact: String, at| Evidence { source: name.clone(), statement: None, sid: None, fact, at };
    let (severity, summary, remedy) = if is_unused == Some(true) {
        let summary = format!("a key of {age} days was not used for more than {DAYS} days");
        (Severity::Medium, summary, "make it inactive, and delete it when nobody misses it")
    } else {
        let summary = format!("a key is {age} days old");
        (Severity::Low, summary, "make a new one and delete it, or use a role instead")
    };
    let detail = Detail {
        severity,
        confidence: Confidence::High,
        summary,
        evidence: vec![
            evidence(
                format!("it was made {age} days ago, and can be used"),
                credentials.keys.map(|it| it.at),
            ),
            evidence(words, uses.map(|it| it.at)),
        ],
        remedy: remedy.to_owned(),
    };
    let account = arn.split(':').nth(4).unwrap_or_default();
    verdicts.present(arn, account, &created.to_string(), detail);
}

fn counted(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

fn days(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second()).max(0) / DAY
}
