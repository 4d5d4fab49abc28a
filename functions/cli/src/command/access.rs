//! Which accounts a command looks into and how it gets there: what `collect` and `doctor` share.

use std::sync::Arc;

use accesstrail_shared::aws::role::RoleSpec;
use accesstrail_shared::aws::session::{SessionError, SessionOptions, Sessions};
use accesstrail_shared::aws::{Place, configuration};
use accesstrail_shared::collect::pipeline::Reach;
use accesstrail_shared::model::{AccountId, Region};
use accesstrail_shared::port::SystemClock;
use accesstrail_shared::settings::{ExternalId, RoleName};
use clap::{Args, ValueEnum};

use crate::config::{Key, Settings};
use crate::error::Failure;
use crate::interrupt;

/// `--org` alone. Without a role every account but one would end as denied, which is no inventory.
const NO_ROLE: &str = "--org looks into every account of the organization, which needs a role in each: \
    add --role NAME (cloudformation/member-account.yaml makes one that is called accesstrail-read), \
    or leave --org out to look into your own account alone";

// Whose credentials enter which accounts. (A doc comment here would take the place of the verb's own help.)
#[derive(Debug, Args)]
pub(crate) struct AccessArgs {
    /// Every account of the organization that these credentials see; needs --role
    #[arg(long, conflicts_with = "account")]
    org: bool,

    /// Only this account; may be given several times
    #[arg(long, value_name = "ID")]
    account: Vec<AccountId>,

    /// The role to assume in other accounts than your own
    #[arg(long, value_name = "NAME")]
    role: Option<RoleName>,

    /// The external id that the role's trust policy wants
    // Read by us: the parser would repeat what it refuses.
    #[arg(long, value_name = "ID", requires = "role")]
    external_id: Option<String>,

    /// The account that sees the organization, where that is not your own
    #[arg(long, value_name = "ID")]
    pub(super) organization_account: Option<AccountId>,

    /// Where to look for Identity Center [default: your region]
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    identity_center_region: Vec<Region>,

    /// Which credentials of IAM users to list: `full` adds SSH keys, signing certificates and
    /// service-specific credentials, three more calls per user [default: standard]
    #[arg(long, value_enum)]
    credentials: Option<Credentials>,

    /// Leave out a collector, or a whole tier as `tier-3`; may be given several times
    #[arg(long, value_name = "COLLECTOR", value_delimiter = ',')]
    pub(super) skip: Vec<String>,

    /// How much is done at the same time, in units of work or accounts [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    concurrency: Option<u8>,

    /// A named profile of your AWS configuration
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Where AWS is, instead of at AWS
    #[arg(long, value_name = "URL", env = "ACCESSTRAIL_TARGET_ENDPOINT", hide_env_values = true, value_parser = endpoint)]
    endpoint_url: Option<String>,
}

/// Which credentials are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Credentials {
    /// Passwords, MFA and access keys.
    Standard,
    /// Every kind.
    Full,
}

impl Credentials {
    fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Full => "full",
        }
    }
}

impl AccessArgs {
    /// Whether every account of the organization is asked for.
    ///
    /// # Errors
    ///
    /// It is, and nothing says how to enter them.
    pub(super) fn is_org(&self) -> Result<bool, Failure> {
        if self.org && self.role.is_none() {
            return Err(Failure::Usage(NO_ROLE.to_owned()));
        }
        Ok(self.org)
    }

    /// Tells the settings what was typed, which comes before everything else.
    pub(super) fn tell(&self, settings: &mut Settings) {
        settings.flag(Key::AccountsInclude, "--account", &self.account);
        let home = &self.identity_center_region;
        settings.flag(Key::IdentityCenterRegion, "--identity-center-region", home);
        let credentials = self.credentials.iter().map(|it| it.word()).collect::<Vec<_>>();
        settings.flag(Key::Credentials, "--credentials", &credentials);
        settings.flag(Key::Skip, "--skip", &self.skip);
        settings.flag(Key::Concurrency, "--concurrency", self.concurrency.as_slice());
    }

    /// Signs in.
    ///
    /// # Errors
    ///
    /// Nobody can be signed in, or an account is to be entered that needs a role and there is none.
    pub(super) async fn connect(&self, reach: &Reach) -> Result<Sessions, Failure> {
        let external_id =
            self.external_id.as_ref().map(|id| id.parse::<ExternalId>()).transpose()?;
        let role = self.role.as_ref().map(|role| RoleSpec {
            name: role.as_str().to_owned(),
            external_id: external_id.map(|id| id.as_str().to_owned()),
            session_name: "accesstrail".to_owned(),
        });
        let has_role = role.is_some();
        let options = SessionOptions { role, ..SessionOptions::default() };
        let place = Place {
            region: None,
            endpoint: self.endpoint_url.clone(),
            profile: self.profile.clone(),
            credentials: None,
        };
        let connect = async {
            Sessions::connect(configuration(&place).await, options, Arc::new(SystemClock)).await
        };
        let sessions = interrupt::or(Box::pin(connect)).await?;
        let wanted = if let Reach::Accounts(accounts) = reach { accounts.as_slice() } else { &[] };
        let other = wanted.iter().find(|account| **account != sessions.caller().account);
        match other {
            Some(account) if !has_role => {
                Err(SessionError::NoRole { account: account.clone() }.into())
            }
            _ => Ok(sessions),
        }
    }
}

/// How far a command reaches.
pub(super) fn reach(org: bool, settings: &Settings) -> Reach {
    let accounts: Vec<AccountId> = settings.all(Key::AccountsInclude);
    match (org, accounts.is_empty()) {
        (true, _) => Reach::Organization,
        (false, true) => Reach::Caller,
        (false, false) => Reach::Accounts(accounts),
    }
}

/// An endpoint as far as it can be checked before it is used.
fn endpoint(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !text.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        _ => {
            Err("an endpoint is an address, for example https://sts.eu-west-1.amazonaws.com"
                .to_owned())
        }
    }
}
