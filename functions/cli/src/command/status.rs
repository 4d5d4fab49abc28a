//! `accesstrail status`: what is in the store.

use accesstrail_shared::collect::pipeline::IMPORT;
use accesstrail_shared::collect::registry;
use accesstrail_shared::model::{Kind, Notice, Run, RunState, Snapshot};
use accesstrail_shared::port::LogRunState;
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::report::{Summary, json};
use accesstrail_shared::store::load;
use clap::Args;
use serde_json::{Value, json};

use super::backfill::bytes;
use super::{gaps, notices};
use crate::args::Common;
use crate::error::Failure;
use crate::screen::{Screen, coloured};
use crate::store::Reading;
use crate::{Outcome, store};

/// How many types of resources are named; `--json` has them all.
const TYPES: usize = 5;

/// How many runs are shown.
const RUNS: usize = 10;

/// What is in the store: accounts, entities, runs, what was not seen and why.
#[derive(Debug, Args)]
#[command(after_help = "Example: accesstrail status --json")]
pub(crate) struct Status {
    /// Every scope with its coverage, not only those with gaps
    #[arg(long)]
    scopes: bool,
}

pub(crate) async fn run(
    common: &Common,
    args: &Status,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let Reading { store, usage, events, name, .. } = store::open_to_read(common, screen).await?;
    let snapshot = load::snapshot(&*store).await?;
    let runs = store.runs(RUNS).await?;
    let backfills = usage.log_runs(RUNS).await?;
    let notices = notices::valid(events.notices().await?, &snapshot, &runs);
    let summary = Summary::of(&snapshot, &registry::accounts(&snapshot));
    if screen.is_json() {
        screen.document(
            "status",
            document(
                &snapshot,
                (runs.as_slice(), backfills.as_slice(), notices.as_slice()),
                &name,
                args.scopes,
            ),
        )?;
        return Ok(Outcome::Done);
    }
    screen.field("store", &terminal(&name))?;
    if let Some(as_of) = snapshot.as_of() {
        screen.field("as of", &as_of.strftime("%Y-%m-%d %H:%M:%SZ").to_string())?;
    }
    // What is not over must not look as if it were: an account of which only some units have ended has no gaps yet.
    for run in runs.iter().filter(|run| run.state != RunState::Closed) {
        let verb = if run.trigger == IMPORT { "import" } else { "collect" };
        screen.field(
            "unfinished",
            &format!(
                "run {} ended {} of {} units; the same `accesstrail {verb}` goes on with it",
                run.id, run.ended, run.planned
            ),
        )?;
    }
    accounts(&summary, screen)?;
    kinds(&summary, screen)?;
    runs_table(&runs, screen)?;
    if !backfills.is_empty() {
        backfills_table(&backfills, screen)?;
    }
    notices::show(&notices, screen)?;
    if args.scopes {
        screen.heading("Scopes")?;
        let rows = snapshot.coverage().map(|each| {
            [
                each.scope.to_string(),
                each.status.word().to_owned(),
                each.seen.to_string(),
                gaps::why(&each.status),
            ]
        });
        screen.table(&["scope", "status", "seen", "why"], rows)?;
    } else {
        gaps::show(&snapshot, screen)?;
    }
    Ok(Outcome::Done)
}

/// Everything for a program.
fn document(
    snapshot: &Snapshot,
    (runs, backfills, notices): (&[Run], &[LogRunState], &[Notice]),
    store: &str,
    scopes: bool,
) -> Value {
    let accounts = registry::accounts(snapshot);
    let mut body = json::summary(&Summary::of(snapshot, &accounts));
    if let Some(fields) = body.as_object_mut() {
        fields.insert("store".to_owned(), json!(store));
        fields.insert("as_of".to_owned(), json!(snapshot.as_of().map(|time| time.to_string())));
        fields.insert("runs".to_owned(), runs.iter().map(json::run).collect());
        fields.insert("backfills".to_owned(), backfills.iter().map(backfill).collect());
        fields.insert("gaps".to_owned(), gaps::documents(snapshot));
        fields.insert("notices".to_owned(), notices.iter().map(notices::document).collect());
        let accounts: serde_json::Map<String, Value> = accounts
            .iter()
            .map(|(account, coverage)| (account.to_string(), json!(coverage.word())))
            .collect();
        fields.insert("coverage_by_account".to_owned(), Value::Object(accounts));
        if scopes {
            fields.insert("coverage".to_owned(), snapshot.coverage().map(json::coverage).collect());
        }
    }
    body
}

fn backfill(state: &LogRunState) -> Value {
    let LogRunState { run, ended, counters } = state;
    json!({
        "id": run.id.as_str(),
        "logs": run.logs,
        "planned": run.units,
        "ended": ended,
        "counters": counters,
    })
}

