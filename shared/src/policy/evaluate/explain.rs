//! Why a request comes to its decision: the statements that decided, what is missing, and a sentence.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use crate::policy::Policy;
use crate::policy::compiled::Statement;
use crate::policy::document::{self, Effect, Problem};
use crate::policy::principal::Naming;
use crate::policy::truth::Truth;

use super::exempt::Exempt;
use super::layers::{Layer, Layers};
use super::request::{Owner, Request, Rule};
use super::weigh::{Notes, Place};
use super::{Decision, Weights};

/// A statement that decided, or may.
#[derive(Clone, Copy, Debug)]
pub struct Deciding<'p> {
    /// Where it stands.
    pub place: Place,
    /// The statement.
    pub statement: &'p Statement,
    /// Whether it certainly matches.
    pub truth: Truth,
    naming: Naming,
}

/// A condition that hangs on a key whose value is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residual<'p> {
    /// The effect of its statement.
    pub effect: Effect,
    /// Where it stands.
    pub place: Place,
    /// The statement in its policy, from 0.
    pub statement: usize,
    /// What must hold for the statement to match.
    pub condition: &'p document::Condition,
}

/// A decision and why.
#[derive(Clone, Debug)]
pub struct Outcome<'p> {
    /// The decision.
    pub decision: Decision,
    /// The statements that decided, in the order of the layers; none where nothing allows.
    pub decided_by: Vec<Deciding<'p>>,
    /// The keys that a conditional decision hangs on, each once, in order.
    pub missing_keys: Vec<String>,
    /// The conditions that it hangs on.
    pub residual: Vec<Residual<'p>>,
    /// The decision in a sentence.
    pub reason: String,
}

/// Decides a request and says why.
pub fn explain<'p, P: Borrow<Policy>>(request: &Request, layers: &Layers<'p, P>) -> Outcome<'p> {
    let mut book = Book::default();
    let weights = Weights::of(request, layers, &mut book);
    let decision = weights.decision(request);
    let decided_by = book.deciding(decision, request, &weights);
    let mut outcome = Outcome {
        decision,
        decided_by,
        missing_keys: Vec::new(),
        residual: Vec::new(),
        reason: reason(decision, request, &weights, &book),
    };
    if decision == Decision::Conditional {
        outcome.name_what_is_missing(request);
    }
    outcome
}

/// What was taken down.
#[derive(Default)]
struct Book<'p> {
    statements: Vec<Deciding<'p>>,
    problems: Vec<(Place, &'p Problem)>,
}

impl<'p> Notes<'p> for Book<'p> {
    fn statement(&mut self, place: Place, statement: &'p Statement, truth: Truth, naming: Naming) {
        self.statements.push(Deciding { place, statement, truth, naming });
    }

    fn problem(&mut self, place: Place, problem: &'p Problem) {
        self.problems.push((place, problem));
    }

    fn is_brief(&self) -> bool {
        false
    }
}

