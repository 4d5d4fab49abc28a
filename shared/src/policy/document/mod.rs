//! Policy documents: text → statements, with what AWS would refuse set aside and named.
//!
//! The reader is total: only a text that is no JSON object has no document. A document keeps all that stood in its text
//! (unknown keys, numbers where strings are expected, one statement without an array), so that it prints as it was
//! read. What is in [`Document::problems`] is not in [`Document::statements`], or not wholly; whoever evaluates a
//! document with problems must not take the rest for the whole.
//!
//! INVARIANT: `read(print(d))` is `d`.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

mod problem;
mod read;

use std::fmt;

pub use problem::{Problem, Reason};

use super::json::Json;

/// Which version of the language a document is in. It decides whether `${…}` is a variable.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, which is also meant where none is given: variables are literal text.
    #[default]
    V2008,
    /// `2012-10-17`: variables are replaced.
    V2012,
}

/// What a statement does with what it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Allows it.
    Allow,
    /// Denies it, whatever allows it.
    Deny,
}

impl Effect {
    /// The effect as policies write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// An element and its negation: `Action` or `NotAction`, and so on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Listed<T> {
    /// What is in the list.
    In(Vec<T>),
    /// What is not in the list.
    NotIn(Vec<T>),
}

impl<T> Listed<T> {
    /// The list, whichever way it is meant.
    pub fn items(&self) -> &[T] {
        match self {
            Self::In(items) | Self::NotIn(items) => items,
        }
    }
}

/// The kind of a principal, which is the key that it stands under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrincipalKind {
    /// `"Principal": "*"`.
    Everyone,
    /// `AWS`: accounts, users, roles and sessions.
    Aws,
    /// `Service`.
    Service,
    /// `Federated`: identity providers.
    Federated,
    /// `CanonicalUser`: accounts as Amazon S3 names them.
    Canonical,
}

/// A principal as a document names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPrincipal {
    /// The key that it stands under.
    pub kind: PrincipalKind,
    /// Its text.
    pub text: String,
}

/// One entry of a `Condition` block: a key, the operator on it, and what it is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The operator, with its prefix and suffix, as written.
    pub operator: String,
    /// The key, as written.
    pub key: String,
    /// The values; numbers and booleans as text.
    pub values: Vec<String>,
}

/// A statement that was read wholly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its place in the document, from 0. Statements that were set aside are counted.
    pub index: usize,
    /// Its id.
    pub sid: Option<String>,
    /// Its effect.
    pub effect: Effect,
    /// Whom it is about; `None` in the policies of an identity.
    pub principals: Option<Listed<NamedPrincipal>>,
    /// The actions.
    pub actions: Listed<String>,
    /// The resources; `None` where the policy belongs to the resource and names none.
    pub resources: Option<Listed<String>>,
    /// The conditions, all of which must hold.
    pub conditions: Vec<Condition>,
}

/// Where a document stands. Not every element may be used everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// A policy of a user, group or role, a boundary, a session policy or a service control policy: it names no
    /// principal, and what it is about.
    Identity,
    /// A policy of a resource, a role's trust included: it names principals.
    Resource,
    /// A resource control policy or the policy of a VPC endpoint: who is meant may be left out.
    Perimeter,
}

/// A policy document.
#[derive(Clone, PartialEq)]
pub struct Document {
    /// The version of the language.
    pub version: Version,
    /// Its id.
    pub id: Option<String>,
    /// The statements that were read wholly, in their order.
    pub statements: Vec<Statement>,
    /// What was set aside.
    pub problems: Vec<Problem>,
    source: Json,
}

impl Document {
    /// Reads a text. `%XX` is no encoding here: what IAM encodes is decoded where it is collected.
    pub fn read(text: &str) -> Result<Self, Reason> {
        let source = Json::read(text).map_err(|error| Reason::NoJson(error.to_string()))?;
        Self::of(source)
    }

    /// As [`Self::read`], of what was read as JSON already.
    pub fn of(source: Json) -> Result<Self, Reason> {
        read::document(source)
    }

    /// The text of the document, without the spaces that it had.
    pub fn print(&self) -> String {
        self.source.to_string()
    }

    /// What AWS would refuse about the document where it stands: its own problems, and elements that do not belong there.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
    pub fn problems_as(&self, used: Use) -> Vec<Problem> {
        let mut problems = self.problems.clone();
        for statement in &self.statements {
            let reason = match used {
                Use::Identity if statement.principals.is_some() => Some(Reason::PrincipalNotHere),
                Use::Identity if statement.resources.is_none() => Some(Reason::Missing("Resource")),
                Use::Resource if statement.principals.is_none() => {
                    Some(Reason::Missing("Principal"))
                }
                _ => None,
            };
            let problem = |reason| Problem { statement: Some(statement.index), reason };
            problems.extend(reason.map(problem));
        }
        problems
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("version", &self.version)
            .field("statements", &self.statements)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
