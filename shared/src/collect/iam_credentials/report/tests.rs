//! Reports as AWS writes them, and as nobody should.

use proptest::prelude::*;

use super::*;

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
    cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/// The root user as AWS reported it for years.
const ROOT_ROW: &str = "<root_account>,arn:aws:iam::111122223333:root,2014-10-15T16:06:11+00:00,not_supported,\
    2026-01-02T03:04:05+00:00,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,\
    false,N/A";

fn root() -> Arn {
    "arn:aws:iam::111122223333:root".parse().unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn parse(text: &str) -> Report {
    read(text.as_bytes(), &root()).unwrap()
}

/// A report of one user, `ana`, whose columns are given from `password_enabled` on.
fn ana(columns: &str) -> Row {
    let report = parse(&format!(
        "{HEADER}\nana,arn:aws:iam::111122223333:user/ana,2024-01-02T03:04:05Z,{columns},false,N/A,false,N/A"
    ));
    assert_eq!(report.set_aside, []);
    report.rows.into_iter().next().unwrap()
}

const NO_KEY: &str = "false,N/A,N/A,N/A,N/A";

fn at(text: &str, region: Option<&str>, service: Option<&str>) -> LastUsed {
    LastUsed::At {
        time: time(text),
        region: region.map(str::to_owned),
        service: service.map(str::to_owned),
    }
}

#[test]
fn the_root_row() {
    let row = parse(&format!("{HEADER}\n{ROOT_ROW}")).rows.remove(0);
    assert_eq!(row.holder.key(), "arn:aws:iam::111122223333:root");
    assert_eq!(row.mfa, Tri::True);
    assert_eq!(row.password.enabled, Tri::Unknown);
    assert_eq!(row.password.last_used, at("2026-01-02T03:04:05Z", None, None));
    assert_eq!((row.password.last_changed, row.password.next_rotation), (None, None));
    assert_eq!((row.keys.len(), row.uses.len()), (0, 0));
    let member = ROOT_ROW.replace("not_supported,2026-01-02T03:04:05+00:00", "FALSE,N/A");
    let row = parse(&format!("{HEADER}\n{member}")).rows.remove(0);
    assert_eq!(row.password.enabled, Tri::False, "a member account without root credentials");
}

#[test]
fn every_form_of_a_password() {
    let rows = [
        ("true,no_information,2024-01-02T03:04:05+00:00,N/A", Tri::True, LastUsed::Never),
        (
            "TRUE,2026-01-02T03:04:05+00:00,N/A,N/A",
            Tri::True,
            at("2026-01-02T03:04:05Z", None, None),
        ),
        ("false,N/A,N/A,N/A", Tri::False, LastUsed::Unknown),
        ("FALSE,no_information,N/A,N/A", Tri::False, LastUsed::Never),
        (
            "not_supported,not_supported,not_supported,not_supported",
            Tri::Unknown,
            LastUsed::Unknown,
        ),
        (",,,", Tri::Unknown, LastUsed::Unknown),
    ];
    for (columns, enabled, last_used) in rows {
        let row = ana(&format!("{columns},false,{NO_KEY},{NO_KEY}"));
        assert_eq!(
            (row.password.enabled, row.password.last_used),
            (enabled, last_used),
            "{columns}"
        );
    }
}

#[test]
fn every_form_of_two_keys() {
    let used = "true,2025-01-01T00:00:00+00:00,2026-02-03T04:05:06+00:00,eu-west-1,ec2";
    let global = "true,2025-01-01T00:00:00+00:00,2026-02-03T04:05:06Z,N/A,s3";
    let unused = "true,2025-01-01T00:00:00+00:00,N/A,N/A,N/A";
    let inactive = "false,2025-01-01T00:00:00+00:00,N/A,N/A,N/A";
    let silent = "true,2025-01-01T00:00:00+00:00,no_information,N/A,N/A";
    let dateless = "true,N/A,N/A,N/A,N/A";
    let rows = [
        (used, Some((true, at("2026-02-03T04:05:06Z", Some("eu-west-1"), Some("ec2"))))),
        (global, Some((true, at("2026-02-03T04:05:06Z", None, Some("s3"))))),
        (unused, Some((true, LastUsed::Never))),
        (inactive, Some((false, LastUsed::Never))),
        (silent, Some((true, LastUsed::Unknown))),
        (dateless, Some((true, LastUsed::Never))),
        (NO_KEY, None),
    ];
    for (columns, expected) in rows {
        for (first, second, slot) in [(columns, NO_KEY, 1), (NO_KEY, columns, 2)] {
            let row = ana(&format!("false,N/A,N/A,N/A,false,{first},{second}"));
            let keys: Vec<_> = row.keys.iter().map(|key| (key.slot, key.active)).collect();
            let wanted: Vec<_> = expected.iter().map(|(active, _)| (slot, *active)).collect();
            assert_eq!(keys, wanted, "{columns}");
            let wanted: Vec<_> = expected.iter().map(|(_, used)| (slot, used.clone())).collect();
            assert_eq!(row.uses, wanted, "{columns}");
            assert!(row.keys.iter().all(|key| key.id.is_none()), "the report has no key ids");
        }
    }
    let row = ana(&format!("false,N/A,N/A,N/A,false,{used},{inactive}"));
    assert_eq!(row.keys.iter().map(|key| key.slot).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn creation_times_are_whole_seconds() {
    for given in ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00", "2024-01-02T03:04:05.678Z"] {
        let report = parse(&format!(
            "user,arn,user_creation_time\nana,arn:aws:iam::111122223333:user/ana,{given}"
        ));
        assert_eq!(report.rows[0].holder.created, Some(time("2024-01-02T03:04:05Z")));
    }
}

#[test]
fn hostile_names_line_ends_and_marks() {
    let text = "\u{feff}arn,extra,user,mfa_active\r\n\
        \"arn:aws:iam::111122223333:user/a,b/=cmd|'x'\",\"a \"\"quote\"\"\nand a line\",\"=cmd|'x',b\",true\r\n\
        \r\n\
        arn:aws:iam::111122223333:user/c,,c,false";
    let report = parse(text);
    assert_eq!(report.set_aside, []);
    let names: Vec<_> = report.rows.iter().map(|row| row.holder.arn.name()).collect();
    assert_eq!(names, ["=cmd|'x'", "c"]);
    assert_eq!(report.rows[0].holder.arn.resource(), "user/a,b/=cmd|'x'");
    assert_eq!((report.rows[0].mfa, report.rows[1].mfa), (Tri::True, Tri::False));
    assert_eq!(report.rows[0].password.enabled, Tri::Unknown, "a column that is not there");
}

#[test]
fn columns_that_are_not_there() {
    let report = parse("user,arn,mfa_active\nana,arn:aws:iam::111122223333:user/ana,true");
    assert_eq!(report.lacks(MFA), None);
    assert_eq!(report.lacks(PASSWORDS), Some("password_enabled"));
    assert_eq!(report.lacks(KEYS), Some("access_key_1_active"));
    assert_eq!(report.lacks(USES), Some("access_key_1_active"));
}

#[test]
fn a_row_that_cannot_be_read_is_set_aside_with_its_number() {
    let good = "good,arn:aws:iam::111122223333:user/good,2024-01-02T03:04:05Z,true";
    let rows = [
        ("short,arn:aws:iam::111122223333:user/short", "2 values for 4 columns"),
        ("a,b,arn:aws:iam::111122223333:user/a,b,x,true", "6 values for 4 columns"),
        ("x,nonsense,2024-01-02T03:04:05Z,true", "not an ARN"),
        (",,,", "not an ARN"),
        ("x,arn:aws:iam::444455556666:user/x,2024-01-02T03:04:05Z,true", "another account"),
        ("x,arn:aws:iam::111122223333:user/x,yesterday,true", "not a date"),
        ("x,arn:aws:iam::111122223333:user/x,-009999-01-02T01:59:58.5Z,true", "not a date"),
        ("x,arn:aws:iam::111122223333:user/x,2024-01-02T03:04:05Z,maybe", "neither true nor false"),
    ];
    for (bad, reason) in rows {
        let report =
            parse(&format!("user,arn,user_creation_time,mfa_active\n{good}\n{bad}\n{good}\n"));
        assert_eq!(report.rows.len(), 2, "{bad}");
        assert_eq!(report.set_aside[0].what, "row 3 of the credential report");
        assert!(report.set_aside[0].reason.contains(reason), "{:?}", report.set_aside);
    }
}

#[test]
fn what_is_no_report() {
    for (text, reason) in [
        ("", "empty"),
        ("\n\n", "empty"),
        ("<html>", "no column `user`"),
        ("user\nana", "no column `arn`"),
        ("user,arn\nana,nonsense", "no row"),
    ] {
        let error = read(text.as_bytes(), &root()).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }
    assert!(read(b"user,arn\n\xff", &root()).unwrap_err().contains("UTF-8"));
    assert_eq!(parse("user,arn\n").rows, []);
}

#[test]
fn a_third_key_is_told() {
    let header = "user,arn,additional_credentials_info";
    let row = |info| {
        parse(&format!("{header}\nx,arn:aws:iam::111122223333:user/x,{info}")).rows.remove(0)
    };
    assert_eq!(row("1 (iam:ListAccessKeys)").more.as_deref(), Some("1 (iam:ListAccessKeys)"));
    for none in ["N/A", "", "0"] {
        assert_eq!(row(none).more, None);
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn reading_is_total(text in "(\\PC|[\r\n\",]){0,200}") {
        if let Ok(report) = read(text.as_bytes(), &root()) {
            prop_assert!(report.set_aside.iter().all(|aside| aside.what.starts_with("row ")));
        }
    }

    #[test]
    fn reading_rows_is_total(rows in "(([a-zA-Z0-9:/_+<>\", -]|\r?\n){0,30},?){0,40}") {
        let text = format!("{HEADER}\n{ROOT_ROW}\n{rows}");
        let report = parse(&text);
        prop_assert_eq!(&report.rows[0].holder.arn, &root());
    }

    #[test]
    fn quoted_values_come_back(values in proptest::collection::vec(".*[^\u{feff}]", 1..6)) {
        let line: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        let read = records(&format!("{}\r\n", line.join(",")));
        prop_assert_eq!(read, vec![(1, values)]);
    }
}
