//! A plan for people: every step in order with its reason, what it takes, what is lost, what stays.
//!
//! Names of accounts come from AWS as somebody gave them: whoever prints this makes them inert, as all that is printed.

use std::fmt::Write as _;

use super::{Plan, Purpose, Step, Target, Verb};

/// The plan as lines. `hash` is that of its file.
pub fn text(plan: &Plan, hash: &str) -> String {
    let mut text = String::new();
    let what = match plan.purpose {
        Purpose::Deploy => "Set up",
        Purpose::Destroy => "Remove",
    };
    // A text takes whatever is written to it.
    _ = writeln!(text, "{what} accesstrail from {}\n", plan.hub);
    for (name, value) in &plan.seen {
        _ = writeln!(text, "  {name:<16} {value}");
    }
    text.push('\n');
    for (number, step) in (1..).zip(&plan.steps) {
        written(&mut text, number, step);
    }
    if plan.is_empty() {
        text.push_str("Nothing is to be done.\n");
    }
    let lists = [("What is lost", &plan.lost), ("What stays", &plan.stays)];
    for (title, items) in lists.into_iter().filter(|(_, items)| !items.is_empty()) {
        _ = writeln!(text, "\n{title}");
        for item in items {
            text.extend(["  - ", item.as_str(), "\n"]);
        }
    }
    let actions: Vec<&str> = plan.actions().into_iter().collect();
    if !actions.is_empty() {
        _ = writeln!(text, "\nIt takes {} IAM actions: {}", actions.len(), actions.join(", "));
    }
    _ = writeln!(text, "\nPlan {hash}");
    text
}

fn written(text: &mut String, number: usize, step: &Step) {
    _ = writeln!(text, "{number:>3}. {:<8} {}", step.verb.word(), step.what);
    if step.verb == Verb::Keep {
        return;
    }
    _ = writeln!(text, "              {}", step.why);
    if let Target::Command(command) = &step.target {
        _ = writeln!(text, "              $ {command}");
    }
    if !step.lost.is_empty() {
        _ = writeln!(text, "              without it: {}", step.lost);
    }
}
