//! Findings: one item each, the newest version of it.

use async_trait::async_trait;

use super::DynamoStore;
use super::calls::{Find, at_once};
use super::expression::{Edit, any};
use super::item::{Item, ItemError, number, pack, text, time};
use crate::form;
use crate::model::Finding;
use crate::port::{FindingStore, PortError};
use crate::store::key::{FINDINGS, attribute, finding as key};

/// A finding that no item can hold.
#[derive(Debug, thiserror::Error)]
#[error("the finding is too long for an item of the table")]
struct TooLong;

#[async_trait]
impl FindingStore for DynamoStore {
    async fn findings(&self) -> Result<Vec<Finding>, PortError> {
        let items = self.table.find_all(|| Find::beginning(FINDINGS, "")).await?;
        let mut found: Vec<Finding> =
            items.iter().map(|item| self.of_item(item)).collect::<Result<_, _>>()?;
        found.sort_by(|left, right| left.id.cmp(&right.id));
        Ok(found)
    }

    async fn save_findings(&self, findings: &[Finding]) -> Result<(), PortError> {
        let saved = findings.iter().map(|finding| self.save_finding(finding)).collect();
        at_once(saved).await.map(drop)
    }
}

impl DynamoStore {
    async fn save_finding(&self, finding: &Finding) -> Result<(), PortError> {
        let key = key(&finding.id);
        let body = pack(&form::write_finding(finding));
        let body = body.ok_or_else(|| self.table.corrupt(&Item::at(&key), TooLong))?;
        let newest = time(finding.newest());
        let edit = Edit::of(key)
            .set(attribute::ID, text(finding.id.to_string()))
            .set(attribute::FORM, number(form::VERSION))
            .set(attribute::BODY, body)
            .set(attribute::AT, newest.clone())
            .only_if(|terms| {
                let absent = terms.absent(attribute::PARTITION);
                any(&[absent, terms.at_most(attribute::AT, newest)])
            });
        // A refusal means that a newer one is kept.
        self.table.edit(&edit).await.map(drop)
    }

    fn of_item(&self, item: &Item) -> Result<Finding, PortError> {
        let read = || {
            let version: u32 = item.number(attribute::FORM)?;
            Ok::<_, ItemError>((version, item.content(attribute::BODY)?))
        };
        let (version, body): (u32, String) =
            read().map_err(|error| self.table.corrupt(item, error))?;
        form::read_finding(version, &body).map_err(|error| match error {
            form::FormError::Version { found, known } => {
                PortError::Newer { what: format!("finding {}", item.name()), found, known }
            }
            other => self.table.corrupt(item, other),
        })
    }
}
