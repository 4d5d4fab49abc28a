//! Credentials of an assumed role: kept, renewed in time, by one call however many ask.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use tokio::sync::Mutex;

use super::session::SessionError;
use super::time;
use crate::model::{AccountId, Arn};
use crate::port::Clock;

/// Credentials are renewed this long before they end, so that no call starts with ones that end on the way.
pub const RENEW_BEFORE: Duration = Duration::from_mins(5);

/// Which role is assumed in each account, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct RoleSpec {
    /// The role's name, with its path if it has one (`accesstrail-read`, `security/audit`).
    pub name: String,
    /// The external id that the trust policy wants.
    pub external_id: Option<String>,
    /// The session's name, as CloudTrail will show it.
    pub session_name: String,
}

impl fmt::Debug for RoleSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An external id is not a secret, but it identifies the customer: logs do without it.
        f.debug_struct("RoleSpec")
            .field("name", &self.name)
            .field("session_name", &self.session_name)
            .finish_non_exhaustive()
    }
}

/// Provides the credentials of one role in one account.
#[derive(Debug)]
pub struct RoleCredentials {
    sts: aws_sdk_sts::Client,
    account: AccountId,
    role: Arn,
    spec: RoleSpec,
    clock: Arc<dyn Clock>,
    /// Held across the call to STS: whoever comes meanwhile waits for the same answer.
    current: Mutex<Option<Credentials>>,
}

impl RoleCredentials {
    /// Credentials of `role` by `sts`; nothing is called yet.
    pub fn new(
        sts: aws_sdk_sts::Client,
        account: AccountId,
        role: Arn,
        spec: RoleSpec,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { sts, account, role, spec, clock, current: Mutex::new(None) }
    }

    /// The role.
    pub fn arn(&self) -> &Arn {
        &self.role
    }

    /// The credentials in force; assumes the role if there are none or they end soon.
    pub async fn credentials(&self) -> Result<Credentials, SessionError> {
        let mut current = self.current.lock().await;
        if let Some(credentials) = current.as_ref() {
            let end = credentials.expiry().unwrap_or(SystemTime::UNIX_EPOCH);
            if end > time::system(self.clock.now()) + RENEW_BEFORE {
                return Ok(credentials.clone());
            }
        }
        let fresh = self.assume().await?;
        *current = Some(fresh.clone());
        Ok(fresh)
    }

    /// Forgets credentials that AWS refused, unless somebody has already replaced them.
    pub async fn forget(&self, refused: &str) {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|kept| kept.access_key_id() == refused) {
            *current = None;
        }
    }

    async fn assume(&self) -> Result<Credentials, SessionError> {
        let answer = self
            .sts
            .assume_role()
            .role_arn(self.role.as_str())
            .role_session_name(&self.spec.session_name)
            .set_external_id(self.spec.external_id.clone())
            .send()
            .await
            .map_err(|error| SessionError::assume(&self.account, &self.role, error))?;
        let given = answer.credentials().ok_or_else(|| SessionError::NoCredentials {
            account: self.account.clone(),
            role: self.role.clone(),
        })?;
        let end = time::timestamp(given.expiration()).map(time::system);
        Ok(Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            Some(given.session_token().to_owned()),
            end,
            "accesstrail",
        ))
    }
}

/// [`RoleCredentials`] as the SDK wants them.
#[derive(Clone, Debug)]
pub(super) struct SharedRole(pub(super) Arc<RoleCredentials>);

impl ProvideCredentials for SharedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            self.0.credentials().await.map_err(CredentialsError::provider_error)
        })
    }
}
