//! The JSON form of a finding: what a store keeps, what a file of findings has, and what documents show.

use serde::Deserialize;
use serde_json::{Value, json};

use super::FormError;
use crate::model::finding::{
    Confidence, Detail, Evidence, Finding, FindingId, FindingKind, FindingState, Severity, Turn,
};
use crate::model::{Timestamp, id::IdError};

/// A finding as a JSON value; always the same for the same finding.
pub fn finding_value(finding: &Finding) -> Value {
    let Finding { id, account, detail, last_seen, state, turns, unjudged } = finding;
    let turn = |turn: &Turn| match turn {
        Turn::Opened(at) => json!({"opened": at.to_string()}),
        Turn::Resolved(at) => json!({"resolved": at.to_string()}),
    };
    let evidence = |it: &Evidence| {
        json!({"source": it.source, "statement": it.statement, "sid": it.sid, "fact": it.fact,
            "at": it.at.map(|at| at.to_string())})
    };
    json!({
        "id": id.to_string(), "kind": id.kind.word(), "subject": id.subject, "part": id.part,
        "account": account, "state": state.word(), "severity": detail.severity.word(),
        "confidence": detail.confidence.word(), "summary": detail.summary,
        "evidence": detail.evidence.iter().map(evidence).collect::<Vec<_>>(),
        "remedy": detail.remedy, "first_seen": finding.first_seen().to_string(),
        "last_seen": last_seen.to_string(), "history": turns.iter().map(turn).collect::<Vec<_>>(),
        "not_judged": unjudged,
    })
}

/// A finding as JSON text.
pub fn write_finding(finding: &Finding) -> String {
    finding_value(finding).to_string()
}

#[derive(Deserialize)]
struct Written {
    kind: String,
    subject: String,
    part: String,
    account: String,
    state: String,
    severity: String,
    confidence: String,
    summary: String,
    evidence: Vec<WrittenEvidence>,
    remedy: String,
    last_seen: Timestamp,
    history: Vec<WrittenTurn>,
    not_judged: Option<String>,
}

#[derive(Deserialize)]
struct WrittenEvidence {
    source: String,
    statement: Option<usize>,
    sid: Option<String>,
    fact: String,
    at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum WrittenTurn {
    Opened(Timestamp),
    Resolved(Timestamp),
}

/// Reads what [`write_finding`] wrote in a version of the forms.
pub fn read_finding(version: u32, text: &str) -> Result<Finding, FormError> {
    if version != super::VERSION {
        return Err(FormError::Version { found: version, known: super::VERSION });
    }
    let written: Written = serde_json::from_str(text).map_err(FormError::ReadFinding)?;
    finding(written).map_err(|error| FormError::ReadFinding(serde::de::Error::custom(error)))
}

fn finding(written: Written) -> Result<Finding, IdError> {
    let evidence = written.evidence.into_iter().map(|it| Evidence {
        source: it.source,
        statement: it.statement,
        sid: it.sid,
        fact: it.fact,
        at: it.at,
    });
    let turn = |turn: WrittenTurn| match turn {
        WrittenTurn::Opened(at) => Turn::Opened(at),
        WrittenTurn::Resolved(at) => Turn::Resolved(at),
    };
    Ok(Finding {
        id: FindingId {
            kind: written.kind.parse::<FindingKind>()?,
            subject: written.subject,
            part: written.part,
        },
        account: written.account,
        detail: Detail {
            severity: written.severity.parse::<Severity>()?,
            confidence: written.confidence.parse::<Confidence>()?,
            summary: written.summary,
            evidence: evidence.collect(),
            remedy: written.remedy,
        },
        last_seen: written.last_seen,
        state: written.state.parse::<FindingState>()?,
        turns: written.history.into_iter().map(turn).collect(),
        unjudged: written.not_judged,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let at = |second: i64| Timestamp::from_second(1_795_327_200 + second).unwrap();
        let finding = Finding {
            id: FindingId {
                kind: FindingKind::ExternalTrust,
                subject: "arn:aws:iam::111122223333:role/<b>\u{202e}".to_owned(),
                part: "444455556666".to_owned(),
            },
            account: "111122223333".to_owned(),
            detail: Detail {
                severity: Severity::High,
                confidence: Confidence::Medium,
                summary: "it \"is\" so".to_owned(),
                evidence: vec![Evidence {
                    source: "trust".to_owned(),
                    statement: Some(1),
                    sid: Some("Sid".to_owned()),
                    fact: "x".to_owned(),
                    at: Some(at(7)),
                }],
                remedy: "mend it".to_owned(),
            },
            last_seen: at(9),
            state: FindingState::Ongoing,
            turns: vec![Turn::Opened(at(0)), Turn::Resolved(at(1)), Turn::Opened(at(2))],
            unjudged: Some("denied".to_owned()),
        };
        let text = write_finding(&finding);
        assert_eq!(read_finding(super::super::VERSION, &text).unwrap(), finding);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["first_seen"], at(0).to_string());
        assert!(read_finding(2, &text).is_err());
        for (from, to) in [("high", "bad"), ("ongoing", "gone"), ("\"part\"", "\"p\"")] {
            assert!(read_finding(1, &text.replace(from, to)).is_err(), "{to}");
        }
    }
}
