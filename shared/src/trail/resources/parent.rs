//! The bounded parent of an ARN: what usage is kept for, where there are too many of a kind.
//!
//! An ARN is its own parent, unless each call may name another one of its kind: then it is cut back to what
//! owns it. The parent is always the start of the ARN, so it may be shorter than the owner's own ARN
//! (`…:assumed-role/ROLE` for a session, `…:execution:MACHINE` for an execution).

/// Where an ARN is cut.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// Before this text.
    Before(&'static str),
    /// Behind so many parts, of those between these signs.
    Behind(usize, char),
}

use Cut::{Before, Behind};

/// An object → its bucket. A bucket may be named as any kind of resource is, but its ARN has no account.
const BUCKET: Cut = Behind(1, '/');

/// Service, start of the resource, and where it is cut: the first row that fits decides.
const PARENTS: &[(&str, &str, Cut)] = &[
    // An object through an access point → the access point. (An object → its bucket: `BUCKET`.)
    ("s3", "accesspoint/", Behind(2, '/')),
    ("s3", "job/", Behind(1, '/')),
    ("s3-object-lambda", "accesspoint/", Behind(2, '/')),
    ("s3-outposts", "outpost/", Before("/object/")),
    ("s3express", "bucket/", Behind(2, '/')),
    ("s3express", "accesspoint/", Behind(2, '/')),
    // A stream, or all of them → its log group.
    ("logs", "log-group:", Behind(2, ':')),
    // A key, stage or version → its secret.
    ("secretsmanager", "secret:", Behind(2, ':')),
    // A session → its role; a federated user → all of them.
    ("sts", "assumed-role/", Behind(2, '/')),
    ("sts", "federated-user/", Behind(1, '/')),
    // A version or alias → its function or layer.
    ("lambda", "function:", Behind(2, ':')),
    ("lambda", "layer:", Behind(2, ':')),
    // A stream, index, backup or export → its table.
    ("dynamodb", "table/", Behind(2, '/')),
    ("kinesis", "stream/", Behind(2, '/')),
    ("kinesisvideo", "stream/", Behind(2, '/')),
    // What runs → what runs it.
    ("ecs", "task/", Behind(2, '/')),
    ("ecs", "container-instance/", Behind(2, '/')),
    ("ecs", "task-definition/", Behind(1, ':')),
    ("states", "execution:", Behind(2, ':')),
    ("states", "express:", Behind(2, ':')),
    ("states", "mapRun:", Behind(1, '/')),
    ("codebuild", "build/", Behind(1, ':')),
    ("codebuild", "build-batch/", Behind(1, ':')),
    ("codebuild", "report/", Behind(1, ':')),
    ("codepipeline", "", Behind(1, '/')),
    ("batch", "job/", Behind(1, '/')),
    ("batch", "job-definition/", Behind(1, ':')),
    ("datasync", "task/", Behind(2, '/')),
    ("elasticmapreduce", "cluster/", Behind(1, '/')),
    ("emr-containers", "/virtualclusters/", Before("/jobruns/")),
    ("emr-serverless", "/applications/", Before("/jobruns/")),
    ("sagemaker", "training-job/", Behind(1, '/')),
    ("sagemaker", "processing-job/", Behind(1, '/')),
    ("sagemaker", "transform-job/", Behind(1, '/')),
    ("mediaconvert", "jobs/", Behind(1, '/')),
    ("transcribe", "transcription-job/", Behind(1, '/')),
    ("bedrock", "async-invoke/", Behind(1, '/')),
    ("bedrock", "model-invocation-job/", Behind(1, '/')),
    ("ssm", "session/", Behind(1, '/')),
    ("ssm", "automation-execution/", Behind(1, '/')),
    ("ssm", "managed-instance/", Behind(1, '/')),
    // The identifier changes when the stack is made again.
    ("cloudformation", "stack/", Behind(2, '/')),
    ("cloudformation", "changeSet/", Behind(1, '/')),
    ("cloudformation", "stackset-target/", Behind(1, '/')),
    // What is sent, found or kept → whom it belongs to.
    ("sns", "", Behind(1, ':')),
    ("iot", "topic/", Behind(1, '/')),
    ("iot", "topicfilter/", Behind(1, '/')),
    ("iot", "client/", Behind(1, '/')),
    ("guardduty", "detector/", Behind(2, '/')),
    ("inspector2", "owner/", Behind(2, '/')),
    ("backup", "recovery-point:", Behind(1, ':')),
    ("rds", "snapshot:rds:", Behind(2, ':')),
    ("rds", "cluster-snapshot:rds:", Behind(2, ':')),
    ("execute-api", "", Behind(2, '/')),
    ("cognito-identity", "identitypool/", Behind(2, '/')),
];

/// What usage of an ARN is kept for: the ARN, or the start of it that names what it belongs to. A text that is
/// no ARN is its own parent.
pub fn parent_of(arn: &str) -> &str {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (Some(service), Some(_region), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return arn;
    };
    let cut = if service == "s3" && account.is_empty() {
        Some(BUCKET)
    } else {
        let fits =
            |(of, start, _): &&(&str, &str, Cut)| *of == service && resource.starts_with(start);
        PARENTS.iter().find(fits).map(|(_, _, cut)| *cut)
    };
    let kept = cut.and_then(|cut| cut.of(resource)).unwrap_or(resource.len());
    let head = arn.len() - resource.len();
    arn.get(..head + kept).unwrap_or(arn)
}

impl Cut {
    /// How much of a resource stays; `None` where nothing is cut off.
    fn of(self, resource: &str) -> Option<usize> {
        match self {
            Before(text) => resource.find(text),
            Behind(parts, sign) => {
                resource.match_indices(sign).nth(parts.checked_sub(1)?).map(|(at, _)| at)
            }
        }
    }
}

#[cfg(test)]
mod tests;
