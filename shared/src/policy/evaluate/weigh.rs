//! One layer against a request: what it denies, what it allows, and how it names who asks.

use crate::policy::compiled::{Policy, Statement};
use crate::policy::document::{Effect, Problem};
use crate::policy::principal::{Bounded, Naming};
use crate::policy::truth::Truth;

use super::layers::Layer;
use super::request::Request;

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The layer.
    pub layer: Layer,
    /// The level, from 0 at the root; 0 in layers without levels.
    pub level: usize,
    /// The policy in its layer and level, from 0.
    pub policy: usize,
}

/// Takes down what speaks about a request. Whoever wants only the decision takes nothing down.
pub trait Notes<'p> {
    /// A statement that matches, or may.
    fn statement(&mut self, place: Place, statement: &'p Statement, truth: Truth, naming: Naming);
    /// A policy that cannot be judged wholly.
    fn problem(&mut self, place: Place, problem: &'p Problem);
    /// Whether the first certain `Deny` is enough.
    fn is_brief(&self) -> bool;
}

/// Nothing is taken down.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl<'p> Notes<'p> for Nothing {
    #[inline]
    fn statement(&mut self, _: Place, _: &'p Statement, _: Truth, _: Naming) {}
    #[inline]
    fn problem(&mut self, _: Place, _: &'p Problem) {}
    #[inline]
    fn is_brief(&self) -> bool {
        true
    }
}

/// What a layer says about a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weight {
    /// Whether it denies.
    pub deny: Truth,
    /// Whether it allows, by naming who asks in any way.
    pub allow: Truth,
    /// Whether it allows who asks by name, or everyone.
    pub itself: Truth,
    /// Whether it allows the role of who asks, or who asks.
    pub role: Truth,
    /// Whether some of it cannot be judged.
    pub is_unclear: bool,
}

impl Weight {
    /// Weighs a policy.
    #[inline]
    pub fn add<'p>(
        &mut self,
        policy: &'p Policy,
        place: Place,
        request: &Request,
        bounded: Bounded,
        notes: &mut impl Notes<'p>,
    ) {
        for statement in policy.statements() {
            let Some((truth, naming)) = statement.matched(request, bounded) else { continue };
            notes.statement(place, statement, truth, naming);
            match statement.effect {
                Effect::Deny => {
                    self.deny = self.deny | truth;
                    if self.deny.is_yes() && notes.is_brief() {
                        return;
                    }
                }
                Effect::Allow => self.allow_by(naming, truth),
            }
        }
        for problem in policy.problems() {
            notes.problem(place, problem);
            self.is_unclear = true;
            self.deny = self.deny | Truth::Maybe;
            self.allow_by(Naming::Itself, Truth::Maybe);
        }
    }

    #[inline]
    fn allow_by(&mut self, naming: Naming, truth: Truth) {
        self.allow = self.allow | truth;
        if naming >= Naming::Role {
            self.role = self.role | truth;
        }
        if naming == Naming::Itself {
            self.itself = self.itself | truth;
        }
    }
}
