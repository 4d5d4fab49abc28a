//! One principal after the other: slow, and what the index is held against.

use super::{Policies, Verdict, WhoCan, With};
use crate::access::estate::Estate;
use crate::access::facts::Given;
use crate::access::question::Question;
use crate::access::target::Target;
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
        self.verdict_with(With::THEIR_OWN, action, resource, given)
    }
}

impl Plain<'_> {
    /// As [`WhoCan::verdict`], of what everybody could do with other policies, or under other limits.
    pub(super) fn verdict_with(
        self,
        with: With,
        action: &str,
        resource: &str,
        given: Given<'_>,
    ) -> Result<Verdict, Refused> {
        let target = Target::of(self.0, action, resource);
        let mut verdict = Verdict::nobody_below(self.0.identities.len());
        for (place, identity) in self.0.identities.iter().enumerate() {
            let powerful;
            let asks = if with.policies == Policies::Administrator {
                powerful = identity.with_all_rights();
                &powerful
            } else {
                identity
            };
            let question = Question::of(self.0, asks, action, resource, &target, given)?;
            let question = if with.is_limited { question } else { question.without_organization() };
            verdict.add(place, question.decide());
        }
        Ok(verdict)
    }
}
