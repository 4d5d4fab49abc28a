//! CloudTrail's objects in a bucket of S3.
//!
//! A bucket answers in its own region alone, so the region is found before the first call, once. What an object has up to
//! [`MOST_WHOLE`] is held; of a larger one no more than that waits at a time.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>

mod fault;
mod keys;
mod stream;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use aws_config::{Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::ResponseChecksumValidation;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;
use tokio::sync::OnceCell;

pub use self::keys::TrailKeys;

use self::fault::Site;
use crate::model::{AccountId, Counters};
use crate::port::{Body, Level, LogObject, Logs, PortError, Signature};

/// Objects that are larger than this many bytes are read in pieces.
pub const MOST_WHOLE: u64 = 1 << 20;

/// Where a bucket is asked for, if nobody set a region: S3 answers there with the right one.
const FIRST_REGION: &str = "us-east-1";

/// How often an object is fetched whose bytes break off. What is not even answered is tried again by the SDK.
const TRIES: u32 = 3;

/// A bucket whose objects are logs.
#[derive(Debug)]
pub struct BucketLogs {
    site: Site,
    owner: Option<String>,
    config: SdkConfig,
    /// The client of the bucket's region.
    client: OnceCell<Client>,
    counts: Counts,
}

/// What was asked for so far.
#[derive(Debug, Default)]
struct Counts {
    lists: AtomicU64,
    gets: AtomicU64,
    heads: AtomicU64,
    read_bytes: AtomicU64,
}

fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

impl BucketLogs {
    /// The bucket of that name. With an `owner`, S3 refuses every call where the bucket belongs to another account.
    pub fn new(config: SdkConfig, bucket: &str, owner: Option<&AccountId>) -> Self {
        Self {
            site: Site { bucket: bucket.to_owned() },
            owner: owner.map(ToString::to_string),
            config,
            client: OnceCell::new(),
            counts: Counts::default(),
        }
    }

    fn bucket(&self) -> &str {
        &self.site.bucket
    }

    fn client_of(&self, region: Option<String>) -> Client {
        let known = self.config.region().cloned();
        let region = region.map(Region::new).or(known).unwrap_or(Region::from_static(FIRST_REGION));
        let config = aws_sdk_s3::config::Builder::from(&self.config)
            .region(region)
            // An endpoint of our own has no name for each bucket.
            .force_path_style(self.config.endpoint_url().is_some())
            // Logs carry a checksum of their own, in their last bytes.
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        Client::from_conf(config)
    }

    async fn client(&self) -> Result<&Client, PortError> {
        self.client.get_or_try_init(|| self.look_for()).await
    }

    /// Finds the bucket's region, and makes the client of it.
    async fn look_for(&self) -> Result<Client, PortError> {
        let client = self.client_of(None);
        count(&self.counts.heads, 1);
        let asked = client.head_bucket().bucket(self.bucket());
        let answer = asked.set_expected_bucket_owner(self.owner.clone()).send().await;
        let region = match &answer {
            Ok(found) => found.bucket_region().map(str::to_owned),
            Err(error) => fault::region(error),
        };
        let own = client.config().region().map(ToString::to_string);
        match answer {
            _ if region.is_some() && region != own => Ok(self.client_of(region)),
            Ok(_) => Ok(client),
            // The answer has no words. Those to the call that is meant have, and say what is missing.
            Err(error) if fault::status(&error) == Some(403) => Ok(client),
            Err(error) if fault::status(&error) == Some(404) => Err(self.site.missing()),
            Err(error) => Err(self.site.failed("s3:ListBucket", None, &error)),
        }
    }

    async fn page(
        &self,
        client: &Client,
        prefix: &str,
        token: Option<String>,
    ) -> Result<ListObjectsV2Output, PortError> {
        count(&self.counts.lists, 1);
        let asked = client.list_objects_v2().bucket(self.bucket()).prefix(prefix).delimiter("/");
        let answer = asked
            .set_expected_bucket_owner(self.owner.clone())
            .set_continuation_token(token)
            // A key may hold what XML cannot.
            .encoding_type(EncodingType::Url)
            .send()
            .await;
        answer.map_err(|error| self.site.failed("s3:ListBucket", Some(prefix), &error))
    }

    /// The answer to a request for exactly that version; `None` if it is gone.
    async fn get(
        &self,
        client: &Client,
        object: &LogObject,
    ) -> Result<Option<GetObjectOutput>, PortError> {
        count(&self.counts.gets, 1);
        let is_known = !object.version.is_empty();
        let answer = client
            .get_object()
            .bucket(self.bucket())
            .key(&object.key)
            .set_expected_bucket_owner(self.owner.clone())
            .set_if_match(is_known.then(|| format!("\"{}\"", object.version)))
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if fault::is_gone(&error) => Ok(None),
            Err(error) => Err(self.site.failed("s3:GetObject", Some(&object.key), &error)),
        }
    }
}

