//! Findings as one JSON document and as short text for people. Pure; whoever prints the text makes it inert.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde_json::{Map, Value, json};

use super::Judged;
use crate::form;
use crate::model::Timestamp;
use crate::model::finding::{Evidence, Finding, FindingState, Severity};

/// How many subjects that could not be judged are named for one reason.
const FEW: usize = 3;

/// What was found, and what could not be judged.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Findings after the last run, those that are shown.
    pub findings: &'a [&'a Finding],
    /// What the checks said.
    pub judged: &'a Judged,
    /// The moment that it is about.
    pub at: Timestamp,
}

fn count(report: &Report<'_>, of: impl Fn(&&&Finding) -> bool) -> usize {
    report.findings.iter().filter(of).count()
}

/// The document of `findings`.
pub fn document(report: &Report<'_>) -> Value {
    let states = FindingState::ALL.iter();
    let states = states.map(|state| (state.word(), count(report, |it| it.state == *state)));
    let severities = Severity::ALL.iter().map(|severity| {
        let is = |it: &&&Finding| it.is_open() && it.detail.severity == *severity;
        (severity.word(), count(report, is))
    });
    let judged = report.judged;
    let unknown = judged.unknown.iter().map(
        |((kind, subject), why)| json!({"kind": kind.word(), "subject": subject, "reason": why}),
    );
    let not_asked = judged.not_asked.iter();
    let not_asked = not_asked.map(|(kind, why)| json!({"kind": kind.word(), "reason": why}));
    let gaps = judged.gaps.iter();
    let gaps =
        gaps.map(|gap| json!({"account": gap.account, "scope": gap.scope, "reason": gap.why}));
    json!({
        "at": report.at.to_string(),
        "count": report.findings.len(),
        "states": counts(states), "open_by_severity": counts(severities),
        "findings": report.findings.iter().map(|it| form::finding_value(it)).collect::<Vec<_>>(),
        "unknown": unknown.collect::<Vec<_>>(), "not_asked": not_asked.collect::<Vec<_>>(),
        "not_seen": gaps.collect::<Vec<_>>(),
    })
}

fn counts<'a>(rows: impl Iterator<Item = (&'a str, usize)>) -> Value {
    Value::Object(rows.map(|(word, count)| (word.to_owned(), json!(count))).collect::<Map<_, _>>())
}

/// The same for people: the worst first.
pub fn text(report: &Report<'_>) -> String {
    let mut text = String::new();
    let mut sorted = report.findings.to_vec();
    sorted.sort_by(|left, right| {
        let key = |it: &&Finding| (!it.is_open(), std::cmp::Reverse(it.detail.severity));
        key(left).cmp(&key(right)).then_with(|| left.id.cmp(&right.id))
    });
    for finding in sorted {
        one(&mut text, finding);
    }
    let open = count(report, |it| it.is_open());
    let by = Severity::ALL.iter().rev().filter_map(|severity| {
        let is = |it: &&&Finding| it.is_open() && it.detail.severity == *severity;
        let found = count(report, is);
        (found > 0).then(|| format!("{found} {severity}"))
    });
    let by: Vec<String> = by.collect();
    let what = if open == 1 { "finding is" } else { "findings are" };
    let by = if by.is_empty() { String::new() } else { format!(": {}", by.join(", ")) };
    line(&mut text, format_args!("{open} {what} open{by}"));
    let of = |state| count(report, |it| it.state == state);
    let (opened, ongoing, resolved) =
        (of(FindingState::Opened), of(FindingState::Ongoing), of(FindingState::Resolved));
    line(&mut text, format_args!("{opened} opened, {ongoing} ongoing, {resolved} resolved"));
    not_judged(&mut text, report.judged);
    text
}

fn one(text: &mut String, finding: &Finding) {
    let detail = &finding.detail;
    let sure = format!("{} confidence", detail.confidence);
    line(
        text,
        format_args!(
            "{}  {}  {}  {}",
            detail.severity, finding.id.kind, finding.id.subject, finding.state
        ),
    );
    line(text, format_args!("  {}; {sure}", detail.summary));
    for evidence in &detail.evidence {
        line(text, format_args!("  because {}", words(evidence)));
    }
    line(text, format_args!("  to mend it: {}", detail.remedy));
    let since = finding.turns.iter().rev().find_map(|turn| match turn {
        crate::model::finding::Turn::Opened(at) => Some(*at),
        crate::model::finding::Turn::Resolved(_) => None,
    });
    let since = since.unwrap_or(finding.last_seen);
    let again = if finding.turns.len() > 2 { ", not for the first time" } else { "" };
    let last = moment(finding.last_seen);
    line(text, format_args!("  since {}{again}, last seen {last}", moment(since)));
    if let Some(why) = &finding.unjudged {
        line(text, format_args!("  not judged this time: {why}"));
    }
}

/// A moment, to the second: how people read it.
fn moment(at: Timestamp) -> impl fmt::Display {
    at.strftime("%Y-%m-%d %H:%M:%SZ")
}

fn words(evidence: &Evidence) -> String {
    let sid = evidence.sid.as_deref().map(|sid| format!(" ({sid})")).unwrap_or_default();
    match evidence.statement {
        Some(at) => format!("statement {}{sid} of {}: {}", at + 1, evidence.source, evidence.fact),
        None => format!("{}: {}", evidence.source, evidence.fact),
    }
}

fn not_judged(text: &mut String, judged: &Judged) {
    for (kind, why) in &judged.not_asked {
        line(text, format_args!("not asked: {kind}: {why}"));
    }
    let mut reasons: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for ((kind, subject), why) in &judged.unknown {
        reasons.entry((kind.word(), why)).or_default().push(subject);
    }
    for ((kind, why), subjects) in reasons {
        let named = subjects.iter().take(FEW).copied().collect::<Vec<_>>().join(", ");
        let more = subjects.len().saturating_sub(FEW);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        line(text, format_args!("unknown: {kind} of {named}{more}: {why}"));
    }
    let mut gaps: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for gap in &judged.gaps {
        gaps.entry(&gap.why).or_default().push(&gap.scope);
    }
    for (why, scopes) in gaps {
        let named = scopes.iter().take(FEW).copied().collect::<Vec<_>>().join(", ");
        let more = scopes.len().saturating_sub(FEW);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        line(text, format_args!("not seen: {named}{more}: {why}"));
    }
}

fn line(text: &mut String, words: fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _written = text.write_fmt(words);
    text.push('\n');
}

#[cfg(test)]
mod tests;
