//! The trees of data: what a run asks about what lies in buckets, and how far it goes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::Pattern;

/// How many folders deep a tree of objects goes where nobody says otherwise.
pub const DEPTH: u16 = 20;

/// What a tree of data is made from. There is one tree, so there is one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TreeSource {
    /// The objects of the buckets, by their keys.
    S3Objects,
    /// The tables of the Glue catalogue, by their locations.
    Glue,
}

/// Which trees of data are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trees {
    /// What the tree is made from; nothing if `None`.
    pub source: Option<TreeSource>,
    /// The buckets whose objects are looked at; every one if empty.
    pub buckets: BTreeSet<Pattern>,
    /// The buckets whose objects are not looked at, whatever else says that they are.
    pub exclude_buckets: BTreeSet<Pattern>,
    /// How many folders deep the tree of a bucket goes: what lies deeper is left out.
    pub depth: u16,
    /// The Glue databases that are not looked at.
    pub exclude_databases: BTreeSet<Pattern>,
    /// The Glue tables that are not looked at, in any database.
    pub exclude_tables: BTreeSet<Pattern>,
}

impl Default for Trees {
    fn default() -> Self {
        Self {
            source: None,
            buckets: BTreeSet::new(),
            exclude_buckets: BTreeSet::new(),
            depth: DEPTH,
            exclude_databases: BTreeSet::new(),
            exclude_tables: BTreeSet::new(),
        }
    }
}

impl Trees {
    /// The filter that keeps a bucket's objects out, if one does. What excludes wins.
    pub fn bucket_left_out(&self, name: &str) -> Option<String> {
        if let Some(pattern) = excluding(&self.exclude_buckets, name) {
            return Some(format!("--s3-exclude-buckets {pattern}"));
        }
        let included = self.buckets.is_empty() || excluding(&self.buckets, name).is_some();
        (!included).then(|| {
            let patterns: Vec<&str> = self.buckets.iter().map(Pattern::as_str).collect();
            format!("--s3-buckets {}", patterns.join(","))
        })
    }

    /// The filter that keeps a Glue database out, if one does.
    pub fn database_left_out(&self, name: &str) -> Option<String> {
        let pattern = excluding(&self.exclude_databases, name)?;
        Some(format!("--glue-exclude-databases {pattern}"))
    }

    /// The filter that keeps a Glue table out, if one does.
    pub fn table_left_out(&self, name: &str) -> Option<String> {
        let pattern = excluding(&self.exclude_tables, name)?;
        Some(format!("--glue-exclude-tables {pattern}"))
    }
}

fn excluding<'p>(patterns: &'p BTreeSet<Pattern>, name: &str) -> Option<&'p Pattern> {
    patterns.iter().find(|pattern| pattern.matches(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(words: &[&str]) -> BTreeSet<Pattern> {
        words.iter().map(|word| word.parse().unwrap()).collect()
    }

    /// Included and excluded buckets, a bucket, and the filter that leaves it out.
    type Row<'a> = (&'a [&'a str], &'a [&'a str], &'a str, Option<&'a str>);

    #[test]
    fn what_excludes_wins() {
        let rows: [Row<'_>; 7] = [
            (&[], &[], "logs", None),
            (&["data-*"], &[], "data-1", None),
            (&["data-*"], &[], "logs", Some("--s3-buckets data-*")),
            (&["b*", "a*"], &[], "logs", Some("--s3-buckets a*,b*")),
            (&[], &["*logs"], "logs", Some("--s3-exclude-buckets *logs")),
            (&["*"], &["*logs"], "my-logs", Some("--s3-exclude-buckets *logs")),
            (&["data-*"], &["*-tmp"], "data-tmp", Some("--s3-exclude-buckets *-tmp")),
        ];
        for (include, exclude, name, expected) in rows {
            let trees = Trees {
                buckets: patterns(include),
                exclude_buckets: patterns(exclude),
                ..Trees::default()
            };
            assert_eq!(trees.bucket_left_out(name).as_deref(), expected, "{include:?} {name}");
        }
    }

    #[test]
    fn databases_and_tables_are_excluded_by_their_own_patterns() {
        let trees = Trees {
            exclude_databases: patterns(&["tmp_*"]),
            exclude_tables: patterns(&["*_raw"]),
            ..Trees::default()
        };
        assert_eq!(
            trees.database_left_out("tmp_a").as_deref(),
            Some("--glue-exclude-databases tmp_*")
        );
        assert_eq!(trees.database_left_out("a_raw"), None);
        assert_eq!(trees.table_left_out("a_raw").as_deref(), Some("--glue-exclude-tables *_raw"));
        assert_eq!(trees.table_left_out("tmp_a"), None);
    }

    /// A run of an older program says nothing about trees.
    #[test]
    fn a_run_that_says_nothing_asks_for_no_tree() {
        let trees: Trees = serde_json::from_str("{}").unwrap();
        assert_eq!(trees, Trees::default());
        assert_eq!((trees.source, trees.depth), (None, 20));
        let written = r#"{"source":"s3-objects","buckets":["a*"],"depth":3}"#;
        let trees: Trees = serde_json::from_str(written).unwrap();
        assert_eq!(trees.source, Some(TreeSource::S3Objects));
        let again = serde_json::to_string(&trees).unwrap();
        assert_eq!(serde_json::from_str::<Trees>(&again).unwrap(), trees);
        assert!(serde_json::from_str::<Trees>(r#"{"source":"both"}"#).is_err());
    }
}
