//! The resources of a region of the large organization: lists in one page, and what is asked of each item.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;

use super::{Asked, Shape, with_type};

/// The regions that every account has enabled by default.
///
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
pub(super) const REGIONS: [&str; 17] = [
    "eu-west-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
];

/// The answer of a service that has resources; `None` for all others.
pub(super) fn answer(asked: &Asked, shape: Shape) -> Option<Response<Full<Bytes>>> {
    match asked.service.as_str() {
        "ec2" => Some(ec2(asked, shape)),
        "s3" => Some(s3(asked, shape)),
        "rds" | "sns" => Some(empty(asked)),
        "kms" | "dynamodb" | "sqs" | "lambda" => Some(json(asked, shape)),
        _ => None,
    }
}

fn each(shape: Shape, separator: &str, item: impl Fn(u64) -> String) -> String {
    (0..shape.resources).map(item).collect::<Vec<_>>().join(separator)
}

fn empty(asked: &Asked) -> Response<Full<Bytes>> {
    let action = &asked.action;
    with_type("text/xml", format!("<{action}Response><{action}Result/></{action}Response>"))
}

fn ec2(asked: &Asked, shape: Shape) -> Response<Full<Bytes>> {
    let body = match asked.action.as_str() {
        "DescribeRegions" => {
            let item = |name: &&str| {
                format!(
                    "<item><regionName>{name}</regionName><optInStatus>opt-in-not-required</optInStatus></item>"
                )
            };
            let items = REGIONS.iter().take(shape.regions).map(item).collect::<Vec<_>>().concat();
            format!(
                "<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
            )
        }
        "DescribeInstances" => {
            let items = each(shape, "", |n| {
                format!(
                    "<item><instanceId>i-{n:017x}</instanceId><instanceType>t3.micro</instanceType>\
                     <instanceState><code>16</code><name>running</name></instanceState></item>"
                )
            });
            format!(
                "<DescribeInstancesResponse><reservationSet><item><ownerId>{}</ownerId><instancesSet>{items}\
                 </instancesSet></item></reservationSet></DescribeInstancesResponse>",
                asked.caller
            )
        }
        other => format!("<{other}Response/>"),
    };
    with_type("text/xml", body)
}

/// The codes with which S3 says that a bucket has no such configuration.
const NONE: &[(&str, &str)] = &[
    ("GetBucketPolicy", "NoSuchBucketPolicy"),
    ("GetBucketPolicyStatus", "NoSuchBucketPolicy"),
    ("GetBucketOwnershipControls", "OwnershipControlsNotFoundError"),
    ("GetBucketPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
    ("GetEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError"),
    ("GetBucketTagging", "NoSuchTagSet"),
    ("GetAccountPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
];

fn s3(asked: &Asked, shape: Shape) -> Response<Full<Bytes>> {
    if let Some((_, code)) = NONE.iter().find(|(action, _)| *action == asked.action) {
        let body = format!("<Error><Code>{code}</Code><Message>none</Message></Error>");
        return Response::builder().status(404).body(Full::from(body)).unwrap();
    }
    let body = match asked.action.as_str() {
        "ListAllMyBuckets" => {
            let buckets = each(shape, "", |n| {
                format!(
                    "<Bucket><Name>bucket-{}-{n}</Name><CreationDate>2024-03-01T00:00:00.000Z</CreationDate>\
                     <BucketRegion>eu-west-1</BucketRegion></Bucket>",
                    asked.caller
                )
            });
            format!("<ListAllMyBucketsResult><Buckets>{buckets}</Buckets></ListAllMyBucketsResult>")
        }
        "GetBucketLocation" => "<LocationConstraint>eu-west-1</LocationConstraint>".to_owned(),
        "GetBucketAcl" => {
            "<AccessControlPolicy><Owner><ID>x</ID></Owner><AccessControlList/></AccessControlPolicy>".to_owned()
        }
        "GetBucketVersioning" => "<VersioningConfiguration/>".to_owned(),
        "GetBucketLogging" => "<BucketLoggingStatus/>".to_owned(),
        "GetBucketNotification" => "<NotificationConfiguration/>".to_owned(),
        other => format!("<{other}Result/>"),
    };
    with_type("application/xml", body)
}

fn json(asked: &Asked, shape: Shape) -> Response<Full<Bytes>> {
    let action = asked.action.as_str();
    let none = match asked.service.as_str() {
        "lambda" if action == "GetPolicy" => Some((404, "ResourceNotFoundException")),
        "dynamodb" if action == "GetResourcePolicy" => Some((400, "PolicyNotFoundException")),
        _ => None,
    };
    if let Some((status, code)) = none {
        return Response::builder()
            .status(status)
            .header("x-amzn-errortype", code)
            .body(Full::from(format!(r#"{{"__type":"{code}","message":"none"}}"#)))
            .unwrap();
    }
    let body = match asked.service.as_str() {
        "kms" => kms(asked, shape),
        "dynamodb" => dynamodb(asked, shape),
        _ => functions_and_queues(asked, shape),
    };
    with_type("application/x-amz-json-1.1", body.unwrap_or_else(|| "{}".to_owned()))
}

fn arn(asked: &Asked, resource: &str) -> String {
    let Asked { service, region, caller, .. } = asked;
    format!("arn:aws:{service}:{region}:{caller}:{resource}")
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

fn functions_and_queues(asked: &Asked, shape: Shape) -> Option<String> {
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
        "ListFunctions" => {
            let functions = each(shape, ",", |n| {
                let arn = arn(asked, &format!("function:function-{n}"));
                format!(
                    r#"{{"FunctionName":"function-{n}","FunctionArn":"{arn}","Role":"arn:aws:iam::{caller}:role/role-1"}}"#
                )
            });
            format!(r#"{{"Functions":[{functions}]}}"#)
        }
        _ => return None,
    })
}
