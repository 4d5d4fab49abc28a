//! `StringEquals`, `StringEqualsIgnoreCase`, `StringLike`: text, in which variables may stand.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_String>

use super::operator::Family;
use crate::policy::document::Version;
use crate::policy::evaluate::context::Context;
use crate::policy::truth::Truth;
use crate::policy::variable::{Template, Where, Wildcards};
use crate::policy::wildcard::{Part, Wildcard};

/// Text of a policy that a value is held against.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    /// Case matters.
    Exact(Template),
    /// Case does not matter.
    Folded(Template),
}

impl Operand {
    pub(super) fn read(family: Family, text: &str, version: Version) -> Self {
        let template = |text: &str, wildcards| Template::read(text, version, wildcards, Where::All);
        match family {
            Family::StringLike => Self::Exact(template(text, Wildcards::On)),
            Family::StringEquals => Self::Exact(template(text, Wildcards::Off)),
            _ => match template(text, Wildcards::Off) {
                Template::Fixed(_) => Self::Folded(template(&text.to_lowercase(), Wildcards::Off)),
                open @ Template::Open(_) => Self::Folded(open),
            },
        }
    }

    pub(super) fn template(&self) -> &Template {
        match self {
            Self::Exact(template) | Self::Folded(template) => template,
        }
    }

    #[inline]
    pub(super) fn matches(&self, value: &str, context: &Context) -> Truth {
        match self {
            Self::Exact(template) => template.matches(value, context),
            // Its text is in lower case already.
            Self::Folded(Template::Fixed(Wildcard::Exact(own))) if value.is_ascii() => {
                own.eq_ignore_ascii_case(value).into()
            }
            Self::Folded(fixed @ Template::Fixed(_)) => {
                fixed.matches(&value.to_lowercase(), context)
            }
            Self::Folded(Template::Open(open)) => match open.parts(context) {
                Ok(parts) => (joined(&parts).to_lowercase() == value.to_lowercase()).into(),
                Err(instead) => instead,
            },
        }
    }
}

/// The text of parts without wildcards.
fn joined(parts: &[Part<'_>]) -> String {
    let text = |part: &Part<'_>| match part {
        Part::Text(text) => (*text).to_owned(),
        Part::Any => "*".to_owned(),
        Part::One => "?".to_owned(),
    };
    parts.iter().map(text).collect()
}
