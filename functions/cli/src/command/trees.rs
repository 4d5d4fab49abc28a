//! The trees of data that `accesstrail collect` may be asked for, as they are typed and as they are set.

use accesstrail_shared::collect::trees::{TreeSource, Trees};
use accesstrail_shared::model::Pattern;
use clap::Args;

use crate::config::{Key, Origin, Settings};
use crate::error::Failure;

// Which tree of data to list. There is one tree, so there is one source: asking for both is refused before
// anything is called. (A doc comment here would take the place of the verb's own help.)
#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    /// List the objects of the buckets as a tree of folders: keys, sizes and times, never what is in them
    #[arg(long, conflicts_with = "glue_tree")]
    s3_objects: bool,

    /// Only the objects of these buckets; `*` stands for any run of characters
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', conflicts_with = "glue_tree")]
    s3_buckets: Vec<Pattern>,

    /// Not the objects of these buckets, whatever --s3-buckets says
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', conflicts_with = "glue_tree")]
    s3_exclude_buckets: Vec<Pattern>,

    /// How many folders deep the tree of a bucket goes [default: 20]
    #[arg(long, value_name = "N", conflicts_with = "glue_tree")]
    s3_depth: Option<u16>,

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

impl TreeArgs {
    /// Tells the settings what was typed.
    pub(super) fn tell(&self, settings: &mut Settings) {
        let sources = [
            ("--s3-objects", "s3-objects", self.s3_objects),
            ("--glue-tree", "glue", self.glue_tree),
        ];
        for (flag, source, _) in sources.into_iter().filter(|(_, _, typed)| *typed) {
            settings.flag(Key::TreesSource, flag, &[source]);
        }
        settings.flag(Key::TreesBucketsInclude, "--s3-buckets", &self.s3_buckets);
        settings.flag(Key::TreesBucketsExclude, "--s3-exclude-buckets", &self.s3_exclude_buckets);
        settings.flag(Key::TreesDepth, "--s3-depth", self.s3_depth.as_slice());
        let databases = &self.glue_exclude_databases;
        settings.flag(Key::TreesDatabasesExclude, "--glue-exclude-databases", databases);
        settings.flag(Key::TreesTablesExclude, "--glue-exclude-tables", &self.glue_exclude_tables);
    }
}

/// The trees that the settings ask for.
///
/// # Errors
///
/// Somebody typed how the objects of buckets are to be listed, and nobody asked for objects.
pub(super) fn of(settings: &Settings) -> Result<Trees, Failure> {
    let source = match settings.one(Key::TreesSource).as_str() {
        "s3-objects" => Some(TreeSource::S3Objects),
        "glue" => Some(TreeSource::Glue),
        _ => None,
    };
    let of_objects = [Key::TreesBucketsInclude, Key::TreesBucketsExclude, Key::TreesDepth];
    let typed = of_objects.into_iter().find_map(|key| match settings.given(key).origin {
        Origin::Flag(flag) => Some(flag),
        _ => None,
    });
    if let (Some(flag), false) = (typed, source == Some(TreeSource::S3Objects)) {
        return Err(Failure::Usage(format!(
            "{flag} says which objects are listed, and none are: add --s3-objects, or leave {flag} out"
        )));
    }
    let default = Trees::default();
    Ok(Trees {
        source,
        buckets: settings.all(Key::TreesBucketsInclude),
        exclude_buckets: settings.all(Key::TreesBucketsExclude),
        depth: settings.one(Key::TreesDepth).parse().unwrap_or(default.depth),
        exclude_databases: settings.all(Key::TreesDatabasesExclude),
        exclude_tables: settings.all(Key::TreesTablesExclude),
    })
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
        read_beside(line, Settings::default())
    }

    fn read_beside(line: &str, mut settings: Settings) -> Result<Trees, String> {
        let words = std::iter::once("collect").chain(line.split_whitespace());
        let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
        line.trees.tell(&mut settings);
        of(&settings).map_err(|error| error.to_string())
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
    fn what_is_typed_comes_before_what_is_set() {
        let text = "[trees]\nsource = \"s3-objects\"\nbuckets-include = [\"data-*\"]\ndepth = 2\n";
        let set = || Settings::of_text(text).unwrap();
        let trees = read_beside("", set()).unwrap();
        assert_eq!((trees.source, trees.depth), (Some(TreeSource::S3Objects), 2));
        assert!(trees.bucket_left_out("logs").is_some());
        let trees = read_beside("--s3-depth 7 --s3-buckets logs", set()).unwrap();
        assert_eq!((trees.depth, trees.bucket_left_out("logs")), (7, None));
        // The buckets of the file wait for a run that lists objects.
        assert_eq!(read_beside("--glue-tree", set()).unwrap().source, Some(TreeSource::Glue));
    }

    #[test]
    fn what_does_not_fit_together() {
        for (line, words) in [
            ("--s3-objects --glue-tree", "--glue-tree"),
            ("--glue-tree --s3-objects", "--s3-objects"),
            ("--s3-buckets a", "--s3-objects"),
            ("--s3-depth 3", "--s3-objects"),
            ("--glue-tree --s3-exclude-buckets a", "--glue-tree"),
            ("--s3-objects --s3-depth -1", "-1"),
            ("--s3-objects --s3-depth deep", "--s3-depth"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.contains(words), "{line}: {error}");
        }
    }
}
