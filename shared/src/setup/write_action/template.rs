//! The policies of the role that sets up, as resources of the hub's template.

use std::fmt::Write as _;

use serde_json::Value;

use super::{EVERY_PART, Statement, inside_accounts, policy, statements};
use crate::permission::policy::MANAGED_CHARACTERS;

/// How far statements of a managed policy are from the margin.
const MARGIN: usize = 10;

/// Managed policies called `NAME1`, `NAME2` of a role, under a condition: everything that setting up takes, in as few as
/// IAM lets them be.
pub fn managed(name: &str, role: &str, condition: &str) -> String {
    let mut text = String::new();
    for (number, part) in (1..).zip(split(&statements(EVERY_PART))) {
        if number > 1 {
            text.push('\n');
        }
        // A text takes whatever is written to it.
        _ = write!(
            text,
            "  {name}{number}:\n    Type: AWS::IAM::ManagedPolicy\n    Condition: {condition}\n    \
             Properties:\n      Description: With which accesstrail sets itself up, and nobody else\n      \
             Path: /accesstrail/\n      Roles: [!Ref {role}]\n      PolicyDocument:\n        \
             Version: \"2012-10-17\"\n        Statement:\n"
        );
        for statement in &part {
            written(&mut text, statement);
        }
    }
    text
}

/// The statements of the role in each account that deploys there where StackSets are self-managed, so far from the margin.
pub fn inside(margin: usize) -> String {
    let mut text = String::new();
    for statement in &inside_accounts() {
        written(&mut text, statement);
    }
    let (here, there) = (" ".repeat(MARGIN), " ".repeat(margin));
    let lines = text.lines().filter_map(|line| line.strip_prefix(&here));
    lines.fold(String::new(), |text, line| text + &there + line + "\n")
}

/// As few policies as the order of the statements allows.
fn split(statements: &[Statement]) -> Vec<Vec<Statement>> {
    let mut policies: Vec<Vec<Statement>> = Vec::new();
    for statement in statements {
        let fits = policies.last_mut().filter(|last| {
            let with: Vec<Statement> = last.iter().chain([statement]).cloned().collect();
            characters(&with) <= MANAGED_CHARACTERS
        });
        match fits {
            Some(last) => last.push(statement.clone()),
            None => policies.push(vec![statement.clone()]),
        }
    }
    policies
}

/// The length as IAM counts it, in the partition whose name is longest.
fn characters(statements: &[Statement]) -> usize {
    policy(statements, "aws-us-gov", "111122223333").to_string().len()
}

fn written(text: &mut String, statement: &Statement) {
    _ = write!(
        text,
        "          - Sid: {}\n            Effect: Allow\n            Action:\n",
        statement.sid
    );
    for action in &statement.actions {
        _ = writeln!(text, "              - {action}");
    }
    if statement.patterns.is_empty() {
        text.push_str("            Resource: \"*\"\n");
    } else {
        text.push_str("            Resource:\n");
    }
    for pattern in statement.patterns {
        let arn = pattern.replace("${Account}", "${AWS::AccountId}");
        let arn = arn.replace("${Partition}", "${AWS::Partition}");
        _ = writeln!(text, "              - !Sub {arn}");
    }
    let Some(Value::Object(condition)) = &statement.condition else { return };
    text.push_str("            Condition:\n");
    for (test, keys) in condition {
        _ = writeln!(text, "              {test}:");
        for (key, value) in keys.as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            let quote = if value.contains('$') { "\"" } else { "" };
            _ = writeln!(text, "                {key}: {quote}{value}{quote}");
        }
    }
}
