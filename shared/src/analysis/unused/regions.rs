//! Where use would not have been seen: the regions of an account that have no logs.

use std::collections::{BTreeMap, BTreeSet};

use super::Question;
use crate::model::{Entity, Kind, Snapshot};
use crate::usage::coverage::Seen;

/// The regions without any log in the days that were asked for, by account; an account that has none of them is left
/// out.
///
/// They are of those that the account has enabled, as the inventory says, or that have logs of it on other days. A
/// region where nobody does anything has no logs either, so that this says where nothing was seen, not what is missing.
pub fn regions_without_logs(
    snapshot: &Snapshot,
    seen: &Seen,
    question: &Question,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut without: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for stored in snapshot.of_kind(Kind::AccountRegions) {
        if let Entity::AccountRegions(it) = &stored.entity {
            let regions = without.entry(it.account.to_string()).or_default();
            regions.extend(it.enabled().map(ToString::to_string));
        }
    }
    for account in seen.accounts() {
        let regions = without.entry(account.to_owned()).or_default();
        regions.extend(seen.regions(account).map(str::to_owned));
    }
    without.retain(|account, regions| {
        let asked = seen.unused(account, None, question.start(), question.as_of);
        regions
            .retain(|region| seen.stretch(account, Some(region), asked.from, asked.to).is_unseen());
        !regions.is_empty()
    });
    without
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::resource::{AccountRegions, OptIn};
    use crate::model::{Stored, Timestamp};
    use crate::usage::coverage::{Held, LogDay};
    use crate::usage::day::Day;
    use crate::usage::fold::tests::at;
    use crate::usage::object::ObjectId;

    const ACCOUNT: &str = "111122223333";
    const OTHER: &str = "444455556666";

    fn snapshot(account: &str, regions: &[(&str, OptIn)]) -> Snapshot {
        let regions = regions.iter().map(|(name, state)| (name.parse().unwrap(), *state));
        let regions =
            AccountRegions { account: account.parse().unwrap(), regions: regions.collect() };
        let time: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        let stored = Stored {
            scope: format!("{account}/aws-global/regions/regions").parse().unwrap(),
            entity: Entity::AccountRegions(regions),
            hash: String::new(),
            first_seen: time,
            last_seen: time,
            changed: time,
            observed: time,
            deleted: None,
        };
        Snapshot::new([stored], [])
    }

    fn seen(logs: &[(&str, &str, &str)]) -> Seen {
        let mut seen = Seen::default();
        for (account, region, day) in logs {
            let delivered = at(&format!("{day}T10:00:00Z"));
            let mut log = LogDay::new(account, region, Day::of(delivered));
            assert!(log.add(ObjectId(1), delivered, &Held::default()));
            seen.add(&log);
        }
        seen
    }

    fn told(snapshot: &Snapshot, seen: &Seen) -> String {
        let question = Question { as_of: at("2026-11-29T12:00:00Z"), days: 10, all: false };
        let without = regions_without_logs(snapshot, seen, &question);
        let line = |(account, regions): (String, BTreeSet<String>)| {
            format!("{account}: {}", regions.into_iter().collect::<Vec<_>>().join(" "))
        };
        without.into_iter().map(line).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn regions_are_of_the_inventory_and_of_the_logs() {
        use OptIn::{NotOptedIn, NotRequired, OptedIn};
        let inventory = snapshot(
            ACCOUNT,
            &[
                ("eu-west-1", NotRequired),
                ("us-east-1", NotRequired),
                ("ap-east-1", OptedIn),
                ("me-south-1", NotOptedIn),
            ],
        );
        let logs = [
            (ACCOUNT, "us-east-1", "2026-11-19"),
            // Before and after the days that were asked for.
            (ACCOUNT, "eu-west-1", "2026-11-18"),
            (ACCOUNT, "eu-west-1", "2026-11-29"),
            (ACCOUNT, "sa-east-1", "2026-11-01"),
            (OTHER, "us-east-1", "2026-11-28"),
        ];
        let none = Snapshot::default();
        let own = "111122223333: ap-east-1 eu-west-1";
        assert_eq!(told(&inventory, &seen(&logs)), format!("{own} sa-east-1"));
        assert_eq!(told(&none, &seen(&logs)), "111122223333: eu-west-1 sa-east-1");
        assert_eq!(told(&inventory, &Seen::default()), format!("{own} us-east-1"));
        assert_eq!(told(&none, &seen(&logs[4..])), "", "all that is known has logs");
        assert_eq!(told(&none, &Seen::default()), "");
    }
}
