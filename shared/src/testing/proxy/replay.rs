//! Replays: answers that the emulator does not give, made from the request.

use std::{fmt, sync::Arc};

use hyper::body::Bytes;
use serde_json::{Value, json};

use super::{Protocol, RequestView, xml};

/// What every path of S3's control plane begins with.
pub(super) const CONTROL_PLANE: &str = "/v20180820/";

type Make = dyn Fn(&RequestView) -> Option<Answer> + Send + Sync;

/// An answer in the place of the emulator's. Which calls get one is said by the rule that holds it.
#[derive(Clone)]
pub struct Replay {
    make: Arc<Make>,
}

impl fmt::Debug for Replay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Replay").finish_non_exhaustive()
    }
}

impl Replay {
    /// From the request to the answer; `None` leaves the call to the emulator.
    pub fn new(make: impl Fn(&RequestView) -> Option<Answer> + Send + Sync + 'static) -> Self {
        Self { make: Arc::new(make) }
    }

    pub(super) fn answer(&self, view: &RequestView) -> Option<Answer> {
        (self.make)(view)
    }
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The error's name, where REST services say it in a header.
    pub(super) code: Option<&'static str>,
    /// The body.
    pub(super) body: Bytes,
}

impl Answer {
    /// A JSON document.
    pub fn json(body: &Value) -> Self {
        Self { status: 200, code: None, body: body.to_string().into() }
    }

    /// An XML document.
    pub fn xml(body: String) -> Self {
        Self { status: 200, code: None, body: body.into() }
    }

    /// An error of the service, in the form of the request's protocol.
    pub fn error(view: &RequestView, status: u16, code: &'static str, message: &str) -> Self {
        let text = xml::escape(message);
        let body = match view.protocol {
            Protocol::Query => format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>\
                 <RequestId>EXAMPLE</RequestId></ErrorResponse>"
            ),
            // The control plane of S3 wraps its errors, S3 does not.
            Protocol::RestXml if view.path.starts_with(CONTROL_PLANE) => format!(
                "<ErrorResponse><Error><Code>{code}</Code><Message>{text}</Message></Error></ErrorResponse>"
            ),
            Protocol::RestXml => {
                format!("<Error><Code>{code}</Code><Message>{text}</Message></Error>")
            }
            Protocol::AwsJson => json!({ "__type": code, "message": message }).to_string(),
            Protocol::RestJson => json!({ "message": message }).to_string(),
        };
        let code = (view.protocol == Protocol::RestJson).then_some(code);
        Self { status, code, body: body.into() }
    }
}
