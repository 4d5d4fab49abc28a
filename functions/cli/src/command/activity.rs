//! `accesstrail activity`: what a principal did, hour by hour.

use std::collections::BTreeSet;

use accesstrail_shared::model::activity::EventTime;
use accesstrail_shared::port::{UsageQuery, UsageStore};
use accesstrail_shared::trail::actions::actions;
use accesstrail_shared::usage::day::Day;
use accesstrail_shared::usage::hour::Hour;
use accesstrail_shared::usage::tally::Tally;
use clap::Args;
use serde_json::{Value, json};

use super::usage::{action, caller, is_called, named_by};
use crate::args::Common;
use crate::cells::Cells;
use crate::error::Failure;
use crate::screen::Screen;
use crate::{Outcome, store};

/// Days back from today, where nobody says otherwise.
const DAYS: u32 = 30;

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;

/// How many origins, or people behind sessions, of an hour are named in the table.
const NAMED: usize = 2;

/// What a principal did, hour by hour: which actions, how often, how often denied, from where, and who was behind its
/// sessions. Times are UTC.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail activity shop-api\n  accesstrail activity shop-api --days 7 --json"
)]
pub(crate) struct Activity {
    /// A principal: its ARN, or its name
    #[arg(value_name = "PRINCIPAL")]
    principal: String,

    /// From this day on [default: so many days back from today]
    #[arg(long, value_name = "DAY")]
    since: Option<Day>,

    /// How many days, at most 3650 [default: 30, or up to today with --since]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: Option<u32>,
}

/// What a principal did in an hour, as seen by one account.
#[derive(Debug)]
struct Did {
    hour: i64,
    account: String,
    principal: String,
    calls: Vec<(String, String, Tally)>,
    /// Who was behind its sessions: name, how it is known, calls.
    behind: Vec<(String, &'static str, u64)>,
    /// Where from, with what, calls.
    origins: Vec<(String, &'static str, u64)>,
}

pub(crate) async fn run(
    common: &Common,
    args: &Activity,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let store = store::open_to_read(common, screen).await?.usage;
    let found = find(&*store, &query(args), &args.principal, screen.is_quiet()).await?;
    if screen.is_json() {
        let hours: Vec<Value> = found.iter().map(document).collect();
        screen.document("activity", json!({"count": hours.len(), "hours": hours}))?;
        return Ok(Outcome::Done);
    }
    if found.is_empty() {
        return Err(Failure::NoUse { text: args.principal.clone() });
    }
    show(&found, screen)?;
    Ok(Outcome::Done)
}

/// The hours that are asked for.
fn query(args: &Activity) -> UsageQuery {
    let today = Day::of(super::unused::now());
    let days = |days: u32| i64::from(days);
    let (from, to) = match (args.since, args.days) {
        (Some(since), Some(many)) => (since, Day(since.0.saturating_add(days(many)))),
        (Some(since), None) => (since, Day(today.0 + 1)),
        (None, many) => (Day(today.0 - days(many.unwrap_or(DAYS))), Day(today.0 + 1)),
    };
    UsageQuery { account: None, from: from.first_hour(), to: to.first_hour() }
}

/// What a principal did, in the order of hours. Of all cells only its own rows are kept.
async fn find(
    store: &dyn UsageStore,
    query: &UsageQuery,
    principal: &str,
    quiet: bool,
) -> Result<Vec<Did>, Failure> {
    let mut found = Vec::new();
    Cells::of(store, quiet).await?.each(query, |hour| add(hour, principal, &mut found)).await?;
    found.sort_by(|a, b| {
        (a.hour, &a.account, &a.principal).cmp(&(b.hour, &b.account, &b.principal))
    });
    Ok(found)
}

fn add(hour: &Hour, wanted: &str, found: &mut Vec<Did>) {
    let names = hour.calls().map(|call| call.principal);
    let names: BTreeSet<&str> = names.filter(|name| is_called(name, wanted)).collect();
    for name in names {
        let calls = hour.calls().filter(|call| call.principal == name);
        let behind = hour.sessions().filter(|row| row.principal == name);
        let origins = hour.origins().filter(|row| row.principal == name);
        found.push(Did {
            hour: hour.hour(),
            account: hour.account().to_owned(),
            principal: name.to_owned(),
            calls: calls.map(|it| (it.source.to_owned(), it.name.to_owned(), it.tally)).collect(),
            behind: behind
                .map(|it| (it.name.to_owned(), named_by(it.by), it.tally.count))
                .collect(),
            origins: origins
                .map(|it| (it.from.to_owned(), caller(it.caller), it.tally.count))
                .collect(),
        });
    }
}

/// A line for each action; what is said of the whole hour stands in its first.
fn show(found: &[Did], screen: &mut Screen) -> Result<(), Failure> {
    let principals: BTreeSet<&str> = found.iter().map(|it| it.principal.as_str()).collect();
    for principal in &principals {
        screen.field("principal", &accesstrail_shared::report::inert::terminal(principal))?;
    }
    let mut columns = vec!["day", "hour", "account", "action", "used", "denied", "from", "behind"];
    if principals.len() > 1 {
        columns.push("principal");
    }
    let (mut rows, mut before) = (Vec::new(), None);
    for did in found {
        let day = Day::of_hour(did.hour);
        for (number, (source, name, tally)) in did.calls.iter().enumerate() {
            let first = |text: String| if number == 0 { text } else { String::new() };
            let shown = if before == Some(day) { String::new() } else { day.to_string() };
            before = Some(day);
            let mut row = vec![
                shown,
                first(format!("{:02}:00", did.hour.rem_euclid(24))),
                first(did.account.clone()),
                action(source, name),
                tally.used().to_string(),
                tally.denied.to_string(),
                first(some(&did.origins, true)),
                first(some(&did.behind, false)),
            ];
            if principals.len() > 1 {
                row.push(first(did.principal.clone()));
            }
            rows.push(row);
        }
    }
    screen.table(&columns, rows)
}

/// `192.0.2.1 (SDK), 192.0.2.7 (AWS CLI) and 3 more`.
fn some(of: &[(String, &'static str, u64)], with_how: bool) -> String {
    let named = of
        .iter()
        .take(NAMED)
        .map(|(name, how, _)| if with_how { format!("{name} ({how})") } else { name.clone() });
    let named = named.collect::<Vec<_>>().join(", ");
    match of.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn document(did: &Did) -> Value {
    let calls = did.calls.iter().map(|(source, name, tally)| {
        json!({
            "event_source": source,
            "event_name": name,
            "actions": actions(source, name),
            "count": tally.count,
            "errors": tally.errors,
            "denied": tally.denied,
            "first": tally.first.text(),
            "last": tally.last.text(),
            "last_used": tally.last_used.map(EventTime::text),
        })
    });
    let named = |of: &[(String, &'static str, u64)]| -> Vec<Value> {
        let one = |(name, how, count): &(String, &str, u64)| json!({"name": name, "how": how, "count": count});
        of.iter().map(one).collect()
    };
    json!({
        "hour": EventTime(did.hour.saturating_mul(HOUR)).text(),
        "account": did.account,
        "principal": did.principal,
        "calls": calls.collect::<Vec<_>>(),
        "behind": named(&did.behind),
        "origins": named(&did.origins),
    })
}
