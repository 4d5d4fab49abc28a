//! The fuzz targets on stable Rust: each on its folder of `tests/corpus` and on mutations of what is there,
//! the same ones every time. What a fuzzer finds becomes a file of the corpus and is found here from then on.

#![expect(clippy::unwrap_used, reason = "what is not there ends the test")]

use std::collections::BTreeSet;
use std::path::Path;

use accesstrail_tests::parsers::{TARGETS, check};
use accesstrail_tests::source;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

/// How many mutations of each file are tried.
const MUTATIONS: u32 = 400;

/// What tends to break parsers, whatever they read.
const TRICKY: &[&[u8]] = &[
    b"\0",
    b"\"",
    b"\\",
    b"\\ud800",
    b"\r",
    b"\n",
    b",",
    b":",
    b"/",
    b"%",
    b"%25",
    b"{",
    b"]",
    b"null",
    b"-1",
    b"1e400",
    b"18446744073709551616",
    b"aws",
    b"0001-01-01T00:00:00Z",
    b"-009999-01-02T01:59:58.5Z",
    b"9999-12-30T22:00:00.999999999Z",
    b"\xff",
    "\u{feff}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{a0}".as_bytes(),
    "１".as_bytes(),
];

/// A file of the corpus.
#[derive(Debug)]
struct Seed {
    path: String,
    bytes: Vec<u8>,
}

/// The files of a target, in the order of their names.
fn seeds(target: &str) -> Vec<Seed> {
    let folder = format!("tests/corpus/{target}/");
    let paths = source::files().into_iter().filter(|path| path.starts_with(&folder));
    let seeds: Vec<Seed> = paths
        .map(|path| Seed { bytes: std::fs::read(source::root().join(&path)).unwrap(), path })
        .collect();
    assert!(!seeds.is_empty(), "{folder} is empty");
    seeds
}

/// Mutations of some bytes: up to five times, a few bytes are replaced by others, by a word of the corpus
/// or by something tricky.
fn mutations(bytes: Vec<u8>, words: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let put = prop_oneof![vec(any::<u8>(), 0..4), select(words)];
    vec((any::<Index>(), 0_usize..12, put), 1..6).prop_map(move |edits| {
        let mut bytes = bytes.clone();
        for (at, length, put) in edits {
            let at = at.index(bytes.len() + 1);
            let end = bytes.len().min(at + length);
            bytes.splice(at..end, put);
        }
        bytes
    })
}

/// The words of the seeds and what is tricky, each once.
fn words(seeds: &[Seed]) -> Vec<Vec<u8>> {
    let all = seeds.iter().flat_map(|seed| seed.bytes.split(|byte| !byte.is_ascii_alphanumeric()));
    let words: BTreeSet<&[u8]> = all.chain(TRICKY.iter().copied()).collect();
    words.into_iter().map(<[u8]>::to_vec).collect()
}

#[test]
fn the_corpus_holds() {
    let mut fallen = Vec::new();
    for (target, _) in TARGETS {
        for seed in seeds(target) {
            if std::panic::catch_unwind(|| check(target, &seed.bytes)).is_err() {
                fallen.push(seed.path);
            }
        }
    }
    assert!(fallen.is_empty(), "{fallen:#?}");
}

#[test]
fn mutations_of_the_corpus_hold() {
    let config = Config { cases: MUTATIONS, failure_persistence: None, ..Config::default() };
    for (target, _) in TARGETS {
        let seeds = seeds(target);
        let words = words(&seeds);
        for seed in &seeds {
            let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            let mut runner = TestRunner::new_with_rng(config.clone(), rng);
            let held = runner.run(&mutations(seed.bytes.clone(), words.clone()), |bytes| {
                check(target, &bytes);
                Ok(())
            });
            match held {
                Ok(()) => {}
                Err(TestError::Fail(why, bytes)) => {
                    panic!("{} as \"{}\": {why}", seed.path, bytes.escape_ascii())
                }
                Err(TestError::Abort(why)) => panic!("{}: {why}", seed.path),
            }
        }
    }
}

/// A target that is not listed would be fuzzed by hand only, one without a file never.
#[test]
fn what_is_fuzzed_is_what_is_replayed() {
    let listed: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let below = |folder: &str| -> BTreeSet<String> {
        let files = source::files();
        let inside = files.iter().filter_map(|path| path.strip_prefix(folder));
        inside.map(str::to_owned).collect()
    };
    let files = below("tests/fuzz/fuzz_targets/");
    assert_eq!(files, listed.iter().map(|name| format!("{name}.rs")).collect());
    let folders = below("tests/corpus/").into_iter().filter_map(|path| {
        let folder = Path::new(&path).parent()?.to_str()?.to_owned();
        (!folder.is_empty()).then_some(folder)
    });
    assert_eq!(folders.collect::<BTreeSet<_>>(), listed);

    let manifest = source::text("tests/fuzz/Cargo.toml");
    assert_eq!(manifest.matches("[[bin]]").count(), listed.len());
    for name in &listed {
        let binary = format!("[[bin]]\nname = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"\n");
        assert!(manifest.contains(&binary), "{name} is no binary of tests/fuzz");
        let text = source::text(&format!("tests/fuzz/fuzz_targets/{name}.rs"));
        let call = format!("check(\"{name}\", bytes)");
        assert!(text.contains(&call), "tests/fuzz/fuzz_targets/{name}.rs does not run its check");
    }
}
