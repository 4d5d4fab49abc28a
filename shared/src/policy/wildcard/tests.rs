//! What wildcards stand for, and that hostile ones end.

use std::time::Instant;

use proptest::prelude::*;

use super::*;

/// What wildcards mean, said as plainly as can be.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', after)), None) => naive(after, text),
        (Some(('*', after)), Some((_, rest))) => naive(after, text) || naive(pattern, rest),
        (Some(('?', after)), Some((_, rest))) => naive(after, rest),
        (Some((wanted, after)), Some((found, rest))) => wanted == found && naive(after, rest),
        _ => false,
    }
}

#[test]
fn stars_cross_everything_and_a_question_mark_is_one_character() {
    let rows = [
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("*", "a:b/c", true),
        ("?", "", false),
        ("?", "é", true),
        ("?", "ab", false),
        ("??", "éa", true),
        ("s3:Get*", "s3:GetObject", true),
        ("s3:Get*", "s3:get", false),
        ("s3:*Object", "s3:GetObject", true),
        ("s3:*Object", "s3:GetObjectAcl", false),
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b:c", true),
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket", false),
        ("arn:*:role/a", "arn:aws:iam::111122223333:role/a", true),
        ("a*?b", "ab", false),
        ("a*?b", "axb", true),
        ("a?*b", "axyb", true),
        ("*a?c*", "xxabcxx", true),
        ("*a?c*", "aabbc", false),
        ("*a?c*e", "aaac-e", true),
        ("ab*ab", "ab", false),
        ("ab*ab", "abab", true),
        ("*?*", "", false),
        ("a**b", "ab", true),
        ("[a]", "a", false),
        ("\\*", "\\x", true),
    ];
    for (pattern, text, expected) in rows {
        assert_eq!(Wildcard::read(pattern).matches(text), expected, "{pattern} {text}");
    }
}

#[test]
fn hostile_patterns_end_soon() {
    let start = Instant::now();
    let text = "a".repeat(100_000);
    assert!(!Wildcard::read(&("*a".repeat(20_000) + "*b")).matches(&text));
    assert!(Wildcard::read(&"*a".repeat(20_000)).matches(&text));
    assert!(!Wildcard::read(&("*a?".repeat(2_000) + "*b*")).matches(&text));
    assert!(!Wildcard::read(&("*".to_owned() + &"a?".repeat(1_000) + "b*")).matches(&text));
    assert!(!Wildcard::read(&"?".repeat(99_999)).matches(&text));
    assert!(Wildcard::read(&"?*".repeat(100_000)).matches(&text));
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

proptest! {
    #[test]
    fn as_the_naive_one(pattern in "[ab*?é]{0,9}", text in "[abé]{0,10}") {
        let chars = |text: &str| text.chars().collect::<Vec<char>>();
        let expected = naive(&chars(&pattern), &chars(&text));
        prop_assert_eq!(Wildcard::read(&pattern).matches(&text), expected);
        prop_assert_eq!(matches(&parts(&pattern).collect::<Vec<_>>(), &text), expected);
    }

    #[test]
    fn every_text_is_a_pattern_of_itself(text in ".*") {
        prop_assert!(Wildcard::read(&text).matches(&text));
    }
}
