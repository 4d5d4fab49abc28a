//! `accesstrail status`: what is in the store.

use accesstrail_shared::collect::pipeline::IMPORT;
use accesstrail_shared::collect::registry;
use accesstrail_shared::model::{Run, RunState, Snapshot};
use accesstrail_shared::report::{Summary, json};
use accesstrail_shared::store::load;
use clap::Args;
use serde_json::{Value, json};

use super::gaps;
use crate::args::Common;
use crate::error::Failure;
use crate::screen::{Screen, coloured};
use crate::{Outcome, store};

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
    let (store, path) = store::open_to_read(common, screen)?;
    let snapshot = load::snapshot(&*store).await?;
    let runs = store.runs(RUNS).await?;
    let summary = Summary::of(&snapshot, &registry::accounts(&snapshot));
    if screen.is_json() {
        screen.document(
            "status",
            document(&snapshot, &runs, &path.display().to_string(), args.scopes),
        )?;
        return Ok(Outcome::Done);
    }
    screen.field("store", &path.display().to_string())?;
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
fn document(snapshot: &Snapshot, runs: &[Run], store: &str, scopes: bool) -> Value {
    let accounts = registry::accounts(snapshot);
    let mut body = json::summary(&Summary::of(snapshot, &accounts));
    if let Some(fields) = body.as_object_mut() {
        fields.insert("store".to_owned(), json!(store));
        fields.insert("as_of".to_owned(), json!(snapshot.as_of().map(|time| time.to_string())));
        fields.insert("runs".to_owned(), runs.iter().map(json::run).collect());
        fields.insert("gaps".to_owned(), gaps::documents(snapshot));
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

/// The principals and other entities in one line each.
pub(crate) fn kinds(summary: &Summary, screen: &mut Screen) -> Result<(), Failure> {
    let list = |principals: bool| {
        let counts = summary.kinds.iter().filter(|(kind, _)| kind.is_principal() == principals);
        counts.map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>()
    };
    screen.field("principals", &format!("{}: {}", summary.principals, list(true).join(", ")))?;
    let others: usize =
        summary.kinds.iter().filter(|(kind, _)| !kind.is_principal()).map(|(_, count)| count).sum();
    screen.field("others", &format!("{others} entities of {} kinds", list(false).len()))?;
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
