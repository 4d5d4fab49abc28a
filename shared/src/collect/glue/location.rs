//! Where a table lies: a location of its own kind → a folder of a bucket.

use crate::collect::s3::bucket;
use crate::collect::s3_objects::tree::{folders, name, resource};
use crate::model::resource::{Attributes, Resource, ResourceType};
use crate::model::{Arn, Partition};

/// The schemes under which engines know S3: its own, and the two that Hadoop had before.
///
/// <https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-file-systems.html>
const SCHEMES: [&str; 3] = ["s3://", "s3a://", "s3n://"];

/// A folder of a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Location {
    bucket: Arn,
    /// The folder with its `/`; empty for the bucket as a whole.
    folder: String,
}

impl Location {
    /// Reads a table's location; `None` where it is not in S3. It is a common beginning of keys, whether it
    /// ends with `/` or not.
    pub(super) fn read(partition: &Partition, location: &str) -> Option<Result<Self, String>> {
        let path = SCHEMES.iter().find_map(|scheme| location.strip_prefix(scheme))?;
        let (bucket, folder) = path.split_once('/').unwrap_or((path, ""));
        let location = bucket::arn(partition, bucket).map(|bucket| {
            let folder = match folder {
                "" => String::new(),
                folder if folder.ends_with('/') => folder.to_owned(),
                folder => format!("{folder}/"),
            };
            Self { bucket, folder }
        });
        Some(location)
    }

    /// The folder of a partition of a table that lies here, for each of its keys one level down, as Hive, Athena and Glue
    /// lay them out: `day=*/hour=*/`, whatever the values. Where a partition was put elsewhere by hand, only the partition
    /// itself says so.
    ///
    /// <https://docs.aws.amazon.com/athena/latest/ug/partitions.html>
    pub(super) fn of_partition(&self, keys: &[&str]) -> Self {
        let below = keys.iter().flat_map(|key| [*key, "=*/"]);
        let folder = std::iter::once(self.folder.as_str()).chain(below).collect();
        Self { bucket: self.bucket.clone(), folder }
    }

    /// The folders from the bucket down to this one, in that order; none where it is the bucket itself,
    /// which is told by whoever lists buckets.
    pub(super) fn path(&self) -> Result<Vec<Resource>, String> {
        let mut path = Vec::new();
        let mut parent = self.bucket.clone();
        for folder in folders(&self.folder) {
            let arn: Arn = format!("{}/{folder}", self.bucket)
                .parse()
                .map_err(|_| "no ARN can carry it: it holds a control character".to_owned())?;
            let told =
                resource(ResourceType::Folder, &arn, name(folder), parent, Attributes::new());
            path.push(told);
            parent = arn;
        }
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(location: &str) -> Option<Result<Vec<String>, String>> {
        let location = Location::read(&Partition::default(), location)?;
        let path = location.and_then(|location| location.path());
        Some(path.map(|path| path.iter().map(|it| it.arn.to_string()).collect()))
    }

    #[test]
    fn locations_of_tables() {
        let (a, ab) = ("arn:aws:s3:::lake/a/".to_owned(), "arn:aws:s3:::lake/a/b/".to_owned());
        let rows: [(&str, Option<Vec<String>>); 9] = [
            ("s3://lake/a/b/", Some(vec![a.clone(), ab.clone()])),
            ("s3://lake/a/b", Some(vec![a.clone(), ab.clone()])),
            ("s3a://lake/a/b", Some(vec![a.clone(), ab])),
            ("s3n://lake/a", Some(vec![a])),
            ("s3://lake", Some(Vec::new())),
            ("s3://lake/", Some(Vec::new())),
            ("s3://lake//", Some(vec!["arn:aws:s3:::lake//".to_owned()])),
            ("hdfs://lake/a", None),
            ("", None),
        ];
        for (location, expected) in rows {
            assert_eq!(path(location), expected.map(Ok), "{location}");
        }
    }

    #[test]
    fn partitions_lie_below_their_table() {
        let location = Location::read(&Partition::default(), "s3://lake/a").unwrap().unwrap();
        let path = location.of_partition(&["day", "hour"]).path().unwrap();
        let arns: Vec<&str> = path.iter().map(|it| it.arn.as_str()).collect();
        let (day, hour) = ("arn:aws:s3:::lake/a/day=*/", "arn:aws:s3:::lake/a/day=*/hour=*/");
        assert_eq!(arns, ["arn:aws:s3:::lake/a/", day, hour]);
    }

    #[test]
    fn locations_that_lead_nowhere() {
        for bad in ["s3://", "s3:///a", "s3://lake/a\n/b"] {
            assert!(matches!(path(bad), Some(Err(_))), "{bad:?}");
        }
    }

    #[test]
    fn each_folder_lies_in_the_one_above() {
        let location = Location::read(&Partition::default(), "s3://lake/a/ü/").unwrap().unwrap();
        let path = location.path().unwrap();
        let rows: Vec<(&str, &str)> = path
            .iter()
            .map(|it| (it.name.as_str(), it.parent.as_ref().unwrap().as_str()))
            .collect();
        assert_eq!(rows, [("a", "arn:aws:s3:::lake"), ("ü", "arn:aws:s3:::lake/a/")]);
    }
}
