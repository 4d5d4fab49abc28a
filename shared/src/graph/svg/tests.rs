//! The picture: well-formed, inert, complete, and looked at where a browser is.

use proptest::prelude::*;

use super::*;
use crate::graph::tests::{busy, graph_of};

/// What is wrong with a text as XML: tags that do not match, or characters that must be escaped. Not all of XML, but all
/// that this writer uses.
fn fault(text: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        let entities = before.split('&').skip(1);
        for entity in entities {
            if !["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|it| entity.starts_with(it)) {
                return Some(format!("a bare & before {entity}"));
            }
        }
        let Some((inside, after)) = tag.split_once('>') else {
            return Some(format!("no end of {tag}"));
        };
        rest = after;
        if let Some(name) = inside.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Some(format!("</{name}> ends nothing"));
            }
            continue;
        }
        if inside.matches('"').count() % 2 != 0 {
            return Some(format!("an open quote in <{inside}>"));
        }
        let name = inside.split([' ', '/']).next().unwrap_or_default();
        if !["svg", "title", "style", "rect", "path", "text", "g"].contains(&name) {
            return Some(format!("<{name}> is not ours"));
        }
        if !inside.ends_with('/') {
            open.push(name);
        }
    }
    open.last().map(|name| format!("<{name}> is never ended"))
}

#[test]
fn it_is_well_formed_and_says_what_is_there() {
    let text = svg(&busy());
    assert_eq!(fault(&text), None);
    for part in [
        "Access of deployer",
        "Who can become it",
        "Policies, and what they give",
        "Limits",
        "Roles that it can become",
        "Resources that name it",
        "Way to the rights of an administrator",
        "prefers-color-scheme: dark",
        ">perms</text>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("<script") && !text.contains("href"), "nothing is fetched or run");
    assert_eq!(fault("<svg><text>a & b</text></svg>").as_deref(), Some("a bare & before  b"));
    assert!(fault("<svg><g></svg>").is_some() && fault("<svg>").is_some());
}

#[test]
fn hostile_names_are_inert() {
    let name = "</text><script>alert(1)</script>&\"'\u{202e}\u{1b}[31m";
    let text = svg(&graph_of(name));
    assert_eq!(fault(&text), None);
    assert!(text.contains("&lt;script&gt;") && !text.contains("<script"), "{text}");
    assert!(!text.contains(['\u{202e}', '\u{1b}']));
}

#[test]
fn long_names_are_cut_and_told_in_full() {
    let name = "x".repeat(128);
    let text = svg(&graph_of(&name));
    assert!(text.contains(&format!("user/{name}</title>")), "{text}");
    assert!(text.contains("xxx…</text>"));
}

proptest! {
    #[test]
    fn any_name(name in "\\PC{1,40}|[\u{0}-\u{ffff}]{1,12}") {
        prop_assert_eq!(fault(&svg(&graph_of(&name))), None);
    }

    #[test]
    fn what_is_cut_fits(text in "\\PC{0,80}", room in 20_u32..300) {
        let short = cut(&text, room);
        prop_assert!(short.chars().count() <= text.chars().count());
        prop_assert!(short == text || short.ends_with('…'));
    }
}

/// Draws the picture with a browser, where one is; `ACCESSTRAIL_PICTURE` names a folder that keeps it, to be looked at.
#[test]
fn a_browser_draws_it() {
    use std::process::{Command, Stdio};
    let folder = tempfile::TempDir::new().unwrap();
    let (file, picture) = (folder.path().join("graph.svg"), folder.path().join("graph.png"));
    let text = svg(&busy());
    std::fs::write(&file, &text).unwrap();
    if let Some(kept) = std::env::var_os("ACCESSTRAIL_PICTURE") {
        std::fs::copy(&file, std::path::Path::new(&kept).join("graph.svg")).unwrap();
    }
    let number = |name: &str| -> u32 {
        let (_, rest) = text.split_once(&format!("{name}=\"")).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let ran = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("--window-size={},{}", number("width"), number("height")))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    // Where there is no browser nothing can be looked at; the rest of the file holds the text.
    let Ok(status) = ran else { return };
    assert!(status.success());
    let drawn = std::fs::read(&picture).unwrap();
    let size = |at: usize| u32::from_be_bytes(drawn[at..at + 4].try_into().unwrap());
    assert_eq!(&drawn[1..4], b"PNG");
    assert_eq!((size(16), size(20)), (number("width"), number("height")));
    // A sheet without anything on it is packed to next to nothing.
    assert!(drawn.len() > 30_000, "{} bytes", drawn.len());
}
