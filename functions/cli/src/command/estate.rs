//! The organization that questions of effective access are about: the store's, or files.

use std::fs;
use std::path::PathBuf;

use accesstrail_shared::access::Estate;
use accesstrail_shared::policy::wildcard::Wildcard;
use accesstrail_shared::report::inert::terminal;
use accesstrail_shared::store::load;
use clap::Args;

use crate::args::Common;
use crate::error::Failure;
use crate::screen::Screen;
use crate::store::{self, Reading};

/// How many things set aside are named one by one.
const NAMED: usize = 5;

/// Where the organization comes from.
#[derive(Clone, Debug, Args)]
pub(crate) struct From {
    /// Read these files instead of the store: one JSON document of an organization (docs/access.md), or what `aws iam
    /// get-account-authorization-details` printed, one file an account
    #[arg(long, value_name = "PATH", num_args = 1..)]
    import: Vec<PathBuf>,
}

impl From {
    /// Whether files are read.
    pub(crate) fn is_import(&self) -> bool {
        !self.import.is_empty()
    }
}

/// A key of a request and its values, as `--context key=value` gives them.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Context {
    /// A key of the request's context, for example aws:MultiFactorAuthPresent=true; again for another key or value. A key
    /// without `=` is absent
    #[arg(long = "context", value_name = "KEY=VALUE")]
    given: Vec<String>,
}

impl Context {
    /// The keys with their values; none for a key that is absent.
    pub(crate) fn given(&self) -> Vec<(String, Vec<String>)> {
        let mut keys: Vec<(String, Vec<String>)> = Vec::new();
        for text in &self.given {
            let (key, value) = match text.split_once('=') {
                Some((key, value)) => (key, Some(value.to_owned())),
                None => (text.as_str(), None),
            };
            match keys.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(key)) {
                Some((_, values)) => values.extend(value),
                None => keys.push((key.to_owned(), value.into_iter().collect())),
            }
        }
        keys
    }
}

/// Whether one of the ARNs matches one of the patterns.
pub(crate) fn is_one_of<'a>(patterns: &[String], mut arns: impl Iterator<Item = &'a str>) -> bool {
    let patterns: Vec<Wildcard> = patterns.iter().map(|text| Wildcard::read(text)).collect();
    arns.any(|arn| patterns.iter().any(|pattern| pattern.matches(arn)))
}

/// What is said about a principal that is not there.
pub(crate) fn nobody(arn: &str) -> String {
    format!(
        "nobody has the ARN {}: `accesstrail list user` and `accesstrail list role` name whom there is",
        terminal(arn)
    )
}

/// Reads the organization. What could not be read is told beside the answer.
pub(crate) async fn read(
    common: &Common,
    from: &From,
    screen: &mut Screen,
) -> Result<Estate, Failure> {
    let estate = if from.is_import() {
        import(from)?
    } else {
        let Reading { store, .. } = store::open_to_read(common, screen).await?;
        Estate::of_snapshot(&load::snapshot(&*store).await?)
    };
    tell_aside(&estate, screen);
    Ok(estate)
}

/// Reads the files.
pub(crate) fn import(from: &From) -> Result<Estate, Failure> {
    let mut files: Vec<(String, String)> = Vec::new();
    for path in &from.import {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| {
            Failure::Usage(format!("{} cannot be read: {error}", terminal(&name)))
        })?;
        files.push((name, text));
    }
    Ok(Estate::import(files.iter().map(|(name, text)| (name.as_str(), text.as_str()))))
}

/// Tells what could not be read.
pub(crate) fn tell_aside(estate: &Estate, screen: &mut Screen) {
    for aside in estate.set_aside.iter().take(NAMED) {
        screen.note(&format!("set aside: {}", terminal(&aside.to_string())));
    }
    if estate.set_aside.len() > NAMED {
        screen.note(&format!("and {} more", estate.set_aside.len() - NAMED));
    }
}
