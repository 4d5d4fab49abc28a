//! Credential reports: the bytes of the CSV.

use accesstrail_shared::collect::iam_credentials::report::{self, Report, Row};
use accesstrail_shared::model::credential::{AccessKeyUse, AccessKeys, Mfa};
use accesstrail_shared::model::{Arn, Entity};

use super::is_stored;

pub(super) fn check(bytes: &[u8]) {
    let root: Arn = "arn:aws:iam::111122223333:root".parse().unwrap();
    let Ok(report) = report::read(bytes, &root) else { return };
    // INVARIANT: a report that could be read is UTF-8.
    let text = str::from_utf8(bytes).unwrap();

    let numbers: Vec<usize> = report.set_aside.iter().map(|aside| number(&aside.what)).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    assert!(numbers.first().is_none_or(|first| *first > 1), "the header is not a row");
    for row in &report.rows {
        row_holds(row, &root);
    }
    let again = |text: String| report::read(text.as_bytes(), &root).unwrap();
    if !text.starts_with('\u{feff}') {
        assert_eq!(again(format!("\u{feff}{text}")), report);
    }
    if !text.contains('"') {
        lines_hold(text, &report, &again);
    }
}

fn number(what: &str) -> usize {
    let number = what.strip_prefix("row ").unwrap();
    number.strip_suffix(" of the credential report").unwrap().parse().unwrap()
}

fn row_holds(row: &Row, root: &Arn) {
    assert_eq!(row.holder.arn.account(), root.account());
    assert!(row.holder.created.is_none_or(|time| time.subsec_nanosecond() == 0));
    assert_eq!(row.password.holder, row.holder);
    let slots: Vec<u8> = row.keys.iter().map(|key| key.slot).collect();
    assert_eq!(row.uses.iter().map(|(slot, _)| *slot).collect::<Vec<_>>(), slots);
    assert!([&[][..], &[1], &[2], &[1, 2]].contains(&&slots[..]), "{slots:?}");

    let holder = || row.holder.clone();
    is_stored(&Entity::Mfa(Mfa { holder: holder(), active: row.mfa }));
    is_stored(&Entity::Password(row.password.clone()));
    is_stored(&Entity::AccessKeys(AccessKeys { holder: holder(), keys: row.keys.clone() }));
    is_stored(&Entity::AccessKeyUse(AccessKeyUse { holder: holder(), uses: row.uses.clone() }));
}

/// What can be told of a report without quotes, where a line is a row: every row is either read or set
/// aside, and how rows are quoted and ended changes nothing.
fn lines_hold(text: &str, report: &Report, again: &dyn Fn(String) -> Report) {
    let text =
        text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<&str> = text.split('\n').collect();
    let filled = lines.iter().filter(|line| !line.is_empty());
    assert_eq!(filled.count(), 1 + report.rows.len() + report.set_aside.len());

    assert_eq!(again(lines.join("\r\n")), *report);
    assert_eq!(again(lines.join("\r")), *report);
    let quoted = lines.iter().map(|line| format!("\"{}\"", line.replace(',', "\",\"")));
    assert_eq!(again(quoted.collect::<Vec<_>>().join("\n")), *report);

    let header = lines.iter().find(|line| !line.is_empty()).unwrap();
    let cell = |column| if column == "user" { "<root_account>" } else { "" };
    let root: Vec<&str> = header.split(',').map(cell).collect();
    let longer = again(format!("{text}\n{}", root.join(",")));
    assert_eq!(longer.set_aside, report.set_aside);
    assert_eq!(longer.rows[..report.rows.len()], report.rows);
    assert_eq!(longer.rows.len(), report.rows.len() + 1);
}
