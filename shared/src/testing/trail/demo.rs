//! The plan of the demo: an organization with little traffic, whose users and roles have habits that show.

use super::{
    clock::Moment,
    plan::{Plan, Shape},
    principal::Actor,
    random::Random,
};

/// Days of the demo.
const DAYS: u64 = 35;

impl Plan {
    /// An organization over 35 days, some 70 records a day for each account and region. `accounts` names users and
    /// roles by ARN. What each does follows from the seed and its ARN: of ten about six are active all along, one
    /// stops midway, one starts midway, two never do anything; see [`Plan::actors`].
    ///
    /// An account and region makes about 360 logs and 850 digests.
    pub fn demo(
        seed: u64,
        organization: &str,
        accounts: &[(String, Vec<String>)],
        regions: &[String],
        from: Moment,
    ) -> Self {
        let actors = accounts.iter().map(|(account, arns)| {
            (account.clone(), arns.iter().map(|arn| actor(seed, arn)).collect())
        });
        Self {
            seed,
            organization: Some(organization.to_owned()),
            accounts: accounts.iter().map(|(account, _)| account.clone()).collect(),
            regions: regions.to_vec(),
            from,
            days: DAYS,
            shape: Shape {
                files_per_day: 10,
                records: &[(0, 1), (500_000, 5), (900_000, 14), (1_000_000, 40)],
            },
            principals: 8,
            actors: actors.collect(),
            ..Self::default()
        }
    }
}

/// A principal with a habit of its own.
fn actor(seed: u64, arn: &str) -> Actor {
    let mut random = Random::of(seed, &["habit", arn]);
    let midway = random.between(4, DAYS - 6);
    let (from, until) = match random.below(10) {
        0..6 => (0, DAYS + 1),
        6 => (0, midway),
        7 => (midway, DAYS + 1),
        _ => (0, 0),
    };
    Actor { arn: arn.to_owned(), from, until, services: Vec::new() }
}
