//! The role in each account for those who deploy it themselves: as the very template of the StackSet, or as a Terraform
//! module that makes the same role.

use std::fmt::Write as _;

use super::names::Template;
use crate::permission::Need;
use crate::permission::policy::{MANAGED_CHARACTERS, Statement, split};
use crate::permission::role::{RoleParts, parts};
use crate::permission::write::terraform_document;

/// What the role may do nowhere and never, whatever else is attached to it: change what is accesstrail's.
pub const PROTECTED: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
];

/// What is protected, behind `arn:PARTITION:iam::ACCOUNT:`; the role itself besides, whatever its name.
pub const PROTECTED_RESOURCES: &[&str] =
    &["role/accesstrail-*", "role/accesstrail/*", "policy/accesstrail/*"];

/// The template of the role, exactly as the StackSet deploys it.
pub fn cloud_formation() -> &'static str {
    Template::MemberAccount.text()
}

/// The variables of the module, in the order and with the meaning of the template's parameters.
struct Variable {
    name: &'static str,
    kind: &'static str,
    default: Option<&'static str>,
    description: &'static str,
    /// What its value must be like, as a regular expression of both Terraform and CloudFormation.
    pattern: Option<&'static str>,
}

const VARIABLES: &[Variable] = &[
    Variable {
        name: "hub_account_id",
        kind: "string",
        default: None,
        description: "Account of the hub",
        pattern: Some("^[0-9]{12}$"),
    },
    Variable {
        name: "hub_role_name",
        kind: "string",
        default: Some("\"accesstrail/*\""),
        description: "Role of the hub with its path; a star only at the end, after a slash or a hyphen",
        pattern: Some(
            "^([A-Za-z0-9+=,.@_-]{1,64}/)*[A-Za-z0-9+=,.@_-]*([A-Za-z0-9+=,.@_-]|/\\\\*|-\\\\*)$",
        ),
    },
    Variable {
        name: "external_id",
        kind: "string",
        default: None,
        description: "External id that the hub must give",
        pattern: Some("^[A-Za-z0-9_+=,.@:/-]{16,1224}$"),
    },
    Variable {
        name: "organization_id",
        kind: "string",
        default: None,
        description: "Organization that the hub must belong to",
        pattern: Some("^o-[a-z0-9]{10,32}$"),
    },
    Variable {
        name: "organization_account",
        kind: "bool",
        default: Some("false"),
        description: "Whether this account sees the organization",
        pattern: None,
    },
    Variable {
        name: "collect_resources",
        kind: "bool",
        default: Some("true"),
        description: "Whether resources are read too (tier 3)",
        pattern: None,
    },
    Variable {
        name: "list_object_names",
        kind: "bool",
        default: Some("false"),
        description: "Whether the names of objects in S3 buckets may be listed",
        pattern: None,
    },
    Variable {
        name: "role_name",
        kind: "string",
        default: Some("\"accesstrail-read\""),
        description: "Name of the role, the same as in the hub's stack",
        pattern: Some("^[A-Za-z0-9+=,.@_-]{1,64}$"),
    },
    Variable {
        name: "permissions_boundary",
        kind: "string",
        default: Some("null"),
        description: "ARN of a policy that bounds the role; null for none",
        pattern: None,
    },
];

const TRUST: &str = r#"data "aws_iam_policy_document" "trust" {
  statement {
    sid     = "Hub"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${var.hub_account_id}:root"]
    }
    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalOrgID"
      values   = [var.organization_id]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:${data.aws_partition.current.partition}:iam::${var.hub_account_id}:role/${var.hub_role_name}"]
    }
  }
}

resource "aws_iam_role" "read" {
  name                 = var.role_name
  description          = "Read by accesstrail, from the hub account"
  max_session_duration = 3600
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  tags                 = { managed-by = "accesstrail" }
}
"#;

