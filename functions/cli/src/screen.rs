//! The only place that prints: results on standard output, everything else on standard error.

use std::io::Write as _;

use accesstrail_shared::report::inert;
use accesstrail_shared::report::json::document;
use comfy_table::{ContentArrangement, Table, presets};
use owo_colors::OwoColorize as _;
use serde_json::{Value, json};

use crate::error::Failure;

/// The longest cell of a table; what is longer ends in `…`. Account ids and names fit.
const WIDEST_CELL: usize = 72;

/// Where results go. Colours appear on a terminal only, and not with `NO_COLOR`.
#[derive(Debug)]
pub(crate) struct Screen {
    json: bool,
    quiet: bool,
    out: anstream::AutoStream<std::io::Stdout>,
}

impl Screen {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet, out: anstream::stdout() }
    }

    /// Whether results are one JSON document.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether progress is unwanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// One JSON document.
    pub(crate) fn document(&mut self, name: &str, body: Value) -> Result<(), Failure> {
        let text =
            serde_json::to_string_pretty(&document(name, body)).map_err(std::io::Error::from)?;
        self.raw(&format!("{text}\n"))
    }

    /// Text as it is. The caller made it inert.
    pub(crate) fn raw(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()?;
        Ok(())
    }

    /// A line of text.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.raw(&format!("{text}\n"))
    }

    /// A line that begins with a word in the margin.
    pub(crate) fn field(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        self.raw(&format!("{}  {text}\n", format!("{name:<12}").bold()))
    }

    /// A heading with an empty line before it.
    pub(crate) fn heading(&mut self, text: &str) -> Result<(), Failure> {
        self.raw(&format!("\n{}\n", text.bold()))
    }

    /// A table; every cell is made inert here.
    pub(crate) fn table<R, C>(&mut self, columns: &[&str], rows: R) -> Result<(), Failure>
    where
        R: IntoIterator<Item = C>,
        C: IntoIterator<Item = String>,
    {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(columns.iter().map(|column| column.to_uppercase()));
        for row in rows {
            table.add_row(row.into_iter().map(|cell| shorten(&inert::terminal(&cell))));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let mut text = String::new();
        for line in table.lines() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        self.raw(&text)
    }

    /// Something beside the result, for a person.
    pub(crate) fn note(&mut self, text: &str) {
        if !self.quiet {
            say(&format!("{}\n", inert::terminal(text).dimmed()));
        }
    }

    /// A failure: on standard error for people, and as a document where one was asked for.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        let summary = inert::terminal(&failure.summary());
        let next = failure.next_step();
        say(&format!("{} {summary}\n", "error:".red().bold()));
        if let Some(next) = &next {
            say(&format!("{} {next}\n", "next: ".bold()));
        }
        if self.json {
            // The error has been told; a closed output changes nothing about it.
            drop(self.document("error", json!({"error": summary, "next": next})));
        }
    }
}

fn say(text: &str) {
    // When standard error is closed there is nobody left to tell.
    drop(anstream::stderr().lock().write_all(text.as_bytes()));
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= WIDEST_CELL {
        return text.to_owned();
    }
    text.chars().take(WIDEST_CELL - 1).chain(['…']).collect()
}

/// A status word in its colour; the word itself says it too.
pub(crate) fn coloured(word: &str) -> String {
    match word {
        "complete" | "created" | "restored" => word.green().to_string(),
        "denied" | "deleted" => word.red().to_string(),
        "partial" | "throttled" | "changed" => word.yellow().to_string(),
        other => other.dimmed().to_string(),
    }
}
