//! One classification of everything that a call can run into.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::session::SessionError;
use crate::model::{AccountId, Authority, Region};
use crate::port::BoxError;

/// What went wrong with a call, as far as anybody acts on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// AWS refused it; the collector records a gap.
    Denied(Authority),
    /// Retries were used up while AWS throttled.
    Throttled,
    /// The credentials ended; the session assumes its role again and repeats the call.
    ExpiredCredentials,
    /// The credentials are not accepted at all: fatal for the account.
    BadCredentials,
    /// What was asked for does not exist; several calls mean "none" by it.
    NotFound,
    /// The paging token was refused: it is perishable, so the list is started again.
    TokenRefused,
    /// The account is not in an organization.
    NotInOrganization,
    /// The report is not there yet, or has expired: ask again.
    NotReady,
    /// The service is not to be had in this region, or the account has not signed up for it.
    NotOffered,
    /// AWS did not answer, or answered that it is broken.
    Unavailable,
    /// The request, or the answer, was not understood.
    Other,
}

/// A call that failed.
#[derive(Debug, thiserror::Error)]
#[error("{action} failed in account {account}, region {region}: {summary}")]
pub struct CallError {
    /// The IAM action of the call.
    pub action: &'static str,
    /// The account that was called.
    pub account: AccountId,
    /// The region that was called.
    pub region: Region,
    /// What went wrong.
    pub fault: Fault,
    /// AWS's error code.
    pub code: Option<String>,
    /// AWS's words, on one line.
    pub summary: String,
    /// The SDK's error.
    #[source]
    pub source: BoxError,
}

impl CallError {
    /// Whether AWS answered with that error code.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

/// What [`classify`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What went wrong.
    pub fault: Fault,
    /// AWS's error code.
    pub code: Option<String>,
    /// AWS's words, on one line.
    pub summary: String,
}

/// Classifies an SDK error. `paged` says that the call carried a paging token, which makes a complaint
/// about the input one about the token.
pub fn classify<E>(error: &SdkError<E, HttpResponse>, paged: bool) -> Verdict
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(context) => {
            let status = context.raw().status().as_u16();
            let code = context.err().code().map(str::to_owned);
            let message = context.err().message().unwrap_or_default();
            let fault = fault_of(code.as_deref().unwrap_or_default(), message, status, paged);
            let summary = one_line(match (&code, message) {
                (Some(code), "") => code.clone(),
                (Some(code), message) => format!("{code}: {message}"),
                (None, "") => format!("HTTP status {status}"),
                (None, message) => format!("HTTP status {status}: {message}"),
            });
            Verdict { fault, code, summary }
        }
        other => {
            let fault = match find_cause::<CredentialsError>(other) {
                Some(_) => Fault::BadCredentials,
                None => match other {
                    SdkError::DispatchFailure(_) if has_no_address(other) => Fault::NotOffered,
                    SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => Fault::Unavailable,
                    SdkError::ResponseError(context)
                        if is_failure(context.raw().status().as_u16()) =>
                    {
                        Fault::Unavailable
                    }
                    _ => Fault::Other,
                },
            };
            Verdict { fault, code: None, summary: one_line(chain(other)) }
        }
    }
}

/// Classifies an error of a global service: it is everywhere, so without its address there is no network.
pub fn classify_global<E>(error: &SdkError<E, HttpResponse>) -> Verdict
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let mut verdict = classify(error, false);
    if verdict.fault == Fault::NotOffered {
        verdict.fault = Fault::Unavailable;
    }
    verdict
}

