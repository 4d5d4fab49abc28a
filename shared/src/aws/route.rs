//! Which IAM action a REST request is: what the wire shows of S3, Lambda, EKS and Bedrock is a method and a
//! path, and tests hold what was declared against what was really sent.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

/// One request of a REST API.
#[derive(Clone, Copy, Debug)]
struct Route {
    /// The signing name of the service.
    service: &'static str,
    method: &'static str,
    /// The path: `{}` stands for one segment, `{+}` at the end for the rest.
    path: &'static str,
    /// A parameter that the query must have; none if empty.
    query: &'static str,
    /// The IAM action, without the service.
    action: &'static str,
}

const fn get(
    service: &'static str,
    path: &'static str,
    query: &'static str,
    action: &'static str,
) -> Route {
    Route { service, method: "GET", path, query, action }
}

const fn post(service: &'static str, path: &'static str, action: &'static str) -> Route {
    Route { service, method: "POST", path, query: "", action }
}

/// The first route that fits is the one, so those with a query come before those without.
const ROUTES: &[Route] = &[
    // Lists of agents and of what is theirs are posted.
    // <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations.html>
    get("bedrock", "/foundation-models", "", "ListFoundationModels"),
    get("bedrock", "/custom-models", "", "ListCustomModels"),
    get("bedrock", "/imported-models", "", "ListImportedModels"),
    get("bedrock", "/provisioned-model-throughputs", "", "ListProvisionedModelThroughputs"),
    get("bedrock", "/inference-profiles", "", "ListInferenceProfiles"),
    get("bedrock", "/guardrails", "", "ListGuardrails"),
    post("bedrock", "/agents", "ListAgents"),
    get("bedrock", "/agents/{}", "", "GetAgent"),
    post("bedrock", "/agents/{}/agentaliases", "ListAgentAliases"),
    get("bedrock", "/agents/{}/agentaliases/{}", "", "GetAgentAlias"),
    post("bedrock", "/knowledgebases", "ListKnowledgeBases"),
    get("bedrock", "/knowledgebases/{}", "", "GetKnowledgeBase"),
    post("bedrock", "/knowledgebases/{}/datasources", "ListDataSources"),
    get("bedrock", "/prompts", "", "ListPrompts"),
    // <https://docs.aws.amazon.com/eks/latest/APIReference/API_Operations.html>
    get("eks", "/clusters", "", "ListClusters"),
    get("eks", "/clusters/{}", "", "DescribeCluster"),
    get("eks", "/clusters/{}/access-entries", "", "ListAccessEntries"),
    get("eks", "/clusters/{}/access-entries/{}", "", "DescribeAccessEntry"),
    get(
        "eks",
        "/clusters/{}/access-entries/{}/access-policies",
        "",
        "ListAssociatedAccessPolicies",
    ),
    get("eks", "/clusters/{}/pod-identity-associations", "", "ListPodIdentityAssociations"),
    get("eks", "/clusters/{}/pod-identity-associations/{}", "", "DescribePodIdentityAssociation"),
    // <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>
    get("lambda", "/2015-03-31/functions", "", "ListFunctions"),
    get("lambda", "/2015-03-31/functions/{}/policy", "", "GetPolicy"),
    get("lambda", "/2021-10-31/functions/{}/urls", "", "ListFunctionUrlConfigs"),
    // <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
    get("s3", "/{}", "acl", "GetBucketAcl"),
    get("s3", "/{}", "encryption", "GetEncryptionConfiguration"),
    get("s3", "/{}", "list-type", "ListBucket"),
    get("s3", "/{}", "location", "GetBucketLocation"),
    get("s3", "/{}", "logging", "GetBucketLogging"),
    get("s3", "/{}", "notification", "GetBucketNotification"),
    get("s3", "/{}", "ownershipControls", "GetBucketOwnershipControls"),
    get("s3", "/{}", "policy", "GetBucketPolicy"),
    get("s3", "/{}", "policyStatus", "GetBucketPolicyStatus"),
    get("s3", "/{}", "publicAccessBlock", "GetBucketPublicAccessBlock"),
    get("s3", "/{}", "versioning", "GetBucketVersioning"),
    get("s3", "/", "", "ListAllMyBuckets"),
    // S3 Control signs as S3; no bucket is asked for by such a path.
    // <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html>
    get("s3", "/v20180820/accesspoint", "", "ListAccessPoints"),
    get("s3", "/v20180820/accesspoint/{}", "", "GetAccessPoint"),
    get("s3", "/v20180820/accesspoint/{}/policy", "", "GetAccessPointPolicy"),
    get("s3", "/v20180820/accesspoint/{}/policyStatus", "", "GetAccessPointPolicyStatus"),
    get("s3", "/v20180820/configuration/publicAccessBlock", "", "GetAccountPublicAccessBlock"),
    get("s3", "/v20180820/mrap/instances", "", "ListMultiRegionAccessPoints"),
    get("s3", "/v20180820/mrap/instances/{}/policy", "", "GetMultiRegionAccessPointPolicy"),
    get(
        "s3",
        "/v20180820/mrap/instances/{}/policystatus",
        "",
        "GetMultiRegionAccessPointPolicyStatus",
    ),
];

