//! What the old policy and the new one say, and what of it changed.

use std::collections::{BTreeSet, HashMap};

use super::cell::fixed;
use super::narrow::Narrow;
use crate::access::grants::text;
use crate::policy::compiled::{Policy, Statement};
use crate::policy::document::{Effect, Listed};
use crate::policy::evaluate::{Context, Mode};
use crate::policy::truth::Truth;
use crate::policy::variable::Template;

/// Patterns of a statement that changed.
pub(super) struct Base {
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<Template>,
}

/// What a statement says, wherever it applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Said {
    pub(super) effect: Effect,
    /// The same for statements with the same effect, principals and conditions.
    what: usize,
    /// Whether that hangs on conditions or variables.
    pub(super) is_open: bool,
}

/// What the old and the new policy say.
pub(super) struct Says<'p> {
    pub(super) old: Vec<(&'p Statement, usize)>,
    pub(super) new: Vec<(&'p Statement, usize)>,
    pub(super) are_as_clear: bool,
}

impl<'p> Says<'p> {
    pub(super) fn of(old: &'p Policy, new: &'p Policy) -> Self {
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut of = |policy: &'p Policy| {
            let what = |it: &'p Statement| {
                let key = format!("{:?} {:?} {:?}", it.effect, it.principals(), it.conditions());
                let next = known.len();
                (it, *known.entry(key).or_insert(next))
            };
            policy.statements().iter().map(what).collect::<Vec<_>>()
        };
        let (said, says) = (of(old), of(new));
        let are_as_clear = old.problems() == new.problems();
        Self { old: said, new: says, are_as_clear }
    }

    /// What a policy says about a request, as far as that is known of anybody.
    pub(super) fn about(
        statements: &[(&Statement, usize)],
        action: &str,
        resource: &str,
    ) -> BTreeSet<Said> {
        let nothing = Context::new(Mode::Discovery);
        let about = statements.iter().filter(|(it, _)| it.is_for_action(action));
        let said = about.filter_map(|(it, what)| {
            let truth = it.is_about(resource, &nothing);
            // What a variable stands for is another for each statement.
            let what = if truth == Truth::Maybe { usize::MAX - it.index } else { *what };
            let is_open = truth == Truth::Maybe || !it.conditions().is_empty();
            (!truth.is_no()).then_some(Said { effect: it.effect, what, is_open })
        });
        said.collect()
    }

    /// What the statements name that are in one of the two alone.
    pub(super) fn bases(&self, narrow: &Narrow<'_>) -> Vec<Base> {
        let is_in = |list: &[(&Statement, usize)], (it, what): &(&Statement, usize)| {
            list.iter().any(|(other, own)| {
                own == what
                    && other.actions() == it.actions()
                    && other.resources() == it.resources()
            })
        };
        let gone = self.old.iter().filter(|said| !is_in(&self.new, said));
        let come = self.new.iter().filter(|said| !is_in(&self.old, said));
        let base = |(it, _): &(&Statement, usize)| Base {
            actions: match it.actions() {
                Listed::In(items) => items.iter().map(text).collect(),
                Listed::NotIn(_) => vec!["*".to_owned()],
            },
            resources: match it.resources() {
                Some(Listed::In(items)) => narrow.within(items),
                Some(Listed::NotIn(_)) | None => narrow.within(&[fixed("*")]),
            },
        };
        let mut bases: Vec<Base> = gone.chain(come).map(base).collect();
        if !self.are_as_clear {
            let resources = narrow.within(&[fixed("*")]);
            bases.push(Base { actions: vec!["*".to_owned()], resources });
        }
        bases
    }
}
