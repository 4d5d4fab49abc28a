//! The founding: the tables turned into calls.
//!
//! First what draws ids from moto's random numbers, one call after the other, since every call of moto draws
//! some; then the rest of IAM, the accounts side by side; then, from a seed of their own, the resources, since
//! they refer to roles and instance profiles.

mod accounts;
mod compute;
mod credentials;
mod data;
mod keys;
mod messages;
mod organization;
mod people;
mod resources;

use std::collections::BTreeMap;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, body::Bytes};

use super::{
    Company, CompanyError, derived, document::AccountIds, organization::MANAGEMENT,
    people::HOME_REGION,
};
use crate::{port::BoxError, testing::http::LoopbackClient};

/// Another seed, other ids. With this one an account id begins with a zero.
const SEED: u32 = 1;

/// The seed of the resources: after what was made side by side nobody knows what is drawn next.
const RESOURCES_SEED: u32 = 2;

/// More only wait: moto computes in one thread.
const AT_ONCE: usize = 6;

type Progress<'a> = &'a (dyn Fn(&str) + Sync);

/// Founds the organization.
pub(super) async fn found(
    endpoint: &str,
    client: &LoopbackClient,
    progress: Progress<'_>,
) -> Result<Company, CompanyError> {
    let config =
        config(endpoint, Credentials::new("AKIAEXAMPLE", "EXAMPLE", None, None, "company"));
    plant(endpoint, client, SEED).await?;
    // moto draws an instance when it is first asked for one, or at its reset. Here it is asked, and the seed
    // planted anew, so that all further ids are the same after a reset as in a fresh moto.
    Box::pin(people::instance(&aws_sdk_ssoadmin::Client::new(&config))).await?;
    plant(endpoint, client, SEED).await?;
    progress("founding the organization acme");
    let founded = Box::pin(organization::found(&config)).await?;
    progress("hiring its people");
    let identity_center = Box::pin(people::hire(&config, &founded.accounts)).await?;
    progress("opening its accounts");
    let configs = Box::pin(enter(&config, &founded.accounts)).await?;
    let iams: Vec<_> =
        configs.iter().map(|(key, config)| (*key, aws_sdk_iam::Client::new(config))).collect();
    let mut access_keys = BTreeMap::new();
    for (key, iam) in &iams {
        let id = founded.accounts.get(key).map_or("", String::as_str);
        access_keys.extend(Box::pin(credentials::issue(key, id, iam)).await?);
    }
    stream::iter(&iams)
        .map(|(key, iam)| Box::pin(accounts::furnish(key, iam, &founded.accounts)))
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
    progress("building what its accounts hold");
    plant(endpoint, client, RESOURCES_SEED).await?;
    Box::pin(resources::provision(&configs, &founded.accounts)).await?;
    Box::pin(organization::close(&config, &founded.accounts)).await?;
    let management = founded.accounts.get(MANAGEMENT).cloned().unwrap_or_default();
    Ok(Company {
        founded: founded.at,
        organization: founded.id,
        management,
        accounts: founded.accounts,
        identity_center,
        access_keys,
    })
}

/// Makes moto draw the same ids every time.
async fn plant(endpoint: &str, client: &LoopbackClient, seed: u32) -> Result<(), CompanyError> {
    let ask = async || -> Result<_, BoxError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{endpoint}/moto-api/seed?a={seed}"))
            .body(Full::<Bytes>::default())?;
        let answer = client.request(request).await?;
        let status = answer.status();
        answer.into_body().collect().await?;
        if status.is_success() { Ok(()) } else { Err(format!("status {status}").into()) }
    };
    ask().await.map_err(|source| CompanyError::Seed { endpoint: endpoint.to_owned(), source })
}

fn config(endpoint: &str, credentials: Credentials) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(HOME_REGION))
        .endpoint_url(endpoint)
        // One for all clients: reading the certificates of the machine takes longer than most calls.
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        // A repeated call would draw other ids.
        .retry_config(RetryConfig::disabled())
        .build()
}

/// How to reach each account that has something to be made in, by key.
async fn enter(
    config: &SdkConfig,
    accounts: &AccountIds,
) -> Result<BTreeMap<&'static str, SdkConfig>, CompanyError> {
    let sts = aws_sdk_sts::Client::new(config);
    let mut configs = BTreeMap::new();
    for (key, id) in accounts {
        if derived::iam_of(key).is_none() && derived::reserved_in(key).is_empty() {
            continue;
        }
        let config = if *key == MANAGEMENT {
            config.clone()
        } else {
            let role = format!("arn:aws:iam::{id}:role/OrganizationAccountAccessRole");
            let assume = sts.assume_role().role_arn(&role).role_session_name("founding");
            let answer =
                assume.send().await.map_err(CompanyError::call("sts:AssumeRole", &role))?;
            let keys = answer
                .credentials
                .ok_or_else(|| CompanyError::missing("sts:AssumeRole", "credentials"))?;
            let token = Some(keys.session_token);
            let keys = Credentials::new(
                keys.access_key_id,
                keys.secret_access_key,
                token,
                None,
                "company",
            );
            config.to_builder().credentials_provider(SharedCredentialsProvider::new(keys)).build()
        };
        configs.insert(*key, config);
    }
    Ok(configs)
}
