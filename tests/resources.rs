//! The resources of the organization: all of them found, nothing of theirs read, and the same under an AWS
//! that pages, refuses and breaks.

#![expect(clippy::unwrap_used, reason = "helpers of tests: what is unexpected ends the test")]

#[path = "resources/deny.rs"]
mod deny;
#[path = "resources/found.rs"]
mod found;
#[path = "resources/pages.rs"]
mod pages;
#[path = "resources/wire.rs"]
mod wire;

use std::collections::BTreeSet;

use accesstrail_shared::collect::{Call, Collect, Tier, registry};
use accesstrail_tests::compare::Scene;
use accesstrail_tests::world::World;

/// The accounts that have something of everything between them.
const MEMBERS: [&str; 4] = ["data-lake", "payments-prod", "web-prod", "sandbox"];

/// The collectors of resources.
fn collectors() -> impl Iterator<Item = &'static dyn Collect> {
    let of_resources = |it: &&dyn Collect| it.calls().iter().all(|call| call.tier == Tier::Three);
    registry::ALL.iter().copied().filter(of_resources)
}

/// The calls that an inventory of resources makes by itself.
fn declared() -> BTreeSet<&'static str> {
    let when = accesstrail_shared::collect::When::Always;
    let always = |call: &&Call| call.when == when;
    collectors().flat_map(Collect::calls).filter(always).map(|call| call.action).collect()
}

/// All resources of some accounts.
fn scene(world: &World) -> Scene {
    let names: Vec<&str> = collectors().map(Collect::name).collect();
    Scene::with(world, &MEMBERS).only(&names)
}