/// Whether the host of the request does not exist: how a region says that it lacks a service.
pub(super) fn has_no_address(error: &(dyn std::error::Error + 'static)) -> bool {
    let text = chain(error);
    ["dns error", "failed to lookup address", "Name or service not known"]
        .iter()
        .any(|words| text.contains(words))
}

fn is_failure(status: u16) -> bool {
    status >= 500
}

/// The codes of each fault. Services spell the same fault differently.
const CODES: &[(Fault, &[&str])] = &[
    (
        Fault::Denied(Authority::Unspecified),
        &[
            "AccessDenied",
            "AccessDeniedException",
            "UnauthorizedOperation",
            "AuthorizationError",
            "AuthorizationErrorException",
            "UnauthorizedException",
            "NotAuthorized",
            "Forbidden",
        ],
    ),
    (
        Fault::Throttled,
        &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "SlowDown",
            "PriorRequestNotComplete",
            "ProvisionedThroughputExceededException",
            "BandwidthLimitExceeded",
            "TransactionInProgressException",
        ],
    ),
    (
        Fault::ExpiredCredentials,
        &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"],
    ),
    (
        Fault::BadCredentials,
        &[
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidAccessKeyId",
            "AuthFailure",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "IncompleteSignature",
        ],
    ),
    (
        Fault::NotFound,
        &[
            "NoSuchEntity",
            "NoSuchEntityException",
            "ResourceNotFoundException",
            "NotFoundException",
            "EntityNotFoundException",
            "NoSuchAccessPoint",
            "NoSuchBucket",
            "NoSuchMultiRegionAccessPoint",
            "AccountNotFoundException",
            "AccountNotRegisteredException",
            "OrganizationalUnitNotFoundException",
            "ParentNotFoundException",
            "PolicyNotFoundException",
            "RepositoryNotFoundException",
            "RepositoryPolicyNotFoundException",
            "TableNotFoundException",
            "TargetNotFoundException",
            // SNS: of topics, and of what is tagged.
            "NotFound",
            "ResourceNotFound",
            // SQS, as it spells it since it speaks JSON and as it did before.
            "QueueDoesNotExist",
            "AWS.SimpleQueueService.NonExistentQueue",
        ],
    ),
    (Fault::NotInOrganization, &["AWSOrganizationsNotInUseException"]),
    (
        Fault::NotOffered,
        &["OptInRequired", "SubscriptionRequiredException", "UnknownOperationException"],
    ),
    (
        Fault::NotReady,
        &[
            "ReportNotPresent",
            "ReportExpired",
            "ReportInProgress",
            "CredentialReportNotPresentException",
            "CredentialReportExpiredException",
            "CredentialReportNotReadyException",
            "CredentialReportNotReady",
            "CredentialReportNotPresent",
            "CredentialReportExpired",
        ],
    ),
    (
        Fault::TokenRefused,
        &[
            "InvalidMarker",
            "InvalidNextTokenException",
            "InvalidNextToken",
            "InvalidPaginationTokenException",
            "ExpiredNextTokenException",
            "ExpiredPaginationToken",
            "PaginationTokenExpiredException",
        ],
    ),
];

/// Codes that complain about the input: about the paging token, where there was one.
const INPUT_CODES: &[&str] = &[
    "ValidationException",
    "ValidationError",
    "InvalidInput",
    "InvalidInputException",
    "InvalidParameterValue",
    "InvalidParameterException",
];

/// The fault that a service's answer stands for.
fn fault_of(code: &str, message: &str, status: u16, paged: bool) -> Fault {
    let listed = CODES.iter().find(|(_, codes)| codes.contains(&code)).map(|(fault, _)| fault);
    match listed {
        Some(Fault::Denied(_)) => Fault::Denied(authority(message)),
        Some(fault) => fault.clone(),
        None if paged && INPUT_CODES.contains(&code) => Fault::TokenRefused,
        None if status == 429 => Fault::Throttled,
        None if is_failure(status) => Fault::Unavailable,
        None => Fault::Other,
    }
}

/// Which policy refused a call, read from AWS's message.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
pub fn authority(message: &str) -> Authority {
    let message = message.to_ascii_lowercase();
    let reason = ["with an explicit deny in", "because no"]
        .iter()
        .find_map(|mark| message.split_once(mark).map(|(_, reason)| reason.to_owned()));
    let Some(reason) = reason else { return Authority::Unspecified };
    let rows = [
        ("service control polic", Authority::Scp),
        ("resource control polic", Authority::Rcp),
        ("permissions boundar", Authority::Boundary),
        ("session polic", Authority::Session),
        ("identity-based polic", Authority::Identity),
        ("resource-based polic", Authority::Resource),
        ("trust polic", Authority::Resource),
    ];
    rows.iter()
        .find(|(words, _)| reason.contains(words))
        .map_or(Authority::Unspecified, |(_, by)| *by)
}

