//! Self-contained cases: one JSON object a line in, one result a line out (`accesstrail evaluate --cases`).
//!
//! ```
//! use accesstrail_shared::policy::case::evaluate_line;
//!
//! let line = r#"{"id": "1", "mode": "strict",
//!   "request": {"principal": "arn:aws:iam::111122223333:user/ana", "action": "s3:GetObject",
//!     "resource": "arn:aws:s3:::bucket/key", "resource_account": "111122223333", "context": {}},
//!   "identity_policies": [{"Version": "2012-10-17",
//!     "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}]}"#;
//! assert!(evaluate_line(line).starts_with(r#"{"id":"1","decision":"allowed""#));
//! ```
//!
//! A key that is not listed is absent in the mode `strict` and unknown in the mode `discovery`; one that is listed with
//! an empty array is absent in both. Nothing is inferred: facts that follow from the request are not in its context unless
//! they are listed. A case that is malformed, or has a policy that AWS would refuse, comes to `invalid`.

mod answer;
mod read;

use super::Policy;
use super::evaluate::{Decision, Layers, Outcome, PublicAccess, Request, decide, explain};
use super::json::Json;

/// Why a line is no case. It keeps the id where the line has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Invalid {
    /// The id as the line has it; `null` where it has none.
    pub id: Json,
    /// Why.
    pub reason: String,
}

/// A case, ready to be evaluated any number of times.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its id.
    pub id: Json,
    request: Request,
    identity: Vec<Policy>,
    boundary: Option<Policy>,
    scps: Vec<Vec<Policy>>,
    rcps: Vec<Vec<Policy>>,
    resource: Option<Policy>,
    session: Option<Policy>,
    endpoint: Vec<Policy>,
}

impl Case {
    /// Reads a line.
    pub fn read(line: &str) -> Result<Self, Invalid> {
        read::case(line)
    }

    /// The request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The layers of policies.
    pub fn layers(&self) -> Layers<'_> {
        Layers {
            scps: &self.scps,
            rcps: &self.rcps,
            endpoint: &self.endpoint,
            resource: self.resource.as_ref(),
            public_access: PublicAccess::Open,
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            session: self.session.as_ref(),
        }
    }

    /// The decision alone, as fast as it gets.
    pub fn decide(&self) -> Decision {
        decide(&self.request, &self.layers())
    }

    /// The decision and why.
    pub fn explain(&self) -> Outcome<'_> {
        explain(&self.request, &self.layers())
    }
}

/// A line → its result, one line of JSON without its end.
pub fn evaluate_line(line: &str) -> String {
    match Case::read(line) {
        Ok(case) => answer::of(&case.id, &case.explain()),
        Err(invalid) => answer::invalid(&invalid),
    }
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod tests;
