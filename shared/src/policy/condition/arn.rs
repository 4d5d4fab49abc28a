//! `ArnEquals` and `ArnLike`: ARNs, each of whose six parts is compared alone, with wildcards.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>

use crate::policy::document::Version;
use crate::policy::evaluate::context::Context;
use crate::policy::truth::Truth;
use crate::policy::variable::{Open, Template, Where, Wildcards};
use crate::policy::wildcard::{Part, Wildcard, matches};

/// How many parts an ARN has. The last may have colons in it.
const PARTS: usize = 6;

/// An ARN of a policy that a value is held against.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// Six patterns.
    Parts(Box<[Wildcard]>),
    /// What has fewer parts is no ARN, and none is like it: a star does not span parts.
    None,
    /// A template that is cut when its variables are replaced.
    Open(Open),
}

impl Operand {
    pub(super) fn read(text: &str, version: Version) -> Self {
        let template = Template::read(text, version, Wildcards::On, Where::All);
        if let Template::Open(open) = template {
            return Self::Open(open);
        }
        let parts = escaped(text, version);
        if parts.len() == PARTS { Self::Parts(parts.into()) } else { Self::None }
    }

    pub(super) fn open(&self) -> Option<&Open> {
        match self {
            Self::Open(open) => Some(open),
            _ => None,
        }
    }

    pub(super) fn matches(&self, value: &str, context: &Context) -> Truth {
        match self {
            Self::None => Truth::No,
            Self::Parts(patterns) => {
                let mut parts = value.splitn(PARTS, ':');
                let all = patterns
                    .iter()
                    .all(|pattern| parts.next().is_some_and(|part| pattern.matches(part)));
                all.into()
            }
            Self::Open(open) => match open.parts(context) {
                Ok(parts) => is_like(&parts, value).into(),
                Err(instead) => instead & is_arn(value).into(),
            },
        }
    }
}

fn is_arn(value: &str) -> bool {
    value.splitn(PARTS, ':').count() == PARTS
}

/// The patterns of the parts of an ARN without variables; the escapes of a template are text.
fn escaped(text: &str, version: Version) -> Vec<Wildcard> {
    let read = |part: &str| match Template::read(part, version, Wildcards::On, Where::All) {
        Template::Fixed(wildcard) => wildcard,
        Template::Open(_) => Wildcard::Exact(part.into()),
    };
    text.splitn(PARTS, ':').map(read).collect()
}

/// Whether the value is an ARN like the pattern, whose variables were replaced.
fn is_like(pattern: &[Part<'_>], value: &str) -> bool {
    let mut cut: Vec<Vec<Part<'_>>> = vec![Vec::new()];
    for part in pattern {
        let Part::Text(text) = part else {
            cut.last_mut().into_iter().for_each(|last| last.push(*part));
            continue;
        };
        let mut texts = text.splitn(PARTS + 1 - cut.len(), ':');
        let first = texts.next().unwrap_or_default();
        cut.last_mut().into_iter().for_each(|last| last.push(Part::Text(first)));
        cut.extend(texts.map(|text| vec![Part::Text(text)]));
    }
    let mut parts = value.splitn(PARTS, ':');
    cut.len() == PARTS
        && cut.iter().all(|pattern| parts.next().is_some_and(|part| matches(pattern, part)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::evaluate::context::Mode;

    #[test]
    fn each_part_is_compared_alone() {
        let mut context = Context::new(Mode::Strict);
        context.set("a:arn", ["arn:aws:sns:eu-west-1:111122223333:a:b"]);
        context.set("a:region", ["eu-west-1"]);
        let value = "arn:aws:sns:eu-west-1:111122223333:a:b";
        let rows = [
            ("arn:aws:sns:*:111122223333:a:b", true),
            ("arn:aws:sns:*:111122223333:a*", true),
            ("arn:aws:sns:*:a:b", false),
            ("arn:aws:*", false),
            ("arn:*:b", false),
            ("*", false),
            ("*:*:*:*:*:*", true),
            ("arn:aws:s?s:*:*:*", true),
            ("arn:aws:SNS:*:*:*", false),
            ("${a:arn}", true),
            ("arn:aws:sns:${a:region}:*:a:?", true),
            ("arn:aws:sns:${a:region}:*", false),
            ("arn:aws:sns:${a:none}:*:*", false),
            ("arn:aws:sns:${a:none, 'eu-west-1'}:*:*", true),
        ];
        for (pattern, expected) in rows {
            let found = Operand::read(pattern, Version::V2012).matches(value, &context);
            assert_eq!(found, expected.into(), "{pattern}");
        }
        // The page's own example: a string operator would match here.
        let page = "arn:aws:someservice:*:111122223333:finance/*";
        let other = "arn:aws:someservice:us-east-2:444455556666:store/abc:111122223333:finance/document.txt";
        assert!(Operand::read(page, Version::V2012).matches(other, &context).is_no());
        assert!(Operand::read("*:*:*:*:*:*", Version::V2012).matches("no ARN", &context).is_no());
    }
}
