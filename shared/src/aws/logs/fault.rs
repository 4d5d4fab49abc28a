//! What S3 answers that is no object → the port's words: which action, on which bucket and key.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::error::{Fault, classify_global};
use crate::port::{BoxError, PortError};

/// What is named where something goes wrong.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) bucket: String,
}

impl Site {
    /// `s3://BUCKET`.
    pub(super) fn name(&self) -> String {
        format!("s3://{}", self.bucket)
    }

    fn what(&self, action: &str, key: Option<&str>) -> String {
        format!("s3://{}/{} ({action})", self.bucket, key.unwrap_or_default())
    }

    pub(super) fn missing(&self) -> PortError {
        let next_step =
            "check the name of the bucket, and that it is in the partition of these credentials";
        PortError::Missing { what: self.name(), next_step: next_step.to_owned() }
    }

    /// S3 says that there is more, and not where.
    pub(super) fn endless(&self, prefix: &str) -> PortError {
        let source = "the list goes on and does not say where".into();
        PortError::Failed { what: self.what("s3:ListBucket", Some(prefix)), source }
    }

    /// An object whose bytes broke off each time.
    pub(super) fn broken(&self, key: &str, error: Option<BoxError>) -> PortError {
        let source = error.unwrap_or_else(|| "its bytes broke off".into());
        PortError::Busy { what: self.what("s3:GetObject", Some(key)), source }
    }

    /// A call that failed.
    pub(super) fn failed<E>(
        &self,
        action: &str,
        key: Option<&str>,
        error: &SdkError<E, HttpResponse>,
    ) -> PortError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let verdict = classify_global(error);
        if verdict.code.as_deref() == Some("NoSuchBucket") {
            return self.missing();
        }
        // The key of an encrypted object is asked for in the caller's name, by S3.
        let is_of_key = verdict.summary.contains("kms:");
        let action = if is_of_key { "kms:Decrypt" } else { action };
        let (what, source) = (self.what(action, key), verdict.summary.into());
        match verdict.fault {
            Fault::Denied(_) => PortError::Denied { what, source },
            Fault::Throttled | Fault::Unavailable => PortError::Busy { what, source },
            // An answer to HEAD has no body, so it has no code.
            _ if verdict.code.is_none() && status(error) == Some(403) => {
                PortError::Denied { what, source }
            }
            _ => PortError::Failed { what, source },
        }
    }
}

/// The status of an answer.
pub(super) fn status<E>(error: &SdkError<E, HttpResponse>) -> Option<u16> {
    error.raw_response().map(|answer| answer.status().as_u16())
}

/// The region that an answer says a bucket is in.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html>
pub(super) fn region<E>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let region = error.raw_response()?.headers().get("x-amz-bucket-region")?;
    Some(region.to_owned()).filter(|region| !region.is_empty())
}

/// Whether an object is not there, or not that version of it.
pub(super) fn is_gone<E>(error: &SdkError<E, HttpResponse>) -> bool
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match status(error) {
        Some(412) => true,
        Some(404) => classify_global(error).code.as_deref() != Some("NoSuchBucket"),
        _ => false,
    }
}
