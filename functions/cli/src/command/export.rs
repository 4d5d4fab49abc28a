//! `accesstrail export`: everything, as JSON or CSV.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use accesstrail_shared::collect::registry;
use accesstrail_shared::model::{Kind, Snapshot};
use accesstrail_shared::report::{Summary, csv, json};
use accesstrail_shared::store::load;
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::args::Common;
use crate::config::Settings;
use crate::error::Failure;
use crate::lens::{Lens, csv_with};
use crate::screen::Screen;
use crate::{Outcome, store};

/// Write everything out as JSON or CSV. With --json alone, standard output is JSON whatever the format says;
/// with --json and --out, it tells which file was written.
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

    /// A file instead of standard output. What was there is replaced when everything is written, not before
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

impl Format {
    fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

pub(crate) async fn run(
    common: &Common,
    args: &Export,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let (store, _) = store::open_to_read(common, screen)?;
    let snapshot = load::snapshot(&*store).await?;
    let lens = Settings::load(common)?.lens();
    let kinds = args.kind.iter().map(|kind| kind.parse()).collect::<Result<Vec<Kind>, _>>()?;
    let Some(path) = &args.out else {
        // One document on standard output is what --json promises.
        let text = match args.format {
            Format::Csv if !screen.is_json() => as_csv(&snapshot, &kinds, &lens)?,
            Format::Csv | Format::Json => as_json(&snapshot, &kinds, &lens)?,
        };
        screen.raw(&text)?;
        return Ok(Outcome::Done);
    };
    let text = match args.format {
        Format::Csv => as_csv(&snapshot, &kinds, &lens)?,
        Format::Json => as_json(&snapshot, &kinds, &lens)?,
    };
    write(path, &text).map_err(|source| Failure::File { path: path.clone(), source })?;
    let count = wanted(&snapshot, &kinds).count();
    if screen.is_json() {
        let path = path.display().to_string();
        let body = json!({"path": path, "format": args.format.word(), "count": count, "bytes": text.len()});
        screen.document("written", body)?;
    }
    screen.note(&format!("{count} entities written to {}", path.display()));
    Ok(Outcome::Done)
}

/// Writes a file as a whole or not at all: what was there is lost only to what takes its place.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let is_file = match fs::symlink_metadata(path) {
        Ok(found) => found.is_file(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !is_file {
        // Devices, pipes and links stay what they are.
        return fs::write(path, text);
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let written = File::create(partial)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(partial, path));
    if written.is_err() {
        // It may not have been made at all.
        drop(fs::remove_file(partial));
    }
    written
}

fn wanted<'a>(
    snapshot: &'a Snapshot,
    kinds: &'a [Kind],
) -> impl Iterator<Item = &'a accesstrail_shared::model::Stored> {
    snapshot
        .entities()
        .filter(move |stored| kinds.is_empty() || kinds.contains(&stored.entity.kind()))
}

fn as_json(snapshot: &Snapshot, kinds: &[Kind], lens: &Lens) -> Result<String, Failure> {
    let entities: Result<Vec<Value>, _> =
        wanted(snapshot, kinds).map(|stored| lens.document(stored, snapshot)).collect();
    let summary = Summary::of(snapshot, &registry::accounts(snapshot));
    let document = json::document(
        "export",
        json!({
            "as_of": snapshot.as_of().map(|time| time.to_string()),
            "summary": json::summary(&summary),
            "entities": entities?,
            "coverage": snapshot.coverage().map(json::coverage).collect::<Vec<_>>(),
        }),
    );
    Ok(format!("{}\n", serde_json::to_string_pretty(&document).map_err(io::Error::from)?))
}

fn as_csv(snapshot: &Snapshot, kinds: &[Kind], lens: &Lens) -> Result<String, Failure> {
    let mut text = csv_with(&csv::header(), ["class", "owner"]);
    for stored in wanted(snapshot, kinds) {
        text.push_str(&lens.csv(&csv::entity(stored, snapshot)?, stored, snapshot));
    }
    Ok(text)
}
