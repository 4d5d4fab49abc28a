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
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    const BUCKET: &str = "arn:aws:s3:::b";

    fn object(size: i64) -> Object {
        Object::builder().size(size).build()
    }

    /// Walks over keys in their order as pages of `size` show them, as often begun anew as there are pages.
    /// Returns what was told, and how many keys were shown.
    fn walk(keys: &BTreeSet<String>, depth: u16, size: usize) -> (Vec<Resource>, usize) {
        let (mut told, mut shown, mut last) = (Vec::new(), 0, String::new());
        loop {
            let mut tree = Tree::new(BUCKET.parse().unwrap(), depth, last);
            let start = tree.next_start().unwrap_or_default();
            let page: Vec<&String> = keys.iter().filter(|key| **key > start).take(size).collect();
            if page.is_empty() {
                return (told, shown);
            }
            shown += page.len();
            for key in page {
                let walked = tree.walk(key, &object(7), &mut told);
                assert!(walked.is_ok() || key.contains('\n'), "{key:?}");
            }
            last = tree.last().to_owned();
        }
    }

    /// The tree of all keys at once, as far as ARNs carry it: each path with its type and whether it has a size.
    fn naive(keys: &BTreeSet<String>, depth: usize) -> BTreeMap<String, (ResourceType, bool)> {
        let mut tree = BTreeMap::new();
        for key in keys {
            let mut path = String::new();
            let mut segments: Vec<&str> = key.split('/').collect();
            let file = segments.pop().unwrap();
            for (number, segment) in segments.iter().enumerate() {
                path = format!("{path}{segment}/");
                if number < depth {
                    let is_made = keys.contains(&path);
                    tree.insert(path.clone(), (ResourceType::Folder, is_made));
                }
            }
            if !file.is_empty() && segments.len() <= depth {
                tree.insert(key.clone(), (ResourceType::Object, true));
            }
        }
        tree.retain(|path, _| !path.contains('\n'));
        tree
    }

    #[test]
    fn every_slash_ends_a_folder() {
        let keys = ["/x", "a", "a-b", "a/", "a//b", "a/c", "ü/é", "z/y/x"];
        let (told, _) = walk(&keys.map(str::to_owned).into(), 20, 3);
        let rows: Vec<(&str, &str, &str, bool)> = told
            .iter()
            .map(|it| {
                let path = it.arn.as_str().strip_prefix("arn:aws:s3:::b/").unwrap();
                let parent = it.parent.as_ref().unwrap().as_str();
                let has_size = it.attributes.contains_key("size");
                (path, it.name.as_str(), parent.strip_prefix("arn:aws:s3:::").unwrap(), has_size)
            })
            .collect();
        let expected = [
            ("/", "/", "b", false),
            ("/x", "x", "b//", true),
            ("a", "a", "b", true),
            ("a-b", "a-b", "b", true),
            ("a/", "a", "b", true),
            ("a//", "/", "b/a/", false),
            ("a//b", "b", "b/a//", true),
            ("a/c", "c", "b/a/", true),
            ("z/", "z", "b", false),
            ("z/y/", "y", "b/z/", false),
            ("z/y/x", "x", "b/z/y/", true),
            ("ü/", "ü", "b", false),
            ("ü/é", "é", "b/ü/", true),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_folder_that_is_too_deep_is_passed_over() {
        let deep = (0..1_000).map(|number| format!("a/b/c/{number:04}"));
        let keys: BTreeSet<String> = deep.chain(["a/b/d".into(), "a/z".into()]).collect();
        let (told, shown) = walk(&keys, 2, 10);
        let paths: Vec<&str> = told.iter().map(|it| it.arn.as_str()).collect();
        assert_eq!(
            paths,
            [
                "arn:aws:s3:::b/a/",
                "arn:aws:s3:::b/a/b/",
                "arn:aws:s3:::b/a/b/d",
                "arn:aws:s3:::b/a/z"
            ]
        );
        assert_eq!(shown, 12, "the page that begins in it, and what comes after it");
        let mut tree = Tree::new(BUCKET.parse().unwrap(), 2, String::new());
        tree.walk("a/b/c", &object(1), &mut Vec::new()).unwrap();
        assert!(!tree.is_cut());
        tree.walk("a/b/c/d", &object(1), &mut Vec::new()).unwrap();
        assert!(tree.is_cut());
        // A key as long as any leaves no room to pass over its folder.
        let long = "x".repeat(LONGEST_KEY - 3) + "/yz";
        let tree = Tree::new(BUCKET.parse().unwrap(), 0, long.clone());
        assert_eq!(tree.next_start(), Some(long));
    }

    #[test]
    fn keys_are_encoded_as_queries_are() {
        let rows = [
            ("a+b%2Bc", true, Ok("a b+c")),
            ("a+b%2Bc", false, Ok("a+b%2Bc")),
            ("%C3%BC/100%25", true, Ok("ü/100%")),
            ("%FF", true, Err("it is not in UTF-8")),
        ];
        for (key, is_encoded, expected) in rows {
            let found = decode(key, is_encoded);
            let expected = expected.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(found, expected, "{key}");
        }
    }

    #[test]
    fn what_no_arn_can_carry_is_an_error() {
        let mut tree = Tree::new(BUCKET.parse().unwrap(), 20, String::new());
        for bad in ["", "a\u{0}b", "a\n/b", "\u{7f}"] {
            assert!(tree.walk(bad, &object(1), &mut Vec::new()).is_err(), "{bad:?}");
        }
        // What lies above it and what comes after it is told all the same.
        let mut told = Vec::new();
        assert!(tree.walk("good/\u{0}/c", &object(1), &mut told).is_err());
        tree.walk("good/d", &object(1), &mut told).unwrap();
        let names: Vec<&str> = told.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["good", "d"]);
    }

    proptest! {
        #[test]
        fn as_the_naive_tree(
            keys in proptest::collection::btree_set("[/ab.é\n]{1,9}", 0..40),
            depth in 0_u16..5,
            size in 1_usize..7,
        ) {
            let (told, shown) = walk(&keys, depth, size);
            prop_assert!(shown <= keys.len());
            let expected = naive(&keys, usize::from(depth));
            prop_assert_eq!(told.len(), expected.len(), "each once");
            for it in told {
                let path = it.arn.as_str().strip_prefix("arn:aws:s3:::b/").unwrap().to_owned();
                let facts = (it.resource_type, it.attributes.contains_key("size"));
                prop_assert_eq!(expected.get(&path), Some(&facts), "{}", path);
                let above = path.strip_suffix('/').unwrap_or(&path);
                let above = above.rfind('/').map_or("", |at| &above[..=at]);
                let parent = if above.is_empty() { BUCKET.to_owned() } else { format!("{BUCKET}/{above}") };
                prop_assert_eq!(it.parent.unwrap().to_string(), parent);
            }
        }
    }
}
