//! Files that people bring, where nobody may be given access → the same entities with the same coverage.
//!
//! ```text
//!  paths ──► files ──► parse (one file) ──► plan (all of them, nothing written) ──► save (one run)
//! ```
//!
//! What can be brought is what the AWS CLI prints: `iam get-account-authorization-details`, the credential
//! report (as `iam get-credential-report` prints it, or its CSV) and `organizations describe-organization`,
//! `list-accounts`, `list-roots`, one document each or merged into one. The readers are the collectors'.
//!
//! INVARIANT: every file is read to its end before anything is written. What is refused changes nothing; what
//! is imported is an answer of AWS's from the moment at which the file was made, and an account that was
//! looked into since is left as it is.

mod details;
mod files;
mod organization;
mod parse;
mod plan;
mod refusal;
mod save;
mod text;

pub use files::{Found, LARGEST, find};
pub use parse::{Document, parse};
pub use plan::{Part, Plan, plan};
pub use refusal::{Problem, Refusal};
pub use save::{ImportError, Imported, Passed, save};
