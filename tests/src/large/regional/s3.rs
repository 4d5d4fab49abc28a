//! Buckets; an account has no access points.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;

use super::{Asked, Shape, each, with_type};

/// The codes with which S3 says that a bucket has no such configuration.
const NONE: &[(&str, &str)] = &[
    ("GetBucketPolicy", "NoSuchBucketPolicy"),
    ("GetBucketPolicyStatus", "NoSuchBucketPolicy"),
    ("GetBucketOwnershipControls", "OwnershipControlsNotFoundError"),
    ("GetBucketPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
    ("GetEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError"),
    ("GetAccountPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
];

pub(super) fn answer(asked: &Asked, shape: Shape) -> Response<Full<Bytes>> {
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
