//! `accesstrail evaluate`: self-contained cases through the policy engine, a result a line.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, stdin};
use std::path::{Path, PathBuf};
use std::time::Instant;

use accesstrail_shared::policy::case::{Case, evaluate_line};
use accesstrail_shared::report::inert::terminal;
use clap::Args;
use serde_json::json;

use crate::Outcome;
use crate::error::Failure;
use crate::screen::Screen;

/// The longest line that is read: ten documents of the longest policy that AWS takes, and more.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Evaluate self-contained cases, one JSON object a line: a request and every policy that is in force. Prints one
/// JSON result a line, in the same order; asks nobody and reads no store. A malformed case is `invalid` with its reason.
#[derive(Debug, Args)]
#[command(after_help = "Example: accesstrail evaluate --cases cases.jsonl > results.jsonl\n\n\
                        docs/evaluate.md has the form of a case and of a result.")]
pub(crate) struct Evaluate {
    /// The cases; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    cases: PathBuf,

    /// After the results, decide every case this often again, and end with a line that says how many decisions that
    /// was a second
    #[arg(long, value_name = "TIMES", value_parser = clap::value_parser!(u32).range(1..))]
    bench: Option<u32>,
}

pub(crate) fn run(args: &Evaluate, screen: &mut Screen) -> Result<Outcome, Failure> {
    let mut reader = BufReader::new(open(&args.cases)?);
    let mut cases: Vec<Case> = Vec::new();
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let read = (&mut reader).take(LONGEST).read_until(b'\n', &mut bytes);
        if read.map_err(|source| unreadable(&args.cases, &source))? == 0 {
            break;
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        screen.raw(&format!("{}\n", evaluate_line(line)))?;
        if args.bench.is_some() {
            cases.extend(Case::read(line).ok());
        }
    }
    if let Some(times) = args.bench {
        screen.raw(&format!("{}\n", bench(&cases, times)))?;
    }
    Ok(Outcome::Done)
}

/// How fast cases that are read are decided. What is invalid is not among them.
fn bench(cases: &[Case], times: u32) -> String {
    let began = Instant::now();
    let mut decided: u64 = 0;
    for _ in 0..times {
        for case in cases {
            std::hint::black_box(std::hint::black_box(case).decide());
            decided += 1;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate is told in three digits")]
    let rate = if seconds > 0.0 { decided as f64 / seconds } else { 0.0 };
    json!({"bench": {
        "cases": cases.len(),
        "times": times,
        "evaluations": decided,
        "seconds": seconds,
        "evaluations_per_second": rate.round(),
    }})
    .to_string()
}

fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(stdin()));
    }
    let file = File::open(path).map_err(|source| unreadable(path, &source))?;
    Ok(Box::new(file))
}

fn unreadable(path: &Path, source: &std::io::Error) -> Failure {
    Failure::Usage(format!(
        "the cases in {} cannot be read: {source}; give a file with one JSON object a line",
        terminal(&path.display().to_string())
    ))
}
