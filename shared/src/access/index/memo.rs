//! Answers that are kept, so that questions that are alike are asked once.

use std::collections::HashMap;
use std::sync::Arc;

use super::alike::{Alike, Key};
use super::query::Half;
use super::round::Round;
use super::{Counting, Index, Set, With};
use crate::access::facts::{self, Given};
use crate::access::question::Question;
use crate::access::target::Target;
use crate::policy::document::Effect;
use crate::policy::evaluate::request::Rule;
use crate::policy::evaluate::{self, Decision};
use crate::policy::principal::Reach;

/// How many who are named one by one are asked about one by one.
const FEW: usize = 24;

/// Who can, and whether there is anybody whose access hangs on conditions.
#[derive(Clone, Debug)]
struct Known {
    allowed: Arc<Set>,
    is_open: bool,
}

/// An index, with the answers that it gave.
#[derive(Debug)]
pub struct Memo<'i, 'e> {
    index: &'i Index<'e>,
    counting: Counting,
    alike: HashMap<String, Arc<Alike<'e>>>,
    halves: HashMap<Key, Arc<Half>>,
    known: HashMap<Key, Known>,
    ever: HashMap<Key, Arc<Set>>,
    nobody: Arc<Set>,
}

impl<'i, 'e> Memo<'i, 'e> {
    /// An index that has not been asked yet, of what is certain.
    pub fn of(index: &'i Index<'e>) -> Self {
        Self::counting(index, Counting::Certain)
    }

    /// An index that has not been asked yet.
    pub fn counting(index: &'i Index<'e>, counting: Counting) -> Self {
        Self {
            index,
            counting,
            alike: HashMap::new(),
            halves: HashMap::new(),
            known: HashMap::new(),
            ever: HashMap::new(),
            nobody: Arc::new(Set::none(index.people.limit)),
        }
    }

    /// The index.
    pub fn index(&self) -> &'i Index<'e> {
        self.index
    }

    /// Nobody.
    pub fn nobody(&self) -> Arc<Set> {
        Arc::clone(&self.nobody)
    }

    /// Who can; nobody where the question is none.
    pub fn allowed(&mut self, action: &str, resource: &str, given: Given<'_>) -> Arc<Set> {
        let asked = self.asked(action, resource, given);
        self.certain(action, resource, given, &asked).allowed
    }

    /// Who can, in the region that they like best where action and resource leave that open.
    pub fn ever(
        &mut self,
        action: &str,
        resource: &str,
        given: Given<'_>,
        regions: &[String],
    ) -> Arc<Set> {
        let asked = self.asked(action, resource, given);
        if let Some(known) = self.ever.get(&asked.whole) {
            return Arc::clone(known);
        }
        let first = self.certain(action, resource, given, &asked);
        let mut found = first.allowed;
        if first.is_open && evaluate::facts::region(action, resource).is_none() {
            // What is possible somewhere is not all possible in one and the same region.
            let is_kept = self.counting == Counting::Certain;
            let mut all = if is_kept { (*found).clone() } else { (*self.nobody).clone() };
            for region in regions {
                all.join(&self.allowed(action, resource, &facts::in_region(given, region)));
            }
            found = Arc::new(all);
        }
        self.ever.insert(asked.whole, Arc::clone(&found));
        found
    }

    fn asked(&mut self, action: &str, resource: &str, given: Given<'_>) -> Asked {
        let alike = if let Some(alike) = self.alike.get(action) {
            Arc::clone(alike)
        } else {
            let alike = Arc::new(self.index.alike(&action.to_lowercase()));
            self.alike.insert(action.to_owned(), Arc::clone(&alike));
            alike
        };
        let target = Target::of(self.index.estate, action, resource);
        let half = self.index.key(&alike, action, resource, &target, given);
        let whole = self.index.whole_key(&half, resource, &target);
        Asked { target, half, whole }
    }

    fn certain(&mut self, action: &str, resource: &str, given: Given<'_>, asked: &Asked) -> Known {
        if let Some(known) = self.known.get(&asked.whole) {
            return known.clone();
        }
        let known = self
            .find(action, resource, given, asked)
            .unwrap_or_else(|| Known { allowed: self.nobody(), is_open: false });
        self.known.insert(asked.whole.clone(), known.clone());
        known
    }

    fn find(
        &mut self,
        action: &str,
        resource: &str,
        given: Given<'_>,
        Asked { target, half, .. }: &Asked,
    ) -> Option<Known> {
        let index = self.index;
        let counting = self.counting;
        let known = |verdict: super::Verdict| {
            let is_open = !verdict.conditional.is_empty();
            Known { allowed: Arc::new(counting.of(verdict)), is_open }
        };
        let round = Round::of(index, target, action, resource, given).ok()?;
        let Some(round) = round.filter(|_| target.behind.is_none()) else {
            let verdict = index.verdict_with(With::THEIR_OWN, action, resource, given).ok()?;
            return Some(known(verdict));
        };
        // Nobody takes a role but whom its trust names.
        if round.request.rule() == Rule::Trust && target.policy.is_some() {
            if let Some(few) = index.few_named(target) {
                return self.one_by_one(&few, action, resource, given, target);
            }
            let mut round = round;
            let half = if let Some(known) = self.halves.get(half) {
                Arc::clone(known)
            } else {
                let made = Arc::new(index.half(With::THEIR_OWN, &mut round));
                self.halves.insert(half.clone(), Arc::clone(&made));
                made
            };
            return Some(known(index.whole(&half, target, &mut round)));
        }
        let mut round = round;
        let half = index.half(With::THEIR_OWN, &mut round);
        Some(known(index.whole(&half, target, &mut round)))
    }

    fn one_by_one(
        &self,
        few: &[usize],
        action: &str,
        resource: &str,
        given: Given<'_>,
        target: &Target,
    ) -> Option<Known> {
        let estate = self.index.estate;
        let mut allowed = Set::default();
        let mut is_open = false;
        for place in few {
            let identity = estate.identities.get(*place)?;
            let question = Question::of(estate, identity, action, resource, target, given).ok()?;
            let decision = question.decide();
            if self.counting.holds(decision) {
                if allowed.is_empty() {
                    allowed = Set::none(self.index.people.limit);
                }
                allowed.add(*place);
            }
            is_open |= decision == Decision::Conditional;
        }
        let allowed = if allowed.is_empty() { self.nobody() } else { Arc::new(allowed) };
        Some(Known { allowed, is_open })
    }
}

/// A question, and what tells it apart: without the policy of the resource, and with it.
struct Asked {
    target: Target,
    half: Key,
    whole: Key,
}

impl Index<'_> {
    /// All whom the policy of a resource may allow something, where they are few and it can be judged.
    fn few_named(&self, target: &Target) -> Option<Vec<usize>> {
        let policy = &target.policy.as_ref()?.policy;
        if !policy.problems().is_empty() {
            return None;
        }
        let mut few = Vec::new();
        for statement in policy.statements().iter().filter(|it| it.effect == Effect::Allow) {
            let Reach::Few { arns, accounts } = statement.reach() else { return None };
            if accounts.iter().any(|account| self.people.accounts.contains_key(account)) {
                return None;
            }
            few.extend(arns.into_iter().filter_map(|arn| self.estate.find(arn)));
        }
        few.sort_unstable();
        few.dedup();
        (few.len() <= FEW).then_some(few)
    }
}
