//! The objects of an account's buckets → a tree of folders and objects, where somebody asks for it.
//!
//! A bucket may hold billions of keys, so nothing is held but the page at hand and the last key of the page
//! before: S3 lists keys in order, and the last key says which folders were told ([`tree`]). The same key is
//! the place to go on from after an interruption, so no token can perish. Keys, sizes, storage classes and
//! times are all that the list of a bucket shows; what is in an object is never asked for.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

#[cfg(test)]
mod tests;
pub(super) mod tree;

use async_trait::async_trait;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::EncodingType;
use serde::{Deserialize, Serialize};

use self::tree::Tree;
use super::s3::bucket::{self, Bucket, Regional};
use super::stages::{self, Luck, Staged, call, capability};
use super::{Call, CapabilityInfo, Context, Interrupted, Place, Tier, When};
use crate::aws::error::{CallError, Fault};
use crate::model::{Entity, Kind};

/// The collector.
#[derive(Clone, Copy, Debug)]
pub struct S3Objects;

const BUCKETS: &str = "buckets";
const OBJECTS: &str = "objects";

const LIST_BUCKETS: Call = Call {
    when: When::Asked,
    ..call(
        "s3:ListAllMyBuckets",
        BUCKETS,
        Tier::Three,
        "lists the buckets whose objects were asked for",
        "the trees of objects altogether",
    )
};
const LIST_OBJECTS: Call = Call {
    when: When::Asked,
    ..call(
        "s3:ListBucket",
        OBJECTS,
        Tier::Three,
        "lists the keys of the objects in each bucket, with size and time, never their content",
        "the trees of objects",
    )
};

const CALLS: &[Call] = &[LIST_BUCKETS, LIST_OBJECTS];

const CAPABILITIES: &[CapabilityInfo] = &[
    CapabilityInfo { when: When::Asked, ..capability(BUCKETS, &[], None) },
    CapabilityInfo { when: When::Asked, ..capability(OBJECTS, &[Kind::Resource], Some(BUCKETS)) },
];

#[async_trait]
impl Staged for S3Objects {
    type Client = Regional;

    const NAME: &'static str = "s3-objects";
    const PLACE: Place = Place::EachAccount;
    const CALLS: &'static [Call] = CALLS;
    const CAPABILITIES: &'static [CapabilityInfo] = CAPABILITIES;

    fn client(context: &Context) -> Regional {
        Regional::new(context)
    }

    async fn stages(look: &mut Look<'_, '_>) -> Result<(), Interrupted> {
        let buckets = Box::pin(look.chosen_buckets()).await?;
        Box::pin(look.objects(&buckets)).await
    }
}

type Look<'a, 's> = stages::Look<'a, 's, Regional>;

/// Where the lists of objects are.
#[derive(Debug, Serialize, Deserialize)]
struct Reached {
    /// The bucket.
    bucket: String,
    /// The last key that was walked over; `None` when the bucket's list has ended.
    key: Option<String>,
}

impl Reached {
    fn cursor(&self) -> String {
        // Strings always have a form; without one the stage starts again, which is always right.
        stages::reached(OBJECTS, &serde_json::to_string(self).unwrap_or_default())
    }
}

impl Look<'_, '_> {
    /// The stage `buckets`; returns those whose objects were asked for.
    async fn chosen_buckets(&mut self) -> Result<Vec<Bucket>, Interrupted> {
        let told = self.stages.is_done(BUCKETS);
        let mut listed = bucket::list(self.context, &self.client, &LIST_BUCKETS).await;
        if !told {
            for (what, reason) in &listed.set_aside {
                self.stages.set_aside(self.sink, BUCKETS, what, reason);
            }
            self.sink.saw(BUCKETS, listed.buckets.len() as u64);
        }
        if let Some(failure) = listed.failure.take() {
            self.sink.failed(BUCKETS, failure)?;
        }
        let mut filter = listed.leave_out(&self.context.options);
        listed.buckets.retain(|bucket| {
            let left_out = self.context.options.trees.bucket_left_out(&bucket.name);
            let kept = left_out.is_none();
            filter = filter.take().or(left_out);
            kept
        });
        if let Some(filter) = filter {
            self.sink.narrowed(OBJECTS, filter);
        }
        if !told {
            self.stages.end(self.sink, BUCKETS).await?;
        }
        Ok(listed.buckets)
    }

