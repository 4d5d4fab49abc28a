//! Where the logs of a trail are, as it is typed: a folder, or a bucket.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use accesstrail_shared::aws::logs::{BucketLogs, TrailKeys};
use accesstrail_shared::aws::{Place as AwsPlace, configuration};
use accesstrail_shared::backfill::{Folder, Keys, Window};
use accesstrail_shared::model::{AccountId, Region};
use accesstrail_shared::port::{Clock as _, Logs, SystemClock};
use accesstrail_shared::trail::key;
use accesstrail_shared::usage::day::Day;
use clap::Args;

use crate::error::Failure;
use crate::evidence;

/// The most days back: ten years.
const MOST_DAYS: u32 = 3_650;

/// Objects that are asked for at once, of a bucket: with a megabyte each at most, that is what waits in memory.
const IN_FLIGHT: usize = 64;

/// Units at once, at least, of a bucket: while one lists its objects, others fetch theirs.
const UNITS: usize = 4;

/// The logs of trails.
#[derive(Debug, Args)]
pub(crate) struct Trail {
    #[command(flatten)]
    place: Place,

    /// What stands before `AWSLogs/` in the keys [default: it is looked for in a folder, none in a bucket]
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,

    /// Only the logs of this account; may be given several times
    #[arg(long, value_name = "ID")]
    account: Vec<AccountId>,

    /// Only the logs of this region; may be given several times
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    region: Vec<Region>,

    /// The account that the bucket must belong to; S3 refuses where it is another one's
    #[arg(long, value_name = "ID", requires = "bucket")]
    bucket_owner: Option<AccountId>,

    /// A named profile of your AWS configuration
    #[arg(long, value_name = "NAME", requires = "bucket")]
    profile: Option<String>,

    /// Where S3 and CloudTrail are, instead of at AWS
    #[arg(long, value_name = "URL", env = "ACCESSTRAIL_TARGET_ENDPOINT", hide_env_values = true)]
    endpoint_url: Option<String>,
}

/// Where the logs are.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// A folder with the layout of a trail's bucket; needs no AWS at all
    #[arg(long, value_name = "PATH")]
    dir: Option<PathBuf>,

    /// A trail's bucket; needs s3:ListBucket and s3:GetObject, and kms:Decrypt where logs are encrypted
    #[arg(long, value_name = "NAME", value_parser = bucket_name)]
    bucket: Option<String>,
}

/// How far back.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Days {
    /// To the first log.
    All,
    /// That many days.
    Back(u32),
}

impl std::str::FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        let days = text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
        days.map(Self::Back).ok_or_else(|| format!("`all`, or a number from 1 to {MOST_DAYS}"))
    }
}

impl Trail {
    /// The place.
    pub(crate) async fn open(&self) -> Result<Arc<dyn Logs>, Failure> {
        if let Some(bucket) = &self.place.bucket {
            let owner = self.bucket_owner.as_ref();
            return Ok(Arc::new(BucketLogs::new(self.configuration().await, bucket, owner)));
        }
        Ok(Arc::new(folder(self.dir()?)?))
    }

    /// The place, with what proves its digests.
    pub(crate) async fn open_with_proof(&self) -> Result<(Arc<dyn Logs>, Keys), Failure> {
        if self.place.bucket.is_some() {
            let keys = TrailKeys::new(self.configuration().await);
            return Ok((self.open().await?, Keys::Asked(Arc::new(keys))));
        }
        folder_with_proof(self.dir()?)
    }

    async fn configuration(&self) -> aws_config::SdkConfig {
        let (endpoint, profile) = (self.endpoint_url.clone(), self.profile.clone());
        configuration(&AwsPlace { endpoint, profile, ..AwsPlace::default() }).await
    }

    fn dir(&self) -> Result<&Path, Failure> {
        self.place.dir.as_deref().ok_or_else(|| {
            Failure::Usage("say where the logs are: --dir PATH or --bucket NAME".to_owned())
        })
    }

    /// Units at once, and how many objects they hold at once.
    pub(crate) fn at_once(&self) -> (usize, usize) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if self.place.bucket.is_some() { (cores.max(UNITS), IN_FLIGHT) } else { (cores, 4) }
    }

    /// What of it is asked for.
    pub(crate) fn window(&self, days: Days) -> Window {
        let today = Day(SystemClock.now().as_second().div_euclid(86_400));
        let from = match days {
            Days::All => None,
            Days::Back(days) => Some(Day(today.0 - i64::from(days))),
        };
        let texts = |texts: Vec<String>| texts.into_iter().collect::<BTreeSet<String>>();
        // A bucket may have a million folders beside; whoever has logs there knows where.
        let none = self.place.bucket.is_some().then_some("");
        let prefix = self.prefix.as_deref().or(none).map(key::prefix);
        Window {
            accounts: texts(self.account.iter().map(ToString::to_string).collect()),
            regions: texts(self.region.iter().map(ToString::to_string).collect()),
            from,
            prefix,
        }
    }
}

fn folder(dir: &Path) -> Result<Folder, Failure> {
    Folder::open(dir).map_err(|source| Failure::Unreadable { path: dir.to_owned(), source })
}

/// A folder, with what lies in it beside the logs and proves its digests.
pub(crate) fn folder_with_proof(dir: &Path) -> Result<(Arc<dyn Logs>, Keys), Failure> {
    let folder = folder(dir)?.with_signatures(evidence::signatures(dir)?);
    Ok((Arc::new(folder), Keys::Known(evidence::keys(dir)?)))
}

/// The name of a bucket, of which some think as `s3://NAME/`.
fn bucket_name(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("s3://").unwrap_or(text).trim_end_matches('/');
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if (3..=255).contains(&name.len()) && name.chars().all(is_name) {
        return Ok(name.to_owned());
    }
    Err("a bucket's name, as `my-trail`; what stands before AWSLogs/ in its keys is --prefix"
        .to_owned())
}
