//! Tables on screens of every width, with names that are long, wide, or try to be something else.

use accesstrail_shared::report::inert;
use proptest::prelude::*;

use super::*;

const ROLES: [&str; 5] = ["account", "account name", "name", "last used", "id"];

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| inert::terminal(cell)).collect()
}

fn roles() -> Vec<Vec<String>> {
    vec![
        row(&["111122223333", "web", "deployer", "never", "AROAEXAMPLE1"]),
        row(&[
            "444455556666",
            "<b>=1+1</b> \u{202e}dorp",
            "日本語の役割-role",
            "2026-11-22",
            "AROAEXAMPLE2",
        ]),
        row(&[
            "444455556666",
            "data",
            "a-role-whose-name-is-as-long-as-iam-lets-it-be-0123456789abcdefg",
            "",
            "AROAEXAMPLE3",
        ]),
    ]
}

fn golden(screen: Option<usize>, expected: &str) {
    let text = lay(&ROLES, &roles(), screen);
    assert_eq!(text, expected, "\n{text}");
}

#[test]
fn without_a_limit_nothing_is_cut() {
    golden(
        None,
        "\
ACCOUNT       ACCOUNT NAME       NAME                                                              LAST USED   ID
111122223333  web                deployer                                                          never       AROAEXAMPLE1
444455556666  <b>=1+1</b> ·dorp  日本語の役割-role                                                 2026-11-22  AROAEXAMPLE2
444455556666  data               a-role-whose-name-is-as-long-as-iam-lets-it-be-0123456789abcdefg              AROAEXAMPLE3
",
    );
}

#[test]
fn long_cells_are_cut_first() {
    golden(
        Some(96),
        "\
ACCOUNT       ACCOUNT NAME       NAME                                   LAST USED   ID
111122223333  web                deployer                               never       AROAEXAMPLE1
444455556666  <b>=1+1</b> ·dorp  日本語の役割-role                      2026-11-22  AROAEXAMPLE2
444455556666  data               a-role-whose-name-is-as-long-as-iam-…              AROAEXAMPLE3
",
    );
}

#[test]
fn then_the_ids_go() {
    golden(
        Some(64),
        "\
ACCOUNT       ACCOUNT NAME       NAME                 LAST USED
111122223333  web                deployer             never
444455556666  <b>=1+1</b> ·dorp  日本語の役割-role    2026-11-22
444455556666  data               a-role-whose-name-…
",
    );
}

#[test]
fn then_each_row_is_a_block() {
    golden(
        Some(40),
        "\
ACCOUNT       111122223333
ACCOUNT NAME  web
NAME          deployer
LAST USED     never
ID            AROAEXAMPLE1

ACCOUNT       444455556666
ACCOUNT NAME  <b>=1+1</b> ·dorp
NAME          日本語の役割-role
LAST USED     2026-11-22
ID            AROAEXAMPLE2

ACCOUNT       444455556666
ACCOUNT NAME  data
NAME          a-role-whose-name-is-as-lo
              ng-as-iam-lets-it-be-01234
              56789abcdefg
ID            AROAEXAMPLE3
",
    );
}

#[test]
fn what_is_to_be_done_is_never_cut() {
    let columns = ["account", "why", "what to do"];
    let rows = [row(&[
        "111122223333",
        "iam:ListUsers denied by an identity policy",
        "allow iam:ListUsers to the role",
    ])];
    let text = lay(&columns, &rows, Some(60));
    assert_eq!(
        text,
        "\
ACCOUNT     111122223333
WHY         iam:ListUsers denied by an identity policy
WHAT TO DO  allow iam:ListUsers to the role
"
    );
}

#[test]
fn a_long_id_is_not_broken() {
    let id = format!("assignment:{}", "x".repeat(90));
    let rows = [row(&["111122223333", "web", "group admins", &id])];
    let text = lay(&["account", "account name", "assigned to", "id"], &rows, Some(30));
    assert!(text.lines().any(|line| line == format!("ID            {id}")), "{text}");
}

#[test]
fn a_table_without_rows_is_its_header() {
    for screen in [None, Some(100), Some(1)] {
        let text = lay(&["run", "state"], &[], screen);
        assert_eq!(text, "RUN  STATE\n");
    }
}

#[test]
fn sentences_break_at_spaces() {
    let rows: [(&str, usize, &[&str]); 6] = [
        ("one two three", usize::MAX, &["one two three"]),
        ("one two three", 7, &["one two", "three"]),
        ("one two three", 1, &["one", "two", "three"]),
        ("a-word-that-is-longer is kept", 10, &["a-word-that-is-longer", "is kept"]),
        ("", 10, &[""]),
        ("two  spaces stay", 12, &["two  spaces", "stay"]),
    ];
    for (text, width, expected) in rows {
        assert_eq!(wrap(text, width), expected, "{text} in {width}");
    }
    let coloured = "13 = \u{1b}[32mcomplete\u{1b}[39m + 1";
    assert_eq!(wrap(coloured, 17), [coloured], "colours have no width");
}

#[test]
fn a_last_sentence_is_broken_and_not_cut() {
    let columns = ["setting", "what it says"];
    let sentence =
        "Regions to look for resources in, beside those that the account has enabled by itself";
    let rows = [row(&["regions", sentence]), row(&["skip", "Nothing"])];
    let expected = "SETTING  WHAT IT SAYS\n\
                    regions  Regions to look for resources\n         in, beside those that the\n\
                    \x20        account has enabled by itself\nskip     Nothing\n";
    assert_eq!(lay(&columns, &rows, Some(40)), expected);
    for screen in [None, Some(200)] {
        assert!(lay(&columns, &rows, screen).contains(sentence), "{screen:?}");
    }
    let narrow = lay(&columns, &rows, Some(28));
    assert!(narrow.starts_with("SETTING"), "{narrow}");
    assert!(narrow.contains("WHAT IT SAYS"), "{narrow}");
}

/// How many columns a line takes, measured by the crate that measures for the terminal.
fn width(line: &str) -> usize {
    let mut table = Table::new();
    table.add_row([line]);
    table.column_max_content_widths().iter().map(|width| usize::from(*width)).sum()
}

proptest! {
    #[test]
    fn no_line_is_longer_than_the_screen(
        cells in proptest::collection::vec(proptest::collection::vec(".{0,90}", 4), 0..6),
        screen in 24_usize..200,
    ) {
        let columns = ["account", "name", "trusts", "groups"];
        let rows: Vec<Vec<String>> = cells
            .iter()
            .map(|cells| {
                let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
                let mut row = row(&cells);
                // Accounts have 12 digits; the other cells are anything.
                row[0] = "111122223333".to_owned();
                row
            })
            .collect();
        let text = lay(&columns, &rows, Some(screen));
        for line in text.lines() {
            prop_assert!(width(line) <= screen, "{} > {screen}: {line}", width(line));
        }
        prop_assert_eq!(text.matches("111122223333").count() >= rows.len(), true, "{}", text);
    }

    #[test]
    fn wrapping_loses_no_word(text in "[a-z ]{0,80}", width in 1_usize..40) {
        prop_assert_eq!(wrap(&text, width).join(" "), text);
    }
}
