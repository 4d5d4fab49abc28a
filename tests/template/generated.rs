//! What is generated from the collectors' calls: the statements in the templates and the page of permissions.
//!
//! `ACCESSTRAIL_BLESS=1 cargo test --workspace --test template` writes all of it anew.

use std::collections::BTreeSet;

use accesstrail_shared::collect::needs;
use accesstrail_shared::permission::policy::{MANAGED_CHARACTERS, Statement, split};
use accesstrail_shared::permission::{role, table, write};
use accesstrail_shared::setup::write_action;
use accesstrail_tests::source;

/// How a generated part of a template begins, after its margin and before its name.
const BEGIN: &str = "# from the calls: ";

/// How it ends.
const END: &str = "# until here";

/// The page of permissions.
const PAGE: &str = "docs/permissions.md";

/// The actions of resources that are called only where somebody asks for the tree of objects.
pub(super) fn of_objects() -> BTreeSet<String> {
    role::of_objects(&needs::all())
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

/// The generated parts of templates whose reading role has this logical name, by their names.
fn parts(reader: &str) -> [(&'static str, String); 9] {
    let parts = role::parts(&needs::all());
    let resources = "What accesstrail reads of the account's resources, none of their data";
    let names = "With which accesstrail lists the names of objects, where it is asked to";
    let (of_resources, of_names) = ("CollectsResources", "ListsObjectNames");
    [
        ("account", write::yaml(&parts.account, 14)),
        ("account of events", write::yaml(&parts.account, 14)),
        ("organization", write::yaml(&parts.organization, 10)),
        ("resources", policy("ReadResources", resources, reader, of_resources, &parts.resources)),
        ("object names", policy("ReadObjectNames", names, reader, of_names, &parts.object_names)),
        ("organization alone", write::yaml(&parts.organization_alone, 10)),
        ("identity center", write::yaml(&parts.identity_center, 10)),
        ("setup", write_action::managed("SetUp", "SetupRole", "SetsUp")),
        ("stack sets", write_action::inside(14)),
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
    // The function never asks for the names of objects.
    let rows: [(&str, &str, &[&str]); 4] = [
        (
            "template.yaml",
            "InventoryRole, !Ref RealtimeRole",
            &[
                "account",
                "account of events",
                "organization alone",
                "identity center",
                "resources",
                "setup",
            ],
        ),
        (
            "cloudformation/member-account.yaml",
            "ReadRole",
            &["account", "organization", "resources", "object names"],
        ),
        (
            "cloudformation/management-account.yaml",
            "ReadRole",
            &["account", "organization alone", "identity center", "resources", "object names"],
        ),
        ("cloudformation/stack-set-roles.yaml", "ExecutionRole", &["stack sets"]),
    ];
    for (path, reader, wanted) in rows {
        let mut text = source::text(path);
        for (name, part) in parts(reader).into_iter().filter(|(name, _)| wanted.contains(name)) {
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