/// The role as a Terraform module of one file, with the needs that the collectors declare.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role>
pub fn terraform(needs: &[Need]) -> String {
    let RoleParts { account, resources, object_names, organization, .. } = parts(needs);
    let mut text = "# accesstrail: the read-only role in one account, the same that \
                    cloudformation/member-account.yaml makes.\n\n\
                    terraform {\n  required_providers {\n    aws = {\n      \
                    source = \"hashicorp/aws\"\n    }\n  }\n}\n\n"
        .to_owned();
    for variable in VARIABLES {
        text.push_str(&declared(variable));
    }
    text.push_str(
        "data \"aws_partition\" \"current\" {}\n\ndata \"aws_caller_identity\" \"current\" {}\n\n",
    );
    text.push_str(TRUST);
    text.push_str(&inline("read_account", "read-account", None, &account));
    text.push_str(&protection());
    text.push_str(&managed("read_resources", "collect_resources", &resources));
    text.push_str(&managed("read_object_names", "list_object_names", &object_names));
    let switch = Some("organization_account");
    text.push_str(&inline("read_organization", "read-organization", switch, &organization));
    text.push_str("\noutput \"role_arn\" {\n  value = aws_iam_role.read.arn\n}\n");
    text
}

fn declared(variable: &Variable) -> String {
    let Variable { name, kind, default, description, pattern } = variable;
    let mut text = format!(
        "variable \"{name}\" {{\n  type        = {kind}\n  description = \"{description}\"\n"
    );
    if let Some(default) = default {
        _ = writeln!(text, "  default     = {default}");
    }
    if let Some(pattern) = pattern {
        _ = write!(
            text,
            "  validation {{\n    condition     = can(regex(\"{pattern}\", var.{name}))\n    \
             error_message = \"{description}.\"\n  }}\n"
        );
    }
    text.push_str("}\n\n");
    text
}

/// An inline policy of the role, where a switch is on.
fn inline(label: &str, name: &str, switch: Option<&str>, statements: &[Statement]) -> String {
    let document = terraform_document(label, statements);
    let count = counted(switch);
    format!(
        "\n{document}\nresource \"aws_iam_role_policy\" \"{label}\" {{\n{count}  name   = \"{name}\"\n  \
         role   = aws_iam_role.read.id\n  policy = data.aws_iam_policy_document.{label}.json\n}}\n"
    )
}

fn counted(switch: Option<&str>) -> String {
    switch.map(|switch| format!("  count  = var.{switch} ? 1 : 0\n")).unwrap_or_default()
}

/// Managed policies of the role, where a switch is on: as many as IAM makes of them.
fn managed(label: &str, switch: &str, statements: &[Statement]) -> String {
    let policies = split(statements, MANAGED_CHARACTERS);
    let mut text = String::new();
    for (index, policy) in policies.iter().enumerate() {
        let label =
            if policies.len() == 1 { label.to_owned() } else { format!("{label}_{}", index + 1) };
        let document = terraform_document(&label, policy);
        let count = counted(Some(switch));
        _ = write!(
            text,
            "\n{document}\nresource \"aws_iam_policy\" \"{label}\" {{\n{count}  name_prefix = \"accesstrail-\"\n  \
             path   = \"/accesstrail/\"\n  policy = data.aws_iam_policy_document.{label}.json\n  \
             tags   = {{ managed-by = \"accesstrail\" }}\n}}\n\n\
             resource \"aws_iam_role_policy_attachment\" \"{label}\" {{\n{count}  \
             role       = aws_iam_role.read.name\n  policy_arn = aws_iam_policy.{label}[0].arn\n}}\n"
        );
    }
    text
}

