//! `accesstrail graph`: the access of one identity, as a tree or as a picture.

use std::path::PathBuf;

use accesstrail_shared::access::{Estate, Index};
use accesstrail_shared::graph;
use accesstrail_shared::report::inert::terminal;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::estate::{self, From};
use super::export::file;
use crate::Outcome;
use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;

/// How it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A tree of text
    Tree,
    /// A picture
    Svg,
}

/// The access of one identity: who can become it, its groups and policies with what they give, what limits it, the roles that it
/// can become, the resources that name it, and its way to the rights of an administrator.
#[derive(Debug, Args)]
#[command(after_help = "The picture is one SVG file without scripts, for light and dark.\n\n\
                        Examples:\n  accesstrail graph jenkins\n  accesstrail graph jenkins --output jenkins.svg --force\n  \
                        accesstrail graph jenkins --json")]
pub(crate) struct Graph {
    /// The principal: its ARN, or its name where only one has it
    principal: String,
    /// A tree of text, or a picture [default: by the ending of --output, else the tree]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to this file instead, and print its path
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    source: From,
}

pub(crate) async fn run(
    common: &Common,
    args: &Graph,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    if let Some(path) = &args.output {
        file::check(path, args.force)?;
    }
    let estate = estate::read(common, &args.source, screen).await?;
    let arn = find(&estate, &args.principal)?;
    let index = Index::of(&estate);
    let Some(found) = graph::gather(&index, &arn) else { return Err(nobody(&args.principal)) };
    let is_svg = match (args.format, &args.output) {
        (Some(format), _) => format == Format::Svg,
        (None, Some(path)) => path.extension().is_some_and(|it| it.eq_ignore_ascii_case("svg")),
        (None, None) => false,
    };
    let shown = || if is_svg { graph::svg(&found) } else { graph::text(&found) };
    let mut body = graph::document(&found);
    if let Some(path) = &args.output {
        file::write(path, shown().as_bytes())
            .map_err(|source| Failure::File { path: path.clone(), source })?;
        if let Some(fields) = body.as_object_mut() {
            fields.insert("output".to_owned(), json!(path.display().to_string()));
        }
    }
    match &args.output {
        _ if screen.is_json() => screen.document("graph", body)?,
        Some(path) => screen.line(&terminal(&path.display().to_string()))?,
        None => screen.lines(&shown())?,
    }
    Ok(Outcome::Done)
}

/// The ARN of whom somebody means.
fn find(estate: &Estate, text: &str) -> Result<String, Failure> {
    if estate.find(text).is_some() {
        return Ok(text.to_owned());
    }
    let arns = estate.identities.iter().map(accesstrail_shared::access::Identity::arn);
    let named: Vec<&str> = arns.filter(|arn| arn.rsplit('/').next() == Some(text)).collect();
    match named.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(nobody(text)),
        [first, second, ..] => Err(Failure::Usage(format!(
            "{} are called {}, for example {} and {}: name one by its ARN",
            named.len(),
            terminal(text),
            terminal(first),
            terminal(second)
        ))),
    }
}

fn nobody(text: &str) -> Failure {
    Failure::Usage(format!(
        "nobody is called {}: `accesstrail list role` names them",
        terminal(text)
    ))
}
