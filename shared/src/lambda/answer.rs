//! Answers of a custom resource, put to the address that CloudFormation gave.

use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;

use crate::aws::error::{chain, one_line};
use crate::setup::custom_resource::Answer;

/// How long one try may take.
const LONGEST: Duration = Duration::from_secs(6);

/// How often it is tried.
const TRIES: u32 = 3;

/// Puts an answer. The address is presigned for an empty content type, and a secret: no error repeats it.
///
/// # Errors
///
/// If nobody took it, in words.
pub async fn put(answer: &Answer) -> Result<(), String> {
    let settings =
        HttpConnectorSettings::builder().connect_timeout(LONGEST).read_timeout(LONGEST).build();
    let connector = Connector::builder()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .connector_settings(settings)
        .build();
    let mut last = String::new();
    for attempt in 0..TRIES {
        tokio::time::sleep(Duration::from_millis(500) * attempt).await;
        let asked = tokio::time::timeout(LONGEST, connector.call(request(answer)?)).await;
        last = match asked {
            Ok(Ok(response)) if response.status().is_success() => return Ok(()),
            Ok(Ok(response)) => format!("HTTP status {}", response.status().as_u16()),
            Ok(Err(error)) => one_line(chain(&error)),
            Err(_) => format!("no answer within {LONGEST:?}"),
        };
    }
    Err(format!("CloudFormation did not take the answer: {last}"))
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html>
fn request(answer: &Answer) -> Result<HttpRequest, String> {
    let wrong = || "the address of the answer cannot be used".to_owned();
    let mut request = HttpRequest::new(SdkBody::from(answer.body.as_str()));
    request.set_method("PUT").map_err(|_| wrong())?;
    request.set_uri(answer.url.as_str()).map_err(|_| wrong())?;
    request.headers_mut().try_insert("content-type", "").map_err(|_| wrong())?;
    Ok(request)
}