/// The statement that denies: not made of needs.
fn protection() -> String {
    let actions: Vec<String> =
        PROTECTED.iter().map(|action| format!("      \"{action}\",\n")).collect();
    let arn = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}";
    let resources: Vec<String> = ["role/${var.role_name}"]
        .iter()
        .chain(PROTECTED_RESOURCES)
        .map(|resource| format!("      \"{arn}:{resource}\",\n"))
        .collect();
    format!(
        "\ndata \"aws_iam_policy_document\" \"self_protection\" {{\n  statement {{\n    \
         sid    = \"ProtectAccesstrail\"\n    effect = \"Deny\"\n    actions = [\n{}    ]\n    \
         resources = [\n{}    ]\n  }}\n}}\n\nresource \"aws_iam_role_policy\" \"self_protection\" {{\n  \
         name   = \"self-protection\"\n  role   = aws_iam_role.read.id\n  \
         policy = data.aws_iam_policy_document.self_protection.json\n}}\n",
        actions.concat(),
        resources.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::tests::need;
    use crate::permission::{Need, Side, Tier, When};

    const NEEDS: [Need; 4] = [
        need("iam:ListUsers", "people", "users", Tier::One, Side::Account),
        need("s3:ListAllMyBuckets", "s3", "buckets", Tier::Three, Side::Account),
        Need {
            when: When::Asked,
            ..need("s3:ListBucket", "objects", "names", Tier::Three, Side::Account)
        },
        need("organizations:ListRoots", "tree", "roots", Tier::One, Side::Organization),
    ];

    #[test]
    fn the_module_has_what_the_template_has() {
        let module = terraform(&NEEDS);
        for part in [
            "variable = \"sts:ExternalId\"\n      values   = [var.external_id]",
            "variable = \"aws:PrincipalOrgID\"",
            "permissions_boundary = var.permissions_boundary",
            "count  = var.collect_resources ? 1 : 0",
            "count  = var.list_object_names ? 1 : 0",
            "count  = var.organization_account ? 1 : 0",
            "effect = \"Deny\"",
            "\"iam:ListUsers\"",
            "\"organizations:ListRoots\"",
        ] {
            assert!(module.contains(part), "{part} in\n{module}");
        }
        assert_eq!(module.matches('{').count(), module.matches('}').count());
        let template = cloud_formation();
        // The variables are the parameters, by their names.
        for Variable { name, .. } in VARIABLES {
            let lower = |text: &str| text.replace('_', "").to_ascii_lowercase();
            let is_it = |line: &str| {
                line.strip_suffix(':')
                    .is_some_and(|it| it.trim().to_ascii_lowercase() == lower(name))
            };
            assert!(template.lines().any(is_it), "{name}");
        }
        let parameters = template.split("\nConditions:\n").next().unwrap();
        let (_, parameters) = parameters.split_once("\nParameters:\n").unwrap();
        let count = parameters.lines().filter(|it| it.starts_with("  ") && !it.starts_with("   "));
        assert_eq!(count.count(), VARIABLES.len());
    }

    #[test]
    fn both_roles_protect_themselves_alike() {
        for template in [Template::MemberAccount, Template::ManagementAccount] {
            let (_, statement) = template.text().split_once("- Sid: ProtectAccesstrail\n").unwrap();
            let (actions, rest) = statement.split_once("Resource:\n").unwrap();
            let actions: Vec<&str> =
                actions.lines().filter_map(|it| it.trim().strip_prefix("- ")).collect();
            assert_eq!(actions, PROTECTED, "{}", template.file());
            let (resources, _) = rest.split_once("      Tags:").unwrap();
            let resources: Vec<&str> =
                resources.lines().filter_map(|it| it.rsplit(':').next()).collect();
            let own = ["role/${RoleName}"];
            let wanted: Vec<&str> = own.iter().chain(PROTECTED_RESOURCES).copied().collect();
            assert_eq!(resources, wanted);
        }
    }

    #[test]
    fn every_trust_wants_the_external_id() {
        for template in [Template::MemberAccount, Template::ManagementAccount] {
            let text = template.text();
            let roles = text.matches("Type: AWS::IAM::Role\n").count();
            assert_eq!(text.matches("sts:ExternalId: !Ref ExternalId").count(), roles);
            assert_eq!(text.matches("Action: sts:AssumeRole").count(), roles);
            assert_eq!(text.matches("PermissionsBoundary: !If").count(), roles);
        }
    }
}
