//! The catalogue of actions: what it adds to the binary, and how long it takes until it can be asked.

use std::time::Duration;

use accesstrail_shared::policy::catalogue::{Catalogue as _, Table, published};

use crate::clock::best;
use crate::table::{Row, print};

const TABLE: &[u8] = include_bytes!("../../../shared/src/policy/catalogue/table.zlib");

pub(crate) fn run() {
    let unpacked = Table::unpack(TABLE);
    assert_eq!(unpacked.services(), published().services());
    let action = unpacked.action("s3:GetObject");
    assert!(action.is_some() && action == published().action("s3:GetObject"));
    let size = (TABLE.len() as u64).div_ceil(1024);
    let loaded = best(9, || Table::unpack(TABLE));
    let rows = [
        Row::new(["in the binary".to_owned()]).amount(size, "KiB", 450),
        Row::new(["first use".to_owned()]).goal(loaded, Duration::from_millis(5)),
    ];
    print("The catalogue of actions", &[""], &rows);
}
