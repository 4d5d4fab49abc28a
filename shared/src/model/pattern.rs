//! Patterns of names, as people write them to include or exclude things.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// A pattern of a whole name: `*` stands for any run of characters, none included, and every other
/// character for itself, in its case. There is no escape, because no name that is matched may hold a `*`.
///
/// ```
/// # use accesstrail_shared::model::Pattern;
/// let logs: Pattern = "*-logs".parse().unwrap();
/// assert!(logs.matches("acme-logs") && !logs.matches("acme-logs-2"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(String);

impl Pattern {
    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `name` as a whole is one of those that the pattern stands for. Takes time in proportion to
    /// both lengths multiplied, at worst, and no memory.
    pub fn matches(&self, name: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else { return self.0 == name };
        let Some(name) = name.strip_prefix(first) else { return false };
        let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
        let Some(mut name) = name.strip_suffix(last) else { return false };
        // Between two stars the earliest place is as good as any: what follows has the most room.
        for part in middle.split('*') {
            match name.split_once(part) {
                Some((_, after)) => name = after,
                None => return false,
            }
        }
        true
    }
}

impl FromStr for Pattern {
    type Err = Infallible;

    /// Every text is a pattern; the empty one stands for the empty name alone.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a star means, said as plainly as can be.
    fn naive(pattern: &[char], name: &[char]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some(('*', after)), None) => naive(after, name),
            (Some(('*', after)), Some((_, rest))) => naive(after, name) || naive(pattern, rest),
            (Some((wanted, after)), Some((found, rest))) => wanted == found && naive(after, rest),
            _ => false,
        }
    }

    fn matches(pattern: &str, name: &str) -> bool {
        let Ok(pattern) = pattern.parse::<Pattern>();
        pattern.matches(name)
    }

    #[test]
    fn a_star_is_any_run_and_the_rest_is_literal() {
        let rows = [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything/at all", true),
            ("a", "a", true),
            ("a", "A", false),
            ("a*", "a", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("*-logs", "acme-logs", true),
            ("*-logs", "acme-logs-2", false),
            ("acme-*-logs", "acme--logs", true),
            ("acme-*-logs", "acme-logs", false),
            ("*a*b*", "xaxbx", true),
            ("*a*b*", "ba", false),
            ("**", "x", true),
            ("a.c", "abc", false),
            ("a?c", "abc", false),
            ("[ab]", "a", false),
            ("\\*", "\\x", true),
            ("ü*", "über", true),
        ];
        for (pattern, name, expected) in rows {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let pattern = "a*".repeat(200) + "b";
        assert!(!matches(&pattern, &"a".repeat(2_000)));
    }

    proptest! {
        #[test]
        fn as_the_naive_one(pattern in "[ab*.é]{0,8}", name in "[ab.é]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<char>>();
            prop_assert_eq!(matches(&pattern, &name), naive(&chars(&pattern), &chars(&name)));
        }

        #[test]
        fn a_pattern_is_kept_as_it_was_written(text in ".*") {
            let Ok(pattern) = text.parse::<Pattern>();
            prop_assert_eq!(pattern.to_string(), text.as_str());
            prop_assert_eq!(pattern.matches(&text), true, "a star is one of the runs that it stands for");
        }
    }
}
