//! Names in `requestParameters` → ARNs, where a clear rule gives one.
//!
//! The forms of ARNs are those of the service authorization reference:
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
//!
//! A name alone lacks what the ARN has besides: the path of an IAM user or role (names are unique in an account
//! whatever the path), the six characters behind a secret's name (`-??????`, as in policies), the identifier
//! behind a stack's name. Whoever joins by ARN has to look at the name in these cases.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

use super::super::identity::OF_SERVICE;
use super::scan;
use crate::model::activity::{MOST_RESOURCES, Text};

/// What the record says of where its names belong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'b> {
    /// `eventSource`.
    pub(super) source: &'b str,
    /// `eventName`.
    pub(super) name: &'b str,
    /// `awsRegion`.
    pub(super) region: &'b str,
    /// The account that owns the names.
    pub(super) account: &'b str,
}

/// How a name becomes an ARN. `P` is the partition, `R` the region, `A` the account, `N` the name.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// `arn:P:SERVICE:R:A:TYPE` + `N`.
    Regional(&'static str, &'static str),
    /// `arn:P:SERVICE::A:TYPE` + `N`.
    Global(&'static str, &'static str),
    /// `arn:P:SERVICE:R::TYPE` + `N`.
    Shared(&'static str, &'static str),
    /// `arn:P:SERVICE:::TYPE` + `N`.
    Nowhere(&'static str, &'static str),
    /// The bucket of a request; with its key, the object.
    Bucket,
    /// The key of an object; nothing without a bucket.
    Key,
    /// `https://HOST/A/N`.
    Queue,
    /// A secret, whose name is followed by six characters.
    Secret,
    /// An identifier, or `alias/N`, of a KMS key.
    KmsKey,
    /// A function: `N`, `N:QUALIFIER` or `A:function:N`.
    Function,
    /// A parameter, with or without the `/` that its name starts with; of calls about parameters only.
    Parameter,
    /// A foundation model, or an inference profile of a group of regions.
    Model,
}

use Form::{Global, Nowhere, Regional, Shared};

/// Where the keys of a source stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// In `requestParameters` itself.
    Top,
    /// Anywhere in it: EC2 has lists of objects.
    Any,
}

/// The keys of a source that name what is acted on.
type Rules = &'static [(&'static str, Form)];

