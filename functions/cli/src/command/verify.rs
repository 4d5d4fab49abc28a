//! `accesstrail verify-logs`: whether logs are what CloudTrail delivered, and whether any is missing.

use std::sync::Arc;

use accesstrail_shared::backfill::{Progress, verify};
use accesstrail_shared::model::activity::EventTime;
use accesstrail_shared::port::{Clock as _, SystemClock};
use accesstrail_shared::report::inert::{json, terminal};
use accesstrail_shared::trail::digest::{Gap, Problem, ProblemKind, Report};
use clap::Args;

use crate::error::Failure;
use crate::progress::LogBar;
use crate::screen::Screen;
use crate::trail::{Days, Trail};
use crate::{Outcome, interrupt};

/// Prove with CloudTrail's digest files that logs are what was delivered and that none is missing: the signature of each
/// digest, its link to the one before, and the hash of each log.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail verify-logs --bucket my-trail --days 30\n  accesstrail verify-logs --dir ./trail-bucket --json\n\nOf a bucket, signatures are the user metadata of its digests, and public keys are asked for (cloudtrail:ListPublicKeys). In a folder lie, beside AWSLogs: object-metadata.jsonl, one line for each digest (`{\"key\": …, \"metadata\": {\"signature\": …, \"signature-algorithm\": …}}`, the user metadata of the S3 object), and public-keys.json (`{REGION: RESPONSE}`, the response of `aws cloudtrail list-public-keys`).\n\nA log that no digest names is a `gap` where valid digests cover its time, and no problem before the first digest and behind the last. A digest that no later one names is missing where others of the same trail have one for its hour, two hours after it was due; a chain that ended more than four hours before them ended (a region was switched off, an account left), unless its logs go on.\n\nExit code 7: something is modified, missing, or not proved."
)]
pub(crate) struct VerifyLogs {
    #[command(flatten)]
    trail: Trail,

    /// How many days back from today, at most 3650, or `all`
    #[arg(long, value_name = "DAYS", default_value = "all")]
    days: Days,
}

pub(crate) async fn run(args: &VerifyLogs, screen: &mut Screen) -> Result<Outcome, Failure> {
    let (logs, keys) = args.trail.open_with_proof().await?;
    let progress = Arc::new(Progress::default());
    let bar = LogBar::start(screen.is_quiet(), Arc::clone(&progress));
    let (at_once, _) = args.trail.at_once();
    let window = args.trail.window(args.days);
    let verified = verify(&logs, &window, keys, SystemClock.now(), at_once, &progress);
    let report = interrupt::or(Box::pin(verified)).await;
    bar.end();
    let report = report?;
    if screen.is_json() {
        let text = report.to_json().map_err(std::io::Error::from)?;
        screen.line(&json(&text))?;
    } else {
        show(&report, screen)?;
    }
    Ok(if report.is_clean() { Outcome::Done } else { Outcome::Unproven })
}

fn show(report: &Report, screen: &mut Screen) -> Result<(), Failure> {
    let Report { digests, logs, .. } = report;
    screen.field(
        "digests",
        &format!(
            "{} valid  {} invalid  {} missing",
            digests.valid, digests.invalid, digests.missing
        ),
    )?;
    screen.field(
        "logs",
        &format!(
            "{} valid  {} modified  {} missing  {} that no valid digest names",
            logs.valid, logs.modified, logs.missing, logs.uncovered
        ),
    )?;
    if !report.problems.is_empty() {
        screen.heading("Problems")?;
        for it in &report.problems {
            // What to look at is the key, which is longer than a line and of use only as a whole.
            let why = terminal(&format!("{} {}: {}", it.account, it.region, it.detail));
            screen.field(kind(it), &why)?;
            screen.line(&format!("  {}", terminal(&it.key)))?;
        }
    }
    if !report.gaps.is_empty() {
        gaps(&report.gaps, screen)?;
    }
    if !report.uncovered.is_empty() {
        screen.heading("Logs that no valid digest names")?;
        let rows = report.uncovered.iter().map(|it| {
            let counts =
                [it.before, it.within, it.after, it.without].map(|count| count.to_string());
            [it.account.clone(), it.region.clone()].into_iter().chain(counts)
        });
        let columns =
            ["account", "region", "before the first", "between", "after the last", "no digest"];
        screen.table(&columns, rows)?;
    }
    Ok(())
}

/// The hours whose logs are not proved, by account and region.
fn gaps(gaps: &[Gap], screen: &mut Screen) -> Result<(), Failure> {
    screen.heading("Hours without digests")?;
    let time = |second: i64| EventTime(second.saturating_mul(1_000)).text();
    let rows = gaps.iter().map(|gap| {
        let (from, until) = (time(gap.from), time(gap.until));
        let hours = gap.hours().count().to_string();
        [gap.account().to_owned(), gap.region().to_owned(), from, until, hours]
    });
    screen.table(&["account", "region", "from", "until", "hours"], rows)
}

/// The problem in words.
fn kind(problem: &Problem) -> &'static str {
    match (problem.kind, problem.unverifiable) {
        (ProblemKind::LogModified, _) => "log modified",
        (ProblemKind::LogMissing, false) => "log missing",
        (ProblemKind::LogMissing, true) => "log unverifiable",
        (ProblemKind::DigestInvalid, false) => "digest invalid",
        (ProblemKind::DigestInvalid, true) => "digest unverifiable",
        (ProblemKind::DigestMissing, _) => "digest missing",
        (ProblemKind::ChainBroken, _) => "chain broken",
        (ProblemKind::Gap, _) => "gap",
    }
}