/// An error and its causes on one line, each said once.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}

/// The last cause of an error, on one line.
pub fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut current = error;
    while let Some(inner) = current.source() {
        current = inner;
    }
    one_line(current.to_string())
}

/// The first error of a type in a chain.
pub fn find_cause<'a, T: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a T> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        current = error.source();
    }
    None
}

/// Whether a call failed because its session could not be (re)opened.
pub fn session_failure(error: &CallError) -> Option<&SessionError> {
    find_cause::<SessionError>(error)
}

/// Text that came from outside on one line, bounded, without control characters.
pub fn one_line(text: impl AsRef<str>) -> String {
    const LIMIT: usize = 400;
    let mut line: String =
        text.as_ref().chars().map(|c| if c.is_control() { ' ' } else { c }).take(LIMIT).collect();
    if text.as_ref().chars().count() > LIMIT {
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusing_policy_is_read_from_the_message() {
        let user = "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: iam:ListUsers on resource: *";
        let rows = [
            (" with an explicit deny in a service control policy", Authority::Scp),
            (" because no service control policy allows the iam:ListUsers action", Authority::Scp),
            (" with an explicit deny in a resource control policy", Authority::Rcp),
            (" with an explicit deny in a permissions boundary", Authority::Boundary),
            (
                " because no permissions boundary allows the iam:ListUsers action",
                Authority::Boundary,
            ),
            (" because no session policy allows the iam:ListUsers action", Authority::Session),
            (
                " because no identity-based policy allows the iam:ListUsers action",
                Authority::Identity,
            ),
            (" with an explicit deny in an identity-based policy", Authority::Identity),
            (
                " because no resource-based policy allows the iam:ListUsers action",
                Authority::Resource,
            ),
            ("", Authority::Unspecified),
        ];
        for (reason, expected) in rows {
            assert_eq!(authority(&format!("{user}{reason}")), expected, "{reason}");
        }
        assert_eq!(
            authority("User: x/because no service control policy is named so"),
            Authority::Scp
        );
    }

    #[test]
    fn codes_of_all_services() {
        let rows = [
            ("AccessDenied", 403, false, Fault::Denied(Authority::Unspecified)),
            ("AccessDeniedException", 400, false, Fault::Denied(Authority::Unspecified)),
            ("Throttling", 400, false, Fault::Throttled),
            ("TooManyRequestsException", 429, false, Fault::Throttled),
            ("Whatever", 429, false, Fault::Throttled),
            ("Whatever", 503, false, Fault::Unavailable),
            ("ExpiredToken", 403, false, Fault::ExpiredCredentials),
            ("InvalidClientTokenId", 403, false, Fault::BadCredentials),
            ("ValidationException", 400, true, Fault::TokenRefused),
            ("ValidationException", 400, false, Fault::Other),
            ("AWSOrganizationsNotInUseException", 400, false, Fault::NotInOrganization),
            ("NoSuchEntity", 404, false, Fault::NotFound),
            ("ParentNotFoundException", 400, false, Fault::NotFound),
            ("RepositoryPolicyNotFoundException", 400, false, Fault::NotFound),
            ("TableNotFoundException", 400, false, Fault::NotFound),
            ("AccountNotRegisteredException", 400, true, Fault::NotFound),
            ("NotFound", 404, false, Fault::NotFound),
            ("ResourceNotFound", 404, false, Fault::NotFound),
            ("QueueDoesNotExist", 400, false, Fault::NotFound),
            ("AWS.SimpleQueueService.NonExistentQueue", 400, false, Fault::NotFound),
            ("ThrottledException", 429, false, Fault::Throttled),
            ("AuthorizationError", 403, false, Fault::Denied(Authority::Unspecified)),
            ("NoSuchBucket", 404, false, Fault::NotFound),
            ("NoSuchBucketPolicy", 404, false, Fault::Other),
        ];
        for (code, status, paged, expected) in rows {
            assert_eq!(fault_of(code, "", status, paged), expected, "{code}");
        }
    }

    #[test]
    fn lines_are_single_and_bounded() {
        assert_eq!(one_line("a\nb\u{1b}[31m"), "a b [31m");
        assert_eq!(one_line("x".repeat(500)).chars().count(), 401);
    }
}
