//! Statements → the text of a policy: as IAM takes it, as CloudFormation does, as Terraform does.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use super::policy::{READ_ROLE, Statement};

/// The condition that keeps a role from being entered outside of the organization of whoever enters it: outside
/// of an organization the variable is empty, and the statement void.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-resourceorgid>
const RESOURCE_ORGANIZATION: (&str, &str) = ("aws:ResourceOrgID", "${aws:PrincipalOrgID}");

/// A policy document, its fields in the order in which people write them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'s> {
    version: &'static str,
    statement: Vec<Written<'s>>,
}

/// One statement of a document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written<'s> {
    sid: &'s str,
    effect: &'static str,
    action: &'s [String],
    resource: Resources,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Value>,
}

/// What a statement is on.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Resources {
    Any(&'static str),
    These(Vec<String>),
}

fn document<'s>(statements: &'s [Statement], partition: &str, account: &str) -> Document<'s> {
    let written = |statement: &'s Statement| {
        let arns: Vec<String> =
            statement.resources.iter().map(|each| each.with(partition, account)).collect();
        let (key, value) = RESOURCE_ORGANIZATION;
        Written {
            sid: &statement.sid,
            effect: "Allow",
            action: &statement.actions,
            resource: if arns.is_empty() { Resources::Any("*") } else { Resources::These(arns) },
            condition: statement.in_organization.then(|| json!({"StringEquals": {key: value}})),
        }
    };
    Document { version: "2012-10-17", statement: statements.iter().map(written).collect() }
}

/// A policy document as IAM takes it, of ARNs with this partition and this account (`*` for any).
pub fn text(statements: &[Statement], partition: &str, account: &str) -> String {
    // Strings always have a form.
    serde_json::to_string_pretty(&document(statements, partition, account)).unwrap_or_default()
}

/// The same as a part of another document.
pub fn value(statements: &[Statement], partition: &str, account: &str) -> Value {
    serde_json::to_value(document(statements, partition, account)).unwrap_or_default()
}

/// Statements as items of a list in a CloudFormation template, `indent` spaces from the margin.
pub fn yaml(statements: &[Statement], indent: usize) -> String {
    let mut lines = Vec::new();
    for statement in statements {
        lines.push(format!("- Sid: {}", statement.sid));
        lines.push("  Effect: Allow".to_owned());
        lines.push("  Action:".to_owned());
        lines.extend(statement.actions.iter().map(|action| format!("    - {action}")));
        let arns = statement.resources.iter().map(|resource| {
            format!("!Sub {}", resource.with("${AWS::Partition}", "${AWS::AccountId}"))
        });
        let arns: Vec<String> = arns.collect();
        match arns.as_slice() {
            [] => lines.push("  Resource: \"*\"".to_owned()),
            [one] => lines.push(format!("  Resource: {one}")),
            several => {
                lines.push("  Resource:".to_owned());
                lines.extend(several.iter().map(|arn| format!("    - {arn}")));
            }
        }
        if statement.in_organization {
            let (key, value) = RESOURCE_ORGANIZATION;
            lines.push("  Condition:".to_owned());
            lines.push("    StringEquals:".to_owned());
            lines.push(format!("      {key}: \"{value}\""));
        }
    }
    let mut text = String::new();
    for line in lines {
        _ = writeln!(text, "{:indent$}{line}", "");
    }
    text
}

/// The name of the n-th of several policies.
pub fn name(number: usize, of: usize) -> String {
    if of == 1 { READ_ROLE.to_owned() } else { format!("{READ_ROLE}-{number}") }
}

/// Policies as a CloudFormation template, attached to a role that is a parameter.
pub fn cloud_formation(policies: &[Vec<Statement>]) -> String {
    let mut text = format!(
        "AWSTemplateFormatVersion: \"2010-09-09\"\n\
         Description: \"accesstrail: what it may do, generated from what it does.\"\n\n\
         Parameters:\n  RoleName:\n    Type: String\n    \
         Description: Name of the role that gets the policies\n    Default: {READ_ROLE}\n\n\
         Resources:\n"
    );
    text.push_str(&managed("Policy", &["Roles: [!Ref RoleName]"], None, policies));
    text
}

