//! The services of which every request is a POST with a target: KMS, DynamoDB, SQS, Secrets Manager, ECR
//! and the Resource Groups Tagging API.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;

use super::{Asked, Shape, arn, each, json_answer, json_error};

pub(super) fn answer(asked: &Asked, shape: Shape) -> Response<Full<Bytes>> {
    let action = asked.action.as_str();
    match asked.service.as_str() {
        "dynamodb" if action == "GetResourcePolicy" => json_error(400, "PolicyNotFoundException"),
        "ecr" if action == "GetRepositoryPolicy" => {
            json_error(400, "RepositoryPolicyNotFoundException")
        }
        "kms" => json_answer(kms(asked, shape)),
        "dynamodb" => json_answer(dynamodb(asked, shape)),
        "sqs" => json_answer(sqs(asked, shape)),
        "secretsmanager" => json_answer(secrets_manager(asked, shape)),
        "tagging" => json_answer(Some(tagged(asked, shape))),
        _ => json_answer(ecr(asked, shape)),
    }
}

/// The last part of what a request names.
fn named(asked: &Asked, parameter: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap_or_default();
    let text = body[parameter].as_str().unwrap_or_default();
    text.rsplit(['/', ':']).next().unwrap_or_default().to_owned()
}

fn kms(asked: &Asked, shape: Shape) -> Option<String> {
    Some(match asked.action.as_str() {
        "ListKeys" => {
            let keys = each(shape, ",", |n| {
                let arn = arn(asked, &format!("key/key-{n}"));
                format!(r#"{{"KeyId":"key-{n}","KeyArn":"{arn}"}}"#)
            });
            format!(r#"{{"Keys":[{keys}],"Truncated":false}}"#)
        }
        "DescribeKey" => {
            let id = named(asked, "KeyId");
            let arn = arn(asked, &format!("key/{id}"));
            format!(
                r#"{{"KeyMetadata":{{"KeyId":"{id}","Arn":"{arn}","KeyManager":"CUSTOMER","KeyState":"Enabled","Enabled":true}}}}"#
            )
        }
        "GetKeyPolicy" => r#"{"Policy":"{}","PolicyName":"default"}"#.to_owned(),
        _ => return None,
    })
}

fn dynamodb(asked: &Asked, shape: Shape) -> Option<String> {
    Some(match asked.action.as_str() {
        "ListTables" => {
            format!(r#"{{"TableNames":[{}]}}"#, each(shape, ",", |n| format!(r#""table-{n}""#)))
        }
        "DescribeTable" => {
            let name = named(asked, "TableName");
            let arn = arn(asked, &format!("table/{name}"));
            format!(
                r#"{{"Table":{{"TableName":"{name}","TableArn":"{arn}","TableStatus":"ACTIVE"}}}}"#
            )
        }
        "DescribeContinuousBackups" => {
            r#"{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED"}}"#.to_owned()
        }
        _ => return None,
    })
}

fn sqs(asked: &Asked, shape: Shape) -> Option<String> {
    let Asked { region, caller, .. } = asked;
    Some(match asked.action.as_str() {
        "ListQueues" => {
            let urls = each(shape, ",", |n| {
                format!(r#""https://sqs.{region}.amazonaws.com/{caller}/queue-{n}""#)
            });
            format!(r#"{{"QueueUrls":[{urls}]}}"#)
        }
        "GetQueueAttributes" => {
            let arn = arn(asked, &named(asked, "QueueUrl"));
            format!(r#"{{"Attributes":{{"QueueArn":"{arn}"}}}}"#)
        }
        _ => return None,
    })
}

fn secrets_manager(asked: &Asked, shape: Shape) -> Option<String> {
    (asked.action == "ListSecrets").then(|| {
        let secrets = each(shape, ",", |n| {
            let arn = arn(asked, &format!("secret:secret-{n}-abcdef"));
            format!(r#"{{"ARN":"{arn}","Name":"secret-{n}"}}"#)
        });
        format!(r#"{{"SecretList":[{secrets}]}}"#)
    })
}

fn ecr(asked: &Asked, shape: Shape) -> Option<String> {
    (asked.action == "DescribeRepositories").then(|| {
        let repositories = each(shape, ",", |n| {
            let arn = arn(asked, &format!("repository/repository-{n}"));
            format!(r#"{{"repositoryArn":"{arn}","repositoryName":"repository-{n}"}}"#)
        });
        format!(r#"{{"repositories":[{repositories}]}}"#)
    })
}

/// Every resource whose tags its own service tells one by one.
fn tagged(asked: &Asked, shape: Shape) -> String {
    const OF: [(&str, &str); 6] = [
        ("dynamodb", "table/table"),
        ("ecr", "repository/repository"),
        ("kms", "key/key"),
        ("lambda", "function:function"),
        ("sns", "topic"),
        ("sqs", "queue"),
    ];
    let Asked { region, caller, .. } = asked;
    let tagged = OF.map(|(service, name)| {
        each(shape, ",", |n| {
            format!(
                r#"{{"ResourceARN":"arn:aws:{service}:{region}:{caller}:{name}-{n}","Tags":[{{"Key":"owner","Value":"team-{n}"}}]}}"#
            )
        })
    });
    format!(r#"{{"ResourceTagMappingList":[{}]}}"#, tagged.join(","))
}
