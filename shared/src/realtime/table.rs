//! Which objects an event touches: one row an event family.
//!
//! A row names the operations of a service and what to look at after one of them: a collector, and where in the
//! record the object's name is. Names are in the words that collectors know (`collect::focus`): `user/NAME`, an ARN,
//! an account id. What an operation touches beside that is a rule of its own in the same row.
//!
//! An operation that is in no row and changes something is [`Finding::Unknown`]: the units of its service are as
//! they were until the next run looks at them. To watch another operation, add it to a row.

mod catalogs;
mod iam;
mod identity_center;
mod messaging;
mod organization;
mod ours;
mod resources;
mod rule;

use std::collections::BTreeSet;

use super::event::Event;
use super::{Home, Touch};
use crate::model::{AccountId, Region, Unit};

pub use ours::{Health, own_change};
use rule::{Rule, Where};

/// What an event comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Look at these again.
    Touched(Vec<Touch>),
    /// It changes something of a service that is watched, and the table does not know what: these units are stale.
    Unknown(Vec<Unit>),
    /// It touches nothing that is collected.
    Nothing(Why),
}

/// Why an event touches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// The call failed.
    Failed,
    /// It only reads, or it is a sign-in: use, which is counted from the logs.
    ReadOnly,
    /// It changes what no collector looks at.
    NotCollected,
    /// Nobody watches the service.
    OtherService,
}

impl Why {
    /// In one word, as metrics and logs carry it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::ReadOnly => "read_only",
            Self::NotCollected => "not_collected",
            Self::OtherService => "other_service",
        }
    }
}

/// A row: operations of a service, and what to look at after one of them.
pub(super) struct Row {
    /// Operations; one that ends in `*` stands for all that begin so.
    operations: &'static [&'static str],
    rules: &'static [Rule],
}

/// A service that is watched.
pub(super) struct Service {
    /// Its event source without `.amazonaws.com`.
    source: &'static str,
    /// The collectors of what it holds, which are stale after an operation that no row knows.
    collectors: &'static [(&'static str, Where)],
    rows: &'static [Row],
    /// Operations that change nothing which is collected.
    others: &'static [&'static str],
}

/// Every service that is watched.
const SERVICES: &[&Service] = &[
    &iam::IAM,
    &identity_center::SSO,
    &identity_center::SSO_DIRECTORY,
    &identity_center::IDENTITY_STORE,
    &identity_center::SCIM,
    &organization::ORGANIZATIONS,
    &resources::S3,
    &resources::KMS,
    &resources::LAMBDA,
    &resources::SECRETS_MANAGER,
    &resources::DYNAMODB,
    &resources::EC2,
    &resources::EKS,
    &resources::RDS,
    &messaging::SQS,
    &messaging::SNS,
    &catalogs::ECR,
    &catalogs::GLUE,
    &catalogs::BEDROCK,
    &ours::CLOUDTRAIL,
    &ours::EVENTS,
    &ours::CLOUDFORMATION,
];

/// Services whose events are uses and nothing else: counted from the logs, never from here.
const USES: &[&str] = &["sts", "signin"];

/// The event sources that are watched, for the pattern of the rule: `iam.amazonaws.com`.
pub fn sources() -> Vec<String> {
    let names = SERVICES.iter().map(|service| service.source).chain(USES.iter().copied());
    let mut sources: Vec<String> = names.map(|name| format!("{name}.amazonaws.com")).collect();
    sources.sort();
    sources
}

/// The collectors that events name.
pub fn collectors() -> BTreeSet<&'static str> {
    let units = SERVICES.iter().flat_map(|service| service.collectors).map(|(name, _)| *name);
    let rules = SERVICES.iter().flat_map(|service| service.rows).flat_map(|row| row.rules);
    units.chain(rules.map(Rule::collector)).collect()
}

/// Says where to look after an event.
pub fn find(event: &Event, home: &Home) -> Finding {
    if !event.done {
        return Finding::Nothing(Why::Failed);
    }
    let source = event.cause.source.strip_suffix(".amazonaws.com").unwrap_or(&event.cause.source);
    if USES.contains(&source) || event.read_only || event.is_data {
        return Finding::Nothing(Why::ReadOnly);
    }
    let Some(service) = SERVICES.iter().find(|service| service.source == source) else {
        return Finding::Nothing(Why::OtherService);
    };
    let operation = event.operation();
    let rows = service.rows.iter().filter(|row| names(row.operations, operation));
    let rules: Vec<&Rule> = rows.flat_map(|row| row.rules).collect();
    if rules.is_empty() {
        if names(service.others, operation) || service.collectors.is_empty() {
            return Finding::Nothing(Why::NotCollected);
        }
        return Finding::Unknown(units(service, event, home));
    }
    let mut touches: Vec<Touch> = Vec::new();
    let mut misses = false;
    for rule in rules {
        let found = rule.apply(event, home);
        misses |= found.is_empty() && !rule.is_optional();
        touches.extend(found);
    }
    touches.sort();
    touches.dedup();
    // A record that does not name what it changed, as a row says that it does, or of which no rule finds anything.
    if touches.is_empty() || (misses && touches.iter().all(|touch| touch.name.is_none())) {
        return Finding::Unknown(units(service, event, home));
    }
    Finding::Touched(touches)
}

fn names(operations: &[&str], operation: &str) -> bool {
    operations.iter().any(|known| match known.strip_suffix('*') {
        Some(beginning) => operation.starts_with(beginning),
        None => operation == *known,
    })
}

fn units(service: &Service, event: &Event, home: &Home) -> Vec<Unit> {
    let unit = |(collector, place): &(&str, Where)| {
        let (account, region): (AccountId, Region) = place.of(event, home);
        Unit { account, region, collector: (*collector).to_owned() }
    };
    service.collectors.iter().map(unit).collect()
}

#[cfg(test)]
mod tests;
