//! Sessions: one per account, opened once, checked to be in the account that it is for.
//!
//! INVARIANT: a [`Session`] knows its account, and AWS itself confirmed it (`GetCallerIdentity`) before
//! anyone could hold the session. Collectors get one session and no way to make another, so a client
//! used for the wrong account cannot be written.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3control::config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint};
use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use tokio::sync::OnceCell;

use super::error::{self, Fault, has_no_address};
use super::limit::{Gates, Limits};
use super::role::{RoleCredentials, RoleSpec, SharedRole};
use super::with_credentials;
use crate::model::{AccountId, Arn, Authority, Partition, Region};
use crate::port::{BoxError, Clock};

/// How often the first call is tried: with the pauses between, two seconds or three.
const FIRST_ATTEMPTS: u32 = 3;

/// Why there is no session for an account. Fatal for that account, and only for it.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There are no credentials to start from.
    #[error("no usable AWS credentials: {summary}")]
    NoIdentity {
        /// What is wrong with them, in AWS's words.
        summary: String,
        /// What went wrong.
        fault: Fault,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// No provider of the chain has credentials.
    #[error(
        "there are no AWS credentials: not in the environment, in a profile, or on the machine"
    )]
    NotSignedIn {
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// No region is set, or what is set is none.
    #[error("{what}")]
    NoRegion {
        /// What is wrong with it.
        what: String,
    },
    /// AWS could not be reached.
    #[error("AWS could not be reached: {summary}")]
    NoAnswer {
        /// What happened on the way.
        summary: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// The role could not be assumed.
    #[error("role {role} could not be assumed in account {account}: {summary}")]
    Assume {
        /// The account.
        account: AccountId,
        /// The role.
        role: Arn,
        /// What went wrong.
        fault: Fault,
        /// AWS's words.
        summary: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// STS answered without credentials.
    #[error("STS returned no credentials for role {role} in account {account}")]
    NoCredentials {
        /// The account.
        account: AccountId,
        /// The role.
        role: Arn,
    },
    /// The credentials belong to another account than they are for.
    #[error("the credentials for account {expected} belong to account {found}")]
    WrongAccount {
        /// The account that was wanted.
        expected: AccountId,
        /// The account that AWS says it is.
        found: AccountId,
    },
    /// Another account is wanted, and no role is given to reach it.
    #[error("account {account} needs a role to assume, and none is given")]
    NoRole {
        /// The account.
        account: AccountId,
    },
    /// What AWS says about the caller cannot be understood.
    #[error("GetCallerIdentity answered something unreadable: {what}")]
    Unreadable {
        /// What.
        what: String,
    },
}

impl SessionError {
    pub(super) fn assume<E>(
        account: &AccountId,
        role: &Arn,
        error: SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let verdict = error::classify_global(&error);
        Self::Assume {
            account: account.clone(),
            role: role.clone(),
            fault: verdict.fault,
            summary: verdict.summary,
            source: error.into(),
        }
    }

    fn identity<E>(error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let verdict = error::classify_global(&error);
        if let Some(cause) = error::find_cause::<CredentialsError>(&error) {
            let summary = error::one_line(error::chain(cause));
            // The machine's own credentials are the last in the chain: whoever gets there has no others.
            let has_none = matches!(cause, CredentialsError::CredentialsNotLoaded(_))
                || summary.contains("IMDS");
            if has_none {
                return Self::NotSignedIn { source: error.into() };
            }
            return Self::NoIdentity { summary, fault: verdict.fault, source: error.into() };
        }
        if verdict.fault == Fault::Unavailable {
            // What stands around the innermost cause is about the SDK.
            return Self::NoAnswer { summary: error::innermost(&error), source: error.into() };
        }
        Self::NoIdentity { summary: verdict.summary, fault: verdict.fault, source: error.into() }
    }

    /// Whether opening the session again later may succeed.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            Self::NoIdentity { fault, .. } | Self::Assume { fault, .. } => {
                matches!(fault, Fault::Throttled | Fault::Unavailable)
            }
            _ => false,
        }
    }

    /// Which policy refused the role, if one did.
    pub fn authority(&self) -> Authority {
        match self {
            Self::Assume { fault: Fault::Denied(by), .. } => *by,
            _ => Authority::Unspecified,
        }
    }
}

/// Who the base credentials belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// The user, role session or root.
    pub arn: Arn,
}

/// How sessions are made.
#[derive(Clone, Debug, Default)]
pub struct SessionOptions {
    /// The role in other accounts than the caller's.
    pub role: Option<RoleSpec>,
    /// How fast services may be called.
    pub limits: Limits,
}

/// Makes the sessions of a process, each once.
#[derive(Debug)]
pub struct Sessions {
    base: SdkConfig,
    caller: Caller,
    options: SessionOptions,
    clock: Arc<dyn Clock>,
    opened: Mutex<BTreeMap<AccountId, Arc<OnceCell<Arc<Session>>>>>,
}

