//! The public keys of digests, from CloudTrail of each region.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html>

use async_trait::async_trait;
use aws_config::{Region, SdkConfig};
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::error::ProvideErrorMetadata;
use aws_smithy_types::DateTime;

use crate::aws::error::{Fault, classify_global};
use crate::port::{DigestKey, DigestKeys, PortError};

/// CloudTrail, asked with these credentials. A region's keys are the same for every account.
#[derive(Debug)]
pub struct TrailKeys {
    config: SdkConfig,
}

impl TrailKeys {
    /// Whoever `config` says; its region does not matter.
    pub fn new(config: SdkConfig) -> Self {
        Self { config }
    }
}

#[async_trait]
impl DigestKeys for TrailKeys {
    async fn of_region(
        &self,
        region: &str,
        from: i64,
        to: i64,
    ) -> Result<Vec<DigestKey>, PortError> {
        let config = aws_sdk_cloudtrail::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .build();
        let client = Client::from_conf(config);
        let (mut keys, mut token) = (Vec::new(), None);
        loop {
            let asked = client
                .list_public_keys()
                .start_time(DateTime::from_secs(from))
                .end_time(DateTime::from_secs(to))
                .set_next_token(token.clone());
            let page = asked.send().await.map_err(|error| failed(region, &error))?;
            for key in page.public_key_list.unwrap_or_default() {
                let second = |time: Option<DateTime>| time.map(|time| time.secs());
                keys.extend(key.value.map(|der| DigestKey {
                    der: der.into_inner(),
                    fingerprint: key.fingerprint,
                    valid: (second(key.validity_start_time), second(key.validity_end_time)),
                }));
            }
            let next = page.next_token.filter(|next| !next.is_empty());
            if next.is_none() || next == token {
                return Ok(keys);
            }
            token = next;
        }
    }
}

/// A call that failed.
fn failed<E>(region: &str, error: &aws_sdk_cloudtrail::error::SdkError<E>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let verdict = classify_global(error);
    let what = format!("public keys of digests in {region} (cloudtrail:ListPublicKeys)");
    let source = verdict.summary.into();
    match verdict.fault {
        Fault::Denied(_) => PortError::Denied { what, source },
        Fault::Throttled | Fault::Unavailable => PortError::Busy { what, source },
        _ => PortError::Failed { what, source },
    }
}
