//! `accesstrail import`: files that somebody made with the AWS CLI, where nobody may be given access.

use std::path::PathBuf;

use accesstrail_shared::import::{self, Imported, Passed, Plan};
use accesstrail_shared::model::{Coverage, Status, Timestamp, read_time};
use accesstrail_shared::port::{Clock as _, SystemClock};
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::report::json;
use clap::Args;
use serde_json::{Value, json};

use super::{changes, gaps};
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;
use crate::{Outcome, interrupt, store};

/// Take in files that somebody made with the AWS CLI: `aws iam get-account-authorization-details`, the credential
/// report as JSON or CSV, `aws organizations list-accounts`. A file belongs to the account that its ARNs name.
/// Everything is read before anything is written; what is refused changes nothing. What a newer answer does not
/// hold any more is deleted, and an account that was looked into since a file was made stays as it is.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aws iam get-account-authorization-details > 111122223333.json\n  accesstrail import 111122223333.json\n  accesstrail import answers/ --as-of 2026-11-22T06:00:00Z"
)]
pub(crate) struct Import {
    /// Files, or folders with .json and .csv files in them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The moment at which the files were made [default: when AWS says, else when they were last written]
    #[arg(long, value_name = "TIME")]
    as_of: Option<String>,
}

pub(crate) async fn run(
    common: &Common,
    args: &Import,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let clock = SystemClock;
    let as_of = args.as_of.as_deref().map(read_time).transpose()?;
    let path = store::path(common);
    store::check(&path)?;
    let found = import::find(&args.paths)?;
    for passed in &found.passed_over {
        screen.note(&format!("{} is neither .json nor .csv and is left out", passed.display()));
    }
    let plan = import::plan(&found.files, as_of, clock.now())?;
    // Only now is there anything to write: what is refused leaves no empty store behind.
    let writing = store::open_to_write(&path)?;
    let imported = interrupt::or(Box::pin(import::save(&*writing.store, &clock, &plan))).await?;
    if screen.is_json() {
        screen.document("import", body(&plan, &imported, &path.display().to_string()))?;
    } else {
        show(&plan, &imported, screen)?;
        screen.field("store", &terminal(&path.display().to_string()))?;
        screen.field("next", "accesstrail status | list role | show NAME | diff")?;
    }
    let gaps = imported.coverage.iter().any(|each| each.status.is_gap());
    Ok(if gaps { Outcome::Gaps } else { Outcome::Done })
}

/// What was taken in, for a program.
fn body(plan: &Plan, imported: &Imported, store: &str) -> Value {
    let files = plan.units.iter().flat_map(|(unit, parts)| {
        parts.iter().map(move |part| {
            json!({
                "path": part.path.display().to_string(),
                "account": unit.account.as_str(),
                "collector": unit.collector,
                "as_of": part.as_of.to_string(),
                "bytes": part.bytes,
            })
        })
    });
    let passed = |it: &Passed| {
        json!({
            "account": it.unit.account.as_str(),
            "collector": it.unit.collector,
            "as_of": it.as_of.to_string(),
            "known": it.known.to_string(),
        })
    };
    json!({
        "store": store,
        "run": imported.run.as_ref().map_or(Value::Null, json::run),
        "files": files.collect::<Vec<_>>(),
        "coverage": imported.coverage.iter().map(json::coverage).collect::<Vec<_>>(),
        "passed_over": imported.passed.iter().map(passed).collect::<Vec<_>>(),
    })
}

/// What was taken in, for a person.
fn show(plan: &Plan, imported: &Imported, screen: &mut Screen) -> Result<(), Failure> {
    let files: usize = plan.units.values().map(Vec::len).sum();
    screen.field("files", &files.to_string())?;
    let rows = imported.coverage.iter().map(line);
    if !imported.coverage.is_empty() {
        screen.table(&["account", "what", "as of", "seen", "coverage", "why"], rows)?;
    }
    for it in &imported.passed {
        screen.field(
            "left as it is",
            &format!(
                "{} of account {}: the files are of {}, and the store knows of {}",
                it.unit.collector,
                it.unit.account,
                second(it.as_of),
                second(it.known)
            ),
        )?;
    }
    if let Some(run) = &imported.run {
        changes::show(run, screen)?;
        screen.field("run", run.id.as_str())?;
    }
    Ok(())
}

fn line(coverage: &Coverage) -> [String; 6] {
    let why = if coverage.status == Status::Complete {
        coverage.note.clone().unwrap_or_default()
    } else {
        gaps::why(&coverage.status)
    };
    [
        coverage.scope.account.to_string(),
        coverage.scope.capability.clone(),
        second(coverage.seen_at()),
        coverage.seen.to_string(),
        coverage.status.word().to_owned(),
        why,
    ]
}

fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}
