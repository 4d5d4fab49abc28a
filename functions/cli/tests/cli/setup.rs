//! `setup` against a live organization: planned, applied, looked at, removed; and what is refused on the way.

use accesstrail_shared::testing::proxy::{Fault, Layer, Match, Plan};
use accesstrail_shared::testing::stack_sets::stack_sets;
use serde_json::Value;
use tempfile::TempDir;

use crate::world::{Ran, World, program, run};

/// One organization that is set up, in a folder with its store.
struct Stage {
    world: World,
    folder: TempDir,
    access: Plan,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { world: World::found(), folder, access: stack_sets() }
    }

    /// `setup` with these faults.
    fn run_with(&self, faults: Plan, arguments: &[&str]) -> Ran {
        let proxy = self.world.enter(faults.and(self.access.clone()));
        run(self.world.caller(&proxy, self.folder.path()).arg("setup"), arguments)
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(Plan::default(), arguments)
    }

    /// Accounts that are not the management account and are not suspended.
    fn members(&self, count: usize) -> Vec<String> {
        let company = &self.world.company;
        let is_member =
            |(key, id): &(&str, &str)| *id != company.management() && *key != "old-shop";
        company.accounts().filter(is_member).take(count).map(|(_, id)| id.to_owned()).collect()
    }

    /// A document of `setup` that ends well.
    fn document(&self, arguments: &[&str], schema: &str) -> Value {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let ran = self.run(&arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        ran.document(schema)
    }
}

/// The verb and the id of each step.
fn steps(plan: &Value) -> Vec<String> {
    let steps = plan["steps"].as_array().unwrap();
    let text = |step: &Value, field: &str| step[field].as_str().unwrap().to_owned();
    steps.iter().map(|step| format!("{} {}", text(step, "verb"), text(step, "id"))).collect()
}

/// Self-managed StackSets, which the emulator has. It deletes a role before its managed policies, which the role has with
/// tier 3 alone.
fn choices(accounts: &str) -> [&str; 9] {
    [
        "plan",
        "--tier",
        "1,2,4",
        "--administration-role",
        "arn:aws:iam::123456789012:role/administers",
        "--execution-role",
        "executes",
        "--account",
        accounts,
    ]
}

#[test]
fn an_organization_is_set_up_and_is_as_before_when_it_was_removed() {
    let stage = Stage::new();
    let accounts = stage.members(2).join(",");
    let ask = choices(&accounts);

    let before = stage.document(&ask, "setup_plan");
    let with_file: Vec<&str> = ask.iter().copied().chain(["--out", "plan.json"]).collect();
    let text = stage.run(&with_file);
    assert_eq!(text.code, 0, "{text:?}");
    for part in ["create", "without it:", "It takes", "setup apply plan.json"] {
        assert!(text.out.contains(part), "{part} in {}", text.out);
    }
    assert!(steps(&before).contains(&"create set/accesstrail-member".to_owned()), "{before:#}");
    let nothing = stage.run(&["status"]);
    assert!(nothing.code == 1 && nothing.err.contains("setup plan"), "{nothing:?}");

    let applied = stage.document(&["apply", "plan.json"], "setup_apply");
    assert_eq!(applied["outcome"], "deployed");
    let again = stage.document(&["plan"], "setup_plan");
    assert_eq!(again["empty"], true, "{again:#}");

    let status = stage.run(&["status", "--json"]);
    let status = status.document("setup_status");
    let reached = status["accounts"].as_array().unwrap();
    let reached = reached.iter().filter(|it| it["reach"] == "reached").count();
    assert_eq!(reached, 2, "{status:#}");

    let shown = stage.run(&["destroy"]);
    assert!(shown.code == 0 && shown.err.contains("--yes"), "{shown:?}");
    let removed = stage.document(&["destroy", "--yes"], "setup_apply");
    assert_eq!(removed["outcome"], "removed");
    let after = stage.document(&ask, "setup_plan");
    assert_eq!((after["hash"].as_str(), steps(&after)), (before["hash"].as_str(), steps(&before)));
}

#[test]
fn what_is_denied_is_named_with_what_to_grant() {
    let stage = Stage::new();
    let account = stage.members(1).join(",");
    let ask = choices(&account);
    let with_file: Vec<&str> = ask.iter().copied().chain(["--out", "plan.json"]).collect();
    assert_eq!(stage.run(&with_file).code, 0);
    let deny = Plan::default()
        .rule(Match::action("cloudformation:CreateStackSet"), Fault::Deny { by: Layer::Identity });
    let ran = stage.run_with(deny, &["apply", "plan.json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("cloudformation:CreateStackSet was denied"), "{}", ran.err);
    assert!(ran.err.contains("set/accesstrail-member failed"), "{}", ran.err);

    // Somebody else's file is refused before anything is done.
    let file = stage.folder.path().join("plan.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("accesstrail-read", "accesstrail-mine")).unwrap();
    let ran = stage.run(&["apply", "plan.json"]);
    assert!(ran.code == 1 && ran.err.contains("changed after it was made"), "{ran:?}");
}

#[test]
fn the_role_is_printed_without_an_account() {
    let folder = tempfile::tempdir().unwrap();
    let template = run(&mut program(folder.path()), &["setup", "print", "--format", "cfn"]);
    assert_eq!((template.code, template.err.as_str()), (0, ""));
    assert!(template.out.contains("AWS::IAM::Role"), "{}", template.out);
    let module =
        run(&mut program(folder.path()), &["setup", "print", "--format", "terraform", "--json"]);
    let document = module.document("setup_print");
    assert!(document["text"].as_str().unwrap().contains("resource \"aws_iam_role\""));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is kept");
}
