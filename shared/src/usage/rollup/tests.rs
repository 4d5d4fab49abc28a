//! Sums are of sets of cells: order and repetition do not matter, nothing is lost between hour and day.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::activity::EventTime;
use crate::usage::fold::HourFold;
use crate::usage::fold::tests::{Dice, Made, stream};
use crate::usage::object::ObjectSet;

const ACCOUNT: &str = "111122223333";

/// Cells of some hours over three days, and the events that they were folded from.
fn cells(seed: u64, hours: &[i64]) -> (Vec<Hour>, Vec<Made>) {
    let (mut cells, mut events) = (Vec::new(), Vec::new());
    let mut dice = Dice(seed);
    for (id, hour) in (0..).map(|n| n * 1_000).zip(hours) {
        let mut made = stream(dice.roll(1_000) + 1, 60);
        let mut fold = HourFold::new(ACCOUNT, *hour);
        for made in &mut made {
            made.id += id;
            made.time = EventTime(hour * 3_600_000 + made.time.0 % 3_600_000);
            fold.add(&made.activity());
        }
        events.append(&mut made);
        cells.push(fold.finish(ObjectSet::default()));
    }
    (cells, events)
}

fn summed<'a>(cells: impl IntoIterator<Item = &'a Hour>) -> Usage {
    let mut rollup = Rollup::new(ACCOUNT);
    for cell in cells {
        rollup.add(cell);
    }
    rollup.finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn neither_order_nor_repetition_matters(
        seed in 1_u64..,
        hours in proptest::collection::btree_set(498_860_i64..498_932, 0..20),
    ) {
        let hours: Vec<i64> = hours.into_iter().collect();
        let (cells, _) = cells(seed, &hours);
        let expected = summed(&cells);
        prop_assert_eq!(expected.hours(), cells.len());
        let mut again: Vec<&Hour> = cells.iter().chain(&cells).collect();
        Dice(seed).shuffle(&mut again);
        prop_assert_eq!(summed(again), expected);
    }

    #[test]
    fn sums_are_those_of_the_events(
        seed in 1_u64..,
        hours in proptest::collection::btree_set(498_860_i64..498_932, 0..20),
    ) {
        let hours: Vec<i64> = hours.into_iter().collect();
        let (cells, events) = cells(seed, &hours);
        let usage = summed(&cells);
        let mut slow: BTreeMap<(&str, &str, Day), Tally> = BTreeMap::new();
        for made in &events {
            let one = Tally::one(made.time, made.outcome);
            let key = (&*made.principal, &*made.name, Day::of(made.time));
            slow.entry(key).and_modify(|sum| sum.merge(&one)).or_insert(one);
        }
        let found: Vec<_> = usage
            .calls()
            .map(|(day, call)| ((call.principal, call.name, day), call.tally))
            .collect();
        prop_assert_eq!(found, slow.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn every_kind_of_row_is_summed() {
    let (cells, _) = cells(5, &[498_870, 498_871, 498_900]);
    let usage = summed(&cells);
    let count = |tallies: &mut dyn Iterator<Item = Tally>| tallies.map(|tally| tally.count).sum();
    let sums: [u64; 5] = [
        count(&mut usage.touched().map(|(_, row)| row.tally)),
        count(&mut usage.sessions().map(|(_, row)| row.tally)),
        count(&mut usage.origins().map(|(_, row)| row.tally)),
        count(&mut usage.keys().map(|(_, row)| row.tally)),
        count(&mut usage.other_sessions().map(|(_, row)| row.tally)),
    ];
    let expected: [u64; 5] = cells.iter().fold([0; 5], |sums, cell| {
        let of_cell: [u64; 5] = [
            count(&mut cell.touched().map(|row| row.tally)),
            count(&mut cell.sessions().map(|row| row.tally)),
            count(&mut cell.origins().map(|row| row.tally)),
            count(&mut cell.keys().map(|row| row.tally)),
            count(&mut cell.other_sessions().map(|row| row.tally)),
        ];
        std::array::from_fn(|at| sums[at] + of_cell[at])
    });
    assert_eq!(sums, expected);
    assert!(sums[..4].iter().all(|sum| *sum > 0));
    assert!(usage.origins().is_sorted_by_key(|(day, row)| (
        row.principal,
        row.caller,
        row.from,
        day
    )));
    assert_eq!((usage.account(), usage.other_origins().count()), (ACCOUNT, 0));
}

#[test]
fn a_cell_of_another_account_does_not_count() {
    let cell = HourFold::new("444455556666", 498_870).finish(ObjectSet::default());
    let mut rollup = Rollup::new(ACCOUNT);
    assert!(!rollup.add(&cell));
    assert_eq!(rollup.finish().hours(), 0);
}