impl Sessions {
    /// Starts from `base`, the target's configuration, and asks AWS who that is.
    pub async fn connect(
        base: SdkConfig,
        options: SessionOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SessionError> {
        if let Some(region) = base.region()
            && let Err(error) = region.as_ref().parse::<Region>()
        {
            return Err(SessionError::NoRegion { what: error.to_string() });
        }
        // The first call of all: if it does not get through, whoever waits should know soon.
        let config = aws_sdk_sts::config::Builder::from(&base)
            .retry_config(RetryConfig::standard().with_max_attempts(FIRST_ATTEMPTS))
            .build();
        let caller =
            identify(&aws_sdk_sts::Client::from_conf(config)).await.map_err(
                |error| match error {
                    SessionError::NoAnswer { .. } if base.region().is_none() => {
                        SessionError::NoRegion { what: "no AWS region is set".to_owned() }
                    }
                    other => other,
                },
            )?;
        Ok(Self { base, caller, options, clock, opened: Mutex::default() })
    }

    /// Who the base credentials belong to.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The partition, from the caller's own ARN.
    pub fn partition(&self) -> Partition {
        self.caller.arn.partition()
    }

    /// The region that the base configuration works from.
    pub fn region(&self) -> Option<Region> {
        self.base.region().and_then(|region| region.as_ref().parse().ok())
    }

    /// The session of an account: opened by the first who asks, shared by all.
    pub async fn session(&self, account: &AccountId) -> Result<Arc<Session>, SessionError> {
        let cell = {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(opened.entry(account.clone()).or_default())
        };
        cell.get_or_try_init(|| self.open(account)).await.cloned()
    }

    async fn open(&self, account: &AccountId) -> Result<Arc<Session>, SessionError> {
        let (config, role) = if *account == self.caller.account {
            (self.base.clone(), None)
        } else {
            let spec = self
                .options
                .role
                .clone()
                .ok_or_else(|| SessionError::NoRole { account: account.clone() })?;
            let role = role_arn(&self.partition(), account, &spec)?;
            let sts = aws_sdk_sts::Client::new(&self.base);
            let credentials = Arc::new(RoleCredentials::new(
                sts,
                account.clone(),
                role,
                spec,
                Arc::clone(&self.clock),
            ));
            // Asked for here, so that a refusal is told as one of the role and not of some later call.
            credentials.credentials().await?;
            let provider = SharedCredentialsProvider::new(SharedRole(Arc::clone(&credentials)));
            (with_credentials(&self.base, provider), Some(credentials))
        };
        if role.is_some() {
            let found = identify(&aws_sdk_sts::Client::new(&config)).await?.account;
            if found != *account {
                return Err(SessionError::WrongAccount { expected: account.clone(), found });
            }
        }
        let gates = Gates::new(&self.options.limits);
        Ok(Arc::new(Session {
            account: account.clone(),
            partition: self.partition(),
            config,
            role,
            gates,
        }))
    }
}

fn role_arn(
    partition: &Partition,
    account: &AccountId,
    spec: &RoleSpec,
) -> Result<Arn, SessionError> {
    let text = format!("arn:{partition}:iam::{account}:role/{}", spec.name.trim_start_matches('/'));
    text.parse().map_err(|_| SessionError::Unreadable { what: text })
}

async fn identify(sts: &aws_sdk_sts::Client) -> Result<Caller, SessionError> {
    let answer = sts.get_caller_identity().send().await.map_err(SessionError::identity)?;
    let unreadable =
        || SessionError::Unreadable { what: format!("{:?} {:?}", answer.account(), answer.arn()) };
    let account = answer.account().and_then(|id| id.parse().ok()).ok_or_else(unreadable)?;
    let arn = answer.arn().and_then(|arn| arn.parse().ok()).ok_or_else(unreadable)?;
    Ok(Caller { account, arn })
}

/// Access to one account.
#[derive(Debug)]
pub struct Session {
    account: AccountId,
    partition: Partition,
    config: SdkConfig,
    role: Option<Arc<RoleCredentials>>,
    gates: Gates,
}

impl Session {
    /// The account, as AWS confirmed it.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The partition.
    pub fn partition(&self) -> &Partition {
        &self.partition
    }

    /// The role that was assumed; `None` where the base credentials are in use.
    pub fn role(&self) -> Option<&Arn> {
        self.role.as_ref().map(|role| role.arn())
    }

    /// The gates that calls go through.
    pub(crate) fn gates(&self) -> &Gates {
        &self.gates
    }

    /// Which credentials a call that starts now will use: the access key id, `None` where they are not
    /// ours to renew.
    pub(crate) async fn credentials_in_use(&self) -> Option<String> {
        let role = self.role.as_ref()?;
        role.credentials().await.ok().map(|credentials| credentials.access_key_id().to_owned())
    }

