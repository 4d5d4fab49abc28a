//! One statement, cut into what is the same for all principals and what is not.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::set::Truths;
use crate::access::estate::{Estate, Identity};
use crate::access::facts::{self, is_of_principal};
use crate::policy::compiled::Statement;
use crate::policy::condition::Condition;
use crate::policy::document::Listed;
use crate::policy::evaluate::{Context, Mode};
use crate::policy::truth::Truth;
use crate::policy::variable::Template;

/// A condition that is about who asks alone. For whom of the estate it holds is found out once.
#[derive(Debug)]
pub(super) struct Own<'e> {
    condition: &'e Condition,
    keys: Vec<String>,
    holds: OnceLock<Truths>,
}

impl Own<'_> {
    /// For whom it holds, by places in the estate.
    pub(super) fn holds(&self, estate: &Estate) -> &Truths {
        self.holds.get_or_init(|| {
            let mut truths = Truths::none(estate.identities.len());
            let mut asking = Asking::new(&Context::new(Mode::Discovery));
            for (at, identity) in estate.identities.iter().enumerate() {
                truths.add(at, self.holds_for(estate, identity, &mut asking));
            }
            truths
        })
    }

    /// The same, if it was found out.
    pub(super) fn known(&self) -> Option<&Truths> {
        self.holds.get()
    }

    /// Whether it holds for one.
    pub(super) fn holds_for(
        &self,
        estate: &Estate,
        identity: &Identity,
        asking: &mut Asking,
    ) -> Truth {
        self.condition.holds(asking.with(estate, identity, &self.keys))
    }
}

/// All of them, each distinct one once.
#[derive(Clone, Debug, Default)]
pub(super) struct Conditions<'e> {
    known: HashMap<String, Arc<Own<'e>>>,
}

impl<'e> Conditions<'e> {
    fn find(&mut self, condition: &'e Condition, keys: Vec<String>) -> Arc<Own<'e>> {
        let new = || Arc::new(Own { condition, keys, holds: OnceLock::new() });
        Arc::clone(self.known.entry(format!("{condition:?}")).or_insert_with(new))
    }
}

/// Lists of resources, each distinct one once.
#[derive(Debug, Default)]
pub(super) struct Lists<'e> {
    known: HashMap<&'e Listed<Template>, usize>,
    is_closed: bool,
}

impl<'e> Lists<'e> {
    /// Lists that are not told apart.
    pub(super) fn closed() -> Self {
        Self { known: HashMap::new(), is_closed: true }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    fn place(&mut self, list: &'e Listed<Template>) -> Option<usize> {
        let next = self.known.len();
        (!self.is_closed).then(|| *self.known.entry(list).or_insert(next))
    }
}

/// A context that one principal after the other is asked with.
#[derive(Debug)]
pub(super) struct Asking(Context);

impl Asking {
    pub(super) fn new(shared: &Context) -> Self {
        Self(shared.clone())
    }

    /// With these facts about a principal in place of the last one's.
    pub(super) fn with(
        &mut self,
        estate: &Estate,
        identity: &Identity,
        keys: &[String],
    ) -> &Context {
        for key in keys.iter().filter(|key| is_of_principal(key)) {
            self.0.forget(key);
            facts::know(&mut self.0, estate, identity, key);
        }
        &self.0
    }
}

/// A statement.
#[derive(Debug)]
pub(super) struct Entry<'e> {
    pub(super) statement: &'e Statement,
    /// Which of the distinct lists its resources are.
    pub(super) list: Option<usize>,
    /// Conditions that are about the request alone.
    shared: Vec<&'e Condition>,
    /// Conditions that are about who asks alone.
    pub(super) own: Vec<Arc<Own<'e>>>,
    /// Conditions that are about both.
    mixed: Vec<&'e Condition>,
    /// What must be known about who asks for the resources and the mixed conditions.
    keys: Vec<String>,
}

impl<'e> Entry<'e> {
    pub(super) fn of(
        statement: &'e Statement,
        conditions: &mut Conditions<'e>,
        lists: &mut Lists<'e>,
    ) -> Self {
        let mut entry = Self {
            statement,
            list: statement.resources().and_then(|list| lists.place(list)),
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
                all if all == keys.len() => entry.own.push(conditions.find(condition, keys)),
                _ => {
                    entry.mixed.push(condition);
                    keys.retain(|key| is_of_principal(key));
                    entry.keys.append(&mut keys);
                }
            }
        }
        entry
    }

    /// Whether the conditions that are about the request alone hold.
    pub(super) fn shared_holds(&self, shared: &Context) -> Truth {
        let mut truth = Truth::Yes;
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

    /// Whether it is the same for all of an account then.
    pub(super) fn is_of_accounts(&self) -> bool {
        self.keys.iter().all(|key| facts::is_of_account(key))
    }

    /// Whether a condition must.
    pub(super) fn has_mixed(&self) -> bool {
        !self.mixed.is_empty()
    }

    /// Whether the resources and the mixed conditions match for one principal; what is about the request alone is in
    /// `truth` already.
    pub(super) fn mixed_truth(
        &self,
        truth: Truth,
        resource: &str,
        estate: &Estate,
        identity: &Identity,
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
