//! What accesstrail needs to be allowed: the calls that every collector declares, and its own.

use super::call::{Call, Tier, When};
use super::registry::ALL;
use super::{Collect, Place};
use crate::permission::{Need, Side};

/// Enters another account.
pub const ASSUME_ROLE: Call = Call {
    action: "sts:AssumeRole",
    capability: "other-accounts",
    tier: Tier::Four,
    when: When::Always,
    why: "enters the role in each other account",
    lost: "every account but the one of the credentials",
};

/// Asks IAM what it would say to a call.
pub const SIMULATE: Call = Call {
    action: "iam:SimulatePrincipalPolicy",
    capability: "simulation",
    tier: Tier::Four,
    when: When::Asked,
    why: "lets `accesstrail doctor` tell of actions that it found nothing to try on",
    lost: "`doctor` says `unknown` of actions that it found nothing to try on",
};

/// The calls that no collector makes: who makes them, and with which role.
const OWN: [(&str, Side, Call); 2] =
    [("sessions", Side::Hub, ASSUME_ROLE), ("doctor", Side::Account, SIMULATE)];

/// Everything that is declared, in the order of the registry.
pub fn all() -> Vec<Need> {
    let of_collectors = ALL.iter().flat_map(|collector| of(*collector));
    let own = OWN.iter().map(|(name, side, call)| need(name, *side, call, None));
    of_collectors.chain(own).collect()
}

/// What a collector declares.
pub fn of(collector: &dyn Collect) -> impl Iterator<Item = Need> {
    let (name, side) = (collector.name(), side(collector.place()));
    let capabilities = collector.capabilities();
    collector.calls().iter().map(move |call| {
        let info = capabilities.iter().find(|info| info.name == call.capability);
        need(name, side, call, info.and_then(|info| info.needs))
    })
}

fn side(place: Place) -> Side {
    match place {
        Place::Organization | Place::IdentityCenter => Side::Organization,
        Place::EachAccount | Place::EachRegion => Side::Account,
    }
}

fn need(
    collector: &'static str,
    side: Side,
    call: &Call,
    starts_from: Option<&'static str>,
) -> Need {
    Need {
        action: call.action,
        collector,
        capability: call.capability,
        starts_from,
        tier: call.tier,
        side,
        when: call.when,
        why: call.why,
        lost: call.lost,
    }
}

#[cfg(test)]
mod tests;
