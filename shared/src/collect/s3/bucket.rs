//! The buckets of an account, and the way to each: a bucket answers in its own region alone.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::Client;
use aws_sdk_s3::types;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::aws::Session;
use crate::aws::error::CallError;
use crate::aws::time;
use crate::collect::{Call, Context, Options};
use crate::model::{Arn, Partition, Region, Timestamp};

/// How many buckets are asked for at a time, of at most 10,000. Only a list in pages shows regions, and only
/// that is answered where an account may have more than 10,000.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
const PAGE: i32 = 1_000;

/// A bucket of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::collect) struct Bucket {
    pub(in crate::collect) arn: Arn,
    pub(in crate::collect) name: String,
    /// Where it is, as far as the list says.
    pub(in crate::collect) region: Option<Region>,
    pub(in crate::collect) created: Option<Timestamp>,
}

impl Bucket {
    /// What buckets are ordered by.
    pub(in crate::collect) fn key(&self) -> String {
        self.name.clone()
    }
}

/// What a list of buckets showed.
#[derive(Debug)]
pub(in crate::collect) struct Listed {
    /// The buckets, ordered by name.
    pub(in crate::collect) buckets: Vec<Bucket>,
    /// What could not be understood, and why.
    pub(in crate::collect) set_aside: Vec<(String, String)>,
    /// What ended the list early.
    pub(in crate::collect) failure: Option<CallError>,
}

impl Listed {
    /// Leaves out the buckets that the list shows in regions that a filter keeps out, and says which one.
    pub(in crate::collect) fn leave_out(&mut self, options: &Options) -> Option<String> {
        let mut filter = None;
        self.buckets.retain(|bucket| {
            let region = bucket.region.as_ref();
            let left_out = region.and_then(|region| options.region_left_out(region));
            let is_kept = left_out.is_none();
            filter = filter.take().or(left_out);
            is_kept
        });
        filter
    }
}

/// Lists the buckets of the context's account.
pub(in crate::collect) async fn list(context: &Context, client: &Regional, call: &Call) -> Listed {
    let home = client.of(&client.home);
    let (answers, failure) = context
        .list(
            call,
            |token| home.list_buckets().max_buckets(PAGE).set_continuation_token(token).send(),
            |answer| (answer.buckets.unwrap_or_default(), answer.continuation_token),
        )
        .await;
    let mut listed = Listed { buckets: Vec::new(), set_aside: Vec::new(), failure };
    for answer in &answers {
        match read(context.session.partition(), answer) {
            Ok(bucket) => listed.buckets.push(bucket),
            Err(reason) => {
                let what = format!("bucket {:?}", answer.name().unwrap_or_default());
                listed.set_aside.push((what, reason));
            }
        }
    }
    listed.buckets.sort_by(|a, b| a.name.cmp(&b.name));
    listed.buckets.dedup_by(|a, b| a.name == b.name);
    listed
}

fn read(partition: &Partition, answer: &types::Bucket) -> Result<Bucket, String> {
    let name = answer.name().unwrap_or_default();
    Ok(Bucket {
        arn: arn(partition, name)?,
        name: name.to_owned(),
        region: answer.bucket_region().and_then(|region| region.parse().ok()),
        created: time::optional(answer.creation_date()),
    })
}

/// The ARN of a bucket.
pub(in crate::collect) fn arn(partition: &Partition, name: &str) -> Result<Arn, String> {
    if name.is_empty() || name.contains('/') {
        return Err(format!("`{name}` is no name of a bucket"));
    }
    format!("arn:{partition}:s3:::{name}").parse().map_err(|error| format!("{error}"))
}

/// The region that a location stands for: the oldest has none, and `EU` was Ireland when it was all of Europe.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
pub(super) fn region_of(location: &str) -> Result<Region, String> {
    let region = match location {
        "" => "us-east-1",
        "EU" => "eu-west-1",
        other => other,
    };
    region.parse().map_err(|error| format!("{error}"))
}

/// The clients of an account, one for each region in which it has buckets.
#[derive(Debug)]
pub(in crate::collect) struct Regional {
    session: Arc<Session>,
    /// Where a bucket is asked for whose region nobody knows: S3 answers with the region.
    home: Region,
    clients: Mutex<BTreeMap<Region, Client>>,
    /// The regions of buckets that the list did not show, by bucket.
    found: Mutex<BTreeMap<String, Region>>,
}

impl Regional {
    /// The clients of the context's account.
    pub(in crate::collect) fn new(context: &Context) -> Self {
        Self {
            session: Arc::clone(&context.session),
            home: context.region.clone(),
            clients: Mutex::default(),
            found: Mutex::default(),
        }
    }

    fn of(&self, region: &Region) -> Client {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.entry(region.clone()).or_insert_with(|| self.session.s3(region)).clone()
    }

    /// Whether a later answer than the list told where a bucket is.
    pub(super) fn is_learned(&self, bucket: &Bucket) -> bool {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.contains_key(&bucket.name)
    }

    /// Where a bucket is, as far as anybody knows.
    pub(super) fn region(&self, bucket: &Bucket) -> Region {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let known = found.get(&bucket.name).or(bucket.region.as_ref());
        known.unwrap_or(&self.home).clone()
    }

    /// Remembers where a bucket is.
    pub(super) fn learn(&self, bucket: &Bucket, region: Region) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.insert(bucket.name.clone(), region);
    }

    /// Makes a declared call for a bucket in its region. Where S3 says that it is in another one, the call is
    /// made there, and so is every later one.
    pub(in crate::collect) async fn ask<T, E, F>(
        &self,
        context: &Context,
        call: &Call,
        bucket: &Bucket,
        request: impl Fn(&Client) -> F,
    ) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let region = self.region(bucket);
        let client = self.of(&region);
        let failure = match context.call(call, || request(&client)).await {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        match elsewhere::<E>(&failure) {
            Some(other) if other != region => {
                let client = self.of(&other);
                self.learn(bucket, other);
                context.call(call, || request(&client)).await
            }
            _ => Err(failure),
        }
    }
}

/// The region that S3 says a bucket is in, when it does not answer where it was asked.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html>
fn elsewhere<E>(failure: &CallError) -> Option<Region>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let error = failure.source.downcast_ref::<SdkError<E, HttpResponse>>()?;
    error.raw_response()?.headers().get("x-amz-bucket-region")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_of_every_age() {
        for (location, region) in [
            ("", "us-east-1"),
            ("EU", "eu-west-1"),
            ("eu-west-1", "eu-west-1"),
            ("us-gov-west-1", "us-gov-west-1"),
        ] {
            assert_eq!(region_of(location).unwrap().as_str(), region, "{location}");
        }
        for bad in ["eu", "Frankfurt", "eu-central"] {
            assert!(region_of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_that_make_an_arn() {
        let partition: Partition = "aws-cn".parse().unwrap();
        assert_eq!(arn(&partition, "my.logs").unwrap().as_str(), "arn:aws-cn:s3:::my.logs");
        for bad in ["", "a/b", "a\nb"] {
            assert!(arn(&partition, bad).is_err(), "{bad:?}");
        }
    }
}
