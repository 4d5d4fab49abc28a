//! The services whose requests are paths: Lambda, EKS and Bedrock.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use percent_encoding::percent_decode_str;

use super::{Asked, Shape, arn, each, json_answer, json_error, role};

pub(super) fn answer(asked: &Asked, shape: Shape) -> Response<Full<Bytes>> {
    match asked.service.as_str() {
        "lambda" if asked.action == "GetPolicy" => json_error(404, "ResourceNotFoundException"),
        "lambda" => json_answer(lambda(asked, shape)),
        "eks" => json_answer(eks(asked, shape)),
        _ => json_answer(bedrock(asked, shape)),
    }
}

/// The segment of the path that follows `what`, decoded.
fn after(asked: &Asked, what: &str) -> String {
    let segment = asked.path.split('/').skip_while(|part| *part != what).nth(1);
    percent_decode_str(segment.unwrap_or_default()).decode_utf8_lossy().into_owned()
}

fn lambda(asked: &Asked, shape: Shape) -> Option<String> {
    (asked.action == "ListFunctions").then(|| {
        let role = role(asked);
        let functions = each(shape, ",", |n| {
            let arn = arn(asked, &format!("function:function-{n}"));
            format!(r#"{{"FunctionName":"function-{n}","FunctionArn":"{arn}","Role":"{role}"}}"#)
        });
        format!(r#"{{"Functions":[{functions}]}}"#)
    })
}

/// Clusters, each with one access entry and one pod identity.
fn eks(asked: &Asked, shape: Shape) -> Option<String> {
    let cluster = after(asked, "clusters");
    let role = role(asked);
    Some(match asked.action.as_str() {
        "ListClusters" => {
            format!(r#"{{"clusters":[{}]}}"#, each(shape, ",", |n| format!(r#""cluster-{n}""#)))
        }
        "DescribeCluster" => {
            let arn = arn(asked, &format!("cluster/{cluster}"));
            format!(
                r#"{{"cluster":{{"name":"{cluster}","arn":"{arn}","roleArn":"{role}","accessConfig":{{"authenticationMode":"API"}}}}}}"#
            )
        }
        "ListAccessEntries" => format!(r#"{{"accessEntries":["{role}"]}}"#),
        "DescribeAccessEntry" => {
            let arn = arn(asked, &format!("access-entry/{cluster}/role/1/role-1/a"));
            format!(
                r#"{{"accessEntry":{{"clusterName":"{cluster}","principalArn":"{role}","accessEntryArn":"{arn}"}}}}"#
            )
        }
        "ListPodIdentityAssociations" => {
            let arn = arn(asked, &format!("podidentityassociation/{cluster}/a-1"));
            format!(
                r#"{{"associations":[{{"clusterName":"{cluster}","associationId":"a-1","namespace":"web","serviceAccount":"pay","associationArn":"{arn}"}}]}}"#
            )
        }
        "DescribePodIdentityAssociation" => {
            let arn = arn(asked, &format!("podidentityassociation/{cluster}/a-1"));
            format!(
                r#"{{"association":{{"clusterName":"{cluster}","associationId":"a-1","namespace":"web","serviceAccount":"pay","associationArn":"{arn}","roleArn":"{role}"}}}}"#
            )
        }
        _ => return None,
    })
}

/// Agents and knowledge bases, each with one of what belongs to it.
fn bedrock(asked: &Asked, shape: Shape) -> Option<String> {
    let (agent, base) = (after(asked, "agents"), after(asked, "knowledgebases"));
    let role = role(asked);
    Some(match asked.action.as_str() {
        "ListAgents" => {
            let agents = each(shape, ",", |n| format!(r#"{{"agentId":"AGENT{n}"}}"#));
            format!(r#"{{"agentSummaries":[{agents}]}}"#)
        }
        "GetAgent" => {
            let arn = arn(asked, &format!("agent/{agent}"));
            format!(
                r#"{{"agent":{{"agentId":"{agent}","agentName":"a","agentArn":"{arn}","agentResourceRoleArn":"{role}"}}}}"#
            )
        }
        "ListAgentAliases" => {
            r#"{"agentAliasSummaries":[{"agentAliasId":"ALIAS","agentAliasName":"live"}]}"#
                .to_owned()
        }
        "GetAgentAlias" => {
            let arn = arn(asked, &format!("agent-alias/{agent}/ALIAS"));
            format!(
                r#"{{"agentAlias":{{"agentId":"{agent}","agentAliasId":"ALIAS","agentAliasName":"live","agentAliasArn":"{arn}"}}}}"#
            )
        }
        "ListKnowledgeBases" => {
            let bases =
                each(shape, ",", |n| format!(r#"{{"knowledgeBaseId":"BASE{n}","name":"b"}}"#));
            format!(r#"{{"knowledgeBaseSummaries":[{bases}]}}"#)
        }
        "GetKnowledgeBase" => {
            let arn = arn(asked, &format!("knowledge-base/{base}"));
            format!(
                r#"{{"knowledgeBase":{{"knowledgeBaseId":"{base}","name":"b","knowledgeBaseArn":"{arn}","roleArn":"{role}"}}}}"#
            )
        }
        "ListDataSources" => format!(
            r#"{{"dataSourceSummaries":[{{"knowledgeBaseId":"{base}","dataSourceId":"SOURCE","name":"wiki"}}]}}"#
        ),
        _ => return None,
    })
}
