//! The trees of data that `accesstrail collect` may be asked for, as flags.

use accesstrail_shared::collect::trees::{DEPTH, TreeSource, Trees};
use accesstrail_shared::model::Pattern;
use clap::Args;

// Which tree of data to list. There is one tree, so there is one source: asking for both is refused before
// anything is called. (A doc comment here would take the place of the verb's own help.)
#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    /// List the objects of the buckets as a tree of folders: keys, sizes and times, never what is in them
    #[arg(long, conflicts_with = "glue_tree")]
    s3_objects: bool,

    /// Only the objects of these buckets; `*` stands for any run of characters
    #[arg(
        long,
        value_name = "PATTERN",
        value_delimiter = ',',
        requires = "s3_objects",
        conflicts_with = "glue_tree"
    )]
    s3_buckets: Vec<Pattern>,

    /// Not the objects of these buckets, whatever --s3-buckets says
    #[arg(
        long,
        value_name = "PATTERN",
        value_delimiter = ',',
        requires = "s3_objects",
        conflicts_with = "glue_tree"
    )]
    s3_exclude_buckets: Vec<Pattern>,

    /// How many folders deep the tree of a bucket goes
    #[arg(long, value_name = "N", default_value_t = DEPTH, requires = "s3_objects", conflicts_with = "glue_tree")]
    s3_depth: u16,

    /// Make the tree from the locations of the tables in the Glue catalogue instead
    #[arg(long)]
    glue_tree: bool,

    /// Leave out these databases of the Glue catalogue with their tables
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    glue_exclude_databases: Vec<Pattern>,

    /// Leave out these tables of the Glue catalogue, in every database
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    glue_exclude_tables: Vec<Pattern>,
}

impl From<TreeArgs> for Trees {
    fn from(args: TreeArgs) -> Self {
        let source = match (args.s3_objects, args.glue_tree) {
            (true, _) => Some(TreeSource::S3Objects),
            (false, true) => Some(TreeSource::Glue),
            (false, false) => None,
        };
        Self {
            source,
            buckets: args.s3_buckets.into_iter().collect(),
            exclude_buckets: args.s3_exclude_buckets.into_iter().collect(),
            depth: args.s3_depth,
            exclude_databases: args.glue_exclude_databases.into_iter().collect(),
            exclude_tables: args.glue_exclude_tables.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        trees: TreeArgs,
    }

    fn read(line: &str) -> Result<Trees, String> {
        let words = std::iter::once("collect").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.trees.into()).map_err(|error| error.to_string())
    }

    #[test]
    fn flags_in_order() {
        assert_eq!(read(""), Ok(Trees::default()));
        let trees =
            read("--s3-objects --s3-buckets a*,b --s3-exclude-buckets *x --s3-depth 3").unwrap();
        let patterns: Vec<&str> = trees.buckets.iter().map(Pattern::as_str).collect();
        assert_eq!((trees.source, patterns), (Some(TreeSource::S3Objects), vec!["a*", "b"]));
        assert_eq!((trees.exclude_buckets.len(), trees.depth), (1, 3));
        let trees = read("--glue-tree --glue-exclude-databases d --glue-exclude-tables t").unwrap();
        assert_eq!(trees.source, Some(TreeSource::Glue));
        assert!(trees.database_left_out("d").is_some() && trees.table_left_out("t").is_some());
    }

    #[test]
    fn what_does_not_fit_together() {
        for (line, words) in [
            ("--s3-objects --glue-tree", "--glue-tree"),
            ("--glue-tree --s3-objects", "--s3-objects"),
            ("--s3-buckets a", "--s3-objects"),
            ("--glue-tree --s3-exclude-buckets a", "--glue-tree"),
            ("--s3-objects --s3-depth -1", "-1"),
            ("--s3-objects --s3-depth deep", "--s3-depth"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.contains(words), "{line}: {error}");
        }
    }
}