    /// The stage `objects`: one bucket after the other, page by page.
    async fn objects(&mut self, buckets: &[Bucket]) -> Result<(), Interrupted> {
        if !self.stages.begin(self.sink, OBJECTS) {
            return Ok(());
        }
        let reached: Option<Reached> =
            self.stages.after(OBJECTS).and_then(|after| serde_json::from_str(after).ok());
        let mut luck = Luck::default();
        // Told after what was seen: a refusal among answers leaves the trees partial, not denied.
        let mut failures = Vec::new();
        for bucket in buckets {
            let key = match &reached {
                Some(reached) if bucket.name < reached.bucket => continue,
                Some(reached) if bucket.name == reached.bucket => match &reached.key {
                    Some(key) => Some(key.clone()),
                    None => continue,
                },
                _ => None,
            };
            match Box::pin(self.objects_of(bucket, key, &mut failures)).await? {
                None => luck.answered(),
                // Deleted since it was listed.
                Some(failure) if failure.fault == Fault::NotFound => luck.answered(),
                Some(failure) => {
                    let gave_up = luck.gave_up_after(&failure);
                    failures.push(failure);
                    if gave_up {
                        break;
                    }
                    continue;
                }
            }
            self.page(bucket, None, &mut failures).await?;
        }
        for failure in failures {
            self.sink.failed(OBJECTS, failure)?;
        }
        self.stages.end(self.sink, OBJECTS).await
    }

    /// Tells the tree of a bucket from `key` on. Returns what ended its list early.
    async fn objects_of(
        &mut self,
        bucket: &Bucket,
        key: Option<String>,
        failures: &mut Vec<CallError>,
    ) -> Result<Option<CallError>, Interrupted> {
        let depth = self.context.options.trees.depth;
        let mut tree = Tree::new(bucket.arn.clone(), depth, key.unwrap_or_default());
        loop {
            let start = tree.next_start();
            let answer = match self.keys(bucket, start.as_deref()).await {
                Ok(answer) => answer,
                Err(failure) => return Ok(Some(failure)),
            };
            let before = tree.last().to_owned();
            self.tell(bucket, &mut tree, &answer);
            if !answer.is_truncated().unwrap_or_default() {
                return Ok(None);
            }
            if tree.last() <= before.as_str() {
                return Ok(Some(self.context.paging_loop(&LIST_OBJECTS)));
            }
            self.page(bucket, Some(tree.last().to_owned()), failures).await?;
        }
    }

    async fn keys(
        &self,
        bucket: &Bucket,
        start: Option<&str>,
    ) -> Result<ListObjectsV2Output, CallError> {
        self.client
            .ask(self.context, &LIST_OBJECTS, bucket, |client| {
                client
                    .list_objects_v2()
                    .bucket(&bucket.name)
                    .expected_bucket_owner(self.context.account().as_str())
                    // A key may hold what XML cannot.
                    .encoding_type(EncodingType::Url)
                    .set_start_after(start.map(str::to_owned))
                    .send()
            })
            .await
    }

    /// Tells a page of keys.
    fn tell(&mut self, bucket: &Bucket, tree: &mut Tree, answer: &ListObjectsV2Output) {
        let is_encoded = answer.encoding_type() == Some(&EncodingType::Url);
        let mut told = Vec::new();
        for object in answer.contents() {
            let key = object.key().unwrap_or_default();
            let walked =
                tree::decode(key, is_encoded).and_then(|key| tree.walk(&key, object, &mut told));
            if let Err(reason) = walked {
                self.sink.set_aside(OBJECTS, format!("key {key:?} of {}", bucket.arn), reason);
            }
        }
        for resource in told {
            self.sink.see(OBJECTS, Entity::Resource(resource));
        }
        if tree.is_cut() {
            let depth = self.context.options.trees.depth;
            self.sink
                .note(OBJECTS, format!("what lies more than {depth} folders deep is left out"));
        }
    }

    /// Saves what was told, the failures among it, and the place that was reached.
    async fn page(
        &mut self,
        bucket: &Bucket,
        key: Option<String>,
        failures: &mut Vec<CallError>,
    ) -> Result<(), Interrupted> {
        // Whether they leave a part or nothing is not known before anything is seen, and a place to go on
        // from would forget them.
        if !failures.is_empty() && !self.sink.has_seen(OBJECTS) {
            return self.sink.page(None).await;
        }
        for failure in failures.drain(..) {
            self.sink.failed(OBJECTS, failure)?;
        }
        let reached = Reached { bucket: bucket.name.clone(), key };
        self.sink.page(Some(reached.cursor())).await
    }
}
