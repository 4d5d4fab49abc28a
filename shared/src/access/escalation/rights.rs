//! Who has the rights of an administrator.
//!
//! Whoever may do anything in IAM, under every layer, can give itself and others whatever there is. An administrator has
//! it already: its own policies and its boundary let it do anything in most other services too. Policies of the
//! organization do not count there: that one takes a service away from an account makes nobody of it an ordinary user.

use std::collections::BTreeSet;

use super::Escalation;
use crate::access::estate::Identity;
use crate::access::facts::in_region;
use crate::access::index::{Counting, Index, Policies, Set, WhoCan as _, With};
use crate::access::question::{Answer, Question};
use crate::access::target::Target;
use crate::policy::evaluate::Decision;

/// Anything in IAM: asked with a name that no list of actions has.
pub(super) const RIGHTS: &str = "iam:Anything";

/// Anything in other services.
pub(super) const OTHERS: &[&str] =
    &["sts:Anything", "s3:Anything", "ec2:Anything", "kms:Anything", "lambda:Anything"];

/// In how many of these an administrator can do anything.
pub(super) const MOST: usize = 3;

/// What an answer hangs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Open {
    /// What was not collected, or cannot be read.
    pub(super) unknown: BTreeSet<String>,
    /// The keys whose values nobody knows.
    pub(super) keys: BTreeSet<String>,
}

/// Who has the rights of an administrator with these policies.
pub(super) fn administrators(
    index: &Index<'_>,
    policies: Policies,
    regions: &[String],
    counting: Counting,
) -> Set {
    let limit = index.estate().identities.len();
    let anything = |action: &str, is_limited: bool| {
        let mut found = Set::none(limit);
        for region in regions {
            let given = in_region(&[], region);
            let with = With { policies, is_limited };
            if let Ok(verdict) = index.verdict_with(with, action, "*", &given) {
                found.join(&counting.of(verdict));
            }
        }
        found
    };
    let mut all = anything(RIGHTS, true);
    // At each place who can in one service more than at the one before.
    let mut counted = vec![Set::none(limit); MOST];
    for action in OTHERS {
        let mut who = anything(action, false);
        for set in &mut counted {
            let before = set.clone();
            set.join(&who);
            who.keep(&before);
        }
    }
    if let Some(most) = counted.last() {
        all.keep(most);
    }
    all
}

impl Escalation<'_, '_> {
    /// Whether somebody is an administrator: [`administrators`] for one alone, of the estate or not.
    pub(super) fn is_administrator(&self, identity: &Identity) -> bool {
        let estate = self.index().estate();
        let may = |action: &str| {
            let target = Target::of(estate, action, "*");
            let mut each = self.anything(identity, action, &target);
            each.any(|question| self.counting.holds(question.decide()))
        };
        may(RIGHTS) && OTHERS.iter().filter(|action| may(action)).count() >= MOST
    }

    /// The questions whether somebody can do anything in a service, one for each region. Only in IAM policies of the
    /// organization count.
    fn anything<'s>(
        &'s self,
        asks: &'s Identity,
        action: &'s str,
        target: &'s Target,
    ) -> impl Iterator<Item = Question<'s>> {
        let estate = self.index().estate();
        self.regions.iter().filter_map(move |region| {
            let given = in_region(&[], region);
            let question = Question::of(estate, asks, action, "*", target, &given).ok()?;
            Some(if action == RIGHTS { question } else { question.without_organization() })
        })
    }

    /// What it hangs on that somebody is an administrator, or would be one with the policies of one.
    pub(super) fn open_rights(&self, identity: &Identity, policies: Policies) -> Open {
        let powerful;
        let asks = match policies {
            Policies::Own => identity,
            Policies::Administrator => {
                powerful = identity.with_all_rights();
                &powerful
            }
        };
        let estate = self.index().estate();
        let mut open = Open::default();
        for action in std::iter::once(&RIGHTS).chain(OTHERS) {
            let target = Target::of(estate, action, "*");
            let each = self.anything(asks, action, &target);
            let each: Vec<Answer> = each.map(|it| it.answer(estate, action, "*")).collect();
            if each.iter().all(|answer| answer.decision != Decision::Allowed)
                && let Some(answer) =
                    each.into_iter().find(|it| Counting::Possible.holds(it.decision))
            {
                self.open_of(&answer, asks, &target, &mut open);
            }
        }
        open
    }
}
