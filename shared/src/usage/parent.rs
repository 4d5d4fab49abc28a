//! What stands for a resource where there are too many of its kind.

use std::borrow::Cow;

/// The text that the parent of a resource begins with; a prefix of the resource.
///
/// - An S3 object: its bucket. A bucket stays itself.
/// - Otherwise everything up to and with the last `/` or `:`, not counting those at the end:
///   `arn:aws:dynamodb:eu-west-1:111122223333:table/orders` → `arn:aws:dynamodb:eu-west-1:111122223333:table/`.
///
/// [`shown`] is how it is written.
pub fn parent(resource: &str) -> &str {
    if let Some(bucket) = bucket_of(resource) {
        return bucket;
    }
    let named = resource.trim_end_matches(['/', ':', '*']);
    let length = named.rfind(['/', ':']).map_or(0, |at| at + 1);
    resource.get(..length).unwrap_or_default()
}

/// A parent as it is written: with `*` where it is the beginning of a name and not a name itself.
pub fn shown(parent: &str) -> Cow<'_, str> {
    if parent.is_empty() || parent.ends_with(['/', ':']) {
        Cow::Owned(format!("{parent}*"))
    } else {
        Cow::Borrowed(parent)
    }
}

/// The bucket of an ARN `arn:PARTITION:s3:::BUCKET[/KEY]`. Other ARNs of S3 (access points) have a region.
fn bucket_of(resource: &str) -> Option<&str> {
    let (partition, rest) = resource.strip_prefix("arn:")?.split_once(':')?;
    let name = rest.strip_prefix("s3:::")?;
    let length = "arn:".len() + partition.len() + ":s3:::".len();
    let bucket = resource.get(..length + name.find('/').unwrap_or(name.len()))?;
    // What is written with a `*` has none of its own: no two parents are written alike.
    let open = bucket.trim_end_matches('*');
    Some(if open.ends_with(':') { open } else { bucket })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parents() {
        for (resource, expected) in [
            ("arn:aws:s3:::logs/2026/11/a.gz", "arn:aws:s3:::logs"),
            ("arn:aws-cn:s3:::logs/a:b/", "arn:aws-cn:s3:::logs"),
            ("arn:aws:s3:::logs", "arn:aws:s3:::logs"),
            (
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/a/object/b",
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/a/object/*",
            ),
            (
                "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
                "arn:aws:dynamodb:eu-west-1:111122223333:table/*",
            ),
            ("arn:aws:sqs:eu-west-1:111122223333:jobs", "arn:aws:sqs:eu-west-1:111122223333:*"),
            (
                "arn:aws:logs:eu-west-1:111122223333:log-group:/app/a:*",
                "arn:aws:logs:eu-west-1:111122223333:log-group:/app/*",
            ),
            ("name", "*"),
            ("", "*"),
            ("::", "*"),
            ("arn:aws:s3:::", "arn:aws:s3:::*"),
            ("arn:aws:s3:::*", "arn:aws:s3:::*"),
            ("arn:aws:s3:::a*", "arn:aws:s3:::a*"),
            ("größe/ü", "größe/*"),
        ] {
            assert_eq!(shown(parent(resource)), expected, "{resource}");
        }
    }

    proptest! {
        #[test]
        fn a_parent_begins_its_resource(resource in "(arn:aws:(s3|sqs):::?)?[a-b:/*ü]{0,9}") {
            prop_assert!(resource.starts_with(parent(&resource)));
        }

        #[test]
        fn no_two_parents_are_written_alike(a in "(arn:aws:s3:::)?[ab:/*]{0,4}", b in "(arn:aws:s3:::)?[ab:/*]{0,4}") {
            let alike = shown(parent(&a)) == shown(parent(&b));
            prop_assert_eq!(alike, parent(&a) == parent(&b));
        }
    }
}
