//! A generated tree of logs as a bucket of an emulator.

use std::io;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use futures::{StreamExt as _, TryStreamExt as _};

use super::trail::{Keys, Object, Plan, Written};
use crate::port::BoxError;

/// How many objects are put at once.
const AT_ONCE: usize = 16;

/// A client of an emulator's buckets.
pub fn client(config: &SdkConfig) -> Client {
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    Client::from_conf(config)
}

/// Makes the bucket that a plan names, and puts its objects there, each with its metadata.
pub async fn fill(client: &Client, plan: &Plan) -> Result<Written, BoxError> {
    let regions: &[String] = if plan.digests { &plan.regions } else { &[] };
    let keys = Keys::generate(regions)?;
    let mut objects: Vec<Object> = Vec::new();
    let written = plan.objects(&keys, &mut |object| -> io::Result<()> {
        objects.push(object);
        Ok(())
    })?;
    client.create_bucket().bucket(&plan.bucket).send().await?;
    let puts = objects.into_iter().map(|object| put(client, &plan.bucket, object));
    futures::stream::iter(puts).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    Ok(written)
}

async fn put(client: &Client, bucket: &str, object: Object) -> Result<(), BoxError> {
    let mut asked = client.put_object().bucket(bucket).key(object.key);
    for (name, value) in object.metadata {
        asked = asked.metadata(name, value);
    }
    asked.body(ByteStream::from(object.bytes)).send().await?;
    Ok(())
}
