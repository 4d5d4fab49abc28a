//! ARNs and what usage of them is kept for.

use proptest::prelude::*;

use super::*;

/// What follows `arn:aws:`; the part behind `|` is cut off.
const ROWS: &str = "
s3:::b|/a/b.csv
s3:::b|/
s3:::b
s3:::accesspoint|/a/b
s3:eu-west-1:111122223333:accesspoint/p|/object/a/b
s3:eu-west-1:111122223333:accesspoint/p
s3::111122223333:accesspoint/m.mrap|/object/k
s3:eu-west-1:111122223333:job|/1
s3:eu-west-1:111122223333:storage-lens/x
s3-object-lambda:eu-west-1:111122223333:accesspoint/p|/object/k
s3-outposts:eu-west-1:111122223333:outpost/op-1/bucket/b|/object/k
s3express:eu-west-1:111122223333:bucket/b--euw1-az1--x-s3|/k
s3express:eu-west-1:111122223333:bucket/b--euw1-az1--x-s3
logs:eu-west-1:111122223333:log-group:/aws/lambda/f|:log-stream:2026/x
logs:eu-west-1:111122223333:log-group:/aws/lambda/f|:*
logs:eu-west-1:111122223333:log-group:/aws/lambda/f
secretsmanager:eu-west-1:111122223333:secret:prod/db-Ab12Cd|:password::
secretsmanager:eu-west-1:111122223333:secret:prod/db-Ab12Cd
sts::111122223333:assumed-role/deploy|/bo
sts::111122223333:federated-user|/bo
lambda:eu-west-1:111122223333:function:f|:7
lambda:eu-west-1:111122223333:function:f
lambda:eu-west-1:111122223333:layer:l|:3
dynamodb:eu-west-1:111122223333:table/t|/stream/2026
dynamodb:eu-west-1:111122223333:table/t|/index/i
dynamodb:eu-west-1:111122223333:table/t|/backup/0
dynamodb:eu-west-1:111122223333:table/t
dynamodb:eu-west-1:111122223333:global-table/t
kinesis:eu-west-1:111122223333:stream/s|/consumer/c:1
kinesisvideo:eu-west-1:111122223333:stream/s|/1
ecs:eu-west-1:111122223333:task/c|/d8ee36cb
ecs:eu-west-1:111122223333:container-instance/c|/d8ee36cb
ecs:eu-west-1:111122223333:task-definition/web|:12
ecs:eu-west-1:111122223333:service/c/web
states:eu-west-1:111122223333:execution:m|:1
states:eu-west-1:111122223333:express:m|:1:2
states:eu-west-1:111122223333:mapRun:m|/x:1
states:eu-west-1:111122223333:stateMachine:m
codebuild:eu-west-1:111122223333:build/p|:1
codebuild:eu-west-1:111122223333:build-batch/p|:1
codebuild:eu-west-1:111122223333:report/p|:1
codepipeline:eu-west-1:111122223333:p|/Source/Checkout
batch:eu-west-1:111122223333:job|/1
batch:eu-west-1:111122223333:job-definition/d|:4
datasync:eu-west-1:111122223333:task/t|/execution/e
elasticmapreduce:eu-west-1:111122223333:cluster|/j-1
emr-containers:eu-west-1:111122223333:/virtualclusters/v|/jobruns/j
emr-serverless:eu-west-1:111122223333:/applications/a|/jobruns/j
sagemaker:eu-west-1:111122223333:training-job|/t
sagemaker:eu-west-1:111122223333:processing-job|/t
sagemaker:eu-west-1:111122223333:transform-job|/t
sagemaker:eu-west-1:111122223333:endpoint/e
mediaconvert:eu-west-1:111122223333:jobs|/1
transcribe:eu-west-1:111122223333:transcription-job|/1
bedrock:eu-west-1:111122223333:async-invoke|/1
bedrock:eu-west-1:111122223333:model-invocation-job|/1
bedrock:eu-west-1::foundation-model/m
ssm:eu-west-1:111122223333:session|/bo-1
ssm:eu-west-1:111122223333:automation-execution|/1
ssm:eu-west-1:111122223333:managed-instance|/mi-1
ssm:eu-west-1:111122223333:parameter/app/key
cloudformation:eu-west-1:111122223333:stack/s|/0a1b
cloudformation:eu-west-1:111122223333:stack/s
cloudformation:eu-west-1:111122223333:changeSet|/c/0a1b
cloudformation:eu-west-1:111122223333:stackset-target|/s:1
sns:eu-west-1:111122223333:t|:0a1b
sns:eu-west-1:111122223333:t
iot:eu-west-1:111122223333:topic|/a/b
iot:eu-west-1:111122223333:topicfilter|/a
iot:eu-west-1:111122223333:client|/c
iot:eu-west-1:111122223333:thing/t
guardduty:eu-west-1:111122223333:detector/d|/finding/f
inspector2:eu-west-1:111122223333:owner/111122223333|/filter/f
backup:eu-west-1:111122223333:recovery-point|:1
backup:eu-west-1:111122223333:backup-vault:v
rds:eu-west-1:111122223333:snapshot:rds|:db-2026-11-29
rds:eu-west-1:111122223333:cluster-snapshot:rds|:c-2026-11-29
rds:eu-west-1:111122223333:snapshot:by-hand
rds:eu-west-1:111122223333:db:d
execute-api:eu-west-1:111122223333:a1/prod|/GET/x
cognito-identity:eu-west-1:111122223333:identitypool/p|/x
ec2:eu-west-1:111122223333:instance/i-1
ec2:eu-west-1:111122223333:volume/v-1
iam::111122223333:role/teams/deploy
iam::111122223333:user/ana
kms:eu-west-1:111122223333:key/0a1b
sqs:eu-west-1:111122223333:q
elasticloadbalancing:eu-west-1:111122223333:targetgroup/t/0a1b
";

#[test]
fn parents() {
    for row in ROWS.lines().filter(|row| !row.is_empty()) {
        let arn = format!("arn:aws:{}", row.replace('|', ""));
        let kept = format!("arn:aws:{}", row.split('|').next().unwrap());
        assert_eq!(parent_of(&arn), kept);
        assert_eq!(parent_of(&kept), kept, "a parent is its own");
    }
}

#[test]
fn each_cut_has_a_row() {
    for (service, start, _) in PARENTS {
        let has = |row: &str| {
            let resource = row.splitn(4, ':').nth(3);
            row.contains('|')
                && row.starts_with(&format!("{service}:"))
                && resource.is_some_and(|resource| resource.replace('|', "").starts_with(start))
        };
        assert!(ROWS.lines().any(has) || *start == "accesspoint/", "{service} {start}");
    }
}

#[test]
fn what_is_no_arn_is_its_own_parent() {
    for text in ["", "a/b", "arn:aws:s3", "arn:aws:s3::", "::::::"] {
        assert_eq!(parent_of(text), text);
    }
    assert_eq!(parent_of("arn:aws-cn:s3:::b/*"), "arn:aws-cn:s3:::b");
}

proptest! {
    #[test]
    fn a_parent_is_a_start_and_stays(arn in "arn:aws:(s3|logs|sts|ecs|sns|\\PC{0,5}):[a-z]{0,2}:1?:[a-z:/é*]{0,30}") {
        let parent = parent_of(&arn);
        prop_assert!(arn.starts_with(parent));
        prop_assert_eq!(parent_of(parent), parent);
    }
}
