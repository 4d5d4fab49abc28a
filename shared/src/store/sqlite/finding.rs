//! Findings: one row each, the newest version of it.

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};

use super::error::Fault;
use super::row::{Columns, time};
use super::{SqliteStore, Tally};
use crate::form;
use crate::model::Finding;
use crate::port::{FindingStore, PortError};

#[async_trait]
impl FindingStore for SqliteStore {
    async fn findings(&self) -> Result<Vec<Finding>, PortError> {
        self.read("reading the findings of", all).await
    }

    async fn save_findings(&self, findings: &[Finding]) -> Result<(), PortError> {
        let findings = findings.to_vec();
        self.write("saving findings to", move |db, tally| {
            findings.iter().try_for_each(|finding| save(db, tally, finding))
        })
        .await
    }
}

fn all(db: &Connection, tally: &mut Tally) -> Result<Vec<Finding>, Fault> {
    let mut select = db.prepare_cached("SELECT * FROM finding")?;
    let found: Vec<Finding> = select.query_and_then([], of_row)?.collect::<Result<_, _>>()?;
    tally.read += found.len() as u64;
    let mut found = found;
    found.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(found)
}

fn of_row(row: &Row<'_>) -> Result<Finding, Fault> {
    let columns = Columns::new(row, "a row of `finding`");
    let (version, body): (u32, String) = (columns.small_number("form")?, columns.get("body")?);
    form::read_finding(version, &body).map_err(|error| match error {
        form::FormError::Version { found, known } => Fault::Newer { found, known },
        other => columns.unreadable("body", other),
    })
}

fn save(db: &Connection, tally: &mut Tally, finding: &Finding) -> Result<(), Fault> {
    let written = db
        .prepare_cached(
            "INSERT INTO finding (kind, subject, part, account, state, severity, first_seen, last_seen, newest, form, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (kind, subject, part) DO UPDATE SET account = excluded.account,
             state = excluded.state, severity = excluded.severity, first_seen = excluded.first_seen,
             last_seen = excluded.last_seen, newest = excluded.newest, form = excluded.form, body = excluded.body
             WHERE excluded.newest >= finding.newest AND excluded.body <> finding.body",
        )?
        .execute(params![
            finding.id.kind.word(),
            finding.id.subject,
            finding.id.part,
            finding.account,
            finding.state.word(),
            finding.detail.severity.word(),
            time(finding.first_seen()),
            time(finding.last_seen),
            time(finding.newest()),
            form::VERSION,
            form::write_finding(finding),
        ])?;
    tally.written += written as u64;
    Ok(())
}
