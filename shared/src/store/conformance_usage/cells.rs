//! Cases: a cell is stored whole, and replaced only by one that was made of its objects and more.

use super::Subject;
use super::act::{ACCOUNT, HOUR, OTHER, cell, cell_named, cell_of, hours};
use crate::port::{SavedCell, UsageQuery};
use crate::usage::fold::HourFold;
use crate::usage::hour::Hour;
use crate::usage::object::{ObjectId, ObjectSet};

async fn save(subject: &Subject, hour: &Hour) -> SavedCell {
    subject.store().save_hour(hour).await.unwrap()
}

async fn stored(subject: &Subject) -> Vec<Hour> {
    hours(subject.store(), &UsageQuery::default(), 100).await
}

pub(super) async fn a_cell_comes_back(subject: Subject) {
    assert_eq!(stored(&subject).await, []);
    let cell = cell(&["a", "b", "d"]);
    assert!(cell.events() > 0 && !cell.objects().far().is_empty());
    assert_eq!(save(&subject, &cell).await, SavedCell::Written);
    assert_eq!(stored(&subject).await, [cell]);
}

pub(super) async fn a_cell_is_of_its_account_and_hour(subject: Subject) {
    let cells = [
        cell_of("", HOUR, &["a"]),
        cell_of(ACCOUNT, HOUR, &["b"]),
        cell_of(ACCOUNT, HOUR + 1, &["c"]),
        cell_of(OTHER, HOUR, &["d"]),
    ];
    for cell in &cells {
        assert_eq!(save(&subject, cell).await, SavedCell::Written);
    }
    assert_eq!(stored(&subject).await, cells);
}

pub(super) async fn a_cell_is_replaced_by_one_of_more_objects(subject: Subject) {
    save(&subject, &cell(&["a"])).await;
    let more = cell(&["a", "b", "c"]);
    assert_eq!(save(&subject, &more).await, SavedCell::Written);
    assert_eq!(stored(&subject).await, [more]);
}

pub(super) async fn a_cell_of_fewer_or_other_objects_conflicts(subject: Subject) {
    let first = cell(&["a", "b"]);
    save(&subject, &first).await;
    for other in [&[][..], &["a"], &["c"], &["b", "c", "d"]] {
        assert_eq!(save(&subject, &cell(other)).await, SavedCell::Conflict, "{other:?}");
        assert_eq!(stored(&subject).await.first(), Some(&first));
    }
}

pub(super) async fn the_same_cell_is_not_written(subject: Subject) {
    let cell = cell(&["a", "b"]);
    save(&subject, &cell).await;
    assert_eq!(save(&subject, &cell).await, SavedCell::Unchanged);
    assert_eq!(stored(&subject).await, [cell]);
}

/// A later program may read more out of the same objects.
pub(super) async fn a_cell_of_the_same_objects_is_corrected(subject: Subject) {
    let right = cell(&["a", "b"]);
    let wrong = cell(&["a"]).with_objects(right.objects().clone());
    save(&subject, &wrong).await;
    assert_eq!(save(&subject, &right).await, SavedCell::Written);
    assert_eq!(stored(&subject).await, [right]);
}

pub(super) async fn an_hour_without_events_is_a_cell(subject: Subject) {
    let empty = HourFold::new(ACCOUNT, HOUR).finish(ObjectSet::new([ObjectId(7)], Vec::new()));
    assert_eq!(save(&subject, &empty).await, SavedCell::Written);
    assert_eq!(stored(&subject).await, [empty]);
}

pub(super) async fn hostile_names_come_back(subject: Subject) {
    let names =
        ["", "\0", "a\0b", "=1+1", "'; DROP TABLE usage_hour; --", "ü🦀", "a/b:c*", "\u{202e}"];
    let names = names.map(str::to_owned);
    let mut cells: Vec<Hour> = names.iter().map(|account| cell_named(account, &names)).collect();
    for cell in &cells {
        assert_eq!(save(&subject, cell).await, SavedCell::Written);
    }
    cells.sort_by_key(|cell| cell.account().to_owned());
    assert_eq!(stored(&subject).await, cells);
}

pub(super) async fn a_large_cell_comes_back(subject: Subject) {
    let names: Vec<String> =
        (0..20_000_u32).map(|n| format!("{:08x}-{n}", n.wrapping_mul(0x9E37_79B9))).collect();
    let cell = cell_named(ACCOUNT, &names[..3_000]);
    assert_eq!(save(&subject, &cell).await, SavedCell::Written);
    let far = names.into_iter().map(|name| format!("AWSLogs/{name}")).collect();
    let objects = cell.objects().unite(&ObjectSet::new((0..20_000).map(ObjectId), far));
    let larger = cell.with_objects(objects);
    assert_eq!(save(&subject, &larger).await, SavedCell::Written);
    assert_eq!(stored(&subject).await, [larger]);
}