    /// Replaces credentials that AWS refused as expired, unless somebody already has.
    pub(crate) async fn renew(&self, refused: &str) -> Result<(), SessionError> {
        if let Some(role) = &self.role {
            role.forget(refused).await;
            role.credentials().await?;
        }
        Ok(())
    }

    /// The configuration for a region. Each account and region is throttled by itself, so one account's
    /// throttling must not slow the others: the retry partition carries both.
    pub fn regional(&self, region: &Region) -> SdkConfig {
        let mut builder = self.config.to_builder();
        if region.as_str() != Region::GLOBAL {
            builder = builder.region(aws_config::Region::new(region.as_str().to_owned()));
        }
        builder.build()
    }
}

macro_rules! clients {
    ($($(#[doc = $doc:literal])+ $name:ident: $sdk:ident;)+) => {
        impl Session {
            $(
                $(#[doc = $doc])+
                pub fn $name(&self, region: &Region) -> $sdk::Client {
                    let partition = format!("{}-{}-{}", stringify!($name), self.account, region);
                    let config = $sdk::config::Builder::from(&self.regional(region))
                        .retry_partition($sdk::config::retry::RetryPartition::new(partition))
                        .build();
                    $sdk::Client::from_conf(config)
                }
            )+
        }
    };
}

/// Forbids retries where the host of a request does not exist: a region without the service, which stays so.
#[derive(Debug)]
struct NoSuchHost;

impl ClassifyRetry for NoSuchHost {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.output_or_error() {
            Some(Err(error)) if error.as_connector_error().is_some_and(|it| has_no_address(it)) => {
                RetryAction::RetryForbidden
            }
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "no such host"
    }
}

/// One address for every account of S3 Control.
#[derive(Debug)]
struct OneAddress(String);

impl ResolveEndpoint for OneAddress {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(Endpoint::builder().url(self.0.clone()).build()))
    }
}

macro_rules! regional_clients {
    ($($(#[doc = $doc:literal])+ $name:ident: $sdk:ident $(, |$builder:ident, $own:ident| $more:expr)?;)+) => {
        impl Session {
            $(
                $(#[doc = $doc])+
                pub fn $name(&self, region: &Region) -> $sdk::Client {
                    let partition = format!("{}-{}-{}", stringify!($name), self.account, region);
                    let builder = $sdk::config::Builder::from(&self.regional(region))
                        .retry_classifier(NoSuchHost)
                        .retry_partition($sdk::config::retry::RetryPartition::new(partition));
                    $(
                        let ($builder, $own) = (builder, self.config.endpoint_url());
                        let builder = $more;
                    )?
                    $sdk::Client::from_conf(builder.build())
                }
            )+
        }
    };
}

regional_clients! {
    /// Bedrock.
    bedrock: aws_sdk_bedrock;
    /// Bedrock agents, knowledge bases and prompts.
    bedrock_agent: aws_sdk_bedrockagent;
    /// DynamoDB.
    dynamodb: aws_sdk_dynamodb;
    /// EC2.
    ec2: aws_sdk_ec2;
    /// ECR.
    ecr: aws_sdk_ecr;
    /// EKS.
    eks: aws_sdk_eks;
    /// Glue.
    glue: aws_sdk_glue;
    /// KMS.
    kms: aws_sdk_kms;
    /// Lambda.
    lambda: aws_sdk_lambda;
    /// RDS.
    rds: aws_sdk_rds;
    /// S3. An endpoint of our own has no name for each bucket, so there buckets stand in the path.
    s3: aws_sdk_s3, |builder, own| builder.force_path_style(own.is_some());
    /// S3 Control: access points, and what holds for all buckets of an account. The SDK writes the account
    /// before the host, a name that an endpoint of our own does not have.
    s3_control: aws_sdk_s3control, |builder, own| match own {
        Some(url) => builder.endpoint_resolver(OneAddress(url.to_owned())),
        None => builder,
    };
    /// Secrets Manager.
    secrets_manager: aws_sdk_secretsmanager;
    /// SNS.
    sns: aws_sdk_sns;
    /// SQS.
    sqs: aws_sdk_sqs;
    /// The Resource Groups Tagging API.
    tagging: aws_sdk_resourcegroupstagging;
}

clients! {
    /// CloudFormation.
    cloudformation: aws_sdk_cloudformation;
    /// CloudTrail.
    cloudtrail: aws_sdk_cloudtrail;
    /// EventBridge.
    event_bridge: aws_sdk_eventbridge;
    /// IAM.
    iam: aws_sdk_iam;
    /// Organizations.
    organizations: aws_sdk_organizations;
    /// Identity Center.
    sso_admin: aws_sdk_ssoadmin;
    /// The identity store.
    identity_store: aws_sdk_identitystore;
}
