//! The settings of the command line: a flag before the environment, the environment before the file, the file before
//! the default. What is wrong in any of them is told at once, with its line and the name that was meant.

mod file;
mod keys;
mod nearest;

use std::collections::BTreeMap;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use accesstrail_shared::analysis::Rule;
use accesstrail_shared::report::inert::terminal;

pub(crate) use keys::Key;
use keys::Shape;

use crate::args::Common;
use crate::error::Failure;
use crate::lens::Lens;

/// The file where none is named: beside the store.
const DEFAULT: &str = "accesstrail.toml";

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody said otherwise.
    Default,
    /// The file, on this line.
    File(usize),
    /// This variable of the environment.
    Environment(String),
    /// This flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(line) => write!(f, "file, line {line}"),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value as it was written: of a list each item, of anything else one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) texts: Vec<String>,
    pub(crate) origin: Origin,
}

/// All settings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The file that was read.
    pub(crate) path: Option<PathBuf>,
    given: BTreeMap<Key, Given>,
    /// The rules that say who is a machine, in the order of the file.
    pub(crate) rules: Vec<Rule>,
}

impl Settings {
    /// Reads the file and the environment.
    ///
    /// # Errors
    ///
    /// A file that was named and is not there, and everything that is wrong in the file and the environment.
    pub(crate) fn load(common: &Common) -> Result<Self, Failure> {
        let named = common.config.clone();
        let path = named.clone().unwrap_or_else(|| beside(common.store.as_deref()));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            // A store that cannot be there has no settings beside it, and the store's own error says so.
            Err(error)
                if named.is_none()
                    && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                None
            }
            Err(error) => {
                return Err(Failure::Usage(format!(
                    "the settings file {} cannot be read ({error}): give another --config, or leave it out",
                    terminal(&path.display().to_string())
                )));
            }
        };
        let path = text.is_some().then_some(path);
        #[expect(
            clippy::disallowed_methods,
            reason = "the settings of the command line are read here alone"
        )]
        let lookup = |name: &str| std::env::var(name).ok();
        Self::read(path.clone(), text.as_deref(), &lookup)
            .map_err(|problems| Failure::Settings { path, problems })
    }

    /// Reads the text of a file and an environment; every problem at once.
    fn read(
        path: Option<PathBuf>,
        text: Option<&str>,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<String>> {
        let mut settings = Self { path, ..Self::default() };
        let mut problems = Vec::new();
        if let Some(text) = text {
            let read = file::read(text);
            problems.extend(read.problems);
            settings.given = read.given;
            settings.rules = read.rules;
        }
        for key in Key::ALL {
            let name = key.variable();
            let Some(text) = lookup(&name).filter(|text| !text.trim().is_empty()) else { continue };
            let texts: Vec<String> = match key.shape() {
                Shape::List(_) => text.split(',').map(|part| part.trim().to_owned()).collect(),
                _ => vec![text.trim().to_owned()],
            };
            let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
            let wrong = texts.iter().filter_map(|text| key.check(text).err());
            problems.extend(wrong.map(|reason| format!("{name}: {reason}")));
            settings.given.insert(*key, Given { texts, origin: Origin::Environment(name) });
        }
        if problems.is_empty() { Ok(settings) } else { Err(problems) }
    }

    /// The settings of a file's text alone.
    #[cfg(test)]
    pub(crate) fn of_text(text: &str) -> Result<Self, Vec<String>> {
        Self::read(None, Some(text), &|_| None)
    }

    /// What was typed comes before everything else. Nothing typed changes nothing.
    pub(crate) fn flag<T: ToString>(&mut self, key: Key, flag: &'static str, typed: &[T]) {
        if !typed.is_empty() {
            let texts = typed.iter().map(ToString::to_string).collect();
            self.given.insert(key, Given { texts, origin: Origin::Flag(flag) });
        }
    }

    /// A value, with where it comes from.
    pub(crate) fn given(&self, key: Key) -> Given {
        self.given.get(&key).cloned().unwrap_or_else(|| Given {
            texts: key.default().iter().map(|&text| text.to_owned()).collect(),
            origin: Origin::Default,
        })
    }

    /// The items of a list. They were checked where they were read.
    pub(crate) fn all<T: FromStr, C: FromIterator<T>>(&self, key: Key) -> C {
        self.given(key).texts.iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// A value that is no list.
    pub(crate) fn one(&self, key: Key) -> String {
        self.given(key).texts.into_iter().next().unwrap_or_default()
    }

    /// Whether a switch is on.
    pub(crate) fn is_on(&self, key: Key) -> bool {
        self.one(key) == "true"
    }

    /// What the reading verbs look through.
    pub(crate) fn lens(&self) -> Lens {
        Lens {
            owner_keys: self.all(Key::OwnerTagKeys),
            rules: self.rules.clone(),
            sources: self.all(Key::AuthoritativeSource),
        }
    }
}

/// The default file: in the folder of the store, where one is named.
fn beside(store: Option<&Path>) -> PathBuf {
    store.and_then(Path::parent).map_or_else(|| PathBuf::from(DEFAULT), |it| it.join(DEFAULT))
}

#[cfg(test)]
mod tests;
