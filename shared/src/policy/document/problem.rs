//! Why a part of a document was set aside.

use std::fmt;

/// What is wrong with a part of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The text is no JSON.
    #[error("the document is no JSON: {0}")]
    NoJson(String),
    /// The text is JSON of another kind.
    #[error("the document is {0} and not an object")]
    NoObject(&'static str),
    /// An element that is of another kind than AWS takes.
    #[error("`{element}` is {found}, {expected} is expected")]
    Kind {
        /// The element.
        element: String,
        /// What it is.
        found: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// An element that must be there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// Two elements of which one may be there.
    #[error("`{0}` and `Not{0}` are both there")]
    Both(&'static str),
    /// A list that names nothing.
    #[error("`{0}` is empty")]
    Empty(String),
    /// A key that stands twice in one object.
    #[error("`{0}` stands there twice")]
    Twice(String),
    /// A version that there is not.
    #[error("`{0}` is no version of the policy language")]
    Version(String),
    /// An effect that there is not. Effects are case-sensitive.
    #[error("`{0}` is no effect, `Allow` or `Deny` is expected")]
    Effect(String),
    /// An action without its service.
    #[error("`{0}` is no action, `service:Name` or `*` is expected")]
    Action(String),
    /// A key of `Principal` that there is not.
    #[error("`{0}` is no kind of principal")]
    Principal(String),
    /// `Principal` in a policy that belongs to an identity.
    #[error("`Principal` is in the policy of an identity")]
    PrincipalNotHere,
    /// A condition operator that there is not.
    #[error("`{0}` is no condition operator")]
    Operator(String),
    /// A principal of which nobody knows whose account it is.
    #[error("whose account the canonical user `{0}` is is not known")]
    Canonical(String),
    /// A policy whose text nobody has.
    #[error("the text of `{0}` was not collected")]
    NotCollected(String),
}

/// A part of a document that was set aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The statement that it is in, counted from 0; `None` for the document itself.
    pub statement: Option<usize>,
    /// What is wrong.
    pub reason: Reason,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.statement {
            Some(index) => write!(f, "statement {}: {}", index + 1, self.reason),
            None => self.reason.fmt(f),
        }
    }
}
