//! `accesstrail backfill`: CloudTrail's logs → who used what.

use std::sync::Arc;
use std::time::{Duration, Instant};

use accesstrail_shared::backfill::{Backfill as Job, Outcome as Done, Progress};
use accesstrail_shared::port::{AsideObject, SystemClock};
use accesstrail_shared::report::inert::terminal;
use clap::Args;
use serde_json::json;

use crate::args::Common;
use crate::error::Failure;
use crate::progress::LogBar;
use crate::screen::Screen;
use crate::trail::{Days, Trail};
use crate::{Outcome, interrupt, store};

/// How many objects that were set aside a table shows; `--json` has all of them.
const SHOWN: usize = 20;

/// How many are read at once.
const PAGE: usize = 500;

/// Read the logs of CloudTrail trails and keep who used what: from a folder with the layout of a trail's bucket, or from
/// the bucket itself. Repeating it reads only what is new; interrupting it loses nothing.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail backfill --dir ./trail-bucket --days all\n  accesstrail backfill --bucket my-trail --days 30\n\nThe table names the first 20 objects that were set aside, wholly or for some of their records; --json has all of them."
)]
pub(crate) struct Backfill {
    #[command(flatten)]
    trail: Trail,

    /// How many days back from today, at most 3650, or `all`
    #[arg(long, value_name = "DAYS", default_value = "90")]
    days: Days,
}

pub(crate) async fn run(
    common: &Common,
    args: &Backfill,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let path = store::path(common);
    store::check(&path)?;
    let logs = args.trail.open().await?;
    let (units, objects) = args.trail.at_once();
    let name = logs.name();
    let writing = store::open_to_write(&path)?;
    let job = Job::new(logs, writing.usage.clone(), Arc::new(SystemClock), units, objects);
    let progress = Arc::new(Progress::default());
    let bar = LogBar::start(screen.is_quiet(), Arc::clone(&progress));
    let start = Instant::now();
    let window = args.trail.window(args.days);
    let done = interrupt::or(Box::pin(job.run(&window, &progress))).await;
    bar.end();
    let done = done?;
    show(&job, &done, &name, start.elapsed(), screen).await?;
    Ok(if done.tally.is_complete() { Outcome::Done } else { Outcome::Gaps })
}

async fn show(
    job: &Job,
    done: &Done,
    name: &str,
    took: Duration,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let aside = set_aside(job).await?;
    let totals = job.store.usage_totals().await?;
    if screen.is_json() {
        let aside = aside.iter().map(|it| json!({"object": it.object, "reason": it.reason}));
        let aside: Vec<serde_json::Value> = aside.collect();
        let body = json!({
            "logs": name,
            "units": done.units,
            "counters": done.tally.counters(),
            "totals": totals,
            "cost": done.cost,
            "other_folders": done.other_folders,
            "strays": done.strays,
            "unlisted": done.unlisted,
            "set_aside": aside,
        });
        return screen.document("backfill", body);
    }
    let tally = &done.tally;
    screen.field("logs", &terminal(name))?;
    screen.field(
        "objects",
        &format!(
            "{} = {} done + {} seen before + {} set aside + {} left for another time",
            tally.listed, tally.done, tally.duplicates, tally.set_aside, tally.left
        ),
    )?;
    let total = |name: &str| totals.get(name).copied().unwrap_or_default();
    screen.field(
        "events",
        &format!("{} folded, {} further copies left out", tally.events, tally.copies),
    )?;
    screen.field(
        "cells",
        &format!("{} written  {} unchanged  {} kept", tally.written, tally.unchanged, tally.kept),
    )?;
    screen.field(
        "store",
        &format!("{} events in {} cells", total("usage.events"), total("usage.cells")),
    )?;
    let (read, seconds) = (done.cost.get("logs.read_bytes").copied(), took.as_secs_f64());
    screen.field("read", &format!("{} in {seconds:.1} s", bytes(read.unwrap_or_default())))?;
    if !aside.is_empty() {
        screen.heading("Set aside")?;
        let more = aside.len().saturating_sub(SHOWN);
        let rows = aside.into_iter().take(SHOWN).map(|it| [it.object, it.reason]);
        screen.table(&["id", "why"], rows)?;
        if more > 0 {
            screen.line(&format!("and {more} more: `accesstrail backfill … --json` lists all"))?;
        }
    }
    if !done.unlisted.is_empty() {
        screen.heading("Not listed")?;
        let rows = done.unlisted.iter().map(|(folder, why)| [folder.clone(), why.clone()]);
        screen.table(&["id", "why"], rows)?;
    }
    Ok(())
}

/// All objects of the store that were set aside, wholly or for some of their records, in the order of their keys.
async fn set_aside(job: &Job) -> Result<Vec<AsideObject>, Failure> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = job.store.set_aside_objects(after.as_deref(), PAGE).await?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// `44.6 MB`.
pub(super) fn bytes(count: u64) -> String {
    match count {
        0..1_000 => format!("{count} bytes"),
        1_000..1_000_000 => format!("{}.{} kB", count / 1_000, count % 1_000 / 100),
        _ => format!("{}.{} MB", count / 1_000_000, count % 1_000_000 / 100_000),
    }
}