/// The names of each source, without `.amazonaws.com`; the most frequent first.
const NAMES: &[(&str, Rules)] = &[
    ("s3", &[("bucketName", Form::Bucket), ("key", Form::Key)]),
    (
        EC2,
        &[
            ("instanceId", Regional("ec2", "instance/")),
            ("volumeId", Regional("ec2", "volume/")),
            ("snapshotId", Shared("ec2", "snapshot/")),
            ("imageId", Shared("ec2", "image/")),
            ("groupId", Regional("ec2", "security-group/")),
            ("vpcId", Regional("ec2", "vpc/")),
            ("subnetId", Regional("ec2", "subnet/")),
            ("networkInterfaceId", Regional("ec2", "network-interface/")),
            ("routeTableId", Regional("ec2", "route-table/")),
            ("internetGatewayId", Regional("ec2", "internet-gateway/")),
            ("natGatewayId", Regional("ec2", "natgateway/")),
            ("allocationId", Regional("ec2", "elastic-ip/")),
            ("launchTemplateId", Regional("ec2", "launch-template/")),
        ],
    ),
    ("dynamodb", &[("tableName", Regional("dynamodb", "table/"))]),
    ("lambda", &[("functionName", Form::Function)]),
    ("sqs", &[("queueUrl", Form::Queue), ("queueName", Regional("sqs", ""))]),
    ("sns", &[("name", Regional("sns", ""))]),
    ("secretsmanager", &[("secretId", Form::Secret), ("name", Form::Secret)]),
    ("kms", &[("keyId", Form::KmsKey), ("targetKeyId", Form::KmsKey), ("aliasName", Form::KmsKey)]),
    (
        "iam",
        &[
            ("userName", Global("iam", "user/")),
            ("roleName", Global("iam", "role/")),
            ("groupName", Global("iam", "group/")),
            ("instanceProfileName", Global("iam", "instance-profile/")),
        ],
    ),
    ("ssm", &[("name", Form::Parameter), ("names", Form::Parameter)]),
    ("logs", &[("logGroupName", Regional("logs", "log-group:"))]),
    ("monitoring", &[("alarmName", Regional("cloudwatch", "alarm:"))]),
    ("cloudtrail", &[("name", Regional("cloudtrail", "trail/"))]),
    ("cloudformation", &[("stackName", Regional("cloudformation", "stack/"))]),
    ("kinesis", &[("streamName", Regional("kinesis", "stream/"))]),
    ("firehose", &[("deliveryStreamName", Regional("firehose", "deliverystream/"))]),
    ("ecs", &[("cluster", Regional("ecs", "cluster/"))]),
    ("ecr", &[("repositoryName", Regional("ecr", "repository/"))]),
    ("eks", &[("name", Regional("eks", "cluster/")), ("clusterName", Regional("eks", "cluster/"))]),
    (
        "rds",
        &[
            ("dBInstanceIdentifier", Regional("rds", "db:")),
            ("dBClusterIdentifier", Regional("rds", "cluster:")),
            ("dBSnapshotIdentifier", Regional("rds", "snapshot:")),
        ],
    ),
    ("redshift", &[("clusterIdentifier", Regional("redshift", "cluster:"))]),
    (
        "elasticache",
        &[
            ("cacheClusterId", Regional("elasticache", "cluster:")),
            ("replicationGroupId", Regional("elasticache", "replicationgroup:")),
        ],
    ),
    ("elasticfilesystem", &[("fileSystemId", Regional("elasticfilesystem", "file-system/"))]),
    ("athena", &[("workGroup", Regional("athena", "workgroup/"))]),
    ("glue", &[("databaseName", Regional("glue", "database/"))]),
    ("codebuild", &[("projectName", Regional("codebuild", "project/"))]),
    ("codecommit", &[("repositoryName", Regional("codecommit", ""))]),
    ("cognito-idp", &[("userPoolId", Regional("cognito-idp", "userpool/"))]),
    ("cognito-identity", &[("identityPoolId", Regional("cognito-identity", "identitypool/"))]),
    ("guardduty", &[("detectorId", Regional("guardduty", "detector/"))]),
    ("backup", &[("backupVaultName", Regional("backup", "backup-vault:"))]),
    ("es", &[("domainName", Regional("es", "domain/"))]),
    (
        "sagemaker",
        &[
            ("endpointName", Regional("sagemaker", "endpoint/")),
            ("notebookInstanceName", Regional("sagemaker", "notebook-instance/")),
        ],
    ),
    ("bedrock", &[("modelId", Form::Model)]),
    (
        "apigateway",
        &[
            ("restApiId", Shared("apigateway", "/restapis/")),
            ("apiId", Shared("apigateway", "/apis/")),
        ],
    ),
    ("route53", &[("hostedZoneId", Nowhere("route53", "hostedzone/"))]),
];

/// The source whose keys stand anywhere.
const EC2: &str = "ec2";

/// Tells each ARN that the names of a request give.
pub(super) fn arns<'a>(place: &Place<'_>, request: &'a [u8], mut tell: impl FnMut(Text<'a>)) {
    let Some((depth, rules)) = rules(place.source) else { return };
    let fields = scan::fields(request).filter(|field| depth == Depth::Any || field.depth == 1);
    let named = fields.filter_map(|field| {
        let (_, form) = rules.iter().find(|(key, _)| key.as_bytes() == field.key)?;
        Some((*form, field.value.decode()?))
    });
    let mut bucket = None;
    for (form, value) in named.take(MOST_RESOURCES) {
        match form {
            Form::Bucket => bucket = Some(value),
            // The key follows its bucket: CloudTrail sorts neither, so it may also come first.
            Form::Key => {
                let bucket = bucket.take().or_else(|| bucket_of(request));
                if let Some(bucket) = bucket {
                    tell(object(place, &bucket, &value));
                    return;
                }
            }
            _ if value.starts_with("arn:") => tell(value),
            _ => {
                if let Some(arn) = arn(place, form, &value) {
                    tell(Cow::Owned(arn));
                }
            }
        }
    }
    if let Some(bucket) = bucket {
        tell(if bucket.starts_with("arn:") { bucket } else { object(place, &bucket, "") });
    }
}

