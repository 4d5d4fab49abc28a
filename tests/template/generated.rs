//! What is generated from the collectors' calls: the statements in the templates and the page of permissions.
//!
//! `ACCESSTRAIL_BLESS=1 cargo test --workspace --test template` writes all of it anew.

use accesstrail_shared::collect::needs;
use accesstrail_shared::permission::policy::{
    MANAGED_CHARACTERS, READ_ROLE, Statement, split, statements,
};
use accesstrail_shared::permission::{Choice, Side, Tier, table, write};
use accesstrail_tests::source;

/// How a generated part of a template begins, after its margin and before its name.
const BEGIN: &str = "# from the calls: ";

/// How it ends.
const END: &str = "# until here";

/// The page of permissions.
const PAGE: &str = "docs/permissions.md";

fn statements_of(side: Side, tiers: &[Tier]) -> Vec<Statement> {
    let choice = Choice {
        sides: [side].into(),
        tiers: tiers.iter().copied().collect(),
        ..Choice::default()
    };
    statements(&choice.of(&needs::all()), READ_ROLE)
}

/// The generated parts of a template whose reading role has this logical name.
fn parts(role: &str) -> [(&'static str, String); 3] {
    let account = statements_of(Side::Account, &[Tier::One, Tier::Two]);
    let organization = statements_of(Side::Organization, &Tier::READING);
    let resources = split(&statements_of(Side::Account, &[Tier::Three]), MANAGED_CHARACTERS);
    let properties = [
        "Description: What accesstrail reads of the account's resources, none of their data"
            .to_owned(),
        "Path: /accesstrail/".to_owned(),
        format!("Roles: [!Ref {role}]"),
    ];
    let properties = properties.each_ref().map(String::as_str);
    let condition = Some("CollectsResources");
    [
        ("account", write::yaml(&account, 14)),
        ("organization", write::yaml(&organization, 10)),
        ("resources", write::managed("ReadResources", &properties, condition, &resources)),
    ]
}

/// The text with its generated part of that name replaced; `None` without such a part.
fn replaced(text: &str, name: &str, part: &str) -> Option<String> {
    let begin = format!("{BEGIN}{name}\n");
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(END)?;
    let margin = before.rsplit('\n').next().unwrap_or_default();
    Some(format!("{before}{begin}{part}{margin}{END}{after}"))
}

/// The file is `wanted`, or becomes it.
fn hold(path: &str, wanted: &str) {
    let text = source::text(path);
    if text != wanted && std::env::var_os("ACCESSTRAIL_BLESS").is_some() {
        std::fs::write(source::root().join(path), wanted).unwrap();
        return;
    }
    assert!(
        text == wanted,
        "{path} is not what the collectors declare: \
         ACCESSTRAIL_BLESS=1 cargo test --workspace --test template -- generated"
    );
}

#[test]
fn the_templates_hold_what_the_collectors_declare() {
    let rows =
        [("template.yaml", "InventoryRole"), ("cloudformation/member-account.yaml", "ReadRole")];
    for (path, role) in rows {
        let mut text = source::text(path);
        for (name, part) in parts(role) {
            text = replaced(&text, name, &part).unwrap_or_else(|| panic!("{path} lost {name}"));
        }
        hold(path, &text);
    }
}

#[test]
fn the_page_tells_every_action() {
    let page = source::text(PAGE);
    let parts: Vec<&str> = page.split(table::MARK).collect();
    let [before, _, after] = parts.as_slice() else { panic!("{PAGE} lost its marks") };
    let needs = needs::all();
    let wanted = [*before, table::markdown(&needs).as_str(), *after].join(table::MARK);
    hold(PAGE, &wanted);
    for need in needs {
        assert!(
            wanted.contains(&format!("| `{}` | {} |", need.action, need.collector)),
            "{need:?}"
        );
    }
}

#[test]
fn parts_are_replaced_between_their_marks() {
    let text = "a:\n  # from the calls: b\n  - old\n  # until here\nc:\n  # from the calls: d\n  # until here\n";
    let expected = "a:\n  # from the calls: b\n  - new\n  # until here\nc:\n  # from the calls: d\n  # until here\n";
    assert_eq!(replaced(text, "b", "  - new\n").as_deref(), Some(expected));
    assert_eq!(replaced(text, "e", ""), None);
}
