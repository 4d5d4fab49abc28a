//! `accesstrail verify-logs`: whether logs are what CloudTrail delivered, and whether any is missing.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accesstrail_shared::backfill::{Evidence, Folder, Progress, Signature, Window, verify};
use accesstrail_shared::port::Logs;
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::trail::digest::{Problem, ProblemKind, PublicKeys, Report};
use clap::Args;
use serde::Deserialize;

use crate::error::Failure;
use crate::progress::LogBar;
use crate::screen::Screen;
use crate::{Outcome, interrupt};

/// The user metadata of digest objects, a line each.
const METADATA: &str = "object-metadata.jsonl";

/// The public keys, by region.
const KEYS: &str = "public-keys.json";

/// Prove with CloudTrail's digest files that logs are what was delivered and that none is missing: the signature of each
/// digest, its link to the one before, and the hash of each log.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: accesstrail verify-logs --dir ./trail-bucket --json\n\nIn the folder lie, beside AWSLogs: object-metadata.jsonl, one line for each digest\n(`{\"key\": …, \"metadata\": {\"signature\": …, \"signature-algorithm\": …}}`, the user metadata of the S3 object), and\npublic-keys.json (`{REGION: RESPONSE}`, the response of `aws cloudtrail list-public-keys`).\nExit code 7: something is modified, missing, or not proved."
)]
pub(crate) struct VerifyLogs {
    /// A folder with the layout of a trail's bucket
    #[arg(long, value_name = "PATH")]
    dir: PathBuf,
}

pub(crate) async fn run(args: &VerifyLogs, screen: &mut Screen) -> Result<Outcome, Failure> {
    let unreadable = |source| Failure::Unreadable { path: args.dir.clone(), source };
    let logs: Arc<dyn Logs> = Arc::new(Folder::open(&args.dir).map_err(unreadable)?);
    let evidence = Arc::new(evidence(&args.dir)?);
    let progress = Arc::new(Progress::default());
    let bar = LogBar::start(screen.is_quiet(), Arc::clone(&progress));
    let at_once = std::thread::available_parallelism().map_or(1, usize::from);
    let window = Window::default();
    let verified = verify(&logs, &window, &evidence, at_once, &progress);
    let report = interrupt::or(Box::pin(verified)).await;
    bar.end();
    let report = report?;
    if screen.is_json() {
        let text = report.to_json().map_err(std::io::Error::from)?;
        screen.line(&text)?;
    } else {
        show(&report, screen)?;
    }
    Ok(if report.is_clean() { Outcome::Done } else { Outcome::Unproven })
}

/// What lies in the folder beside the logs. Without signatures or keys no digest can be proved, which is then the result.
pub(crate) fn evidence(dir: &Path) -> Result<Evidence, Failure> {
    let keys = match read(&dir.join(KEYS))? {
        Some(bytes) => PublicKeys::read(&bytes)?,
        None => PublicKeys::default(),
    };
    let mut signatures = BTreeMap::new();
    let path = dir.join(METADATA);
    for (number, line) in lines(&path)?.iter().enumerate() {
        let line: Line = serde_json::from_str(line).map_err(|error| {
            let (path, number) = (path.display(), number + 1);
            Failure::Usage(format!("line {number} of {path} is no metadata of an object: {error}"))
        })?;
        let Metadata { signature, algorithm } = line.metadata;
        signatures.insert(line.key, Signature { signature, algorithm });
    }
    Ok(Evidence { signatures, keys })
}

fn lines(path: &Path) -> Result<Vec<String>, Failure> {
    let bytes = read(path)?.unwrap_or_default();
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::Usage(format!("{} is not UTF-8", path.display())))?;
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => {
            read.map(Some).map_err(|source| Failure::Unreadable { path: path.to_owned(), source })
        }
    }
}

#[derive(Deserialize)]
struct Line {
    key: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    signature: Option<String>,
    #[serde(rename = "signature-algorithm")]
    algorithm: Option<String>,
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
