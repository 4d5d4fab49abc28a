//! What is generated from the collectors' calls: the statements in the templates and the page of permissions.
//!
//! `ACCESSTRAIL_BLESS=1 cargo test --workspace --test template` writes all of it anew.

use std::collections::BTreeSet;

use accesstrail_shared::collect::{When, needs};
use accesstrail_shared::permission::policy::{
    MANAGED_CHARACTERS, READ_ROLE, Statement, split, statements,
};
use accesstrail_shared::permission::{Choice, Need, Side, Tier, table, write};
use accesstrail_tests::source;

/// How a generated part of a template begins, after its margin and before its name.
const BEGIN: &str = "# from the calls: ";

/// How it ends.
const END: &str = "# until here";

/// The page of permissions.
const PAGE: &str = "docs/permissions.md";

/// The actions of resources that are called only where somebody asks for the tree of objects.
pub(super) fn of_objects() -> BTreeSet<String> {
    let needs = needs::all();
    let resources = || needs.iter().filter(|need| need.tier == Tier::Three);
    let usual: BTreeSet<&str> =
        resources().filter(|need| need.when != When::Asked).map(|need| need.action).collect();
    let asked = resources().map(|need| need.action).filter(|action| !usual.contains(action));
    asked.map(str::to_owned).collect()
}

fn statements_of(side: Side, tiers: &[Tier], is_wanted: impl Fn(&Need) -> bool) -> Vec<Statement> {
    let choice = Choice {
        sides: [side].into(),
        tiers: tiers.iter().copied().collect(),
        ..Choice::default()
    };
    let needs = needs::all();
    let wanted = choice.of(&needs).into_iter().filter(|need| is_wanted(need));
    statements(&wanted.collect::<Vec<_>>(), READ_ROLE)
}

/// A generated managed policy of the reading role, split where it is too long for one.
fn policy(name: &str, what: &str, role: &str, condition: &str, all: &[Statement]) -> String {
    let properties = [
        format!("Description: {what}"),
        "Path: /accesstrail/".to_owned(),
        format!("Roles: [!Ref {role}]"),
    ];
    let properties = properties.each_ref().map(String::as_str);
    write::managed(name, &properties, Some(condition), &split(all, MANAGED_CHARACTERS))
}

/// The generated parts of a template whose reading role has this logical name.
fn parts(role: &str) -> [(&'static str, String); 3] {
    let account = statements_of(Side::Account, &[Tier::One, Tier::Two], |_| true);
    let organization = statements_of(Side::Organization, &Tier::READING, |_| true);
    let of_objects = of_objects();
    let resources =
        statements_of(Side::Account, &[Tier::Three], |need| !of_objects.contains(need.action));
    let what = "What accesstrail reads of the account's resources, none of their data";
    [
        ("account", write::yaml(&account, 14)),
        ("organization", write::yaml(&organization, 10)),
        ("resources", policy("ReadResources", what, role, "CollectsResources", &resources)),
    ]
}

/// What the function never asks for, and only the role in each account may be let do.
fn object_names(role: &str) -> (&'static str, String) {
    let of_objects = of_objects();
    let all = statements_of(Side::Account, &[Tier::Three], |need| of_objects.contains(need.action));
    let what = "With which accesstrail lists the names of objects, where it is asked to";
    ("object names", policy("ReadObjectNames", what, role, "ListsObjectNames", &all))
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
    let mut of_member = parts("ReadRole").to_vec();
    of_member.push(object_names("ReadRole"));
    let rows = [
        ("template.yaml", parts("InventoryRole").to_vec()),
        ("cloudformation/member-account.yaml", of_member),
    ];
    for (path, parts) in rows {
        let mut text = source::text(path);
        for (name, part) in parts {
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
