//! `template.yaml` deployed into the emulated account: the functions as Lambdas, their table, queues, schedule.
//!
//! What `sam package` and `sam deploy` do: the code and the template go to a bucket, and CloudFormation reads them there. The
//! template is changed in a few places only, each said in [`packaged`].

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::Path;
use std::time::Duration;

use aws_sdk_cloudformation::types::{Capability, ChangeSetType, Parameter, StackStatus};
use aws_sdk_lambda::primitives::Blob;
use serde_json::Value;
use zip::write::SimpleFileOptions;

use super::visit;
use crate::aws::configuration;
use crate::aws::error::chain;
use crate::port::BoxError;

/// The stack's name.
const STACK: &str = "accesstrail";

/// Where the code and the template are put.
const BUCKET: &str = "accesstrail-code";

/// The template there: CloudFormation takes no more than 51,200 bytes of it with a call.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const TEMPLATE: &str = "template.yaml";

/// Whether a topic, which is left empty here, is of this region.
const IS_TOPIC_HERE: &str =
    r#"!Equals [!Select [3, !Split [":", !Sub "${TrailTopic}::::"]], !Ref AWS::Region]"#;

/// How long the stack may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Why there is no deployment.
#[derive(Debug, thiserror::Error)]
pub enum DeploymentError {
    /// The code could not be packed.
    #[error("the function {path} could not be packed: {reason}")]
    Package {
        /// The binary.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A call failed.
    #[error("{step} failed: {reason}")]
    Call {
        /// Which step.
        step: &'static str,
        /// What AWS said.
        reason: String,
    },
    /// The stack did not come up.
    #[error("the stack ended as {status}: {reason}")]
    Stack {
        /// CloudFormation's word.
        status: String,
        /// CloudFormation's reason.
        reason: String,
    },
}

/// The deployed stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// The outputs of the stack, by name.
    pub outputs: BTreeMap<String, String>,
}

impl Deployment {
    /// An output; empty if the stack has none of that name.
    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).map_or("", String::as_str)
    }
}

/// The functions that are created: the others hang on parameters that are left empty here.
pub const FUNCTIONS: [&str; 3] = ["backfill", "inventory", "realtime"];

/// Deploys `template` into the account behind `endpoint`, with the functions of the folder `built`, each in a folder of its
/// name.
pub async fn deploy(
    endpoint: &str,
    region: &str,
    template: &str,
    built: &Path,
    parameters: &BTreeMap<&str, String>,
) -> Result<Deployment, DeploymentError> {
    let config = configuration(&visit::place(endpoint, region)).await;
    let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    let s3 = aws_sdk_s3::Client::from_conf(s3);
    bucket(&s3, region).await?;
    for function in FUNCTIONS {
        let code = pack(&built.join(function).join("bootstrap"))?;
        upload(&s3, &format!("{function}.zip"), code).await?;
    }
    upload(&s3, TEMPLATE, packaged(template).into_bytes()).await?;
    let cloudformation = aws_sdk_cloudformation::Client::new(&config);
    create(&cloudformation, &format!("{endpoint}/{BUCKET}/{TEMPLATE}"), parameters).await?;
    wait(&cloudformation).await
}

/// Invokes a deployed function, as a person does, and gives its answer.
pub async fn invoke(
    endpoint: &str,
    region: &str,
    function: &str,
    event: &Value,
) -> Result<Value, DeploymentError> {
    let config = configuration(&visit::place(endpoint, region)).await;
    let client = aws_sdk_lambda::Client::new(&config);
    let event = Blob::new(event.to_string());
    let answer = client.invoke().function_name(function).payload(event).send().await;
    let answer = answer.map_err(|error| call("lambda:Invoke", error))?;
    let payload = answer.payload().map(Blob::as_ref).unwrap_or_default();
    if let Some(kind) = answer.function_error() {
        let reason = format!("{kind}: {}", String::from_utf8_lossy(payload));
        return Err(DeploymentError::Call { step: "lambda:Invoke", reason });
    }
    serde_json::from_slice(payload).map_err(|error| call("lambda:Invoke", error))
}

