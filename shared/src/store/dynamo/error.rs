//! What DynamoDB says when it refuses → [`PortError`]. Errors are classified here and nowhere else.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::form::FormError;
use crate::port::{BoxError, PortError};

/// What to do about a table that is not there.
const NO_TABLE: &str = "deploy template.yaml, or check the table name";

/// Which seam's error an SDK error is. `action` is the IAM action of the call.
pub(super) fn classify<E>(table: &str, action: &str, error: SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let what = format!("table `{table}`");
    match kind_of(&error) {
        ErrorClass::Busy => PortError::Busy { what, source: error.into() },
        ErrorClass::Denied => {
            PortError::Denied { what: format!("{what} ({action})"), source: error.into() }
        }
        ErrorClass::Missing => PortError::Missing { what, next_step: NO_TABLE.to_owned() },
        ErrorClass::Failed => {
            PortError::Failed { what: format!("{what}: {action}"), source: error.into() }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ErrorClass {
    Busy,
    Denied,
    Missing,
    Failed,
}

fn kind_of<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> ErrorClass {
    match error {
        // A request that could not even be built (missing credentials) will not be better next time.
        SdkError::DispatchFailure(failure)
            if failure.is_user() || (failure.is_other() && failure.as_other().is_none()) =>
        {
            ErrorClass::Failed
        }
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => ErrorClass::Busy,
        SdkError::ResponseError(context) => by_status(context.raw().status().as_u16()),
        SdkError::ServiceError(context) => by_code(context.err().code().unwrap_or_default())
            .unwrap_or_else(|| by_status(context.raw().status().as_u16())),
        _ => ErrorClass::Failed,
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
fn by_code(code: &str) -> Option<ErrorClass> {
    match code {
        "ThrottlingException"
        | "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "LimitExceededException"
        | "InternalServerError"
        | "ServiceUnavailable"
        | "TransactionConflictException"
        | "TransactionInProgressException"
        | "ReplicatedWriteConflictException" => Some(ErrorClass::Busy),
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "IncompleteSignatureException"
        | "InvalidSignatureException"
        | "MissingAuthenticationTokenException"
        | "ExpiredTokenException"
        | "OptInRequired" => Some(ErrorClass::Denied),
        "ResourceNotFoundException" | "TableNotFoundException" => Some(ErrorClass::Missing),
        _ => None,
    }
}

fn by_status(status: u16) -> ErrorClass {
    match status {
        429 | 500..=599 => ErrorClass::Busy,
        _ => ErrorClass::Failed,
    }
}

/// Too much at once, after every retry.
pub(super) fn busy(table: &str, source: impl Into<BoxError>) -> PortError {
    PortError::Busy { what: format!("table `{table}`"), source: source.into() }
}

/// The request is wrong: a mistake of this program, or of its caller.
pub(super) fn invalid(table: &str, source: impl Into<BoxError>) -> PortError {
    PortError::Failed { what: format!("table `{table}`"), source: source.into() }
}

/// A content could not be written or read; `item` tells which.
pub(super) fn unreadable(table: &str, item: &str, error: FormError) -> PortError {
    let what = format!("table `{table}`");
    match error {
        FormError::Version { found, known } => PortError::Newer { what, found, known },
        error => PortError::Corrupt { what, item: item.to_owned(), source: error.into() },
    }
}

/// An item is not what its key says.
pub(super) fn corrupt(table: &str, item: &str, source: impl Into<BoxError>) -> PortError {
    PortError::Corrupt {
        what: format!("table `{table}`"),
        item: item.to_owned(),
        source: source.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use aws_sdk_dynamodb::error::ErrorMetadata;
    use aws_sdk_dynamodb::operation::get_item::GetItemError;
    use aws_smithy_runtime_api::client::result::ConnectorError;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn response(status: u16) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), SdkBody::empty())
    }

    fn service(code: &str, status: u16) -> PortError {
        let error =
            GetItemError::generic(ErrorMetadata::builder().code(code).message("why").build());
        classify("t", "dynamodb:GetItem", SdkError::service_error(error, response(status)))
    }

    #[test]
    fn codes_and_statuses_are_classified() {
        for (code, status) in [
            ("ThrottlingException", 400),
            ("ProvisionedThroughputExceededException", 400),
            ("RequestLimitExceeded", 400),
            ("TransactionConflictException", 400),
            ("InternalServerError", 500),
            ("SomethingNew", 503),
        ] {
            assert!(matches!(service(code, status), PortError::Busy { .. }), "{code}");
        }
        for code in
            ["AccessDeniedException", "ExpiredTokenException", "UnrecognizedClientException"]
        {
            let error = service(code, 400);
            assert!(matches!(error, PortError::Denied { .. }), "{code}");
            assert_eq!(error.to_string(), "access to table `t` (dynamodb:GetItem) was denied");
        }
        let error = service("ResourceNotFoundException", 400);
        assert_eq!(
            error.to_string(),
            "table `t` does not exist: deploy template.yaml, or check the table name"
        );
        assert!(matches!(service("ValidationException", 400), PortError::Failed { .. }));
    }

    #[test]
    fn what_never_arrived_is_busy() {
        let unreached: [SdkError<GetItemError, HttpResponse>; 3] = [
            SdkError::timeout_error("late"),
            SdkError::dispatch_failure(ConnectorError::io("refused".into())),
            SdkError::response_error("cut", response(502)),
        ];
        for error in unreached {
            assert!(classify("t", "dynamodb:GetItem", error).is_passing());
        }
        let unsigned: SdkError<GetItemError, HttpResponse> =
            SdkError::dispatch_failure(ConnectorError::other("no credentials".into(), None));
        assert!(!classify("t", "dynamodb:GetItem", unsigned).is_passing());
    }

    #[test]
    fn the_chain_keeps_the_cause() {
        let error = service("ValidationException", 400);
        let mut chain = vec![error.to_string()];
        let mut source = error.source();
        while let Some(cause) = source {
            chain.push(cause.to_string());
            source = cause.source();
        }
        assert!(chain.len() > 1 && chain.join(": ").contains("why"), "{chain:?}");
    }

    #[test]
    fn a_newer_content_says_to_update() {
        let error = unreadable("t", "x", FormError::Version { found: 9, known: 1 });
        assert!(matches!(error, PortError::Newer { found: 9, known: 1, .. }));
    }
}
