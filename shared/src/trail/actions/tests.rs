//! Operations and the actions they need, as data; the table against what the reference has.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// Source (without `.amazonaws.com`), operation, actions.
const EXAMPLES: &str = include_str!("examples.txt");

/// What `known.py` found in the reference.
const KNOWN: &str = include_str!("known.txt");

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn examples() {
    let mut seen = 0;
    for line in lines(EXAMPLES) {
        let mut words = line.split_whitespace();
        let (source, name) = (words.next().unwrap(), words.next().unwrap());
        let wanted: Vec<&str> = words.filter(|word| *word != NONE).collect();
        assert_eq!(actions(&format!("{source}.amazonaws.com"), name), wanted, "{line}");
        seen += 1;
    }
    assert!(seen >= 150, "{seen}");
}

#[test]
fn the_table_is_in_its_form_and_names_only_what_exists() {
    let known: BTreeSet<&str> = lines(KNOWN).collect();
    let (mut section, mut left_sides) = ("", BTreeSet::new());
    for line in lines(TABLE) {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
            continue;
        }
        let (left, right) = line.split_once(" = ").unwrap();
        assert!(left_sides.insert((section, left)), "twice: {line}");
        for word in right.split(' ').filter(|word| *word != NONE) {
            let whole = match (section, word.contains(':')) {
                (SOURCES, _) | (_, true) => word.to_owned(),
                _ => format!("{section}:{word}"),
            };
            assert!(known.contains(&*whole), "{whole} is in no reference: run known.py");
        }
        assert_ne!(without_date(left), "", "{line}");
    }
    assert_eq!(read(TABLE).len(), left_sides.len());
}

#[test]
fn what_is_no_source_of_aws_needs_no_action() {
    for source in ["", "s3", "example.com", ".amazonaws.com", "a.amazonaws.com.evil.example"] {
        assert!(actions(source, "DoIt").is_empty(), "{source}");
    }
    assert_eq!(actions("s3.amazonaws.com.cn", "HeadObject"), ["s3:GetObject"]);
    assert!(actions("s3.amazonaws.com", "").is_empty());
}

#[test]
fn dates_of_apis() {
    for (name, undated) in [
        ("GetFunction20150331v2", "GetFunction"),
        ("ListTags20170331", "ListTags"),
        ("CreateDistribution2020_05_31", "CreateDistribution"),
        ("ListObjectsV2", "ListObjectsV2"),
        ("DescribeDBInstances", "DescribeDBInstances"),
        ("GetX2015", "GetX2015"),
        ("Get201503311", "Get201503311"),
        ("20150331", "20150331"),
        ("v2", "v2"),
        ("Approve", "Approve"),
        ("A2020_5_31", "A2020_5_31"),
        ("", ""),
    ] {
        assert_eq!(without_date(name), undated);
    }
}

proptest! {
    #[test]
    fn any_text_has_an_answer(source in "\\PC{0,30}", name in "\\PC{0,30}") {
        for action in actions(&format!("{source}.amazonaws.com"), &name) {
            prop_assert!(action.contains(':'));
        }
        actions(&source, &name);
    }
}
