//! One principal after the other: slow, and what the index is held against.

use super::{Set, Verdict, WhoCan};
use crate::access::estate::Estate;
use crate::access::facts::Given;
use crate::access::question::{Question, Target};
use crate::policy::evaluate::Refused;

/// An estate that is asked about each principal by itself.
#[derive(Clone, Copy, Debug)]
pub struct Plain<'e>(&'e Estate);

impl<'e> Plain<'e> {
    /// The estate, as it is.
    pub fn of(estate: &'e Estate) -> Self {
        Self(estate)
    }
}

impl<'e> WhoCan<'e> for Plain<'e> {
    fn estate(&self) -> &'e Estate {
        self.0
    }

    fn verdict(&self, action: &str, resource: &str, given: Given<'_>) -> Result<Verdict, Refused> {
        let target = Target::of(self.0, action, resource);
        let none = Set::none(self.0.identities.len());
        let mut verdict = Verdict {
            allowed: none.clone(),
            conditional: none.clone(),
            unknown: none.clone(),
            denied: none,
        };
        for (place, identity) in self.0.identities.iter().enumerate() {
            let question = Question::of(self.0, identity, action, resource, &target, given)?;
            verdict.add(place, question.decide());
        }
        Ok(verdict)
    }
}
