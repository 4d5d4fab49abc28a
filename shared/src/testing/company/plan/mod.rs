//! What the proxy corrects and refuses, so that the emulator's answers are those of AWS.
//!
//! One [`Correction`] per action: the rules of the plan, and the words of `docs/coverage.md`.

mod answers;
mod calendar;
mod facts;
mod iam;
mod identity_center;
mod organization;
mod refusals;
mod report;
mod resources;

use std::sync::Arc;

use hyper::body::Bytes;
use serde_json::Value;

use self::{calendar::Calendar, facts::Facts};
use super::Company;
use crate::{
    model::Timestamp,
    testing::proxy::{Fault, Match, Patch, Plan, RequestView},
};

/// How the proxy makes an answer that the emulator does not give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// The emulator's answer, corrected.
    Corrected,
    /// An answer without the emulator.
    Replayed,
    /// A refusal.
    Refused,
}

impl How {
    /// The word in `docs/coverage.md`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Corrected => "corrected",
            Self::Replayed => "replayed",
            Self::Refused => "refused",
        }
    }
}

/// What the proxy does to one action.
#[derive(Debug, Clone)]
pub struct Correction {
    /// The action as IAM names it.
    pub action: &'static str,
    /// How.
    pub how: How,
    /// What only the proxy shows, in the words of the field.
    pub shows: &'static str,
    rules: Vec<(Match, Fault)>,
}

impl Correction {
    fn new(action: &'static str, how: How, shows: &'static str) -> Self {
        Self { action, how, shows, rules: Vec::new() }
    }

    /// Adds a rule for some calls of the action.
    fn rule(mut self, narrow: impl FnOnce(Match) -> Match, fault: Fault) -> Self {
        self.rules.push((narrow(Match::action(self.action)), fault));
        self
    }

    /// An answer that is corrected as text; `None` leaves it alone.
    fn text(
        action: &'static str,
        shows: &'static str,
        correct: impl Fn(&RequestView, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let patch = Patch::custom(action, move |view, body| {
            let corrected = std::str::from_utf8(&body).ok().and_then(|text| correct(view, text));
            corrected.map_or(body, Bytes::from)
        });
        Self::new(action, How::Corrected, shows).rule(|when| when, Fault::Patch(patch))
    }

    /// An answer that is corrected as JSON.
    fn json(
        action: &'static str,
        shows: &'static str,
        correct: impl Fn(&RequestView, &mut Value) + Send + Sync + 'static,
    ) -> Self {
        Self::text(action, shows, move |view, text| {
            let mut answer = serde_json::from_str(text).ok()?;
            correct(view, &mut answer);
            Some(answer.to_string())
        })
    }
}

/// All corrections, told as of a day.
pub(super) fn corrections(company: &Company, day: Timestamp) -> Vec<Correction> {
    let facts = Arc::new(Facts::of(company, Calendar::of(day)));
    let mut all = refusals::all(company);
    all.extend(organization::all(&facts));
    all.extend(iam::all(&facts));
    all.extend(answers::all(&facts));
    all.extend(identity_center::all(&facts));
    all.extend(resources::all(&facts));
    all
}

/// The corrections as the proxy carries them out.
pub(super) fn rules(corrections: Vec<Correction>) -> Plan {
    corrections
        .into_iter()
        .flat_map(|correction| correction.rules)
        .fold(Plan::default(), |plan, (when, then)| plan.rule(when, then))
}