/// Backfills: how far each is, and what it cost.
fn backfills_table(backfills: &[LogRunState], screen: &mut Screen) -> Result<(), Failure> {
    screen.heading("Backfills")?;
    let rows = backfills.iter().map(|state| {
        let LogRunState { run, ended, counters } = state;
        let count = |name: &str| counters.get(name).copied().unwrap_or_default();
        let requests: u64 = ["logs.lists", "logs.gets", "logs.heads", "store.requests"]
            .iter()
            .map(|name| count(name))
            .sum();
        [
            run.id.to_string(),
            run.logs.clone(),
            format!("{ended}/{}", run.units),
            count("objects.done").to_string(),
            (count("objects.set_aside") + count("objects.left")).to_string(),
            bytes(count("logs.read_bytes")),
            requests.to_string(),
            count("cells.written").to_string(),
        ]
    });
    let columns =
        ["backfill", "logs", "days", "objects", "not read", "bytes", "requests", "cells written"];
    screen.table(&columns, rows)
}

fn runs_table(runs: &[Run], screen: &mut Screen) -> Result<(), Failure> {
    screen.heading("Runs")?;
    let rows = runs.iter().map(|run| {
        let count = |name: &str| run.counters.get(name).copied().unwrap_or_default().to_string();
        [
            run.id.to_string(),
            run.state.word().to_owned(),
            format!("{}/{}", run.ended, run.planned),
            count("entities.created"),
            count("entities.changed"),
            count("entities.deleted"),
        ]
    });
    screen.table(&["run", "state", "units", "created", "changed", "deleted"], rows)
}

/// The accounts in one line: in = out.
pub(crate) fn accounts(summary: &Summary, screen: &mut Screen) -> Result<(), Failure> {
    let parts = [
        ("complete", summary.complete),
        ("partial", summary.partial),
        ("denied", summary.denied),
        ("unavailable", summary.unavailable),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} {}", coloured(word)))
        .collect();
    let parts = if parts.is_empty() { "0".to_owned() } else { parts.join(" + ") };
    let unseen = match summary.unseen {
        0 => String::new(),
        count => format!("  ({count} more {} known and not looked into)", are(count)),
    };
    screen.field("accounts", &format!("{} = {parts}{unseen}", summary.accounts))
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// The principals, the resources and all other entities in one line each.
pub(crate) fn kinds(summary: &Summary, screen: &mut Screen) -> Result<(), Failure> {
    let principals = summary.kinds.iter().filter(|(kind, _)| kind.is_principal());
    let principals: Vec<_> = principals.map(|(kind, count)| format!("{count} {kind}")).collect();
    screen.field("principals", &format!("{}: {}", summary.principals, principals.join(", ")))?;
    if !summary.resources.is_empty() {
        screen.field("resources", &resources(summary))?;
    }
    let is_other = |kind: &Kind| !kind.is_principal() && *kind != Kind::Resource;
    let others: Vec<usize> =
        summary.kinds.iter().filter(|(kind, _)| is_other(kind)).map(|(_, count)| *count).collect();
    let count: usize = others.iter().sum();
    screen.field("others", &format!("{count} entities of {} kinds", others.len()))?;
    screen.field(
        "scopes",
        &format!(
            "{}: {}",
            summary.scopes,
            summary
                .statuses
                .iter()
                .map(|(word, count)| format!("{count} {word}"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    )
}

/// How many resources, and the most frequent types of them, the names as CloudFormation has them but for
/// the `AWS::` that all begin with.
fn resources(summary: &Summary) -> String {
    let types = summary.resources_by_number();
    let named = types.iter().take(TYPES).map(|(it, count)| format!("{count} {}", it.short_name()));
    let named = named.collect::<Vec<_>>().join(", ");
    let more = match types.len().saturating_sub(TYPES) {
        0 => String::new(),
        1 => " and 1 more type".to_owned(),
        count => format!(" and {count} more types"),
    };
    format!("{}: {named}{more}", types.iter().map(|(_, count)| count).sum::<usize>())
}

#[cfg(test)]
mod tests {
    use accesstrail_shared::model::resource::ResourceType;

    use super::*;

    #[test]
    fn the_most_frequent_types_of_resources_are_named() {
        let rows = [
            (1, "7: 7 EC2::Instance"),
            (2, "13: 7 EC2::Instance, 6 S3::Bucket"),
            (
                6,
                "27: 7 EC2::Instance, 6 S3::Bucket, 5 S3::Folder, 4 S3::Object, 3 S3::AccessPoint and 1 more type",
            ),
            (
                7,
                "28: 7 EC2::Instance, 6 S3::Bucket, 5 S3::Folder, 4 S3::Object, 3 S3::AccessPoint and 2 more types",
            ),
        ];
        for (types, words) in rows {
            let counted = ResourceType::ALL.iter().copied().zip([7, 6, 5, 4, 3, 2, 1]).take(types);
            let summary = Summary { resources: counted.collect(), ..Summary::default() };
            assert_eq!(resources(&summary), words);
        }
    }
}
