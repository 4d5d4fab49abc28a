//! Rows of use: what was asked for, summed over days.

use std::collections::BTreeMap;

use accesstrail_shared::model::activity::EventTime;
use accesstrail_shared::report::inert;
use accesstrail_shared::trail::actions::actions;
use accesstrail_shared::usage::day::Day;
use accesstrail_shared::usage::fold::MOST_RESOURCES;
use accesstrail_shared::usage::rollup::Usage as Sums;
use accesstrail_shared::usage::stands::{Stands, stands_for};
use accesstrail_shared::usage::tally::Tally;
use serde_json::{Value, json};

use crate::Outcome;
use crate::error::Failure;
use crate::screen::Screen;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted<'a> {
    /// A principal, by its stable name or the last part of it.
    Principal(&'a str),
    /// A resource, or all that begin so.
    Resource(&'a str),
    /// Everything.
    All,
}

impl Wanted<'_> {
    fn is_principal(&self, principal: &str) -> bool {
        match self {
            Self::Principal(text) => is_called(principal, text),
            Self::Resource(_) | Self::All => true,
        }
    }

    /// Whether a resource of the logs is, or may be, what was asked for.
    fn of_resource(&self, resource: &str) -> Option<Stands> {
        match self {
            Self::Resource(text) => match text.strip_suffix('*') {
                Some(start) => resource.starts_with(start).then_some(Stands::Surely),
                None => stands_for(resource, text),
            },
            Self::Principal(_) | Self::All => Some(Stands::Surely),
        }
    }
}

/// Whether somebody who types that means this principal: its stable name, or the last part of it.
pub(in crate::command) fn is_called(principal: &str, text: &str) -> bool {
    principal == text || principal.rsplit(['/', ':']).next() == Some(text)
}

/// Who called what in which account; of resources, also on which.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    account: String,
    principal: String,
    source: String,
    name: String,
    /// As the logs have it, and how sure it is that it is what was asked for.
    resource: Option<(String, Stands)>,
}

/// Who was behind a principal, or from where it called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Beside {
    account: String,
    principal: String,
    how: &'static str,
    name: String,
}

#[derive(Clone, Debug)]
struct Sum {
    tally: Tally,
    days: u64,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    calls: BTreeMap<Key, Sum>,
    behind: BTreeMap<Beside, Sum>,
    origins: BTreeMap<Beside, Sum>,
}

impl Found {
    /// Adds what was asked for of an account's usage.
    pub(super) fn add(&mut self, sums: &Sums, wanted: &Wanted<'_>) {
        let key =
            |principal: &str, source: &str, name: &str, resource: Option<(&str, Stands)>| Key {
                account: sums.account().to_owned(),
                principal: principal.to_owned(),
                source: source.to_owned(),
                name: name.to_owned(),
                resource: resource.map(|(name, stands)| (name.to_owned(), stands)),
            };
        if let Wanted::Resource(_) = wanted {
            for (day, it) in sums.touched() {
                let Some(stands) = wanted.of_resource(it.resource) else { continue };
                let key = key(it.principal, it.source, it.name, Some((it.resource, stands)));
                add(&mut self.calls, key, day, &it.tally);
            }
            return;
        }
        for (day, it) in sums.calls().filter(|(_, it)| wanted.is_principal(it.principal)) {
            add(&mut self.calls, key(it.principal, it.source, it.name, None), day, &it.tally);
        }
        if let Wanted::All = wanted {
            return;
        }
        let beside = |principal: &str, how: &'static str, name: &str| Beside {
            account: sums.account().to_owned(),
            principal: principal.to_owned(),
            how,
            name: name.to_owned(),
        };
        for (day, it) in sums.sessions().filter(|(_, it)| wanted.is_principal(it.principal)) {
            let key = beside(it.principal, named_by(it.by), it.name);
            add(&mut self.behind, key, day, &it.tally);
        }
        for (day, it) in sums.origins().filter(|(_, it)| wanted.is_principal(it.principal)) {
            let key = beside(it.principal, caller(it.caller), it.from);
            add(&mut self.origins, key, day, &it.tally);
        }
    }

    /// The principal, where all rows have the same one.
    fn only_principal(&self) -> Option<&str> {
        let mut principals = self.calls.keys().map(|key| key.principal.as_str());
        let first = principals.next()?;
        principals.all(|other| other == first).then_some(first)
    }

    /// Prints what was found.
    pub(super) fn show(
        &self,
        wanted: &Wanted<'_>,
        screen: &mut Screen,
    ) -> Result<Outcome, Failure> {
        if screen.is_json() {
            let calls: Vec<Value> =
                self.calls.iter().map(|(key, sum)| document(key, sum)).collect();
            let body = json!({
                "count": calls.len(),
                "calls": calls,
                "behind": besides(&self.behind),
                "origins": besides(&self.origins),
            });
            screen.document("usage", body)?;
            return Ok(Outcome::Done);
        }
        if self.calls.is_empty() {
            if let Wanted::Principal(text) | Wanted::Resource(text) = wanted {
                return Err(Failure::NoUse { text: (*text).to_owned() });
            }
            screen.line("no use: `accesstrail backfill` reads the logs")?;
            return Ok(Outcome::Done);
        }
        let mut columns = vec!["account"];
        // Of one principal the table need not say it again: an ARN takes half of a line.
        let only = self.only_principal();
        match only {
            Some(principal) => screen.field("principal", &inert::terminal(principal))?,
            None => columns.push("principal"),
        }
        columns.extend(["action", "last used", "first used", "days", "used", "denied"]);
        if let Wanted::Resource(_) = wanted {
            columns.push("resource");
        }
        let rows = self.calls.iter().map(|(key, sum)| cells(key, sum, only.is_none()));
        screen.table(&columns, rows)?;
        let perhaps = |key: &Key| matches!(key.resource, Some((_, Stands::Perhaps)));
        if self.calls.keys().any(perhaps) {
            screen.line(&format!(
                "\nWhere one principal used more than {MOST_RESOURCES} resources of a kind in an hour, what is above them \
                 stands for all of them: what was asked for may be among them."
            ))?;
        }
        for (heading, some) in [("Behind its sessions", &self.behind), ("From", &self.origins)] {
            if !some.is_empty() {
                screen.heading(heading)?;
                let rows = some.iter().map(|(key, sum)| {
                    let (last, count) = (sum.tally.last.text(), sum.tally.count.to_string());
                    [key.account.clone(), key.name.clone(), key.how.to_owned(), last, count]
                });
                screen.table(&["account", "name", "how", "last", "calls"], rows)?;
            }
        }
        Ok(Outcome::Done)
    }
}

