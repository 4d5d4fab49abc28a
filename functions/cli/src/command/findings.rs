//! `accesstrail findings`: what is wrong in an inventory, and since when.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use accesstrail_shared::findings::{Inventory, Judged, changed, join, judge, show};
use accesstrail_shared::form;
use accesstrail_shared::model::finding::{Finding, FindingKind, Severity};
use accesstrail_shared::model::{Timestamp, read_time};
use accesstrail_shared::port::{Clock as _, PortError, SystemClock};
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::report::json::{document, pretty};
use accesstrail_shared::store::load;
use clap::Args;
use serde_json::{Value, json};

use super::estate::{self, From};
use super::export::file;
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;
use crate::store::{self, Reading};
use crate::{Outcome, store::Writing};

/// What is wrong in an inventory, as far as that shows without use: each with its severity, how sure it is, what it stands on,
/// and what to do. What was not collected neither opens a finding nor resolves one, and is told.
#[derive(Debug, Args)]
#[command(
    after_help = "Findings are opened, ongoing or resolved as against the run before. A store keeps them itself; of \
                  files --state keeps them. docs/findings.md has every kind.\n\
                  Exit code 4: with --fail-on, something as bad as that is open.\n\n\
                  Examples:\n  accesstrail findings\n  accesstrail findings --severity high --json\n  \
                  accesstrail findings --kind root-key --kind console-without-mfa --no-keep"
)]
pub(crate) struct Findings {
    /// Only this kind, as admin-wildcard; again for another one
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<FindingKind>,
    /// Only what is as bad as this: low, medium, high or critical
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<Severity>,
    /// Only this account, by its id
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Those too that were resolved before
    #[arg(long)]
    all: bool,
    /// End with 4 if something as bad as this is open
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<Severity>,
    /// Keep the findings in this file instead of the store; it is made if it is not there
    #[arg(long, value_name = "PATH")]
    state: Option<PathBuf>,
    /// Keep nothing
    #[arg(long, conflicts_with = "state")]
    no_keep: bool,
    /// Of which moment the files are [default: now]
    #[arg(long, value_name = "TIME", requires = "import", value_parser = read_time)]
    as_of: Option<Timestamp>,
    #[command(flatten)]
    source: From,
}

/// What the checks said, of which moment, and what was kept of earlier runs.
struct Asked {
    judged: Judged,
    at: Timestamp,
    kept: Vec<Finding>,
    is_table: bool,
}

pub(crate) async fn run(
    common: &Common,
    args: &Findings,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let mut asked = ask(common, args, screen).await?;
    if let Some(path) = &args.state {
        asked.kept = read_state(path)?;
    }
    let findings = join(&asked.kept, &asked.judged, asked.at);
    if !args.no_keep {
        keep(common, args, &asked, &findings, screen).await?;
    }
    let shown: Vec<&Finding> =
        findings.iter().filter(|finding| args.wants(finding, asked.at)).collect();
    let report = show::Report { findings: &shown, judged: &asked.judged, at: asked.at };
    if screen.is_json() {
        screen.document("findings", show::document(&report))?;
    } else {
        screen.lines(&show::text(&report))?;
    }
    let is_bad = |finding: &Finding| {
        finding.is_open() && args.fail_on.is_some_and(|least| finding.detail.severity >= least)
    };
    let is_found = shown.iter().any(|finding| is_bad(finding));
    Ok(if is_found { Outcome::Found } else { Outcome::Done })
}

impl Findings {
    fn wants(&self, finding: &Finding, at: Timestamp) -> bool {
        let turned = finding.turns.last().map(|turn| turn.at());
        (self.kinds.is_empty() || self.kinds.contains(&finding.id.kind))
            && self.severity.is_none_or(|least| finding.detail.severity >= least)
            && self.account.as_deref().is_none_or(|account| account == finding.account)
            && (self.all || finding.is_open() || turned == Some(at))
    }
}

async fn ask(common: &Common, args: &Findings, screen: &mut Screen) -> Result<Asked, Failure> {
    if args.source.is_import() {
        let estate = estate::import(&args.source)?;
        estate::tell_aside(&estate, screen);
        let at = args.as_of.unwrap_or_else(|| SystemClock.now());
        let inventory = Inventory::of_import(estate, at);
        let judged = judge(&inventory);
        return Ok(Asked { judged, at, kept: Vec::new(), is_table: false });
    }
    let Reading { store, findings, .. } = store::open_to_read(common, screen).await?;
    let snapshot = load::snapshot(&*store).await?;
    let inventory = Inventory::of_snapshot(&snapshot);
    estate::tell_aside(&inventory.estate, screen);
    let kept = findings.findings().await?;
    let is_table = store::is_table(common);
    Ok(Asked { judged: judge(&inventory), at: inventory.at, kept, is_table })
}

/// Keeps what became different. A store that cannot be written is read all the same.
async fn keep(
    common: &Common,
    args: &Findings,
    asked: &Asked,
    findings: &[Finding],
    screen: &mut Screen,
) -> Result<(), Failure> {
    let new = changed(&asked.kept, findings.to_vec());
    if new.is_empty() && args.state.as_ref().is_none_or(|path| path.exists()) {
        return Ok(());
    }
    if let Some(path) = &args.state {
        let all: Vec<Value> = findings.iter().map(form::finding_value).collect();
        let body = json!({"at": asked.at.to_string(), "form": form::VERSION, "findings": all});
        let text = pretty(&document("findings-state", body))?;
        return file::write(path, text.as_bytes())
            .map_err(|source| Failure::File { path: path.clone(), source });
    }
    if args.source.is_import() {
        return Ok(());
    }
    if asked.is_table {
        screen.note("only its functions write to a deployment's table: --state keeps the findings in a file");
        return Ok(());
    }
    let path = store::path_of_reading(common);
    let saved = match store::open_to_write_existing(&path) {
        Ok(Writing { findings, .. }) => findings.save_findings(&new).await.map_err(Failure::Store),
        Err(failure) => Err(failure),
    };
    match saved {
        Err(failure @ Failure::Store(PortError::Corrupt { .. })) => Err(failure),
        Err(failure) => {
            screen.note(&format!("the findings are not kept: {}", failure.summary()));
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// The findings that a file keeps; none where there is no file yet.
fn read_state(path: &Path) -> Result<Vec<Finding>, Failure> {
    let name = terminal(&path.display().to_string());
    let wrong = |why: String| Failure::Usage(format!("{name} is no file of findings: {why}"));
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Failure::Unreadable { path: path.to_owned(), source }),
    };
    let value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if value.get("schema").and_then(Value::as_str) != Some("accesstrail.findings-state/1") {
        return Err(wrong("its schema is not accesstrail.findings-state/1".to_owned()));
    }
    let version = value.get("form").and_then(Value::as_u64).unwrap_or_default();
    let version = u32::try_from(version).unwrap_or(u32::MAX);
    let findings = value.get("findings").and_then(Value::as_array);
    let findings = findings.ok_or_else(|| wrong("it has no findings".to_owned()))?;
    let read = findings.iter().map(|it| form::read_finding(version, &it.to_string()));
    read.collect::<Result<_, _>>().map_err(Failure::Form)
}