/// The IAM action of a REST request, without the service; `None` where the request is not in the table.
pub fn action(service: &str, method: &str, path: &str, query: &str) -> Option<&'static str> {
    let has = |name: &str| {
        name.is_empty() || query.split('&').any(|pair| pair.split('=').next() == Some(name))
    };
    ROUTES
        .iter()
        .find(|route| {
            route.service == service
                && route.method == method
                && fits(route.path, path)
                && has(route.query)
        })
        .map(|route| route.action)
}

fn fits(pattern: &str, path: &str) -> bool {
    let trimmed = |text: &str| text.trim_matches('/').to_owned();
    let (pattern, path) = (trimmed(pattern), trimmed(path));
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) | (Some("{+}"), Some(_)) => return true,
            (Some("{}"), Some(segment)) if !segment.is_empty() => {}
            (Some(wanted), Some(found)) if wanted == found => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart_by_path_and_query() {
        let rows = [
            ("s3", "GET", "/", "x-id=ListBuckets", Some("ListAllMyBuckets")),
            ("s3", "GET", "/logs", "location", Some("GetBucketLocation")),
            ("s3", "GET", "/logs/", "list-type=2&prefix=location", Some("ListBucket")),
            ("s3", "GET", "/logs", "policyStatus", Some("GetBucketPolicyStatus")),
            ("s3", "GET", "/v20180820/accesspoint", "bucket=logs", Some("ListAccessPoints")),
            ("s3", "GET", "/v20180820/accesspoint/a/policy", "", Some("GetAccessPointPolicy")),
            // What is in an object has no name here, so that nobody could declare it.
            ("s3", "GET", "/logs/key", "location", None),
            ("s3", "GET", "/logs/key", "", None),
            ("s3", "GET", "/logs/key", "x-id=GetObject", None),
            ("s3", "HEAD", "/logs/key", "", None),
            ("s3", "PUT", "/", "", None),
            ("lambda", "GET", "/", "", None),
            ("bedrock", "GET", "/guardrails/", "maxResults=1", Some("ListGuardrails")),
            ("bedrock", "POST", "/agents/", "", Some("ListAgents")),
            ("bedrock", "PUT", "/agents/", "", None),
            ("bedrock", "GET", "/agents/A1/agentaliases/B1/", "", Some("GetAgentAlias")),
            ("bedrock", "GET", "/prompts/", "", Some("ListPrompts")),
            ("bedrock", "GET", "/prompts/P1/", "", None),
            ("lambda", "GET", "/2015-03-31/functions/", "", Some("ListFunctions")),
            ("lambda", "GET", "/2015-03-31/functions/f/policy", "", Some("GetPolicy")),
            ("lambda", "POST", "/2015-03-31/functions/f/invocations", "", None),
            ("eks", "GET", "/clusters/c/access-entries/arn%3Aaws", "", Some("DescribeAccessEntry")),
        ];
        for (service, method, path, query, expected) in rows {
            assert_eq!(action(service, method, path, query), expected, "{method} {path}?{query}");
        }
    }

    #[test]
    fn patterns() {
        for (pattern, path, expected) in [
            ("/a/{}/b", "/a/x/b", true),
            ("/a/{}/b", "/a/x/b/", true),
            ("/a/{}/b", "/a/x/c", false),
            ("/a/{}", "/a", false),
            ("/a/{+}", "/a/x/y/z", true),
            ("/", "", true),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}