fn rules(source: &str) -> Option<(Depth, Rules)> {
    static OF: LazyLock<HashMap<&str, Rules, RandomState>> =
        LazyLock::new(|| NAMES.iter().copied().collect());
    let service = source.strip_suffix(OF_SERVICE)?;
    let depth = if service == EC2 { Depth::Any } else { Depth::Top };
    OF.get(service).map(|rules| (depth, *rules))
}

fn bucket_of(request: &[u8]) -> Option<Text<'_>> {
    let is_bucket = |field: &scan::Field<'_>| field.depth == 1 && field.key == b"bucketName";
    scan::fields(request).find(is_bucket)?.value.decode()
}

/// The ARN of an object, or of the bucket where the key is empty. Through an access point the bucket's name is
/// an ARN itself.
fn object<'a>(place: &Place<'_>, bucket: &str, key: &str) -> Text<'a> {
    let partition = partition(place.region);
    Cow::Owned(match (bucket.starts_with("arn:"), key.is_empty()) {
        (true, true) => bucket.to_owned(),
        (true, false) => [bucket, "/object/", key].concat(),
        (false, true) => ["arn:", partition, ":s3:::", bucket].concat(),
        (false, false) => ["arn:", partition, ":s3:::", bucket, "/", key].concat(),
    })
}

fn arn(place: &Place<'_>, form: Form, name: &str) -> Option<String> {
    let Place { region, account, .. } = *place;
    let (parts, name) = match form {
        Shared(service, kind) => ([service, region, "", kind], name),
        Nowhere(service, kind) => {
            ([service, "", "", kind], name.rsplit('/').next().unwrap_or(name))
        }
        Form::Model if !is_profile(name) => (["bedrock", region, "", "foundation-model/"], name),
        Form::Queue => return queue(place, name),
        Form::Function if name.contains(FUNCTION) => {
            let (account, name) = name.split_once(FUNCTION)?;
            (["lambda", region, account, "function:"], name)
        }
        // All others belong to an account.
        _ if account.is_empty() => return None,
        Regional(service, kind) => ([service, region, account, kind], name),
        Global(service, kind) => ([service, "", account, kind], name),
        Form::Function => (["lambda", region, account, "function:"], name),
        Form::Model => (["bedrock", region, account, "inference-profile/"], name),
        Form::KmsKey if name.starts_with("alias/") => (["kms", region, account, ""], name),
        Form::KmsKey => (["kms", region, account, "key/"], name),
        Form::Secret => {
            let arn = whole(place, ["secretsmanager", region, account, "secret:"], name);
            return arn.map(|arn| arn + "-??????");
        }
        Form::Parameter if place.name.contains("Parameter") => {
            let name = name.strip_prefix('/').unwrap_or(name);
            (["ssm", region, account, "parameter/"], name)
        }
        Form::Parameter | Form::Bucket | Form::Key => return None,
    };
    whole(place, parts, name)
}

/// What stands between account and name in a function's short ARN.
const FUNCTION: &str = ":function:";

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:TYPE` + name; `None` without a name.
fn whole(place: &Place<'_>, parts: [&str; 4], name: &str) -> Option<String> {
    let [service, region, account, kind] = parts;
    let partition = partition(place.region);
    let arn = ["arn:", partition, ":", service, ":", region, ":", account, ":", kind, name];
    (!name.is_empty()).then(|| arn.concat())
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
fn queue(place: &Place<'_>, url: &str) -> Option<String> {
    let mut parts = url.rsplit('/');
    let (name, account) = (parts.next()?, parts.next()?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| whole(place, ["sqs", place.region, account, ""], name)).flatten()
}

/// Whether a model's identifier starts with a group of regions: `us.`, `eu.`, `apac.`, `global.`, `us-gov.`.
fn is_profile(model: &str) -> bool {
    model.split_once('.').is_some_and(|(group, _)| {
        matches!(group, "us" | "eu" | "apac" | "global" | "us-gov" | "jp" | "au" | "ca")
    })
}

/// <https://docs.aws.amazon.com/general/latest/gr/rande.html>
fn partition(region: &str) -> &'static str {
    const PARTITIONS: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    let found = PARTITIONS.into_iter().find(|(start, _)| region.starts_with(start));
    found.map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests;
