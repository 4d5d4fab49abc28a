//! The founding: the tables turned into calls.
//!
//! First what draws ids from moto's random numbers, one call after the other, since every call of moto draws
//! some; then the rest of IAM, the accounts side by side.

mod accounts;
mod credentials;
mod organization;
mod people;

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

/// More only wait: moto computes in one thread.
const AT_ONCE: usize = 6;

type Progress<'a> = &'a (dyn Fn(&str) + Sync);

/// Founds the organization.
pub(super) async fn found(
    endpoint: &str,
    client: &LoopbackClient,
    progress: Progress<'_>,
) -> Result<Company, CompanyError> {
    plant(endpoint, client)
        .await
        .map_err(|source| CompanyError::Seed { endpoint: endpoint.to_owned(), source })?;
    let config =
        config(endpoint, Credentials::new("AKIAEXAMPLE", "EXAMPLE", None, None, "company"));
    progress("founding the organization acme");
    let founded = Box::pin(organization::found(&config)).await?;
    progress("hiring its people");
    let identity_center = Box::pin(people::hire(&config, &founded.accounts)).await?;
    progress("opening its accounts");
    let iams = Box::pin(clients(&config, &founded.accounts)).await?;
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
async fn plant(endpoint: &str, client: &LoopbackClient) -> Result<(), BoxError> {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{endpoint}/moto-api/seed?a={SEED}"))
        .body(Full::<Bytes>::default())?;
    let answer = client.request(request).await?;
    let status = answer.status();
    answer.into_body().collect().await?;
    if status.is_success() { Ok(()) } else { Err(format!("status {status}").into()) }
}

fn config(endpoint: &str, credentials: Credentials) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(HOME_REGION))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        // A repeated call would draw other ids.
        .retry_config(RetryConfig::disabled())
        .build()
}

/// A client of IAM in each account that has something to be made in, by key, in a fixed order.
async fn clients(
    config: &SdkConfig,
    accounts: &AccountIds,
) -> Result<Vec<(&'static str, aws_sdk_iam::Client)>, CompanyError> {
    let sts = aws_sdk_sts::Client::new(config);
    let mut clients = Vec::new();
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
        clients.push((*key, aws_sdk_iam::Client::new(&config)));
    }
    Ok(clients)
}
