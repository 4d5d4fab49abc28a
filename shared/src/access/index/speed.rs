//! How long loading and asking about everybody take.
//!
//! `cargo test --release -p accesstrail-shared --no-default-features --lib access::index::speed -- --ignored --nocapture`

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::{Index, WhoCan as _};
use crate::access::estate::Estate;
use crate::access::{Escalation, Trust, generate};

#[test]
#[ignore = "figures to look at, of an optimized build"]
#[expect(clippy::print_stdout, reason = "the figures are looked at")]
fn everybody() {
    for count in [1_000, 5_000, 10_000, 50_000] {
        let text = generate::organization_of(1, count).to_string();
        let start = Instant::now();
        let estate = Estate::import([("made", text.as_str())]);
        let read = start.elapsed();
        let index = Index::of(&estate);
        let loaded = start.elapsed();
        let questions = generate::questions(2, 60, count);
        let mut times: Vec<(Duration, &str)> = Vec::new();
        for (action, resource) in &questions {
            black_box(index.who_can(action, resource, &[]).unwrap());
            let best = (0..5).map(|_| {
                let start = Instant::now();
                black_box(index.who_can(action, resource, &[]).unwrap());
                start.elapsed()
            });
            times.push((best.min().unwrap(), action));
        }
        times.sort();
        let sum: Duration = times.iter().map(|(time, _)| *time).sum();
        println!(
            "N {count}: {} MB, {} policies, read {read:?}, loaded {loaded:?}; who-can mean {:?} median {:?} worst {:?}",
            text.len() / 1_000_000,
            estate.policies,
            sum / u32::try_from(times.len()).unwrap(),
            times[times.len() / 2].0,
            times.last().unwrap(),
        );
    }
}

#[test]
#[ignore = "figures to look at, of an optimized build"]
#[expect(clippy::print_stdout, reason = "the figures are looked at")]
fn chains_and_paths() {
    for count in [1_000, 5_000, 50_000] {
        let text = generate::organization_of(1, count).to_string();
        let estate = Estate::import([("made", text.as_str())]);
        let index = Index::of(&estate);
        let start = Instant::now();
        let mut trust = Trust::of(&index);
        let edges = trust.edges().len();
        let trusted = start.elapsed();
        let start = Instant::now();
        let bucket = "arn:aws:s3:::bucket-3/data";
        let chains = trust.who_can_through("s3:GetObject", bucket, &[]).unwrap().len();
        let chained = start.elapsed();
        let start = Instant::now();
        let escalation = Escalation::of(&index);
        let found = start.elapsed();
        let (few, most) = (escalation.administrators().len(), escalation.len());
        let start = Instant::now();
        let told = escalation.routes().len();
        println!(
            "N {count}: {edges} edges in {trusted:?}, {chains} chains in {chained:?}; {few} administrators and {most} paths in {found:?}, {told} told in {:?}",
            start.elapsed()
        );
    }
}
