//! Keys of usage read back, are in the order of what they name, and stay within DynamoDB's limit.

use proptest::prelude::*;

use super::*;
use crate::store::key::{SORT_KEY_LIMIT, cursor, from_cursor};

/// The longest partition key.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys>
const PARTITION_KEY_LIMIT: usize = 2048;

fn names() -> impl Strategy<Value = String> {
    prop_oneof!["[0-9]{12}", "[a-z#~%|/-]{0,12}", "\\PC{0,20}", "[a-zé#\0]{700,1500}"]
}

fn hours() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MIN), Just(i64::MAX), -100_i64..100, 498_000_i64..499_000, any::<i64>()]
}

proptest! {
    #[test]
    fn accounts_read_back_and_are_told_apart(one in names(), other in names()) {
        let key = account(&one);
        let found = account_of(&key.sort, whole_account(&one).as_deref()).unwrap();
        prop_assert_eq!(&found, &one);
        prop_assert_eq!(one == other, key == account(&other));
        prop_assert_eq!(one == other, partition(&one, 7) == partition(&other, 7));
        prop_assert!(key.sort.len() <= SORT_KEY_LIMIT);
        prop_assert!(partition(&one, i64::MIN).len() <= PARTITION_KEY_LIMIT);
    }

    #[test]
    fn cells_are_in_the_order_of_hours(name in names(), one in hours(), other in hours()) {
        let (first, second) = (cell(&name, one), cell(&name, other));
        prop_assert_eq!(hour_of(&first.sort), Some(one));
        prop_assert_eq!(one.cmp(&other), first.sort.cmp(&second.sort));
        let periods = [one, other].map(|hour| period(Day::of_hour(hour)));
        prop_assert_eq!(periods[0] == periods[1], first.partition == second.partition);
        if one < other {
            prop_assert!(periods[0] <= periods[1]);
        }
        prop_assert_eq!(from_cursor(&cursor(&first)), Some(first));
    }

    #[test]
    fn logs_are_in_the_order_of_days_and_regions(
        name in names(), days in [-400_i64..400, -400_i64..400], regions in [names(), names()],
    ) {
        let [one, other] = [0, 1].map(|n| (Day(days[n]), regions[n].as_str()));
        let [first, second] = [one, other].map(|(day, region)| log(&name, day, region));
        prop_assert!(first.sort.len() <= SORT_KEY_LIMIT);
        if regions.iter().all(|region| region.len() <= ID_LIMIT) {
            prop_assert_eq!(day_and_region_of(&first.sort), Some(one));
            prop_assert_eq!(one.cmp(&other), first.sort.cmp(&second.sort));
        } else {
            prop_assert_eq!(one == other, first == second);
        }
        let (from, to) = logs_between(one.0, other.0);
        for (day, key) in [(one.0, &first), (other.0, &second)] {
            let inside = (one.0..=other.0).contains(&day);
            prop_assert_eq!(inside, (&from..=&to).contains(&&key.sort));
        }
    }

    #[test]
    fn parts_belong_to_one_key(
        name in names(), regions in [names(), names()], revision in 1_u64..20_000_000_000, number in 0_usize..20_000,
    ) {
        let hash = form::hash(&name);
        let [one, other] = [0, 1].map(|n| log(&name, Day(3), &regions[n]));
        let key = part(&one, revision, &hash, number);
        prop_assert_eq!(&key.partition, &one.partition);
        prop_assert!(key.sort.len() <= SORT_KEY_LIMIT);
        prop_assert_eq!(part_of(&one, &key.sort), Some((revision, hash.as_str())));
        prop_assert_eq!(part_of(&other, &key.sort).is_some(), one == other);
        prop_assert!(hour_of(&key.sort).is_none() && day_and_region_of(&key.sort).is_none());
    }

    #[test]
    fn sums_read_back(events in any::<u64>(), of in any::<[u64; 5]>()) {
        let [objects, bytes, records, calls, unreadable] = of;
        let held = Held { bytes, records, calls, unreadable };
        for sums in [Sums::Cell { events }, Sums::Log { objects, held }] {
            prop_assert_eq!(Sums::of(&sums.sort()), Some(sums));
        }
    }

    #[test]
    fn objects_are_in_their_order(one in names(), other in names()) {
        let (first, second) = (aside(&one), aside(&other));
        let whole = whole_object(&one);
        prop_assert_eq!(object_of(&first.sort, whole.as_deref()), Some(one.as_str()));
        prop_assert!(first.sort.len() <= SORT_KEY_LIMIT);
        prop_assert_eq!(one == other, first == second);
        let (together, folder) = (format!("{one}/{other}"), format!("{one}/"));
        prop_assert!(aside(&together).sort.starts_with(&aside_prefix(&folder)));
        prop_assert!(first.sort.starts_with(&aside_prefix("")));
        if one.len().min(other.len()) <= ID_LIMIT {
            prop_assert_eq!(one.cmp(&other), first.sort.cmp(&second.sort));
        }
    }
}

#[test]
fn keys_are_what_the_table_of_keys_says() {
    let key = cell("111122223333", 498_872);
    assert_eq!(key.partition, "usage#111122223333#692");
    assert_eq!(key.sort, "cell#8000000000079cb8");
    assert_eq!(part(&key, 2, "ab", 3).sort, "part#cell#8000000000079cb8#0000000002#ab#0003");
    let day = Day::of_hour(498_872);
    assert_eq!(log("111122223333", day, "eu-west-1").sort, "log#8000000000005132#eu-west-1");
    assert_eq!(log("111122223333", day, "eu-west-1").partition, key.partition);
    assert_eq!(account("111122223333").sort, "account#111122223333");
    assert_eq!(index_partition("111122223333"), "usage#111122223333");
    assert_eq!(aside("a/b.json.gz").sort, "object#a/b.json.gz");
}

#[test]
fn strange_keys_are_refused() {
    for sort in
        ["", "cell#", "cell#xyz", "log#", "log#zz#eu", "part#cell#0#1", "cell#8000000000079cb8#1"]
    {
        assert_eq!(hour_of(sort), None, "{sort}");
        assert_eq!(day_and_region_of(sort), None, "{sort}");
    }
    for sort in ["", "cell#", "cell#-1", "log#1#2#3#4", "log#1#2#3#4#5#6", "log#1#2#3#4#x"] {
        assert_eq!(Sums::of(sort), None, "{sort}");
    }
    assert!(account_of("account#%FF", None).is_err());
    assert!(account_of("nonsense", None).is_err());
    assert_eq!(object_of("nonsense", None), None);
    let key = cell("1", 1);
    for end in ["", "1#a#0000", "0000000001#a", "0000000001#a#1", "0000000001#a#000x"] {
        assert_eq!(part_of(&key, &format!("{}{end}", part_prefix(&key))), None, "{end}");
    }
}
