//! What was not seen, why, what is lost by it, and what to do.

use std::collections::{BTreeMap, BTreeSet};

use accesstrail_shared::collect::registry;
use accesstrail_shared::model::{
    AccountId, Authority, Coverage, Region, Snapshot, Status, Unavailable,
};
use accesstrail_shared::report::json;
use serde_json::{Value, json};

use crate::error::Failure;
use crate::screen::Screen;

/// The gaps for a program: each with its coverage, what is lost, what to do.
pub(crate) fn documents(snapshot: &Snapshot) -> Value {
    snapshot.gaps().map(|gap| document(gap, snapshot)).collect()
}

fn document(coverage: &Coverage, snapshot: &Snapshot) -> Value {
    let mut document = json::coverage(coverage);
    if let Some(fields) = document.as_object_mut() {
        let name = snapshot.account_name(&coverage.scope.account);
        fields.insert("account_name".to_owned(), json!(name));
        fields.insert("lost".to_owned(), json!(lost(coverage)));
        fields.insert("fix".to_owned(), json!(fix(&coverage.status)));
    }
    document
}

/// The gaps for a person: one line for what has one cause.
pub(crate) fn show(snapshot: &Snapshot, screen: &mut Screen) -> Result<(), Failure> {
    let rows = rows(snapshot);
    if rows.is_empty() {
        return Ok(());
    }
    screen.heading("Not seen")?;
    screen.table(&["account", "account name", "what", "why", "what to do"], rows)
}

/// What one cause hides.
#[derive(Debug, Default)]
struct Hidden<'a> {
    capabilities: BTreeSet<&'a str>,
    regions: BTreeSet<&'a str>,
}

fn rows(snapshot: &Snapshot) -> Vec<[String; 5]> {
    let mut causes: BTreeMap<(&AccountId, String, String), Hidden<'_>> = BTreeMap::new();
    for coverage in snapshot.gaps() {
        let scope = &coverage.scope;
        let cause = (&scope.account, why(&coverage.status), fix(&coverage.status));
        let hidden = causes.entry(cause).or_default();
        hidden.capabilities.insert(&scope.capability);
        hidden.regions.insert(scope.region.as_str());
    }
    let row = |((account, why, fix), hidden): (_, Hidden<'_>)| {
        let name = snapshot.account_name(account).unwrap_or_default().to_owned();
        [account.to_string(), name, hidden.what(), why, fix]
    };
    causes.into_iter().map(row).collect()
}

impl Hidden<'_> {
    /// In a few words. Where global services are hidden too, it is the whole account.
    fn what(&self) -> String {
        let mut all = self.capabilities.iter();
        let first = all.next().copied().unwrap_or_default();
        let what = match (all.next(), all.len()) {
            (None, _) => first.to_owned(),
            (Some(second), 0) => format!("{first}, {second}"),
            (Some(_), rest) => format!("{first} and {} more", rest + 1),
        };
        let regions: Vec<&str> = self.regions.iter().copied().collect();
        match regions.as_slice() {
            [Region::GLOBAL] => what,
            [one] => format!("{what} {one}"),
            several if several.contains(&Region::GLOBAL) => what,
            several => format!("{what} in {} regions", several.len()),
        }
    }
}

/// Why a scope was not seen, in a few words.
pub(crate) fn why(status: &Status) -> String {
    match status {
        Status::Complete => String::new(),
        Status::Partial { action, reason } if action.is_empty() => reason.clone(),
        Status::Partial { action, reason } => format!("{action}: {reason}"),
        Status::Denied { action, by } => format!("{action} denied by {}", authority(*by)),
        Status::Throttled { action } => format!("{action} throttled"),
        Status::Unavailable(why) => why.to_string(),
        Status::Excluded(filter) => format!("excluded by {filter}"),
    }
}

pub(crate) fn authority(by: Authority) -> &'static str {
    match by {
        Authority::Identity => "an identity policy",
        Authority::Scp => "a service control policy",
        Authority::Rcp => "a resource control policy",
        Authority::Boundary => "a permissions boundary",
        Authority::Session => "a session policy",
        Authority::Resource => "a resource policy",
        Authority::Unspecified => "a policy that AWS does not name",
    }
}

/// What to do about a gap.
fn fix(status: &Status) -> String {
    match status {
        Status::Complete | Status::Excluded(_) => String::new(),
        Status::Denied { action, .. } if action == "sts:AssumeRole" => {
            "check that the role exists there, its trust and the external id".to_owned()
        }
        Status::Denied { action, by: Authority::Scp | Authority::Rcp } => {
            format!("exempt the role from that policy for {action}")
        }
        Status::Denied { action, by: Authority::Boundary } => {
            format!("allow {action} in the role's boundary")
        }
        Status::Denied { action, .. } => format!("allow {action} to the role"),
        Status::Throttled { .. } => "collect again at a quieter time".to_owned(),
        Status::Partial { .. } => "collect again; if it stays, report it with this line".to_owned(),
        Status::Unavailable(Unavailable::AccountState(_) | Unavailable::AccountLeft) => {
            "nothing".to_owned()
        }
        Status::Unavailable(_) => "collect with the right --regions".to_owned(),
    }
}

/// What is lost without a capability.
fn lost(coverage: &Coverage) -> Option<&'static str> {
    let collector = registry::find(&coverage.scope.collector)?;
    let call =
        collector.calls().iter().find(|call| call.capability == coverage.scope.capability)?;
    Some(call.lost)
}

#[cfg(test)]
mod tests;