/// Managed policies as resources of a template: `Name`, or `Name1`, `Name2` where it takes several. Each has
/// these further lines among its properties, and exists under this condition.
pub fn managed(
    name: &str,
    properties: &[&str],
    condition: Option<&str>,
    policies: &[Vec<Statement>],
) -> String {
    let mut text = String::new();
    for (index, policy) in policies.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let number = if policies.len() == 1 { String::new() } else { (index + 1).to_string() };
        _ = writeln!(text, "  {name}{number}:\n    Type: AWS::IAM::ManagedPolicy");
        if let Some(condition) = condition {
            _ = writeln!(text, "    Condition: {condition}");
        }
        text.push_str("    Properties:\n");
        for property in properties {
            _ = writeln!(text, "      {property}");
        }
        text.push_str(
            "      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n",
        );
        text.push_str(&yaml(policy, 10));
    }
    text
}

/// Policies as Terraform writes them: a document and a policy each.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>
pub fn terraform(policies: &[Vec<Statement>]) -> String {
    let mut text =
        "data \"aws_partition\" \"current\" {}\n\ndata \"aws_caller_identity\" \"current\" {}\n"
            .to_owned();
    for (index, policy) in policies.iter().enumerate() {
        let name = name(index + 1, policies.len());
        let label = name.replace('-', "_");
        _ = write!(
            text,
            "\n{}\nresource \"aws_iam_policy\" \"{label}\" {{\n  name   = \"{name}\"\n  \
             policy = data.aws_iam_policy_document.{label}.json\n}}\n",
            terraform_document(&label, policy)
        );
    }
    text
}

/// Statements as the document of Terraform that has this label.
pub fn terraform_document(label: &str, statements: &[Statement]) -> String {
    let mut text = format!("data \"aws_iam_policy_document\" \"{label}\" {{\n");
    for (number, statement) in statements.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        block(&mut text, statement);
    }
    text.push_str("}\n");
    text
}

fn block(text: &mut String, statement: &Statement) {
    let arn = |resource: &super::reference::Pattern| {
        resource.with(
            "${data.aws_partition.current.partition}",
            "${data.aws_caller_identity.current.account_id}",
        )
    };
    let mut resources: Vec<String> = statement.resources.iter().map(arn).collect();
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    _ = writeln!(text, "  statement {{\n    sid = \"{}\"", statement.sid);
    for (field, values) in [("actions", &statement.actions), ("resources", &resources)] {
        _ = writeln!(text, "    {field} = [");
        for value in values {
            _ = writeln!(text, "      \"{value}\",");
        }
        text.push_str("    ]\n");
    }
    if statement.in_organization {
        let (key, value) = RESOURCE_ORGANIZATION;
        // Terraform would take `${` for its own.
        let value = value.replace("${", "&{");
        _ = writeln!(
            text,
            "    condition {{\n      test     = \"StringEquals\"\n      variable = \"{key}\"\n      \
             values   = [\"{value}\"]\n    }}"
        );
    }
    text.push_str("  }\n");
}

#[cfg(test)]
mod tests {
    use super::super::policy::statements;
    use super::super::tests::need;
    use super::super::{Need, Side, Tier};
    use super::*;

    fn some() -> Vec<Statement> {
        const NEEDS: [Need; 4] = [
            need("iam:ListUsers", "people", "users", Tier::One, Side::Account),
            need("iam:ListAccessKeys", "people", "keys", Tier::One, Side::Account),
            need("sso:DescribePermissionSet", "sets", "sets", Tier::Two, Side::Organization),
            need("sts:AssumeRole", "sessions", "role", Tier::Four, Side::Hub),
        ];
        statements(&NEEDS.iter().collect::<Vec<_>>(), READ_ROLE)
    }

