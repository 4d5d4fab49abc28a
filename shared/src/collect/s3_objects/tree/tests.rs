//! The tree that keys make, against a naive one, and wherever it is resumed.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const BUCKET: &str = "arn:aws:s3:::b";

fn object(size: i64) -> Object {
    Object::builder().size(size).build()
}

/// Walks over keys in their order as pages of `size` show them, as often begun anew as there are pages.
/// Returns what was told, and how many keys were shown.
fn walk(keys: &BTreeSet<String>, depth: u16, size: usize) -> (Vec<Resource>, usize) {
    let (mut told, mut shown, mut last) = (Vec::new(), 0, String::new());
    loop {
        let mut tree = Tree::new(BUCKET.parse().unwrap(), depth, last);
        let start = tree.next_start().unwrap_or_default();
        let page: Vec<&String> = keys.iter().filter(|key| **key > start).take(size).collect();
        if page.is_empty() {
            return (told, shown);
        }
        shown += page.len();
        for key in page {
            let walked = tree.walk(key, &object(7), &mut told);
            assert!(walked.is_ok() || key.contains('\n'), "{key:?}");
        }
        last = tree.last().to_owned();
    }
}

/// The tree of all keys at once, as far as ARNs carry it: each path with its type and whether it has a size.
fn naive(keys: &BTreeSet<String>, depth: usize) -> BTreeMap<String, (ResourceType, bool)> {
    let mut tree = BTreeMap::new();
    for key in keys {
        let mut path = String::new();
        let mut segments: Vec<&str> = key.split('/').collect();
        let file = segments.pop().unwrap();
        for (number, segment) in segments.iter().enumerate() {
            path = format!("{path}{segment}/");
            if number < depth {
                let is_made = keys.contains(&path);
                tree.insert(path.clone(), (ResourceType::Folder, is_made));
            }
        }
        if !file.is_empty() && segments.len() <= depth {
            tree.insert(key.clone(), (ResourceType::Object, true));
        }
    }
    tree.retain(|path, _| !path.contains('\n'));
    tree
}

#[test]
fn every_slash_ends_a_folder() {
    let keys = ["/x", "a", "a-b", "a/", "a//b", "a/c", "ü/é", "z/y/x"];
    let (told, _) = walk(&keys.map(str::to_owned).into(), 20, 3);
    let rows: Vec<(&str, &str, &str, bool)> = told
        .iter()
        .map(|it| {
            let path = it.arn.as_str().strip_prefix("arn:aws:s3:::b/").unwrap();
            let parent = it.parent.as_ref().unwrap().as_str();
            let has_size = it.attributes.contains_key("size");
            (path, it.name.as_str(), parent.strip_prefix("arn:aws:s3:::").unwrap(), has_size)
        })
        .collect();
    let expected = [
        ("/", "/", "b", false),
        ("/x", "x", "b//", true),
        ("a", "a", "b", true),
        ("a-b", "a-b", "b", true),
        ("a/", "a", "b", true),
        ("a//", "/", "b/a/", false),
        ("a//b", "b", "b/a//", true),
        ("a/c", "c", "b/a/", true),
        ("z/", "z", "b", false),
        ("z/y/", "y", "b/z/", false),
        ("z/y/x", "x", "b/z/y/", true),
        ("ü/", "ü", "b", false),
        ("ü/é", "é", "b/ü/", true),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn a_folder_that_is_too_deep_is_passed_over() {
    let deep = (0..1_000).map(|number| format!("a/b/c/{number:04}"));
    let keys: BTreeSet<String> = deep.chain(["a/b/d".into(), "a/z".into()]).collect();
    let (told, shown) = walk(&keys, 2, 10);
    let paths: Vec<&str> = told.iter().map(|it| it.arn.as_str()).collect();
    assert_eq!(
        paths,
        ["arn:aws:s3:::b/a/", "arn:aws:s3:::b/a/b/", "arn:aws:s3:::b/a/b/d", "arn:aws:s3:::b/a/z"]
    );
    assert_eq!(shown, 12, "the page that begins in it, and what comes after it");
    let mut tree = Tree::new(BUCKET.parse().unwrap(), 2, String::new());
    tree.walk("a/b/c", &object(1), &mut Vec::new()).unwrap();
    assert!(!tree.is_cut());
    tree.walk("a/b/c/d", &object(1), &mut Vec::new()).unwrap();
    assert!(tree.is_cut());
    // A key as long as any leaves no room to pass over its folder.
    let long = "x".repeat(LONGEST_KEY - 3) + "/yz";
    let tree = Tree::new(BUCKET.parse().unwrap(), 0, long.clone());
    assert_eq!(tree.next_start(), Some(long));
}

#[test]
fn keys_are_encoded_as_queries_are() {
    let rows = [
        ("a+b%2Bc", true, Ok("a b+c")),
        ("a+b%2Bc", false, Ok("a+b%2Bc")),
        ("%C3%BC/100%25", true, Ok("ü/100%")),
        ("%FF", true, Err("it is not in UTF-8")),
    ];
    for (key, is_encoded, expected) in rows {
        let found = decode(key, is_encoded);
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(found, expected, "{key}");
    }
}

#[test]
fn what_no_arn_can_carry_is_an_error() {
    let mut tree = Tree::new(BUCKET.parse().unwrap(), 20, String::new());
    for bad in ["", "a\u{0}b", "a\n/b", "\u{7f}"] {
        assert!(tree.walk(bad, &object(1), &mut Vec::new()).is_err(), "{bad:?}");
    }
    // What lies above it and what comes after it is told all the same.
    let mut told = Vec::new();
    assert!(tree.walk("good/\u{0}/c", &object(1), &mut told).is_err());
    tree.walk("good/d", &object(1), &mut told).unwrap();
    let names: Vec<&str> = told.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["good", "d"]);
}

proptest! {
    #[test]
    fn as_the_naive_tree(
        keys in proptest::collection::btree_set("[/ab.é\n]{1,9}", 0..40),
        depth in 0_u16..5,
        size in 1_usize..7,
    ) {
        let (told, shown) = walk(&keys, depth, size);
        prop_assert!(shown <= keys.len());
        let expected = naive(&keys, usize::from(depth));
        prop_assert_eq!(told.len(), expected.len(), "each once");
        for it in told {
            let path = it.arn.as_str().strip_prefix("arn:aws:s3:::b/").unwrap().to_owned();
            let facts = (it.resource_type, it.attributes.contains_key("size"));
            prop_assert_eq!(expected.get(&path), Some(&facts), "{}", path);
            let inner = path.strip_suffix('/').unwrap_or(&path);
            let parent = match inner.rsplit_once('/') {
                Some((above, _)) => format!("{BUCKET}/{above}/"),
                None => BUCKET.to_owned(),
            };
            prop_assert_eq!(it.parent.unwrap().to_string(), parent);
        }
    }
}
