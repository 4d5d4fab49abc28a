//! The resources of a region of the large organization: lists in one page, and what is asked of each item.

mod json;
mod query;
mod rest;
mod s3;

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
        "ec2" | "rds" | "sns" => Some(query::answer(asked, shape)),
        "s3" => Some(s3::answer(asked, shape)),
        "kms" | "dynamodb" | "sqs" | "secretsmanager" | "ecr" | "tagging" => {
            Some(json::answer(asked, shape))
        }
        "lambda" | "eks" | "bedrock" => Some(rest::answer(asked, shape)),
        _ => None,
    }
}

fn each(shape: Shape, separator: &str, item: impl Fn(u64) -> String) -> String {
    (0..shape.resources).map(item).collect::<Vec<_>>().join(separator)
}

fn arn(asked: &Asked, resource: &str) -> String {
    let Asked { service, region, caller, .. } = asked;
    format!("arn:aws:{service}:{region}:{caller}:{resource}")
}

/// A role that there is in the caller's account.
fn role(asked: &Asked) -> String {
    format!("arn:aws:iam::{}:role/role-1", asked.caller)
}

/// The answer of a JSON service: an empty object where nothing is said.
fn json_answer(body: Option<String>) -> Response<Full<Bytes>> {
    with_type("application/x-amz-json-1.1", body.unwrap_or_else(|| "{}".to_owned()))
}

/// The refusal of a JSON service.
fn json_error(status: u16, code: &str) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("x-amzn-errortype", code)
        .body(Full::from(format!(r#"{{"__type":"{code}","message":"none"}}"#)))
        .unwrap()
}
