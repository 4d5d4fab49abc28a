//! A generated tree of logs as a bucket of an emulator.

use std::io;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use futures::{StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use super::proxy::{Answer, Fault, Match, Replay};
use super::trail::{Keys, Object, Plan, Written};
use crate::model::Timestamp;
use crate::port::BoxError;

/// How many objects are put at once.
const AT_ONCE: usize = 16;

/// A client of an emulator's buckets.
pub fn client(config: &SdkConfig) -> Client {
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    Client::from_conf(config)
}

/// A bucket with logs.
#[derive(Clone, Debug)]
pub struct Filled {
    /// What was put there.
    pub written: Written,
    /// Who signed its digests, as a `public-keys.json`.
    pub public_keys: String,
}

/// Makes the bucket that a plan names, and puts its objects there, each with its metadata.
pub async fn fill(client: &Client, plan: &Plan) -> Result<Filled, BoxError> {
    let regions: &[String] = if plan.digests { &plan.regions } else { &[] };
    let keys = Keys::generate(regions)?;
    let mut objects: Vec<Object> = Vec::new();
    let written = plan.objects(&keys, &mut |object| -> io::Result<()> {
        objects.push(object);
        Ok(())
    })?;
    client.create_bucket().bucket(&plan.bucket).send().await?;
    put_all(client, &plan.bucket, objects).await?;
    Ok(Filled { written, public_keys: plan.public_keys(&keys) })
}

/// Puts objects into a bucket that is there, each with its metadata.
pub async fn put_all(client: &Client, bucket: &str, objects: Vec<Object>) -> Result<(), BoxError> {
    let puts = objects.into_iter().map(|object| put(client, bucket, object));
    futures::stream::iter(puts).buffer_unordered(AT_ONCE).try_collect().await
}

/// The answers of `ListPublicKeys`, which no emulator has: those of a `public-keys.json`, in seconds as the API writes
/// times.
pub fn public_keys(json: &str) -> Result<(Match, Fault), BoxError> {
    let mut regions: Value = serde_json::from_str(json)?;
    let lists = regions.as_object_mut().into_iter().flat_map(|regions| regions.values_mut());
    for list in lists.filter_map(|answer| answer.get_mut("PublicKeyList")?.as_array_mut()) {
        for key in list.iter_mut() {
            for name in ["ValidityStartTime", "ValidityEndTime"] {
                let Some(time) = key.get_mut(name) else { continue };
                let text = time.as_str().unwrap_or_default();
                *time = text.parse::<Timestamp>()?.as_second().into();
            }
        }
    }
    let none = serde_json::json!({ "PublicKeyList": [] });
    let answer =
        Replay::new(move |view| Some(Answer::json(regions.get(&view.region).unwrap_or(&none))));
    Ok((Match::action("cloudtrail:ListPublicKeys"), Fault::Replay(answer)))
}

async fn put(client: &Client, bucket: &str, object: Object) -> Result<(), BoxError> {
    let mut asked = client.put_object().bucket(bucket).key(object.key);
    for (name, value) in object.metadata {
        asked = asked.metadata(name, value);
    }
    asked.body(ByteStream::from(object.bytes)).send().await?;
    Ok(())
}
