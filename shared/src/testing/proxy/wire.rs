//! How AWS words a refusal, protocol by protocol.
//!
//! Messages: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.

use hyper::{
    Response, StatusCode,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::json;

use super::{
    Layer, Protocol, RequestView, ThrottleCode, body::AnswerBody, replay::CONTROL_PLANE, xml,
};

/// An error answer of a service, before it takes the form of a protocol.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

impl Refusal {
    /// Not authorized.
    pub(super) fn denied(view: &RequestView, by: Layer, principal: &str) -> Self {
        let action = view.iam_action();
        let resource = view.form("RoleArn").unwrap_or_else(|| "*".to_owned());
        let reason = match by {
            Layer::Identity => {
                format!(" because no identity-based policy allows the {action} action")
            }
            Layer::Session => format!(" because no session policy allows the {action} action"),
            Layer::Scp => " with an explicit deny in a service control policy".to_owned(),
            Layer::Boundary => " with an explicit deny in a permissions boundary".to_owned(),
            Layer::Resource => " with an explicit deny in a resource-based policy".to_owned(),
            Layer::Unsaid => String::new(),
        };
        let message = format!(
            "User: {principal} is not authorized to perform: {action} on resource: {resource}{reason}"
        );
        // <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>,
        // <https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html>
        if view.service == "ec2" {
            let message = format!("You are not authorized to perform this operation. {message}");
            return Self { status: 403, code: "UnauthorizedOperation", message };
        }
        let (status, code) = match view.protocol {
            Protocol::Query if view.service == "sns" => (403, "AuthorizationError"),
            Protocol::Query | Protocol::RestXml => (403, "AccessDenied"),
            Protocol::AwsJson => (400, "AccessDeniedException"),
            Protocol::RestJson => (403, "AccessDeniedException"),
        };
        Self { status, code, message }
    }

    /// Too many calls.
    pub(super) fn throttled(code: ThrottleCode, status: u16) -> Self {
        Self { status, code: code.as_str(), message: "Rate exceeded".to_owned() }
    }

    /// The session has ended.
    pub(super) fn expired(protocol: Protocol) -> Self {
        let (status, code) = match protocol {
            Protocol::Query => (403, "ExpiredToken"),
            Protocol::RestXml => (400, "ExpiredToken"),
            Protocol::AwsJson => (400, "ExpiredTokenException"),
            Protocol::RestJson => (403, "ExpiredTokenException"),
        };
        let message = "The security token included in the request is expired".to_owned();
        Self { status, code, message }
    }

    /// The token of a page is not one of the service's. AWS has no common name for it.
    pub(super) fn bad_token(view: &RequestView) -> Self {
        let (code, message) = match view.service.as_str() {
            "iam" => ("ValidationError", "Invalid Marker"),
            "organizations" => (
                "InvalidInputException",
                "You specified an invalid value: INVALID_PAGINATION_TOKEN",
            ),
            "sso" | "identitystore" => ("ValidationException", "Invalid NextToken"),
            _ => ("InvalidNextTokenException", "The specified next token is not valid"),
        };
        Self { status: 400, code, message: message.to_owned() }
    }

    /// The answer in the form of the request's protocol.
    pub(super) fn answer(&self, view: &RequestView, number: u64) -> Response<AnswerBody> {
        let request_id = format!("00000000-0000-4000-8000-{number:012}");
        let message = xml::escape(&self.message);
        let (kind, body) = match view.protocol {
            Protocol::Query if view.service == "ec2" => {
                let code = self.code;
                let body = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code>\
                     <Message>{message}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
                );
                ("text/xml", body)
            }
            Protocol::Query => {
                let space = match view.service.as_str() {
                    "sts" => "https://sts.amazonaws.com/doc/2011-06-15/",
                    _ => "https://iam.amazonaws.com/doc/2010-05-08/",
                };
                let party = if self.status < 500 { "Sender" } else { "Receiver" };
                let code = self.code;
                let body = format!(
                    "<ErrorResponse xmlns=\"{space}\"><Error><Type>{party}</Type><Code>{code}</Code>\
                     <Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
                );
                ("text/xml", body)
            }
            // The control plane of S3 wraps its errors, S3 does not.
            Protocol::RestXml if view.path.starts_with(CONTROL_PLANE) => {
                let code = self.code;
                let body = format!(
                    "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId>{request_id}</RequestId></ErrorResponse>"
                );
                ("application/xml", body)
            }
            Protocol::RestXml => {
                let code = self.code;
                let body = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
                     <Message>{message}</Message><RequestId>{request_id}</RequestId></Error>"
                );
                ("application/xml", body)
            }
            Protocol::AwsJson => {
                let body = json!({ "__type": self.code, "Message": self.message });
                ("application/x-amz-json-1.1", body.to_string())
            }
            Protocol::RestJson => {
                ("application/json", json!({ "Message": self.message }).to_string())
            }
        };
        let mut answer = plain(self.status, kind, body);
        if let Ok(value) = HeaderValue::from_str(&request_id) {
            answer.headers_mut().insert("x-amzn-requestid", value);
        }
        if view.protocol == Protocol::RestJson {
            answer.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(self.code));
        }
        answer
    }
}

/// An answer with a status, a type and a body; without a type if that is empty.
pub(super) fn plain(
    status: u16,
    kind: &str,
    body: impl Into<hyper::body::Bytes>,
) -> Response<AnswerBody> {
    let mut answer = Response::new(AnswerBody::whole(body.into()));
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(kind) = HeaderValue::from_str(kind)
        && !kind.is_empty()
    {
        answer.headers_mut().insert(CONTENT_TYPE, kind);
    }
    answer
}
