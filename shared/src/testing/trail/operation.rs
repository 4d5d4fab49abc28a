//! The calls that the generator knows: `operations.txt`, one a line.
//!
//! A line holds, between ` | `: the service (`s3` for `s3.amazonaws.com`), the name of the event, who calls it, its
//! kind, its weight among the calls of one caller, and templates of `requestParameters`, `responseElements`, `resources` and
//! `additionalEventData`, with `-` for none.
//!
//! Who, one letter each: **u**sers and roles, AWS **s**ervices, SA**M**L and **w**eb identities, principals of other
//! **a**ccounts, **n**obody (anonymous), Identity Center (**i**), **h**umans with a password. Kind: **r**eads or
//! **w**rites, **d**ata event, **g**lobal (recorded in us-east-1 only), **c**onsole sign-in, **e**vent of a service.

use std::sync::OnceLock;

use super::template::Template;

const TEXT: &str = include_str!("operations.txt");

/// Where global services record their events.
pub(super) const GLOBAL: &str = "us-east-1";

/// One kind of call.
#[derive(Debug)]
pub(super) struct Operation {
    /// `s3.amazonaws.com`.
    pub(super) source: String,
    /// `GetObject`.
    pub(super) name: &'static str,
    who: &'static str,
    kind: &'static str,
    /// How often it is called, against the others of its caller.
    pub(super) weight: u64,
    pub(super) request: Option<Template>,
    pub(super) response: Option<Template>,
    pub(super) resources: Option<Template>,
    pub(super) additional: Option<Template>,
}

impl Operation {
    /// Reads a line; `None` when it has not the form.
    fn parse(line: &'static str) -> Option<Self> {
        let mut columns = line.split(" | ").map(str::trim);
        let mut column = || columns.next();
        let source = format!("{}.amazonaws.com", column()?);
        let (name, who, kind) = (column()?, column()?, column()?);
        let weight = column()?.parse().ok()?;
        let mut template = || match columns.next() {
            None | Some("-") => Some(None),
            Some(text) => Template::parse(text).map(Some),
        };
        let (request, response) = (template()?, template()?);
        let (resources, additional) = (template()?, template()?);
        Some(Self { source, name, who, kind, weight, request, response, resources, additional })
    }

    /// Whether callers of this letter call it.
    pub(super) fn is_called_by(&self, who: char) -> bool {
        self.who.contains(who)
    }

    /// `readOnly`.
    pub(super) fn reads(&self) -> bool {
        self.kind.contains('r')
    }

    /// Whether it is of the data plane.
    pub(super) fn is_data(&self) -> bool {
        self.kind.contains('d')
    }

    /// Whether it is recorded in us-east-1 only.
    pub(super) fn is_global(&self) -> bool {
        self.kind.contains('g')
    }

    /// Whether it is a sign-in that failed: that is told by `responseElements` and not by an `errorCode`.
    pub(super) fn is_failed_sign_in(&self) -> bool {
        self.kind.contains('x')
    }

    /// `eventType`.
    pub(super) fn event_type(&self) -> &'static str {
        if self.kind.contains('c') {
            "AwsConsoleSignIn"
        } else if self.kind.contains('e') {
            "AwsServiceEvent"
        } else {
            "AwsApiCall"
        }
    }
}

/// All of them, in the order of the file.
pub(super) fn all() -> &'static [Operation] {
    static ALL: OnceLock<Vec<Operation>> = OnceLock::new();
    ALL.get_or_init(|| lines().filter_map(Operation::parse).collect())
}

fn lines() -> impl Iterator<Item = &'static str> {
    TEXT.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            clock::Moment,
            template::{Facts, Names},
        },
        *,
    };

    #[test]
    fn every_line_is_read() {
        for line in lines() {
            assert!(Operation::parse(line).is_some(), "{line}");
        }
        assert!(all().len() >= 150);
        for letter in "usmwanih".chars() {
            assert!(all().iter().any(|operation| operation.is_called_by(letter)), "{letter}");
        }
    }

    #[test]
    fn every_template_makes_json() {
        let facts = Facts {
            account: "111122223333",
            other: "444455556666",
            region: "us-east-1",
            time: Moment(1_764_404_945),
            session: "alice",
            names: &Names::default(),
            seed: 1,
        };
        for operation in all() {
            let templates = [
                &operation.request,
                &operation.response,
                &operation.resources,
                &operation.additional,
            ];
            for template in templates.into_iter().flatten() {
                let mut text = String::new();
                template.fill(&facts, &mut text);
                let read = serde_json::from_str::<serde_json::Value>(&text);
                assert!(read.is_ok(), "{}: {text}", operation.name);
            }
        }
    }

    #[test]
    fn a_line_without_the_form_is_refused() {
        for line in ["", "s3", "s3 | A | u | r | many", "s3 | A | u | r | 1 | {\"a\":\"$none\"}"] {
            assert!(Operation::parse(line).is_none(), "{line}");
        }
        let read = Operation::parse("s3 | A | u | rd | 1").unwrap();
        assert!(read.reads() && read.is_data() && !read.is_global() && read.request.is_none());
    }
}
