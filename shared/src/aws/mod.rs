//! The AWS SDK, once: configuration, sessions, error classification, limits.
//!
//! Two configurations exist from the start. *Ours* is where accesstrail runs: its table and its queue.
//! *The target's* is what it looks at: the shell's or the function's credentials, and roles assumed
//! from them. Each has its own optional endpoint, because the two need not be in one partition, one
//! network or, in tests, one emulator.

pub mod error;
mod http;
pub mod limit;
pub mod logs;
pub mod queue;
pub mod role;
#[cfg(any(test, feature = "testing"))]
pub mod route;
pub mod session;
pub mod setup;
pub mod time;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;

pub use error::{CallError, Fault};
pub use session::{Session, SessionError, Sessions};

/// How often one call is tried before the SDK gives up. With a largest pause of [`MAX_BACKOFF`] this rides out a
/// minute of throttling and then says so. What adapts to throttling is our own gate (`limit`): the SDK's adaptive
/// mode shares its rate between everything in the process and, at 30 % throttled, slows a run down to a call in
/// two seconds.
pub const MAX_ATTEMPTS: u32 = 8;

/// The longest pause between two tries of one call.
pub const MAX_BACKOFF: Duration = Duration::from_secs(20);

/// Where one side of the program finds AWS.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The region to work from; the SDK's own chain (environment, profile) decides where it is `None`.
    pub region: Option<String>,
    /// An endpoint instead of AWS's own.
    pub endpoint: Option<String>,
    /// A named profile instead of the default chain.
    pub profile: Option<String>,
    /// Credentials instead of the default chain.
    pub credentials: Option<SharedCredentialsProvider>,
}

/// The configuration for `place`: its credentials chain, timeouts and retries, and one HTTPS client for all services,
/// whatever is made of it.
pub async fn configuration(place: &Place) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http::client())
        .retry_config(
            RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_max_backoff(MAX_BACKOFF),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(5))
                .read_timeout(Duration::from_mins(1))
                .build(),
        );
    if let Some(region) = &place.region {
        loader = loader.region(aws_config::Region::new(region.clone()));
    }
    if let Some(endpoint) = &place.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    if let Some(profile) = &place.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(credentials) = &place.credentials {
        loader = loader.credentials_provider(credentials.clone());
    }
    loader.load().await
}

/// `config` with other credentials, asked for at each call: the provider keeps them, not the SDK, so
/// that credentials which AWS refuses can be replaced at once.
fn with_credentials(config: &SdkConfig, credentials: SharedCredentialsProvider) -> SdkConfig {
    config
        .to_builder()
        .credentials_provider(credentials)
        .identity_cache(aws_config::identity::IdentityCache::no_cache())
        .build()
}
