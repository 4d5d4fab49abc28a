//! Who lives in an account.

use super::{
    operation::Operation,
    plan::Plan,
    principal::{Kind, Principal},
    random::Random,
    template::Names,
};

/// The principals of an account.
#[derive(Debug)]
pub(super) struct Population<'a> {
    pub(super) account: &'a str,
    actors: Vec<Principal>,
    made: Vec<Principal>,
    /// Of the actors.
    pub(super) names: Names,
    /// The other accounts of the plan, with whether their logs are still to come.
    others: Vec<Other<'a>>,
}

/// Another account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Other<'a> {
    pub(super) id: &'a str,
    /// Whether its logs are written after those of this account.
    pub(super) is_later: bool,
}

impl<'a> Population<'a> {
    pub(super) fn of(plan: &'a Plan, account: &'a str) -> Self {
        let actors = plan.actors.get(account).into_iter().flatten();
        let mut others = Vec::new();
        let mut is_later = false;
        for id in &plan.accounts {
            if id == account {
                is_later = true;
            } else {
                others.push(Other { id, is_later });
            }
        }
        let actors: Vec<Principal> =
            actors.filter_map(|actor| Principal::named(plan.seed, actor)).collect();
        let names = |kind: Kind| {
            let of_kind = actors.iter().filter(|actor| actor.kind == kind);
            of_kind.map(|actor| actor.name.clone()).collect()
        };
        let names = Names { users: names(Kind::User), roles: names(Kind::Role) };
        let kind = (!actors.is_empty()).then_some(Kind::Service);
        let made = (0..plan.principals)
            .map(|number| Principal::made(plan.seed, account, number, kind))
            .collect();
        Self { account, actors, made, names, others }
    }

    /// A principal that is active on a day, and what it calls in a region.
    pub(super) fn draw(
        &self,
        region: &str,
        day: u64,
        random: &mut Random,
    ) -> Option<(&Principal, &'static Operation)> {
        // Who makes no call in this region, or none on this day, leaves the turn to another.
        for _ in 0..20 {
            let actor = !self.actors.is_empty() && (self.made.is_empty() || random.chance(666_000));
            let principal = if actor {
                random.pick(&self.actors)
            } else {
                // The busiest two make a seventh of all calls.
                let place = match random.below(100) {
                    0..9 => 0,
                    9..14 => 1,
                    _ => random.early_place(self.made.len()),
                };
                self.made.get(place)
            };
            let Some(principal) = principal.filter(|it| it.is_active(day)) else { continue };
            if let Some(operation) = principal.call(region, random) {
                return Some((principal, operation));
            }
        }
        None
    }

    /// Another account: of the plan, or one outside.
    pub(super) fn other(&self, random: &mut Random) -> Other<'a> {
        let outside = Other { id: "123456789012", is_later: false };
        random.pick(&self.others).copied().unwrap_or(outside)
    }
}
