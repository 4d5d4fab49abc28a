//! One statement, cut into what is the same for all principals and what is not.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::set::Truths;
use crate::access::estate::Estate;
use crate::access::facts::{self, is_of_principal};
use crate::policy::compiled::Statement;
use crate::policy::condition::Condition;
use crate::policy::document::Listed;
use crate::policy::evaluate::{Context, Mode};
use crate::policy::truth::Truth;
use crate::policy::variable::Template;

/// A condition that is about who asks alone. For whom it holds is found out once.
#[derive(Debug)]
struct Own<'e> {
    condition: &'e Condition,
    holds: OnceLock<Truths>,
}

/// All of them, each distinct one once.
#[derive(Debug, Default)]
pub(super) struct Conditions<'e> {
    known: HashMap<String, usize>,
    all: Vec<Own<'e>>,
}

impl<'e> Conditions<'e> {
    fn place(&mut self, condition: &'e Condition) -> usize {
        let key = format!("{condition:?}");
        if let Some(place) = self.known.get(&key) {
            return *place;
        }
        let place = self.all.len();
        self.all.push(Own { condition, holds: OnceLock::new() });
        self.known.insert(key, place);
        place
    }

    /// For whom a condition holds.
    pub(super) fn holds(&self, estate: &Estate, place: usize) -> Option<&Truths> {
        let own = self.all.get(place)?;
        Some(own.holds.get_or_init(|| {
            let keys = own.condition.keys();
            let mut truths = Truths::none(estate.identities.len());
            let mut context = Asking::new(&Context::new(Mode::Discovery));
            for (at, identity) in estate.identities.iter().enumerate() {
                let context = context.with(estate, identity, &keys);
                truths.add(at, own.condition.holds(context));
            }
            truths
        }))
    }
}

/// A context that one principal after the other is asked with.
#[derive(Debug)]
pub(super) struct Asking(Context);

impl Asking {
    pub(super) fn new(shared: &Context) -> Self {
        Self(facts::with_closed_tags(shared))
    }

    /// With these facts about a principal in place of the last one's.
    pub(super) fn with(
        &mut self,
        estate: &Estate,
        identity: &crate::access::Identity,
        keys: &[String],
    ) -> &Context {
        for key in keys.iter().filter(|key| is_of_principal(key)) {
            self.0.forget(key);
        }
        facts::of_principal(&mut self.0, estate, identity, |key| keys.iter().any(|own| own == key));
        &self.0
    }
}

/// A statement.
#[derive(Debug)]
pub(super) struct Entry<'e> {
    pub(super) statement: &'e Statement,
    /// Conditions that are about the request alone.
    shared: Vec<&'e Condition>,
    /// Conditions that are about who asks alone.
    pub(super) own: Vec<usize>,
    /// Conditions that are about both.
    mixed: Vec<&'e Condition>,
    /// What must be known about who asks for the resources and the mixed conditions.
    keys: Vec<String>,
}

impl<'e> Entry<'e> {
    pub(super) fn of(statement: &'e Statement, conditions: &mut Conditions<'e>) -> Self {
        let mut entry = Self {
            statement,
            shared: Vec::new(),
            own: Vec::new(),
            mixed: Vec::new(),
            keys: Vec::new(),
        };
        let nothing = Context::new(Mode::Discovery);
        let templates = statement.resources().map_or(&[][..], Listed::items);
        for template in templates.iter().filter(|it| matches!(it, Template::Open(_))) {
            let variables = template.unknown(&nothing).map(str::to_lowercase);
            entry.keys.extend(variables.filter(|key| is_of_principal(key)));
        }
        for condition in statement.conditions() {
            let mut keys = condition.keys();
            match keys.iter().filter(|key| is_of_principal(key)).count() {
                0 => entry.shared.push(condition),
                all if all == keys.len() => entry.own.push(conditions.place(condition)),
                _ => {
                    entry.mixed.push(condition);
                    keys.retain(|key| is_of_principal(key));
                    entry.keys.append(&mut keys);
                }
            }
        }
        entry
    }

    /// Whether it matches as far as the request alone tells.
    pub(super) fn shared_truth(&self, resource: &str, shared: &Context) -> Truth {
        let mut truth = self.statement.is_about(resource, shared);
        for condition in &self.shared {
            if truth.is_no() {
                break;
            }
            truth = truth & condition.holds(shared);
        }
        truth
    }

    /// Whether the resources or a condition must be looked at with each principal.
    pub(super) fn is_mixed(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Whether the resources and the mixed conditions match for one principal; what is about the request alone is in
    /// `truth` already.
    pub(super) fn mixed_truth(
        &self,
        truth: Truth,
        resource: &str,
        estate: &Estate,
        identity: &crate::access::Identity,
        asking: &mut Asking,
    ) -> Truth {
        let context = asking.with(estate, identity, &self.keys);
        let mut found = self.statement.is_about(resource, context);
        for condition in self.shared.iter().chain(&self.mixed) {
            if found.is_no() {
                break;
            }
            found = found & condition.holds(context);
        }
        // Without the principal's facts nothing was certain that is not certain with them.
        if truth.is_no() { truth } else { found }
    }
}