#[async_trait]
impl Logs for BucketLogs {
    fn name(&self) -> String {
        self.site.name()
    }

    fn bucket(&self) -> Option<&str> {
        Some(&self.site.bucket)
    }

    async fn level(&self, prefix: &str) -> Result<Level, PortError> {
        let client = self.client().await?;
        let (mut level, mut token) = (Level::default(), None);
        loop {
            let page = self.page(client, prefix, token.clone()).await?;
            add(&mut level, prefix, &page);
            let next = page.next_continuation_token.filter(|_| page.is_truncated == Some(true));
            if next.is_none() && page.is_truncated == Some(true) || next.is_some() && next == token
            {
                return Err(self.site.endless(prefix));
            }
            token = next;
            if token.is_none() {
                break;
            }
        }
        level.folders.sort_unstable();
        level.folders.dedup();
        level.objects.sort_unstable();
        level.objects.dedup();
        Ok(level)
    }

    async fn find(&self, key: &str) -> Result<Option<LogObject>, PortError> {
        let client = self.client().await?;
        count(&self.counts.heads, 1);
        let asked = client.head_object().bucket(self.bucket()).key(key);
        match asked.set_expected_bucket_owner(self.owner.clone()).send().await {
            Ok(found) => Ok(Some(object(key.to_owned(), found.e_tag(), found.content_length()))),
            Err(error) if fault::is_gone(&error) => Ok(None),
            Err(error) => Err(self.site.failed("s3:GetObject", Some(key), &error)),
        }
    }

    async fn body(&self, object: &LogObject) -> Result<Option<Body>, PortError> {
        Ok(self.signed(object).await?.map(|(body, _)| body))
    }

    async fn signed(&self, object: &LogObject) -> Result<Option<(Body, Signature)>, PortError> {
        let client = self.client().await?;
        let mut broken = None;
        for _ in 0..TRIES {
            let Some(answer) = self.get(client, object).await? else { return Ok(None) };
            count(&self.counts.read_bytes, object.size);
            let signature = signature(&answer);
            if object.size > MOST_WHOLE {
                let stream = stream::bridge(answer.body, object.size);
                return Ok(Some((Body::Stream(Box::new(stream)), signature)));
            }
            match stream::whole(answer.body, object.size).await {
                Ok(bytes) => return Ok(Some((Body::Whole(bytes), signature))),
                Err(error) => broken = Some(error),
            }
        }
        Err(self.site.broken(&object.key, broken))
    }

    fn cost(&self) -> Counters {
        let Counts { lists, gets, heads, read_bytes } = &self.counts;
        let counts = [
            ("logs.lists", lists),
            ("logs.gets", gets),
            ("logs.heads", heads),
            ("logs.read_bytes", read_bytes),
        ];
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        counts.into_iter().map(|(name, count)| (name.to_owned(), read(count))).collect()
    }
}

/// What CloudTrail keeps beside a digest.
fn signature(answer: &GetObjectOutput) -> Signature {
    let get = |name: &str| answer.metadata()?.get(name).cloned();
    Signature { signature: get("signature"), algorithm: get("signature-algorithm") }
}

/// Adds a page to what lies below a prefix. A name that is not UTF-8 is none of CloudTrail's, and what has the prefix's own
/// name is a folder that somebody made by hand.
fn add(level: &mut Level, prefix: &str, page: &ListObjectsV2Output) {
    let is_encoded = page.encoding_type() == Some(&EncodingType::Url);
    for folder in page.common_prefixes() {
        let name = folder.prefix().and_then(|name| decode(name, is_encoded));
        level.folders.extend(name.filter(|name| name.ends_with('/')));
    }
    for listed in page.contents() {
        let key = listed.key().and_then(|key| decode(key, is_encoded));
        let key = key.filter(|key| key != prefix);
        level.objects.extend(key.map(|key| object(key, listed.e_tag(), listed.size())));
    }
}

fn decode(text: &str, is_encoded: bool) -> Option<String> {
    if !is_encoded {
        return Some(text.to_owned());
    }
    let plain = text.replace('+', " ");
    percent_decode_str(&plain).decode_utf8().ok().map(Into::into)
}

fn object(key: String, e_tag: Option<&str>, size: Option<i64>) -> LogObject {
    LogObject {
        key,
        version: e_tag.unwrap_or_default().trim_matches('"').to_owned(),
        size: size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
    }
}
