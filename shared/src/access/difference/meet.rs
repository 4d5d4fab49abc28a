//! Something that two patterns stand for both.

use std::collections::HashSet;

use crate::policy::wildcard::Wildcard;

/// What stands where two stars leave open what stands there: a text that no policy is likely to write.
pub(super) const FILLER: &str = "zq";

/// A text that both patterns stand for, with as little in it as they allow; `None` if there is none.
pub(crate) fn meet(left: &str, right: &str) -> Option<String> {
    if !may_meet(left, right) {
        return None;
    }
    for (whole, part) in [(left, right), (right, left)] {
        if !whole.contains('?') && Wildcard::read(whole).matches(part) {
            return Some(part.replace('*', FILLER).replace('?', "q"));
        }
    }
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut search =
        Search { left: &left, right: &right, failed: HashSet::new(), text: String::new() };
    search.from(0, 0).then_some(search.text)
}

/// Whether two patterns may stand for one text, as far as what they start and end with tells.
pub(super) fn may_meet(left: &str, right: &str) -> bool {
    let is_open = |byte: u8| matches!(byte, b'*' | b'?');
    let is_written = |(one, other): &(u8, u8)| !is_open(*one) && !is_open(*other);
    let is_same = |(one, other)| one == other;
    let starts = left.bytes().zip(right.bytes());
    let ends = left.bytes().rev().zip(right.bytes().rev());
    starts.take_while(is_written).all(is_same) && ends.take_while(is_written).all(is_same)
}

struct Search<'a> {
    left: &'a [char],
    right: &'a [char],
    failed: HashSet<(usize, usize)>,
    text: String,
}

impl Search<'_> {
    fn from(&mut self, i: usize, j: usize) -> bool {
        if i == self.left.len() && j == self.right.len() {
            return true;
        }
        if self.failed.contains(&(i, j)) {
            return false;
        }
        let (left, right) = (self.left.get(i).copied(), self.right.get(j).copied());
        let is_found = match (left, right) {
            (Some('*'), Some('*')) => {
                let or = |search: &mut Self| search.from(i + 1, j) || search.from(i, j + 1);
                self.with(FILLER, or)
            }
            (Some('*'), other) => {
                self.from(i + 1, j) || other.is_some_and(|one| self.take(one, i, j + 1))
            }
            (other, Some('*')) => {
                self.from(i, j + 1) || other.is_some_and(|one| self.take(one, i + 1, j))
            }
            (Some('?'), Some(one)) | (Some(one), Some('?')) => self.take(one, i + 1, j + 1),
            (Some(one), Some(other)) => one == other && self.take(one, i + 1, j + 1),
            _ => false,
        };
        if !is_found {
            self.failed.insert((i, j));
        }
        is_found
    }

    fn take(&mut self, one: char, i: usize, j: usize) -> bool {
        let one = if one == '?' { 'q' } else { one };
        let mut bytes = [0; 4];
        self.with(one.encode_utf8(&mut bytes), |search| search.from(i, j))
    }

    fn with(&mut self, text: &str, rest: impl FnOnce(&mut Self) -> bool) -> bool {
        let before = self.text.len();
        self.text.push_str(text);
        let is_found = rest(self);
        if !is_found {
            self.text.truncate(before);
        }
        is_found
    }
}

/// The pattern of an ARN with all of its six parts, and the one that every resource has alone; `None` where a pattern stands
/// for no resource.
pub(super) fn whole(pattern: &str) -> Option<String> {
    if pattern == "*" || pattern.splitn(6, ':').count() == 6 && pattern.starts_with("arn:") {
        return Some(pattern.to_owned());
    }
    if !pattern.starts_with("arn:") {
        return pattern.starts_with('*').then(|| format!("arn:*:*:*:*:{pattern}"));
    }
    if !pattern.ends_with('*') {
        return None;
    }
    let missing = 6_usize.saturating_sub(pattern.split(':').count());
    Some(format!("{pattern}{}", ":*".repeat(missing)))
}

/// A resource that two patterns, made whole, stand for both. Where they leave the region open it is left open.
pub(super) fn resource(left: &str, right: &str) -> Option<String> {
    if left == "*" && right == "*" {
        return Some("*".to_owned());
    }
    // Alone, a star is every resource; an ARN is meant here.
    let arn = |pattern: &str| if pattern == "*" { "arn:*".to_owned() } else { pattern.to_owned() };
    let found = meet(&arn(left), &arn(right))?;
    let parts: Vec<&str> = found.splitn(6, ':').collect();
    let [arn, partition, service, region, owner, rest] = parts.as_slice() else { return None };
    let partition = if *partition == FILLER { "aws" } else { partition };
    let region = if *region == FILLER { "" } else { region };
    Some(format!("{arn}:{partition}:{service}:{region}:{owner}:{rest}"))
}

/// Whether two ARNs have something in common part by part: no star stands for more than is between two colons.
pub(super) fn in_parts(left: &str, right: &str) -> bool {
    let parts = |pattern| -> Vec<&str> { str::splitn(pattern, 6, ':').collect() };
    let (left, right) = (parts(left), parts(right));
    left.len() == right.len()
        && left.iter().zip(right).all(|(one, other)| meet(one, other).is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_meet_where_both_stand() {
        let rows = [
            ("s3:get*", "s3:getobject", Some("s3:getobject")),
            ("s3:get*", "s3:*object", Some("s3:getzqobject")),
            ("*", "*", Some("zq")),
            ("a?c", "ab?", Some("abc")),
            ("a*c", "a*b", None),
            ("s3:get*", "s3:put*", None),
        ];
        for (left, right, expected) in rows {
            assert_eq!(meet(left, right).as_deref(), expected, "{left} {right}");
        }
        let rows = [
            ("arn:aws:s3:::b/*", "arn:aws:s3:::*/home/x", Some("arn:aws:s3:::b/zq/home/x")),
            ("*", "arn:aws:sqs:*:111122223333:*", Some("arn:aws:sqs::111122223333:zq")),
            ("*", "*", Some("*")),
        ];
        for (left, right, expected) in rows {
            let expected = expected.map(|text| text.replace("b/zq/home", "b/home"));
            let found = resource(left, right);
            assert_eq!(found, expected, "{left} {right}");
        }
        assert_eq!(whole("arn:aws:lambda:*").as_deref(), Some("arn:aws:lambda:*:*:*"));
        assert_eq!(whole("bucket"), None);
        let of = |account: &str| format!("arn:aws:sqs:*:{account}:*");
        assert!(meet(&of("111122223333"), &of("444455556666")).is_some());
        assert!(!in_parts(&of("111122223333"), &of("444455556666")));
        assert!(in_parts(&of("111122223333"), "arn:aws:sqs:eu-west-1:*:*"));
    }

    proptest! {
        #[test]
        fn what_two_stand_for_both_stand_for(left in "[ab*?]{0,7}", right in "[ab*?]{0,7}", text in "[ab]{0,6}") {
            let (one, other) = (Wildcard::read(&left), Wildcard::read(&right));
            match meet(&left, &right) {
                Some(found) => prop_assert!(one.matches(&found) && other.matches(&found), "{found}"),
                None => prop_assert!(!(one.matches(&text) && other.matches(&text))),
            }
        }
    }
}
