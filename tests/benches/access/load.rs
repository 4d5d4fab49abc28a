//! From files to the first answer, each in a process of its own, which tells how much memory it needed.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use accesstrail_shared::access::{Estate, Index, WhoCan as _};

use crate::clock::{peak_mib, timed};
use crate::table::{Row, print};
use crate::{SIZES, generated};

/// The argument with which the bench runs as the child that loads.
pub(crate) const CHILD: &str = "load-and-answer";

pub(crate) fn run() {
    let mut rows = Vec::new();
    for count in SIZES {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("organization.json");
        let text = generated::organization_of(1, count).to_string();
        std::fs::write(&file, &text).unwrap();
        let size = format!("{:.1} MB", text.len() as f64 / 1e6);
        drop(text);
        // The shortest of three, and the most memory of three.
        let runs: Vec<(Duration, u64)> = (0..3).map(|_| measured(&file)).collect();
        let time = runs.iter().map(|run| run.0).min().unwrap();
        let peak = runs.iter().map(|run| run.1).max().unwrap();
        let row = |what: &str| Row::new([count.to_string(), size.clone(), what.to_owned()]);
        let goal = (count == 50_000).then_some(Duration::from_millis(1_500));
        rows.push(row("CPU time").maybe(time, goal));
        rows.push(row("peak RSS").amount(peak, "MiB", 400));
    }
    print("Load to the first answer", &["N", "JSON", ""], &rows);
}

fn measured(file: &Path) -> (Duration, u64) {
    let own = std::env::current_exe().unwrap();
    let output = Command::new(own).arg(CHILD).arg(file).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut numbers = text.split_whitespace().map(|word| word.parse::<u64>().unwrap());
    (Duration::from_micros(numbers.next().unwrap()), numbers.next().unwrap())
}

/// Loads a file, asks, and prints microseconds and MiB.
pub(crate) fn child(file: &str) {
    let (found, time) = timed(|| {
        let text = std::fs::read_to_string(file).unwrap();
        let estate = Estate::import([(file, text.as_str())]);
        drop(text);
        let index = Index::of(&estate);
        let who = index.who_can("s3:GetObject", "arn:aws:s3:::bucket-3/data", &[]).unwrap();
        who.who.len() + who.conditional.len()
    });
    assert!(found > 0);
    println!("{} {}", time.as_micros(), peak_mib().unwrap_or_default());
}
