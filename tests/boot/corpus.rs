//! The recorded events, and that nothing real is in them.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::Value;

/// Account ids that AWS uses in its documentation.
const ACCOUNTS: &[&str] = &["111122223333", "123456789012", "444455556666", "777788889999"];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// A recorded file.
pub(crate) fn text(name: &str) -> String {
    fs::read_to_string(directory().join(name)).unwrap()
}

/// A recorded event.
pub(crate) fn event(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Runs of these characters.
fn words<'a>(text: &'a str, of: &'a dyn Fn(char) -> bool) -> impl Iterator<Item = &'a str> {
    text.split(move |c| !of(c)).filter(|word| !word.is_empty())
}

fn is_reserved(address: std::net::Ipv4Addr) -> bool {
    address.is_documentation() || address.is_loopback()
}

/// What in a text is not reserved for documentation.
fn real_things(text: &str) -> Vec<String> {
    let mut real = Vec::new();
    for word in words(text, &|c| c.is_ascii_alphanumeric()) {
        let is_account = word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_digit());
        if is_account && !ACCOUNTS.contains(&word) {
            real.push(word.to_owned());
        }
        let is_id = ["AKIA", "ASIA", "AIDA", "AROA"].iter().any(|start| word.starts_with(start));
        if is_id && word.len() >= 16 && !word.ends_with("EXAMPLE") {
            real.push(word.to_owned());
        }
    }
    for word in words(text, &|c| c.is_ascii_digit() || c == '.') {
        let address = word.parse::<std::net::Ipv4Addr>();
        if address.is_ok_and(|address| !is_reserved(address)) {
            real.push(word.to_owned());
        }
    }
    for word in words(text, &|c| !c.is_whitespace() && !"\"'<>,;()".contains(c)) {
        if let Some((_, domain)) = word.split_once('@')
            && !["example.com", "example.org", "example.net"]
                .iter()
                .any(|reserved| domain == *reserved || domain.ends_with(&format!(".{reserved}")))
        {
            real.push(word.to_owned());
        }
    }
    real
}

/// What is in a packed file, up to where it is damaged or large.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    // A damaged file is in the corpus for its damage: what came before it is looked at.
    drop(MultiGzDecoder::new(bytes).take(1 << 20).read_to_end(&mut content));
    content
}

#[test]
fn only_what_is_reserved_for_documentation_is_in_the_corpus() {
    for path in files(&directory()) {
        let bytes = fs::read(&path).unwrap();
        let bytes =
            if path.extension().is_some_and(|it| it == "gz") { unpacked(&bytes) } else { bytes };
        assert_eq!(
            real_things(&String::from_utf8_lossy(&bytes)),
            Vec::<String>::new(),
            "{}",
            path.display()
        );
    }
    // The check itself sees what it looks for.
    let made_up = format!("{}4 AKIA{} 8.8.8.8 a@corp.test", "98765432101", "ABCDEFGHIJKLMNOP");
    assert_eq!(real_things(&made_up).len(), 4, "{:?}", real_things(&made_up));
}

#[test]
fn every_file_of_the_corpus_says_what_it_is_for() {
    let readme = text("README.md");
    for path in files(&directory()) {
        let path = path.strip_prefix(directory()).unwrap();
        let (name, folder) = (path.display(), path.parent().unwrap().display());
        let rows = [format!("| `{name}` |"), format!("| `{folder}/` |")];
        let is_told = rows.iter().any(|row| readme.contains(row));
        assert!(is_told || path == Path::new("README.md"), "{name}");
    }
}
