//! `accesstrail export`: everything, as JSON or CSV.

use std::io::Write as _;
use std::path::PathBuf;

use accesstrail_shared::model::{Kind, Snapshot};
use accesstrail_shared::report::{Summary, csv, json};
use accesstrail_shared::store::load;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;
use crate::{Outcome, store};

/// Write everything out as JSON or CSV.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail export --format json > inventory.json\n  accesstrail export --format csv --kind role --out roles.csv"
)]
pub(crate) struct Export {
    /// The format
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,

    /// Only this kind; may be given several times
    #[arg(long, value_parser = PossibleValuesParser::new(json::kinds()))]
    kind: Vec<String>,

    /// A file instead of standard output
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

/// The format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One document with every entity and the coverage.
    Json,
    /// One line per entity.
    Csv,
}

pub(crate) async fn run(
    common: &Common,
    args: &Export,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let (store, _) = store::open_to_read(common, screen)?;
    let snapshot = load::snapshot(&*store).await?;
    let kinds = args.kind.iter().map(|kind| kind.parse()).collect::<Result<Vec<Kind>, _>>()?;
    // With --json the document is JSON whatever the format says: one document on standard output.
    let text = match args.format {
        Format::Csv if !screen.is_json() => as_csv(&snapshot, &kinds)?,
        Format::Csv | Format::Json => as_json(&snapshot, &kinds)?,
    };
    match &args.out {
        None => screen.raw(&text)?,
        Some(path) => {
            let failed = |source: std::io::Error| {
                Failure::Usage(format!("{} cannot be written: {source}", path.display()))
            };
            std::fs::File::create(path)
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .map_err(failed)?;
            screen.note(&format!("written to {}", path.display()));
        }
    }
    Ok(Outcome::Done)
}

fn wanted<'a>(
    snapshot: &'a Snapshot,
    kinds: &'a [Kind],
) -> impl Iterator<Item = &'a accesstrail_shared::model::Stored> {
    snapshot
        .entities()
        .filter(move |stored| kinds.is_empty() || kinds.contains(&stored.entity.kind()))
}

fn as_json(snapshot: &Snapshot, kinds: &[Kind]) -> Result<String, Failure> {
    let entities: Result<Vec<Value>, _> =
        wanted(snapshot, kinds).map(|stored| json::entity(stored, snapshot)).collect();
    let document = json::document(
        "export",
        json!({
            "as_of": snapshot.as_of().map(|time| time.to_string()),
            "summary": json::summary(&Summary::of(snapshot)),
            "entities": entities?,
            "coverage": snapshot.coverage().map(json::coverage).collect::<Vec<_>>(),
        }),
    );
    Ok(format!("{}\n", serde_json::to_string_pretty(&document).map_err(std::io::Error::from)?))
}

fn as_csv(snapshot: &Snapshot, kinds: &[Kind]) -> Result<String, Failure> {
    let mut text = csv::header();
    for stored in wanted(snapshot, kinds) {
        text.push_str(&csv::entity(stored, snapshot)?);
    }
    Ok(text)
}
