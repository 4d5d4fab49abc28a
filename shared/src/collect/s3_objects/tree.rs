//! Keys in order → folders and objects. Pure, and no larger than one key.
//!
//! S3 knows no folders. As in its console, every `/` of a key ends one: a key with a leading `/` lies in a
//! folder without a name, `a//b` in a folder without a name in `a`. A key that ends with `/` is no object
//! but a folder that somebody made. Since keys come in the order of their bytes, all that begin with the
//! same folder come together: a folder is new where the key before does not begin with it.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-folders.html>

use aws_sdk_s3::types::Object;
use percent_encoding::percent_decode_str;

use crate::aws::time;
use crate::model::Arn;
use crate::model::resource::{Attributes, Resource, ResourceType, attributes};

/// How long a key is at most, in bytes.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const LONGEST_KEY: usize = 1_024;

/// What people are shown for a folder without a name.
const NO_NAME: &str = "/";

/// What comes after every character that a key may go on with.
const LAST_CHARACTER: char = char::MAX;

/// A walk over the keys of a bucket, in order.
#[derive(Debug)]
pub(super) struct Tree {
    bucket: Arn,
    depth: usize,
    last: String,
    cut: bool,
}

impl Tree {
    /// A walk that goes on after the key `last`; from the beginning where that is empty.
    pub(super) fn new(bucket: Arn, depth: u16, last: String) -> Self {
        Self { bucket, depth: usize::from(depth), last, cut: false }
    }

    /// The last key that was walked over.
    pub(super) fn last(&self) -> &str {
        &self.last
    }

    /// Whether anything lay too deep to be told.
    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// After which key the next page begins; `None` for the first page. Where the last key lay too deep,
    /// the rest of its folder does so too, and is passed over.
    pub(super) fn next_start(&self) -> Option<String> {
        let passed = folders(&self.last).nth(self.depth).map(|folder| {
            let mut folder = folder.to_owned();
            folder.push(LAST_CHARACTER);
            folder
        });
        passed
            .filter(|passed| passed.len() <= LONGEST_KEY && *passed > self.last)
            .or_else(|| (!self.last.is_empty()).then(|| self.last.clone()))
    }

    /// Walks over the next key and tells what is new: the folders that begin with it, from the outermost on,
    /// and its object. What no ARN can carry is an error, with the reason; what lies above it is told.
    pub(super) fn walk(
        &mut self,
        key: &str,
        object: &Object,
        told: &mut Vec<Resource>,
    ) -> Result<(), String> {
        let before = std::mem::replace(&mut self.last, key.to_owned());
        let mut parent = self.bucket.clone();
        for (number, folder) in folders(key).enumerate() {
            if number >= self.depth {
                self.cut = true;
                return Ok(());
            }
            let arn = self.arn(folder)?;
            let is_made = folder == key;
            if is_made || !before.starts_with(folder) {
                let facts = if is_made { facts(object) } else { Attributes::new() };
                told.push(resource(ResourceType::Folder, &arn, name(folder), parent, facts));
            }
            parent = arn;
        }
        if !key.ends_with('/') {
            let arn = self.arn(key)?;
            told.push(resource(ResourceType::Object, &arn, name(key), parent, facts(object)));
        }
        Ok(())
    }

    fn arn(&self, key: &str) -> Result<Arn, String> {
        if key.is_empty() {
            return Err("it is empty".to_owned());
        }
        let text = format!("{}/{key}", self.bucket);
        text.parse().map_err(|_| "no ARN can carry it: it holds a control character".to_owned())
    }
}

/// The folders that a key lies in, from the outermost on, each with its `/`.
pub(in crate::collect) fn folders(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices('/').filter_map(|(at, slash)| key.get(..at + slash.len()))
}

/// The last segment of a key or of a folder.
pub(in crate::collect) fn name(path: &str) -> &str {
    let path = path.strip_suffix('/').unwrap_or(path);
    match path.rsplit('/').next() {
        None | Some("") => NO_NAME,
        Some(name) => name,
    }
}

/// A folder or an object.
pub(in crate::collect) fn resource(
    resource_type: ResourceType,
    arn: &Arn,
    name: &str,
    parent: Arn,
    attributes: Attributes,
) -> Resource {
    Resource {
        arn: arn.clone(),
        resource_type,
        name: name.to_owned(),
        created: None,
        state: None,
        parent: Some(parent),
        acts_as: Vec::new(),
        tags: None,
        attributes,
    }
}

fn facts(object: &Object) -> Attributes {
    attributes([
        ("size", object.size().map(Into::into)),
        ("storage-class", object.storage_class().map(|class| class.as_str().into())),
        ("last-modified", time::optional(object.last_modified()).map(Into::into)),
    ])
}

/// The key as it is: S3 encodes it as the query of an address is, with `+` for a space.
pub(super) fn decode(key: &str, is_encoded: bool) -> Result<String, String> {
    if !is_encoded {
        return Ok(key.to_owned());
    }
    let plain = key.replace('+', " ");
    let decoded = percent_decode_str(&plain).decode_utf8();
    decoded.map(Into::into).map_err(|_| "it is not in UTF-8".to_owned())
}

#[cfg(test)]
mod tests;
