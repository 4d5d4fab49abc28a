//! Narrow screens, pipes and colours.

use crate::world::{DEMO, Ran, program, run};

fn on(columns: &str, arguments: &[&str]) -> Ran {
    let ran = run(program(DEMO.folder()).env("COLUMNS", columns), arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran
}

const LISTS: [&[&str]; 10] = [
    &["status"],
    &["list", "account"],
    &["list", "user"],
    &["list", "role"],
    &["list", "assignment"],
    &["list", "group"],
    &["list", "resource"],
    &["list", "resource", "--type", "AWS::S3::Bucket"],
    &["usage", "--all"],
    &["unused", "--days", "30"],
];

#[test]
fn no_table_is_torn_on_a_narrow_screen() {
    for columns in [120, 80, 60, 40] {
        for arguments in LISTS {
            let ran = on(&columns.to_string(), arguments);
            // Names with characters that take two columns are measured where tables are laid out; a line
            // never has more characters than columns. Ids stay whole, to be copied.
            let long = ran
                .out
                .lines()
                .find(|line| line.chars().count() > columns && !line.starts_with("ID "));
            assert_eq!(long, None, "{arguments:?} on {columns}");
        }
    }
}

#[test]
fn account_ids_are_whole_on_every_screen() {
    let accounts = DEMO.json(&["status"], "status");
    let accounts = accounts["coverage_by_account"].as_object().unwrap();
    for columns in ["200", "80", "60", "40", "10"] {
        let text = on(columns, &["list", "account"]).out;
        for account in accounts.keys() {
            assert!(text.contains(account.as_str()), "{account} on {columns}: {text}");
        }
    }
}

#[test]
fn what_to_do_is_whole_on_every_screen() {
    let words = |text: &str| text.split_whitespace().collect::<String>();
    let wanted = words("exempt the role from that policy for iam:GetLoginProfile");
    for columns in ["200", "80", "60", "40"] {
        // Blocks put their heads between the lines, so only the cells count.
        let text = on(columns, &["status"]).out;
        assert!(words(&text).contains(&wanted), "{columns}: {text}");
    }
}

#[test]
fn a_width_that_is_none_is_no_limit() {
    let whole = DEMO.run(&["list", "role"]).out;
    for columns in ["", "0", "-1", "wide", "99999999999999999999"] {
        assert_eq!(on(columns, &["list", "role"]).out, whole, "{columns}");
    }
}

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    for arguments in [&["status"][..], &["diff"], &["show", "jenkins"], &["list", "account"]] {
        let colours = |name: &str| {
            let ran = run(program(DEMO.folder()).env(name, "1"), arguments);
            ran.out.contains('\u{1b}') || ran.err.contains('\u{1b}')
        };
        assert!(!colours("NO_COLOR"), "{arguments:?}");
        assert!(!colours("TERM"), "{arguments:?}: a pipe is no terminal");
    }
    let forced = run(program(DEMO.folder()).env("CLICOLOR_FORCE", "1"), &["status"]);
    assert!(forced.out.contains('\u{1b}'), "whoever asks for colours gets them: {}", forced.out);
    let both =
        run(program(DEMO.folder()).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"), &["status"]);
    assert!(!both.out.contains('\u{1b}') && !both.err.contains('\u{1b}'), "{both:?}");
}

#[test]
fn accounts_have_names_beside_their_ids() {
    let status = DEMO.run(&["status"]).out;
    let diff = DEMO.run(&["diff"]).out;
    let list = DEMO.run(&["list", "user"]).out;
    assert!(status.lines().any(|line| line.contains("payments-prod  ")), "{status}");
    assert!(diff.lines().any(|line| line.contains(" ci-platform  user  jenkins")), "{diff}");
    assert!(list.lines().any(|line| line.contains("  ci-platform  ")), "{list}");
    let changes = DEMO.json(&["diff"], "diff");
    let named = changes["changes"].as_array().unwrap();
    assert!(
        named.iter().all(|change| change["account_name"].is_string() || change["account"] == "aws")
    );
}
