//! Names of each source and the ARNs they give.

use proptest::prelude::*;

use super::*;

/// Source and operation, request, ARNs: `eu-west-1`, account `111122223333`.
const ROWS: &[(&str, &str, &str)] = &[
    (
        "s3 GetObject",
        r#"{"bucketName":"b","Host":"h","key":"a/b c.csv"}"#,
        "arn:aws:s3:::b/a/b c.csv",
    ),
    ("s3 GetObject", r#"{"key":"k","bucketName":"b"}"#, "arn:aws:s3:::b/k"),
    ("s3 ListObjects", r#"{"bucketName":"b","prefix":"x/"}"#, "arn:aws:s3:::b"),
    (
        "s3 GetObject",
        r#"{"bucketName":"arn:aws:s3:eu-west-1:111122223333:accesspoint/p","key":"k"}"#,
        "arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/k",
    ),
    (
        "s3 ListObjects",
        r#"{"bucketName":"arn:aws:s3:eu-west-1:111122223333:accesspoint/p"}"#,
        "arn:aws:s3:eu-west-1:111122223333:accesspoint/p",
    ),
    ("s3 GetObject", r#"{"key":"k"}"#, ""),
    ("s3 GetObject", r#"{"bucketName":"b","key":"\u00e9\"x"}"#, "arn:aws:s3:::b/é\"x"),
    ("s3 PutBucketTagging", r#"{"tagging":{"key":"x"},"bucketName":"b"}"#, "arn:aws:s3:::b"),
    ("s3 ListBuckets", r#"{"Host":"s3.amazonaws.com"}"#, ""),
    ("s3 GetObject", r#""HIDDEN_DUE_TO_SECURITY_REASONS""#, ""),
    ("dynamodb PutItem", r#"{"tableName":"t"}"#, "arn:aws:dynamodb:eu-west-1:111122223333:table/t"),
    (
        "dynamodb PutItem",
        r#"{"tableName":"arn:aws:dynamodb:eu-west-1:444455556666:table/t"}"#,
        "arn:aws:dynamodb:eu-west-1:444455556666:table/t",
    ),
    ("dynamodb PutItem", r#"{"item":{"tableName":"t"}}"#, ""),
    ("dynamodb PutItem", r#"{"tableName":""}"#, ""),
    ("dynamodb PutItem", r#"{"tableName":7}"#, ""),
    (
        "lambda Invoke",
        r#"{"functionName":"f"}"#,
        "arn:aws:lambda:eu-west-1:111122223333:function:f",
    ),
    (
        "lambda Invoke",
        r#"{"functionName":"f:live"}"#,
        "arn:aws:lambda:eu-west-1:111122223333:function:f:live",
    ),
    (
        "lambda Invoke",
        r#"{"functionName":"444455556666:function:f"}"#,
        "arn:aws:lambda:eu-west-1:444455556666:function:f",
    ),
    (
        "sqs SendMessage",
        r#"{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/444455556666/q.fifo"}"#,
        "arn:aws:sqs:eu-west-1:444455556666:q.fifo",
    ),
    (
        "sqs SendMessage",
        r#"{"queueUrl":"https://eu-west-1.queue.amazonaws.com/444455556666/q"}"#,
        "arn:aws:sqs:eu-west-1:444455556666:q",
    ),
    ("sqs SendMessage", r#"{"queueUrl":"https://example.com/q"}"#, ""),
    ("sqs SendMessage", r#"{"queueUrl":"q"}"#, ""),
    ("sqs CreateQueue", r#"{"queueName":"q"}"#, "arn:aws:sqs:eu-west-1:111122223333:q"),
    ("sns CreateTopic", r#"{"name":"t"}"#, "arn:aws:sns:eu-west-1:111122223333:t"),
    (
        "secretsmanager GetSecretValue",
        r#"{"secretId":"prod/db"}"#,
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-??????",
    ),
    (
        "secretsmanager GetSecretValue",
        r#"{"secretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-Ab12Cd"}"#,
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-Ab12Cd",
    ),
    (
        "secretsmanager CreateSecret",
        r#"{"name":"s"}"#,
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:s-??????",
    ),
    (
        "kms Decrypt",
        r#"{"keyId":"0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d"}"#,
        "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-4e5f-4a6b-8c7d-9e8f7a6b5c4d",
    ),
    ("kms Encrypt", r#"{"keyId":"alias/app"}"#, "arn:aws:kms:eu-west-1:111122223333:alias/app"),
    (
        "kms CreateAlias",
        r#"{"aliasName":"alias/app","targetKeyId":"mrk-1"}"#,
        "arn:aws:kms:eu-west-1:111122223333:alias/app arn:aws:kms:eu-west-1:111122223333:key/mrk-1",
    ),
    ("iam GetUser", r#"{"userName":"ana"}"#, "arn:aws:iam::111122223333:user/ana"),
    (
        "iam AttachRolePolicy",
        r#"{"policyArn":"arn:aws:iam::aws:policy/X","roleName":"r"}"#,
        "arn:aws:iam::111122223333:role/r",
    ),
    (
        "iam AddUserToGroup",
        r#"{"groupName":"g","userName":"ana"}"#,
        "arn:aws:iam::111122223333:group/g arn:aws:iam::111122223333:user/ana",
    ),
    (
        "iam GetInstanceProfile",
        r#"{"instanceProfileName":"p"}"#,
        "arn:aws:iam::111122223333:instance-profile/p",
    ),
    (
        "ssm GetParameter",
        r#"{"name":"/app/key"}"#,
        "arn:aws:ssm:eu-west-1:111122223333:parameter/app/key",
    ),
    (
        "ssm GetParameters",
        r#"{"names":["a","/b"],"withDecryption":true}"#,
        "arn:aws:ssm:eu-west-1:111122223333:parameter/a arn:aws:ssm:eu-west-1:111122223333:parameter/b",
    ),
    ("ssm GetDocument", r#"{"name":"AWS-RunShellScript"}"#, ""),
    (
        "logs CreateLogStream",
        r#"{"logGroupName":"/aws/x","logStreamName":"s"}"#,
        "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/x",
    ),
    (
        "monitoring SetAlarmState",
        r#"{"alarmName":"a"}"#,
        "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a",
    ),
    (
        "cloudtrail StopLogging",
        r#"{"name":"t"}"#,
        "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t",
    ),
    (
        "cloudformation DeleteStack",
        r#"{"stackName":"s"}"#,
        "arn:aws:cloudformation:eu-west-1:111122223333:stack/s",
    ),
    (
        "kinesis PutRecord",
        r#"{"streamName":"s"}"#,
        "arn:aws:kinesis:eu-west-1:111122223333:stream/s",
    ),
    (
        "firehose PutRecord",
        r#"{"deliveryStreamName":"d"}"#,
        "arn:aws:firehose:eu-west-1:111122223333:deliverystream/d",
    ),
    ("ecs RunTask", r#"{"cluster":"c"}"#, "arn:aws:ecs:eu-west-1:111122223333:cluster/c"),
    (
        "ecr BatchGetImage",
        r#"{"repositoryName":"a/b"}"#,
        "arn:aws:ecr:eu-west-1:111122223333:repository/a/b",
    ),
    ("eks DescribeCluster", r#"{"name":"c"}"#, "arn:aws:eks:eu-west-1:111122223333:cluster/c"),
    (
        "eks CreateAccessEntry",
        r#"{"clusterName":"c"}"#,
        "arn:aws:eks:eu-west-1:111122223333:cluster/c",
    ),
    (
        "rds StopDBInstance",
        r#"{"dBInstanceIdentifier":"d"}"#,
        "arn:aws:rds:eu-west-1:111122223333:db:d",
    ),
    (
        "rds DeleteDBCluster",
        r#"{"dBClusterIdentifier":"d"}"#,
        "arn:aws:rds:eu-west-1:111122223333:cluster:d",
    ),
    (
        "rds CopyDBSnapshot",
        r#"{"dBSnapshotIdentifier":"d"}"#,
        "arn:aws:rds:eu-west-1:111122223333:snapshot:d",
    ),
    (
        "redshift PauseCluster",
        r#"{"clusterIdentifier":"c"}"#,
        "arn:aws:redshift:eu-west-1:111122223333:cluster:c",
    ),
    (
        "elasticache X",
        r#"{"cacheClusterId":"c"}"#,
        "arn:aws:elasticache:eu-west-1:111122223333:cluster:c",
    ),
    (
        "elasticache X",
        r#"{"replicationGroupId":"g"}"#,
        "arn:aws:elasticache:eu-west-1:111122223333:replicationgroup:g",
    ),
    (
        "elasticfilesystem X",
        r#"{"fileSystemId":"fs-1"}"#,
        "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1",
    ),
    ("athena X", r#"{"workGroup":"w"}"#, "arn:aws:athena:eu-west-1:111122223333:workgroup/w"),
    ("glue GetTables", r#"{"databaseName":"d"}"#, "arn:aws:glue:eu-west-1:111122223333:database/d"),
    (
        "codebuild StartBuild",
        r#"{"projectName":"p"}"#,
        "arn:aws:codebuild:eu-west-1:111122223333:project/p",
    ),
    (
        "codecommit GitPull",
        r#"{"repositoryName":"r"}"#,
        "arn:aws:codecommit:eu-west-1:111122223333:r",
    ),
    (
        "cognito-idp X",
        r#"{"userPoolId":"eu-west-1_A"}"#,
        "arn:aws:cognito-idp:eu-west-1:111122223333:userpool/eu-west-1_A",
    ),
    (
        "cognito-identity X",
        r#"{"identityPoolId":"eu-west-1:a"}"#,
        "arn:aws:cognito-identity:eu-west-1:111122223333:identitypool/eu-west-1:a",
    ),
    ("guardduty X", r#"{"detectorId":"d"}"#, "arn:aws:guardduty:eu-west-1:111122223333:detector/d"),
    (
        "backup X",
        r#"{"backupVaultName":"v"}"#,
        "arn:aws:backup:eu-west-1:111122223333:backup-vault:v",
    ),
    ("es X", r#"{"domainName":"d"}"#, "arn:aws:es:eu-west-1:111122223333:domain/d"),
    (
        "sagemaker X",
        r#"{"endpointName":"e"}"#,
        "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/e",
    ),
    (
        "sagemaker X",
        r#"{"notebookInstanceName":"n"}"#,
        "arn:aws:sagemaker:eu-west-1:111122223333:notebook-instance/n",
    ),
    (
        "bedrock InvokeModel",
        r#"{"modelId":"anthropic.claude-x"}"#,
        "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-x",
    ),
    (
        "bedrock InvokeModel",
        r#"{"modelId":"eu.anthropic.claude-x"}"#,
        "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.anthropic.claude-x",
    ),
    ("apigateway GetStages", r#"{"restApiId":"a1"}"#, "arn:aws:apigateway:eu-west-1::/restapis/a1"),
    ("apigateway GetStages", r#"{"apiId":"a1"}"#, "arn:aws:apigateway:eu-west-1::/apis/a1"),
    ("route53 X", r#"{"hostedZoneId":"/hostedzone/Z1"}"#, "arn:aws:route53:::hostedzone/Z1"),
    ("route53 X", r#"{"hostedZoneId":"Z1"}"#, "arn:aws:route53:::hostedzone/Z1"),
    (
        "ec2 StopInstances",
        r#"{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]},"force":false}"#,
        "arn:aws:ec2:eu-west-1:111122223333:instance/i-1 arn:aws:ec2:eu-west-1:111122223333:instance/i-2",
    ),
    ("ec2 X", r#"{"volumeId":"v"}"#, "arn:aws:ec2:eu-west-1:111122223333:volume/v"),
    ("ec2 X", r#"{"snapshotId":"s"}"#, "arn:aws:ec2:eu-west-1::snapshot/s"),
    ("ec2 X", r#"{"imageId":"a"}"#, "arn:aws:ec2:eu-west-1::image/a"),
    ("ec2 X", r#"{"groupId":"g"}"#, "arn:aws:ec2:eu-west-1:111122223333:security-group/g"),
    (
        "ec2 X",
        r#"{"vpcId":"v","subnetId":"s"}"#,
        "arn:aws:ec2:eu-west-1:111122223333:vpc/v arn:aws:ec2:eu-west-1:111122223333:subnet/s",
    ),
    (
        "ec2 X",
        r#"{"networkInterfaceId":"n"}"#,
        "arn:aws:ec2:eu-west-1:111122223333:network-interface/n",
    ),
    ("ec2 X", r#"{"routeTableId":"r"}"#, "arn:aws:ec2:eu-west-1:111122223333:route-table/r"),
    (
        "ec2 X",
        r#"{"internetGatewayId":"i"}"#,
        "arn:aws:ec2:eu-west-1:111122223333:internet-gateway/i",
    ),
    ("ec2 X", r#"{"natGatewayId":"n"}"#, "arn:aws:ec2:eu-west-1:111122223333:natgateway/n"),
    ("ec2 X", r#"{"allocationId":"e"}"#, "arn:aws:ec2:eu-west-1:111122223333:elastic-ip/e"),
    (
        "ec2 X",
        r#"{"launchTemplateId":"l"}"#,
        "arn:aws:ec2:eu-west-1:111122223333:launch-template/l",
    ),
    ("ec2 DescribeInstances", r#"{"instancesSet":{},"filterSet":{}}"#, ""),
    ("unknown X", r#"{"tableName":"t"}"#, ""),
];

fn found(what: &str, request: &str, region: &str, account: &str) -> String {
    let (source, name) = what.split_once(' ').unwrap();
    let source = format!("{source}.amazonaws.com");
    let place = Place { source: &source, name, region, account };
    let mut found = Vec::new();
    arns(&place, request.as_bytes(), |arn| found.push(arn.into_owned()));
    found.join(" ")
}

#[test]
fn names_and_their_arns() {
    for (what, request, arns) in ROWS {
        assert_eq!(found(what, request, "eu-west-1", "111122223333"), *arns, "{what} {request}");
    }
}

#[test]
fn each_rule_has_a_row() {
    for (service, rules) in NAMES {
        for (key, _) in *rules {
            let quoted = format!("\"{key}\"");
            let has = |(what, request, _): &(&str, &str, &str)| {
                what.split(' ').next() == Some(service) && request.contains(&quoted)
            };
            assert!(ROWS.iter().any(has), "{service} {key}");
        }
    }
}

#[test]
fn the_partition_is_the_regions() {
    for (region, partition) in [
        ("us-east-1", "aws"),
        ("", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-iso-east-1", "aws-iso"),
        ("us-isob-east-1", "aws-iso-b"),
        ("eu-isoe-west-1", "aws-iso-e"),
        ("us-isof-south-1", "aws-iso-f"),
        ("eusc-de-east-1", "aws-eusc"),
    ] {
        let arn = found("s3 X", r#"{"bucketName":"b"}"#, region, "");
        assert_eq!(arn, format!("arn:{partition}:s3:::b"), "{region}");
    }
}

#[test]
fn without_an_account_there_is_no_arn_that_needs_one() {
    for (what, request) in [
        ("dynamodb X", r#"{"tableName":"t"}"#),
        ("iam X", r#"{"userName":"u"}"#),
        ("lambda X", r#"{"functionName":"f"}"#),
        ("kms X", r#"{"keyId":"alias/a"}"#),
        ("secretsmanager X", r#"{"secretId":"s"}"#),
        ("ssm GetParameter", r#"{"name":"p"}"#),
        ("bedrock X", r#"{"modelId":"us.m"}"#),
    ] {
        assert_eq!(found(what, request, "eu-west-1", ""), "", "{what}");
    }
}

proptest! {
    #[test]
    fn any_name_is_taken_whole_or_not_at_all(name in "\\PC{1,30}", row in 0..ROWS.len()) {
        let (what, request, _) = ROWS[row];
        let value = serde_json::to_string(&name).unwrap();
        let start = request.rsplit_once(":\"").map_or(request, |(start, _)| start);
        let changed = format!("{start}:{value}}}");
        found(what, &changed, "eu-west-1", "111122223333");
    }
}
