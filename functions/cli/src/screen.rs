//! The only place that prints: results on standard output, everything else on standard error.

use std::io::{IsTerminal as _, Write as _};

use accesstrail_shared::report::inert;
use accesstrail_shared::report::json::{document, pretty};
use owo_colors::OwoColorize as _;
use serde_json::{Value, json};

use crate::error::Failure;
use crate::table;

/// How many characters the words in the margin take.
const MARGIN: usize = 12;

/// Where results go. Colours appear on a terminal only, and not with `NO_COLOR`.
#[derive(Debug)]
pub(crate) struct Screen {
    json: bool,
    quiet: bool,
    /// How many characters fit on a line; `None` where nobody looks at lines: in a pipe, in a file.
    width: Option<usize>,
    out: anstream::AutoStream<std::io::Stdout>,
}

impl Screen {
    pub(crate) fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet, width: width(), out: anstream::stdout() }
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
        self.raw(&pretty(&document(name, body))?)
    }

    /// Text as it is. The caller made it inert.
    pub(crate) fn raw(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()?;
        Ok(())
    }

    /// Bytes for a program. A terminal would take them for commands.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        // What was said before stands before it.
        self.out.flush()?;
        let mut out = std::io::stdout().lock();
        if out.is_terminal() {
            return Err(Failure::Usage(
                "that would garble the terminal: give --output PATH, or send it to a program"
                    .to_owned(),
            ));
        }
        out.write_all(bytes)?;
        out.flush()?;
        Ok(())
    }

    /// Lines of text for a program, as they are; for a terminal, which a name in them could steer, they are made inert.
    pub(crate) fn lines(&mut self, text: &str) -> Result<(), Failure> {
        // What was said before stands before it.
        self.out.flush()?;
        let mut out = std::io::stdout().lock();
        if out.is_terminal() {
            out.write_all(inert::terminal_lines(text).as_bytes())?;
        } else {
            out.write_all(text.as_bytes())?;
        }
        out.flush()?;
        Ok(())
    }

    /// A line of text.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.raw(&format!("{text}\n"))
    }

    /// A line that begins with a word in the margin; the margin stays free where the text needs more lines.
    pub(crate) fn field(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        let room = self.width.map_or(usize::MAX, |width| width.saturating_sub(MARGIN + 2));
        for (number, line) in table::wrap(text, room).iter().enumerate() {
            let name = if number == 0 { name } else { "" };
            self.raw(&format!("{}  {line}\n", format!("{name:<MARGIN$}").bold()))?;
        }
        Ok(())
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
        let inert = |row: C| row.into_iter().map(|cell| inert::terminal(&cell)).collect();
        let rows: Vec<Vec<String>> = rows.into_iter().map(inert).collect();
        let text = table::lay(columns, &rows, self.width);
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
        for line in failure.candidates() {
            say(&format!("       {}\n", inert::terminal(&line)));
        }
        if self.json {
            let mut body = json!({"error": summary, "next": next});
            if let (Failure::Ambiguous { candidates, .. }, Some(fields)) =
                (failure, body.as_object_mut())
            {
                let ids = candidates.iter().map(|(id, _)| json!(id)).collect();
                fields.insert("candidates".to_owned(), Value::Array(ids));
            }
            if let (Failure::Settings { problems, .. }, Some(fields)) =
                (failure, body.as_object_mut())
            {
                let problems = problems.iter().map(|it| json!(inert::terminal(it))).collect();
                fields.insert("problems".to_owned(), Value::Array(problems));
            }
            // The error has been told; a closed output changes nothing about it.
            drop(self.document("error", body));
        }
    }

    /// Wrong usage, as a document; people have been told by the parser.
    pub(crate) fn refused(&mut self, usage: &clap::Error, verb: Option<&str>) {
        let help = verb.map_or_else(String::new, |verb| format!("{verb} "));
        let body = json!({
            "error": inert::terminal(&usage_summary(usage)),
            "next": format!("`accesstrail {help}--help` says what can be typed"),
        });
        // As above.
        drop(self.document("error", body));
    }
}

/// What is wrong with what was typed, without the usage around it.
fn usage_summary(usage: &clap::Error) -> String {
    let text = usage.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let words = first.split_whitespace().collect::<Vec<_>>().join(" ");
    words.strip_prefix("error: ").unwrap_or(&words).to_owned()
}

fn say(text: &str) {
    // When standard error is closed there is nobody left to tell.
    drop(anstream::stderr().lock().write_all(text.as_bytes()));
}

/// The width of the screen: what `COLUMNS` says, else what the terminal says.
fn width() -> Option<usize> {
    let told = std::env::var_os("COLUMNS").and_then(|told| told.to_str()?.parse().ok());
    let seen = || {
        let out = std::io::stdout();
        let size = out.is_terminal().then(|| rustix::termios::tcgetwinsize(out).ok());
        size.flatten().map(|size| usize::from(size.ws_col))
    };
    told.or_else(seen).filter(|width| *width > 0)
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