impl<'p> Book<'p> {
    fn deciding(
        &self,
        decision: Decision,
        request: &Request,
        weights: &Weights,
    ) -> Vec<Deciding<'p>> {
        let is_open = |layer| match layer {
            Layer::ServiceControl => self.open_levels(Layer::ServiceControl),
            Layer::Endpoint => weights.endpoint == Truth::Maybe,
            Layer::ResourceControl => false,
            _ if weights.grant(request) != Truth::Maybe => false,
            Layer::Resource => true,
            Layer::Identity => weights.identity == Truth::Maybe,
            Layer::Boundary => weights.boundary == Truth::Maybe,
            Layer::Session => weights.session == Truth::Maybe,
        };
        // Who only has the account named is left to the account.
        let is_delegation = |note: &Deciding<'_>| {
            note.place.layer == Layer::Resource
                && note.naming == Naming::Account
                && (request.owner(), request.rule()) == (Owner::Same, Rule::Usual)
        };
        let decides = |note: &&Deciding<'p>| match (decision, note.statement.effect, note.truth) {
            (Decision::ImplicitlyDenied, ..) => false,
            (Decision::ExplicitlyDenied, effect, truth) => effect == Effect::Deny && truth.is_yes(),
            (_, Effect::Deny, _) => true,
            (Decision::Allowed, _, truth) => truth.is_yes() && !is_delegation(note),
            (_, _, Truth::Yes) => !is_delegation(note),
            (..) => is_open(note.place.layer) && !is_delegation(note),
        };
        self.statements.iter().filter(decides).copied().collect()
    }

    /// Whether a level of the layer allows only perhaps.
    fn open_levels(&self, layer: Layer) -> bool {
        let mut levels: BTreeMap<usize, Truth> = BTreeMap::new();
        let of_layer = self
            .statements
            .iter()
            .filter(|note| note.place.layer == layer && note.statement.effect == Effect::Allow);
        for note in of_layer {
            let level = levels.entry(note.place.level).or_default();
            *level = *level | note.truth;
        }
        levels.values().any(|level| *level == Truth::Maybe)
    }
}

impl<'p> Outcome<'p> {
    fn name_what_is_missing(&mut self, request: &Request) {
        let mut keys: BTreeMap<String, String> = BTreeMap::new();
        let mut add = |key: &str| {
            keys.entry(key.to_lowercase()).or_insert_with(|| key.to_owned());
        };
        for note in self.decided_by.iter().filter(|note| note.truth == Truth::Maybe) {
            let statement: &'p Statement = note.statement;
            statement.open_variables(request).for_each(&mut add);
            for condition in statement.open_conditions(request) {
                condition.unknown(request.context()).into_iter().for_each(&mut add);
                self.residual.push(Residual {
                    effect: note.statement.effect,
                    place: note.place,
                    statement: note.statement.index,
                    condition: &condition.written,
                });
            }
        }
        self.missing_keys = keys.into_values().collect();
    }
}

/// The decision in a sentence.
fn reason(decision: Decision, request: &Request, weights: &Weights, book: &Book<'_>) -> String {
    match decision {
        Decision::Allowed if request.exempt() == Exempt::Free => {
            "it needs no permission".to_owned()
        }
        Decision::Allowed => "every layer that must allow the request does".to_owned(),
        Decision::ExplicitlyDenied => "a statement denies the request".to_owned(),
        Decision::ImplicitlyDenied => denied(request, weights).to_owned(),
        Decision::Conditional => "it hangs on keys whose values are not known".to_owned(),
        Decision::Unknown => match book.problems.first() {
            Some((place, problem)) => {
                format!("{} {} cannot be judged: {problem}", place.layer, place.policy + 1)
            }
            None => "a policy cannot be judged".to_owned(),
        },
    }
}

/// Which layer does not allow.
fn denied(request: &Request, weights: &Weights) -> &'static str {
    let grant = weights.grant(request);
    match (request.owner(), request.rule()) {
        _ if weights.scp.is_no() => "a level of the service control policies does not allow it",
        _ if weights.endpoint.is_no() => "the policy of the VPC endpoint does not allow it",
        _ if request.exempt() == Exempt::Kept => "AWS keeps it to itself: nobody can change it",
        _ if !grant.is_no() => "the layers that are certain do not allow it",
        _ if request.is_outside() => "the policy of the resource does not allow it",
        (_, Rule::Trust) if weights.resource.allow.is_no() => {
            "the trust of the role does not allow it"
        }
        (_, Rule::Key) if weights.resource.allow.is_no() => {
            "the policy of the key does not allow it"
        }
        (Owner::Other, _) if weights.resource.allow.is_no() => {
            "the policy of the resource, which is another account's, does not allow it"
        }
        _ if weights.identity.is_no() => "no policy of who asks allows it",
        _ if weights.boundary.is_no() => "the permissions boundary does not allow it",
        _ if weights.session.is_no() => "the policy of the session does not allow it",
        _ => "nothing allows it",
    }
}