/// The template as it is deployed here: the code from the bucket, built for this machine; a number in place
/// of a parameter, because ministack compares a parameter's text with its count of pollers; a schedule
/// without its due time, because ministack does not fill in the scheduler's context attributes; and no condition that
/// splits a parameter, which ministack does not.
fn packaged(template: &str) -> String {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let functions = FUNCTIONS.iter().fold(template.to_owned(), |template, function| {
        let code = format!("CodeUri: s3://{BUCKET}/{function}.zip");
        template.replace(&format!("CodeUri: functions/{function}"), &code)
    });
    functions
        // What is not created has no code, and SAM wants to be told of some.
        .replace("CodeUri: functions/setup", &format!("CodeUri: s3://{BUCKET}/inventory.zip"))
        .replace(IS_TOPIC_HERE, "!Equals [!Ref TrailTopic, here]")
        .replace("Architectures: [arm64]", &format!("Architectures: [{architecture}]"))
        .replace("MaximumConcurrency: !Ref MaximumConcurrency", "MaximumConcurrency: 5")
        .replace(r#","time":"<aws.scheduler.scheduled-time>""#, "")
}

/// The function as the zip file that Lambda takes: one executable file named `bootstrap`.
fn pack(bootstrap: &Path) -> Result<Vec<u8>, DeploymentError> {
    let failed =
        |reason: String| DeploymentError::Package { path: bootstrap.display().to_string(), reason };
    let code = std::fs::read(bootstrap).map_err(|error| failed(error.to_string()))?;
    let mut file = zip::ZipWriter::new(Cursor::new(Vec::new()));
    // An unoptimized binary is large, and is read once.
    let options = SimpleFileOptions::default().unix_permissions(0o755).compression_level(Some(1));
    file.start_file("bootstrap", options).map_err(|error| failed(error.to_string()))?;
    file.write_all(&code).map_err(|error| failed(error.to_string()))?;
    let written = file.finish().map_err(|error| failed(error.to_string()))?;
    Ok(written.into_inner())
}

fn call(step: &'static str, error: impl Into<BoxError>) -> DeploymentError {
    let error = error.into();
    DeploymentError::Call { step, reason: chain(&*error) }
}

async fn bucket(s3: &aws_sdk_s3::Client, region: &str) -> Result<(), DeploymentError> {
    let place = aws_sdk_s3::types::CreateBucketConfiguration::builder()
        .location_constraint(aws_sdk_s3::types::BucketLocationConstraint::from(region))
        .build();
    // us-east-1 is the one region that may not be named.
    let place = (region != "us-east-1").then_some(place);
    s3.create_bucket()
        .bucket(BUCKET)
        .set_create_bucket_configuration(place)
        .send()
        .await
        .map_err(|error| call("s3:CreateBucket", error))?;
    Ok(())
}

async fn upload(s3: &aws_sdk_s3::Client, key: &str, body: Vec<u8>) -> Result<(), DeploymentError> {
    let put = s3.put_object().bucket(BUCKET).key(key).body(body.into());
    put.send().await.map(drop).map_err(|error| call("s3:PutObject", error))
}

/// Creates the stack through a change set, as `sam deploy` does: only that expands the SAM transform.
async fn create(
    cloudformation: &aws_sdk_cloudformation::Client,
    template_url: &str,
    parameters: &BTreeMap<&str, String>,
) -> Result<(), DeploymentError> {
    let parameters = parameters.iter().map(|(name, value)| {
        Parameter::builder().parameter_key(*name).parameter_value(value).build()
    });
    cloudformation
        .create_change_set()
        .stack_name(STACK)
        .change_set_name(STACK)
        .change_set_type(ChangeSetType::Create)
        .template_url(template_url)
        .capabilities(Capability::CapabilityNamedIam)
        .capabilities(Capability::CapabilityAutoExpand)
        .set_parameters(Some(parameters.collect()))
        .send()
        .await
        .map_err(|error| call("cloudformation:CreateChangeSet", error))?;
    settle(async || {
        let answer = cloudformation
            .describe_change_set()
            .stack_name(STACK)
            .change_set_name(STACK)
            .send()
            .await;
        let answer = answer.map_err(|error| call("cloudformation:DescribeChangeSet", error))?;
        let status = answer.status().map_or("", |status| status.as_str()).to_owned();
        Ok(match status.as_str() {
            "CREATE_COMPLETE" => Some(()),
            "FAILED" => {
                let reason = answer.status_reason().unwrap_or_default().to_owned();
                return Err(DeploymentError::Stack { status, reason });
            }
            _ => None,
        })
    })
    .await?;
    cloudformation
        .execute_change_set()
        .stack_name(STACK)
        .change_set_name(STACK)
        .send()
        .await
        .map_err(|error| call("cloudformation:ExecuteChangeSet", error))?;
    Ok(())
}

async fn wait(
    cloudformation: &aws_sdk_cloudformation::Client,
) -> Result<Deployment, DeploymentError> {
    settle(async || {
        let answer = cloudformation.describe_stacks().stack_name(STACK).send().await;
        let answer = answer.map_err(|error| call("cloudformation:DescribeStacks", error))?;
        let Some(stack) = answer.stacks().first() else { return Ok(None) };
        match stack.stack_status() {
            Some(StackStatus::CreateComplete) => {
                let outputs = stack.outputs().iter();
                let pairs = outputs.filter_map(|it| {
                    Some((it.output_key()?.to_owned(), it.output_value()?.to_owned()))
                });
                Ok(Some(Deployment { outputs: pairs.collect() }))
            }
            Some(StackStatus::CreateInProgress | StackStatus::ReviewInProgress) | None => Ok(None),
            Some(other) => Err(DeploymentError::Stack {
                status: other.as_str().to_owned(),
                reason: stack.stack_status_reason().unwrap_or_default().to_owned(),
            }),
        }
    })
    .await
}

/// Asks again and again until there is an answer.
async fn settle<T>(
    ask: impl AsyncFn() -> Result<Option<T>, DeploymentError>,
) -> Result<T, DeploymentError> {
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if tokio::time::Instant::now() > until {
            let status = "not ready".to_owned();
            return Err(DeploymentError::Stack { status, reason: format!("after {PATIENCE:?}") });
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}