/// Adds a day's tally. Each day of a row comes once.
fn add<K: Ord>(sums: &mut BTreeMap<K, Sum>, key: K, _: Day, tally: &Tally) {
    sums.entry(key)
        .and_modify(|sum| {
            sum.tally.merge(tally);
            sum.days += 1;
        })
        .or_insert(Sum { tally: *tally, days: 1 });
}

/// The IAM actions of a call; its own name where no permission stands behind it.
pub(in crate::command) fn action(source: &str, name: &str) -> String {
    let actions = actions(source, name);
    if actions.is_empty() { format!("{source} {name}") } else { actions.join(", ") }
}

fn cells(key: &Key, sum: &Sum, with_principal: bool) -> Vec<String> {
    let tally = &sum.tally;
    let last = tally.last_used.map_or_else(|| "only denied".to_owned(), EventTime::text);
    let mut cells = vec![key.account.clone()];
    cells.extend(with_principal.then(|| key.principal.clone()));
    cells.extend([action(&key.source, &key.name), last]);
    cells.extend([tally.first.text(), sum.days.to_string()]);
    cells.extend([tally.used().to_string(), tally.denied.to_string()]);
    cells.extend(key.resource.as_ref().map(|(name, _)| name.clone()));
    cells
}

fn document(key: &Key, sum: &Sum) -> Value {
    let tally = &sum.tally;
    json!({
        "account": key.account,
        "principal": key.principal,
        "event_source": key.source,
        "event_name": key.name,
        "actions": actions(&key.source, &key.name),
        "resource": key.resource.as_ref().map(|(name, _)| name),
        "certain": key.resource.as_ref().is_none_or(|(_, stands)| *stands == Stands::Surely),
        "first": tally.first.text(),
        "last": tally.last.text(),
        "last_used": tally.last_used.map(EventTime::text),
        "days": sum.days,
        "count": tally.count,
        "errors": tally.errors,
        "denied": tally.denied,
    })
}

fn besides(some: &BTreeMap<Beside, Sum>) -> Vec<Value> {
    let one = |(key, sum): (&Beside, &Sum)| {
        json!({
            "account": key.account,
            "principal": key.principal,
            "how": key.how,
            "name": key.name,
            "first": sum.tally.first.text(),
            "last": sum.tally.last.text(),
            "count": sum.tally.count,
        })
    };
    some.iter().map(one).collect()
}

/// In words.
pub(in crate::command) fn named_by(
    by: accesstrail_shared::model::activity::NamedBy,
) -> &'static str {
    use accesstrail_shared::model::activity::NamedBy;
    match by {
        NamedBy::SourceIdentity => "source identity",
        NamedBy::OnBehalfOf => "Identity Center user",
        NamedBy::SessionName => "session name",
    }
}

/// In words.
pub(in crate::command) fn caller(
    caller: accesstrail_shared::model::activity::Caller,
) -> &'static str {
    use accesstrail_shared::model::activity::Caller;
    match caller {
        Caller::Console => "console",
        Caller::Cli => "AWS CLI",
        Caller::Sdk => "SDK",
        Caller::Service => "service",
        Caller::Other => "other",
    }
}
