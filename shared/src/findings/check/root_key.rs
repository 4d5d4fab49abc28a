//! The root user has an access key, which no policy of the account limits.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html>

use std::collections::BTreeMap;

use super::super::{Check, Need, Verdicts, World};
use crate::model::finding::{Confidence, Detail, Evidence, FindingKind, Severity};
use crate::model::{Timestamp, Tri};

/// The check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RootKey;

impl Check for RootKey {
    fn kind(&self) -> FindingKind {
        FindingKind::RootKey
    }

    fn severity(&self) -> Severity {
        Severity::Critical
    }

    fn needs(&self) -> &'static [Need] {
        &[Need::Credentials]
    }

    fn judge(&self, world: &World<'_>, verdicts: &mut Verdicts<'_>) {
        let mut roots: BTreeMap<String, (Tri, Vec<Evidence>)> = BTreeMap::new();
        for (account, summary) in &world.inventory.summaries {
            let told = summary.value.root_access_keys.filter(|_| !summary.stale);
            let told = told.map_or(Tri::Unknown, Tri::from);
            note(&mut roots, account, told, "account summary", summary.at);
        }
        for (arn, credentials) in &world.inventory.credentials {
            let Some(keys) = credentials.keys.filter(|_| arn.ends_with(":root")) else { continue };
            let account = arn.split(':').nth(4).unwrap_or_default();
            let has_one = keys.value.keys.iter().any(|key| key.active);
            let told = if keys.stale { Tri::Unknown } else { has_one.into() };
            note(&mut roots, account, told, "credential report", keys.at);
        }
        for (account, (told, evidence)) in roots {
            let known = world.inventory.credentials.keys();
            let mut known = known.filter(|arn| arn.ends_with(":root"));
            let arn = known.find(|arn| arn.split(':').nth(4) == Some(&account));
            let arn =
                arn.map_or_else(|| format!("arn:aws:iam::{account}:root"), ToString::to_string);
            match told {
                Tri::True => verdicts.present(&arn, &account, "", detail(evidence)),
                Tri::False => {}
                Tri::Unknown => {
                    verdicts.unknown(&arn, "whether the root user has access keys is not known");
                }
            }
        }
    }
}

/// Joins two sources: a yes of one is a yes, and whatever one of them knows is known.
fn note(
    roots: &mut BTreeMap<String, (Tri, Vec<Evidence>)>,
    account: &str,
    told: Tri,
    source: &str,
    at: Timestamp,
) {
    let (known, evidence) = roots.entry(account.to_owned()).or_insert((Tri::Unknown, Vec::new()));
    if told == Tri::True {
        let fact = "the root user has an access key".to_owned();
        let source = source.to_owned();
        evidence.push(Evidence { source, statement: None, sid: None, fact, at: Some(at) });
    }
    *known = match (*known, told) {
        (Tri::True, _) | (_, Tri::True) => Tri::True,
        (Tri::Unknown, other) | (other, Tri::Unknown) => other,
        (Tri::False, Tri::False) => Tri::False,
    };
}

fn detail(evidence: Vec<Evidence>) -> Detail {
    Detail {
        severity: Severity::Critical,
        confidence: Confidence::High,
        summary: "the root user has an access key".to_owned(),
        evidence,
        remedy: "delete the key as the root user, or with centralized root access; use a role where it was used"
            .to_owned(),
    }
}