    #[test]
    fn as_iam_takes_it() {
        let text = text(&some(), "aws-cn", "111122223333");
        let expected = concat!(
            r#"{"Version":"2012-10-17","Statement":["#,
            r#"{"Sid":"Tier1Iam","Effect":"Allow","Action":["iam:ListUsers"],"Resource":"*"},"#,
            r#"{"Sid":"Tier1IamNamed","Effect":"Allow","Action":["iam:ListAccessKeys"],"Resource":["arn:aws-cn:iam::111122223333:user/*"]},"#,
            r#"{"Sid":"Tier2SsoNamed","Effect":"Allow","Action":["sso:DescribePermissionSet"],"Resource":["arn:aws-cn:sso:::instance/*","arn:aws-cn:sso:::permissionSet/*/*"]},"#,
            r#"{"Sid":"Tier4StsEnter","Effect":"Allow","Action":["sts:AssumeRole"],"Resource":["arn:aws-cn:iam::*:role/accesstrail-read"],"Condition":{"StringEquals":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"}}}]}"#
        );
        let narrow: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        assert_eq!(narrow, expected);
        let same: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(value(&some(), "aws-cn", "111122223333"), same);
    }

    #[test]
    fn as_cloud_formation_takes_it() {
        let text = yaml(&some(), 2);
        let expected = r#"  - Sid: Tier1Iam
    Effect: Allow
    Action:
      - iam:ListUsers
    Resource: "*"
  - Sid: Tier1IamNamed
    Effect: Allow
    Action:
      - iam:ListAccessKeys
    Resource: !Sub arn:${AWS::Partition}:iam::${AWS::AccountId}:user/*
  - Sid: Tier2SsoNamed
    Effect: Allow
    Action:
      - sso:DescribePermissionSet
    Resource:
      - !Sub arn:${AWS::Partition}:sso:::instance/*
      - !Sub arn:${AWS::Partition}:sso:::permissionSet/*/*
  - Sid: Tier4StsEnter
    Effect: Allow
    Action:
      - sts:AssumeRole
    Resource: !Sub arn:${AWS::Partition}:iam::*:role/accesstrail-read
    Condition:
      StringEquals:
        aws:ResourceOrgID: "${aws:PrincipalOrgID}"
"#;
        assert_eq!(text, expected);
        let whole = cloud_formation(&[some(), some()]);
        assert_eq!(whole.matches("Type: AWS::IAM::ManagedPolicy").count(), 2);
        assert!(cloud_formation(&[some()]).contains("\n  Policy:\n"), "one has no number");
        assert!(managed("A", &[], Some("Wanted"), &[some()]).contains("\n    Condition: Wanted\n"));
        assert!(whole.contains("\n  Policy2:\n"), "{whole}");
        assert!(whole.contains("\n          - Sid: Tier1Iam\n"), "{whole}");
    }

    #[test]
    fn as_terraform_takes_it() {
        let one = terraform(&[some()]);
        for part in [
            "data \"aws_iam_policy_document\" \"accesstrail_read\" {\n  statement {\n    sid = \"Tier1Iam\"\n    actions = [\n      \"iam:ListUsers\",\n    ]\n    resources = [\n      \"*\",\n    ]\n  }\n",
            "\"arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:user/*\"",
            "values   = [\"&{aws:PrincipalOrgID}\"]",
            "resource \"aws_iam_policy\" \"accesstrail_read\" {\n  name   = \"accesstrail-read\"\n",
        ] {
            assert!(one.contains(part), "{part} in {one}");
        }
        assert_eq!(one.matches('{').count(), one.matches('}').count());
        let two = terraform(&[some(), some()]);
        assert!(two.contains("\"accesstrail_read_2\"") && two.contains("\"accesstrail-read-2\""));
        assert_eq!(two.matches("data \"aws_partition\"").count(), 1);
    }
}
