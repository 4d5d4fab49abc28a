//! Findings of earlier runs and what checks say now → findings.

use std::collections::BTreeMap;

use super::Judged;
use crate::model::Timestamp;
use crate::model::finding::{Finding, FindingId, FindingState, Turn};

/// What becomes of the findings of earlier runs. What is so and was not is opened, or opened again with its history; what
/// was so and is not any more is resolved; what could not be judged stays as it was.
///
/// Joining the same again changes nothing, and a look that is older than what is kept changes nothing either. The result
/// has every finding once, in the order of its id.
pub fn join(previous: &[Finding], judged: &Judged, at: Timestamp) -> Vec<Finding> {
    let mut kept: BTreeMap<FindingId, Finding> =
        previous.iter().map(|finding| (finding.id.clone(), finding.clone())).collect();
    let newest = previous.iter().map(Finding::newest).max();
    if newest.is_some_and(|newest| newest > at) {
        return kept.into_values().collect();
    }
    let mut present: BTreeMap<&FindingId, &super::Present> =
        judged.present.iter().map(|present| (&present.id, present)).collect();
    for finding in kept.values_mut() {
        match present.remove(&finding.id) {
            Some(now) => {
                finding.detail = now.detail.clone();
                finding.account.clone_from(&now.account);
                finding.last_seen = at;
                finding.unjudged = None;
                if matches!(finding.turns.last(), None | Some(Turn::Resolved(_))) {
                    finding.turns.push(Turn::Opened(at));
                }
            }
            None => settle(finding, judged, at),
        }
        finding.state = state(&finding.turns, at);
    }
    for (id, now) in present {
        let finding = Finding {
            id: id.clone(),
            account: now.account.clone(),
            detail: now.detail.clone(),
            last_seen: at,
            state: FindingState::Opened,
            turns: vec![Turn::Opened(at)],
            unjudged: None,
        };
        kept.insert(id.clone(), finding);
    }
    kept.into_values().collect()
}

/// Those that are not kept as they are: what is to be saved.
pub fn changed(kept: &[Finding], findings: Vec<Finding>) -> Vec<Finding> {
    let kept: BTreeMap<&FindingId, &Finding> =
        kept.iter().map(|finding| (&finding.id, finding)).collect();
    let is_new = |finding: &Finding| kept.get(&finding.id) != Some(&finding);
    findings.into_iter().filter(is_new).collect()
}

/// What is not so: it is resolved, unless nobody could say.
fn settle(finding: &mut Finding, judged: &Judged, at: Timestamp) {
    let why = judged.unknown.get(&(finding.id.kind, finding.id.subject.clone()));
    let is_strange = !judged.accounts.contains(&finding.account);
    let why = why.or_else(|| judged.not_asked.get(&finding.id.kind)).cloned();
    let why = why
        .or_else(|| is_strange.then(|| format!("nothing of account {} is there", finding.account)));
    let is_open = matches!(finding.turns.last(), Some(Turn::Opened(_)));
    if why.is_none() && is_open {
        finding.turns.push(Turn::Resolved(at));
    }
    finding.unjudged = why.filter(|_| is_open);
}

fn state(turns: &[Turn], at: Timestamp) -> FindingState {
    match turns.last() {
        Some(Turn::Resolved(_)) => FindingState::Resolved,
        Some(Turn::Opened(opened)) if *opened < at => FindingState::Ongoing,
        _ => FindingState::Opened,
    }
}

#[cfg(test)]
mod tests;
