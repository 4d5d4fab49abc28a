//! The IAM policy language: text → document → compiled policy → decision.
//!
//! ```text
//!  text ──► document ──► Policy ──┐
//!                                 ├─► evaluate ──► Decision, and why
//!  principal, action, resource, ──┘
//!  context ──► Request
//! ```
//!
//! Pure and total: any text is read, what AWS would refuse is set aside with its reason, and a decision never panics,
//! asks or guesses. What hangs on a fact that nobody gave is `conditional`, what hangs on a text that cannot be read is
//! `unknown`. The rules are those of AWS's pages, cited where they stand.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

pub mod case;
pub mod catalogue;
pub mod compiled;
pub mod condition;
pub mod document;
pub mod evaluate;
pub mod json;
pub mod principal;
pub mod public;
pub mod truth;
pub mod variable;
pub mod wildcard;

#[cfg(test)]
mod reference;

pub use compiled::Policy;
pub use document::Document;
pub use truth::Truth;
