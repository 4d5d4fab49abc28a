//! `accesstrail export`: everything, in the format that somebody else's system reads.

pub(super) mod file;

use std::io;
use std::path::PathBuf;

use accesstrail_shared::collect::registry;
use accesstrail_shared::form::FormError;
use accesstrail_shared::model::{Kind, Snapshot, Stored, Timestamp, read_time};
use accesstrail_shared::report::{Summary, csv, json, ocsf, parquet, sqlite};
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

/// Write everything out, sorted, for other programs. With --json alone, standard output is one JSON document
/// whatever the format says; with --json and --output, it tells which file was written.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  accesstrail export --format json > inventory.json\n  accesstrail export --format csv --kind role --output roles.csv --force\n  accesstrail export --format ocsf --since 2026-11-01T00:00:00Z > changed.jsonl\n  accesstrail export --format sqlite --output inventory.db --force\n\ndocs/exports.md says what is in each."
)]
pub(crate) struct Export {
    /// The format
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,

    /// Only this kind; may be given several times
    #[arg(long, value_parser = PossibleValuesParser::new(json::kinds()))]
    kind: Vec<String>,

    /// Only what became different then or later, what was deleted too
    #[arg(long, value_name = "TIME", value_parser = read_time)]
    since: Option<Timestamp>,

    /// Also what is no longer there, marked as deleted
    #[arg(long)]
    deleted: bool,

    /// A file instead of standard output. It is there when everything is written, not before
    #[arg(long, visible_alias = "out", value_name = "PATH")]
    output: Option<PathBuf>,

    /// Replace the file, if there is one
    #[arg(long, requires = "output")]
    force: bool,
}

/// The format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One document with every entity and the coverage.
    Json,
    /// One line per entity.
    Csv,
    /// One JSON document per entity, one on a line.
    Jsonl,
    /// One Parquet file with a row per entity.
    Parquet,
    /// An SQLite database with the tables entity, account and coverage.
    Sqlite,
    /// Users, machines and resources as OCSF 1.6 events, one on a line.
    Ocsf,
}

impl Format {
    fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
            Self::Sqlite => "sqlite",
            Self::Ocsf => "ocsf",
        }
    }
}

/// What is written: the entities that were asked for, by id, and the snapshot that they are explained by.
#[derive(Debug)]
struct Content<'a> {
    snapshot: &'a Snapshot,
    entities: Vec<&'a Stored>,
    lens: Lens,
    since: Option<Timestamp>,
}

pub(crate) async fn run(
    common: &Common,
    args: &Export,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    if let Some(path) = &args.output {
        file::check(path, args.force)?;
    } else if args.format == Format::Sqlite && !screen.is_json() {
        return Err(Failure::Usage(
            "a database cannot be written to standard output: give --output PATH".to_owned(),
        ));
    }
    let store = store::open_to_read(common, screen).await?.store;
    let (snapshot, gone) = load::with_deleted(&*store).await?;
    let kinds = args.kind.iter().map(|kind| kind.parse()).collect::<Result<Vec<Kind>, _>>()?;
    let content = Content::of(&snapshot, &gone, &kinds, args, Settings::load(common)?.lens());
    let Some(path) = &args.output else {
        // One document on standard output is what --json promises.
        let format = if screen.is_json() { Format::Json } else { args.format };
        match format {
            Format::Parquet | Format::Sqlite => screen.bytes(&content.bytes(format)?)?,
            Format::Csv => screen.lines(&content.text(format)?)?,
            _ => screen.raw(&content.text(format)?)?,
        }
        return Ok(Outcome::Done);
    };
    let failed = |source| Failure::File { path: path.clone(), source };
    let bytes = if args.format == Format::Sqlite {
        file::build(path, |partial| content.database(partial)).map_err(failed)?
    } else {
        let bytes = content.bytes(args.format)?;
        file::write(path, &bytes).map_err(failed)?;
        bytes.len() as u64
    };
    let count = content.count(args.format)?;
    if screen.is_json() {
        let path = path.display().to_string();
        let body =
            json!({"path": path, "format": args.format.word(), "count": count, "bytes": bytes});
        screen.document("written", body)?;
    }
    let what = if args.format == Format::Ocsf { "events" } else { "entities" };
    screen.note(&format!("{count} {what} written to {}", path.display()));
    Ok(Outcome::Done)
}

impl<'a> Content<'a> {
    fn of(
        snapshot: &'a Snapshot,
        gone: &'a [Stored],
        kinds: &[Kind],
        args: &Export,
        lens: Lens,
    ) -> Self {
        let gone = gone.iter().filter(|_| args.deleted || args.since.is_some());
        // The parts of an OCSF event have dates of their own: there, `since` is asked of the event.
        let since = args.since.filter(|_| args.format != Format::Ocsf);
        let mut entities: Vec<&Stored> = snapshot
            .entities()
            .chain(gone)
            .filter(|stored| kinds.is_empty() || kinds.contains(&stored.entity.kind()))
            .filter(|stored| {
                since.is_none_or(|since| {
                    stored.changed >= since || stored.deleted.is_some_and(|time| time >= since)
                })
            })
            .collect();
        // By id; one that lives again elsewhere stands beside where it was.
        entities.sort_by_cached_key(|stored| (stored.entity.id(), stored.scope.clone()));
        Self { snapshot, entities, lens, since: args.since }
    }

    fn count(&self, format: Format) -> Result<usize, Failure> {
        Ok(if format == Format::Ocsf { self.events()?.len() } else { self.entities.len() })
    }

    fn bytes(&self, format: Format) -> Result<Vec<u8>, Failure> {
        if format != Format::Parquet {
            return self.text(format).map(String::into_bytes);
        }
        let mut bytes = Vec::new();
        let entities = self.entities.iter().copied();
        parquet::write(entities, self.snapshot, &mut bytes)
            .map_err(|error| Failure::Output(io::Error::other(error)))?;
        Ok(bytes)
    }

    fn database(&self, path: &std::path::Path) -> io::Result<()> {
        let entities = self.entities.iter().copied();
        sqlite::write(entities, self.snapshot, path).map_err(io::Error::other)
    }

    fn text(&self, format: Format) -> Result<String, Failure> {
        let entities = self.entities.iter().copied();
        let snapshot = self.snapshot;
        Ok(match format {
            Format::Csv => {
                let lines = entities.map(|stored| {
                    let line = csv::entity(stored, snapshot)?;
                    Ok(self.lens.csv(&line, stored, snapshot))
                });
                let lines = lines.collect::<Result<Vec<_>, FormError>>()?;
                csv_with(&csv::header(), ["class", "owner"]) + &lines.concat()
            }
            Format::Jsonl => lines(entities.map(|stored| {
                let entity = self.lens.document(stored, snapshot)?;
                Ok(json::line(&json::document("entity", entity)))
            }))?,
            Format::Ocsf => lines(self.events()?.iter().map(ocsf::line))?,
            _ => self.document()?,
        })
    }

    fn events(&self) -> Result<Vec<ocsf::Event>, FormError> {
        ocsf::events(self.entities.iter().copied(), self.snapshot, self.since)
    }

    fn document(&self) -> Result<String, Failure> {
        let snapshot = self.snapshot;
        let entities: Result<Vec<Value>, _> =
            self.entities.iter().map(|stored| self.lens.document(stored, snapshot)).collect();
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
        Ok(json::pretty(&document)?)
    }
}

fn lines(lines: impl Iterator<Item = Result<String, FormError>>) -> Result<String, FormError> {
    lines.map(|line| line.map(|line| line + "\n")).collect()
}
