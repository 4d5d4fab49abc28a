//! The HTTPS client of all calls to AWS.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// A client that makes what the SDK makes by itself: HTTP over rustls, through the proxy that the environment names
/// (`HTTPS_PROXY`, `NO_PROXY`).
///
/// Left to itself, the SDK makes one for each service, region and account. Each reads the machine's certificates anew,
/// and shakes hands with an endpoint that another is connected to already: IAM has one endpoint for all accounts.
pub(super) fn client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.build()
    })
}
