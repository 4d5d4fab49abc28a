//! What a credential report tells, as entities of the capabilities that they belong to: for the collector,
//! and for the files that people import.

use super::calls::{KEYS, MFA, PASSWORDS, REPORT, USES};
use super::report::{self, Report, Row};
use crate::model::credential::{AccessKeyUse, AccessKeys, CredentialReport, Mfa};
use crate::model::{AccountId, Capability, Entity, SetAside, Timestamp};

/// What the report tells, with the columns that it lives from.
const COLUMNS: [(Capability, &[&str]); 4] = [
    (MFA, report::MFA),
    (KEYS, report::KEYS),
    (USES, report::USES),
    (PASSWORDS, report::PASSWORDS),
];

/// A report that was told. Pure: nothing here asks AWS.
#[derive(Debug)]
pub(crate) struct Told {
    /// What was seen, by capability; the report itself comes first.
    pub(crate) entities: Vec<(Capability, Entity)>,
    /// What could not be understood.
    pub(crate) set_aside: Vec<(Capability, SetAside)>,
    /// The capabilities besides the report's own that it tells about.
    pub(crate) capabilities: Vec<Capability>,
    /// The others, each with the first column that it misses.
    pub(crate) lacks: Vec<(Capability, &'static str)>,
}

impl Told {
    /// The capability of the report itself.
    pub(crate) const REPORT: Capability = REPORT;

    /// Tells the report of an account that AWS made at `generated`.
    pub(crate) fn of(report: Report, account: &AccountId, generated: Timestamp) -> Self {
        let rows = u64::try_from(report.rows.len() + report.set_aside.len()).unwrap_or(u64::MAX);
        let account = account.clone();
        let itself = Entity::CredentialReport(CredentialReport { account, generated, rows });
        let mut told = Self {
            entities: vec![(REPORT, itself)],
            set_aside: Vec::new(),
            capabilities: Vec::new(),
            lacks: Vec::new(),
        };
        for (capability, columns) in COLUMNS {
            match report.lacks(columns) {
                Some(column) => told.lacks.push((capability, column)),
                None => told.capabilities.push(capability),
            }
        }
        for aside in report.set_aside {
            // The row may be the root user's, which is in the report's own scope.
            for capability in told.capabilities.iter().copied().chain([REPORT]) {
                told.set_aside.push((capability, aside.clone()));
            }
        }
        for row in report.rows {
            told.row(row);
        }
        told
    }

    fn row(&mut self, row: Row) {
        let Row { holder, mfa, password, keys, uses, more } = row;
        // The root user is in the report and nowhere else: its scope is the report's, or a complete list of
        // users, which stands in for a report that is denied, would count it as deleted.
        let root = holder.arn.to_string();
        let is_root = root.ends_with(":root");
        if let Some(more) = more.filter(|_| self.capabilities.contains(&KEYS)) {
            let reason = format!("more credentials than the credential report lists: {more}");
            self.set_aside.push((KEYS, SetAside { what: root.clone(), reason }));
        }
        let entities = [
            (MFA, Entity::Mfa(Mfa { holder: holder.clone(), active: mfa })),
            (KEYS, Entity::AccessKeys(AccessKeys { holder: holder.clone(), keys })),
            (USES, Entity::AccessKeyUse(AccessKeyUse { holder, uses })),
            (PASSWORDS, Entity::Password(password)),
        ];
        for (capability, entity) in entities {
            match (self.capabilities.contains(&capability), is_root) {
                (true, false) => self.entities.push((capability, entity)),
                (true, true) => self.entities.push((REPORT, entity)),
                (false, true) => {
                    let reason = format!("its {capability} are not in the credential report");
                    self.set_aside.push((REPORT, SetAside { what: root.clone(), reason }));
                }
                (false, false) => {}
            }
        }
    }
}
