//! Names that try to do something: on a terminal, in a spreadsheet. And what must not come out at all.

use crate::verbs::csv;
use crate::world::{DEMO, Ran};

/// What steers a terminal or turns the text around.
fn steers(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn assert_inert(ran: &Ran, what: &str) {
    for text in [&ran.out, &ran.err] {
        let line = text.lines().find(|line| line.chars().any(steers));
        assert_eq!(line, None, "{what}");
    }
}

#[test]
fn no_name_steers_the_terminal() {
    let kinds = DEMO.document["entities_by_kind"].as_object().unwrap();
    for kind in kinds.keys() {
        assert_inert(&DEMO.run(&["list", kind]), kind);
    }
    for verb in [&["status", "--scopes"][..], &["diff"]] {
        assert_inert(&DEMO.run(verb), verb[0]);
    }
    let export = DEMO.json(&["export"], "export");
    let hostile = |text: &str| {
        text.chars().any(|c| steers(c) || !c.is_ascii()) || text.contains(['<', '=', '@', '|', '$'])
    };
    let mut shown = 0;
    for entity in export["entities"].as_array().unwrap() {
        let text = entity["attributes"].to_string();
        let unusual = hostile(entity["name"].as_str().unwrap()) || !text.is_ascii();
        if unusual && shown < 60 {
            shown += 1;
            let id = entity["id"].as_str().unwrap();
            let ran = DEMO.run(&["show", "--", id]);
            assert_eq!(ran.code, 0, "{ran:?}");
            assert_inert(&ran, id);
            assert_inert(&DEMO.run(&["show", "--", entity["name"].as_str().unwrap()]), id);
        }
    }
    assert!(shown > 15, "the demo has hostile names: {shown}");
}

#[test]
fn what_a_person_types_does_not_steer_either() {
    for verb in [&["show", "x\u{1b}[2Jy\u{202e}"][..], &["list", "user", "--filter", "\u{1b}[2J"]] {
        assert_inert(&DEMO.run(verb), verb[0]);
    }
}

#[test]
fn no_cell_is_a_formula() {
    let rows = csv(&DEMO.run(&["export", "--format", "csv"]).out);
    let cells: Vec<&String> = rows.iter().flatten().collect();
    let formula = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    assert_eq!(cells.iter().find(|cell| cell.starts_with(formula)), None);
    assert!(cells.iter().any(|cell| cell.starts_with("'=")), "the demo has a formula in a name");
}

#[test]
fn no_secret_is_kept_or_shown() {
    let export = DEMO.run(&["export"]).out;
    let store = std::fs::read(DEMO.store()).unwrap();
    // The words under which AWS hands out secrets, and the external id of the role.
    for word in ["SecretAccessKey", "secret_access_key", "SessionToken", "ServicePassword"] {
        assert!(!export.contains(word), "{word} in the export");
        let found = store.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(!found, "{word} in the store");
    }
    let id = accesstrail_shared::testing::visit::EXTERNAL_ID.as_bytes();
    assert!(!store.windows(id.len()).any(|window| window == id), "the external id in the store");
}
