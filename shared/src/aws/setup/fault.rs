//! What AWS says when it does not do it → [`CloudError`].

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::error::{Fault, Verdict, classify};
use crate::port::BoxError;
use crate::port::setup::{CloudError, Place};

/// The call that failed.
#[derive(Debug)]
pub(super) struct Site {
    /// The IAM action.
    pub(super) action: &'static str,
    /// The account and the region.
    pub(super) place: Place,
}

impl Site {
    /// The port's word for an error.
    pub(super) fn failed<E>(&self, error: SdkError<E, HttpResponse>) -> CloudError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let is_answer = matches!(error, SdkError::ServiceError(_));
        self.told(classify(&error, false), is_answer, error.into())
    }

    /// The answer is not what AWS documents.
    pub(super) fn unreadable(&self, what: impl Into<BoxError>) -> CloudError {
        CloudError::Failed { action: self.action, source: what.into() }
    }

    fn told(&self, verdict: Verdict, is_answer: bool, source: BoxError) -> CloudError {
        let Verdict { fault, code, summary } = verdict;
        if let Some(error) = code.as_deref().and_then(|code| by_code(code, &summary)) {
            return error;
        }
        let action = self.action;
        match fault {
            Fault::Denied(_) => CloudError::Denied {
                action: denied_action(&summary).unwrap_or(action).to_owned(),
                place: self.place.to_string(),
                source: summary.into(),
            },
            Fault::Throttled | Fault::Unavailable => CloudError::Busy { action, source },
            Fault::NotFound => CloudError::Missing,
            Fault::ExpiredCredentials | Fault::BadCredentials => {
                CloudError::Failed { action, source }
            }
            _ if is_answer => CloudError::Refused { action, message: summary },
            _ => CloudError::Failed { action, source },
        }
    }
}

/// What CloudFormation's own codes mean.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackInstances.html>
fn by_code(code: &str, summary: &str) -> Option<CloudError> {
    match code {
        "AlreadyExistsException" | "NameAlreadyExistsException" => Some(CloudError::Exists),
        "TokenAlreadyExistsException" | "OperationIdAlreadyExistsException" => {
            Some(CloudError::Repeated)
        }
        "OperationInProgressException" | "StaleRequestException" => Some(CloudError::Occupied),
        "StackSetNotFoundException"
        | "StackNotFoundException"
        | "StackInstanceNotFoundException"
        | "OperationNotFoundException" => Some(CloudError::Missing),
        "ValidationError" if summary.contains("No updates are to be performed") => {
            Some(CloudError::Unchanged)
        }
        "ValidationError" if summary.contains("does not exist") => Some(CloudError::Missing),
        _ => None,
    }
}

/// The action that AWS's message names: it may be another than that of the call, one that is made in our name.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
fn denied_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
    let action = rest.get(..end)?.trim_end_matches('.');
    let (service, name) = action.split_once(':')?;
    let is_word = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    (is_word(service) && is_word(name)).then_some(action)
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::error::ErrorMetadata;
    use aws_sdk_cloudformation::operation::create_stack::CreateStackError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn site() -> Site {
        let place = Place {
            account: "111122223333".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
        };
        Site { action: "cloudformation:CreateStack", place }
    }

    fn answered(code: &str, message: &str, status: u16) -> CloudError {
        let meta = ErrorMetadata::builder().code(code).message(message).build();
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::empty());
        site().failed(SdkError::service_error(CreateStackError::generic(meta), response))
    }

    #[test]
    fn every_code_has_its_word() {
        type Test = fn(&CloudError) -> bool;
        let rows: [(&str, &str, u16, Test); 14] = [
            ("AlreadyExistsException", "", 400, |it| matches!(it, CloudError::Exists)),
            ("NameAlreadyExistsException", "", 409, |it| matches!(it, CloudError::Exists)),
            ("TokenAlreadyExistsException", "", 400, |it| matches!(it, CloudError::Repeated)),
            ("OperationIdAlreadyExistsException", "", 409, |it| matches!(it, CloudError::Repeated)),
            ("OperationInProgressException", "", 409, |it| matches!(it, CloudError::Occupied)),
            ("StackSetNotFoundException", "", 404, |it| matches!(it, CloudError::Missing)),
            ("OperationNotFoundException", "", 404, |it| matches!(it, CloudError::Missing)),
            ("ValidationError", "Stack with id x does not exist", 400, |it| {
                matches!(it, CloudError::Missing)
            }),
            ("ValidationError", "No updates are to be performed.", 400, |it| {
                matches!(it, CloudError::Unchanged)
            }),
            ("ValidationError", "Template format error", 400, |it| {
                matches!(it, CloudError::Refused { .. })
            }),
            ("LimitExceededException", "", 400, |it| matches!(it, CloudError::Refused { .. })),
            ("Throttling", "Rate exceeded", 400, |it| matches!(it, CloudError::Busy { .. })),
            ("InternalFailure", "", 500, |it| matches!(it, CloudError::Busy { .. })),
            ("ExpiredToken", "", 403, |it| matches!(it, CloudError::Failed { .. })),
        ];
        for (code, message, status, is_it) in rows {
            let error = answered(code, message, status);
            assert!(is_it(&error), "{code}: {error:?}");
        }
        let unreached: SdkError<CreateStackError, HttpResponse> =
            SdkError::dispatch_failure(ConnectorError::io("refused".into()));
        assert!(matches!(site().failed(unreached), CloudError::Busy { .. }));
    }

    #[test]
    fn a_denial_names_the_action_that_was_denied() {
        let own = answered("AccessDenied", "no", 403);
        let CloudError::Denied { action, place, .. } = &own else { panic!("{own:?}") };
        assert_eq!(
            (action.as_str(), place.as_str()),
            ("cloudformation:CreateStack", "111122223333 eu-west-1")
        );
        let message = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: \
                       iam:CreateRole on resource: role accesstrail-read because no policy";
        let other = answered("AccessDenied", message, 403);
        assert!(matches!(&other, CloudError::Denied { action, .. } if action == "iam:CreateRole"));
        assert_eq!(denied_action("not authorized to perform: <script>"), None);
    }
}
