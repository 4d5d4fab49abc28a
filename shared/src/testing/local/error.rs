//! What can go wrong with the local AWS. Each message names the next step, since the reader is a newcomer.

use std::{io, process::ExitStatus, time::Duration};

/// Why the local AWS is not there.
#[derive(Debug, thiserror::Error)]
pub enum LocalAwsError {
    /// Neither a cache directory was given nor a home directory is known.
    #[error("no cache directory: set `ACCESSTRAIL_CACHE` to a directory of yours")]
    NoCacheDirectory,
    /// The Python interpreter does not start.
    #[error("`{python}` does not start: install Python 3.11 or newer with its `venv` module")]
    NoPython {
        /// The command tried.
        python: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The Python interpreter is too old for the pinned emulators.
    #[error("`{python}` is Python {found}: the emulators need Python 3.11 or newer")]
    OldPython {
        /// The command tried.
        python: String,
        /// Its version.
        found: String,
    },
    /// A step of building the virtual environment failed.
    #[error("{step} failed ({status}); {advice}\n{tail}")]
    Setup {
        /// What was tried.
        step: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// What to do about it.
        advice: &'static str,
        /// The end of its output.
        tail: String,
    },
    /// A file, directory or pipe of the harness failed.
    #[error("cannot use the {what}")]
    File {
        /// What it is for.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// An emulator ended before it answered.
    #[error("{emulator} ended while starting ({status}); the end of its log:\n{tail}")]
    Ended {
        /// Which one.
        emulator: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The end of its log.
        tail: String,
    },
    /// An emulator does not answer in time.
    #[error("{emulator} did not answer within {waited:?}; the end of its log:\n{tail}")]
    NotReady {
        /// Which one.
        emulator: &'static str,
        /// How long we waited.
        waited: Duration,
        /// The end of its log.
        tail: String,
    },
    /// An emulator refused to be reset.
    #[error("{emulator} could not be reset: {answer}; the end of its log:\n{tail}")]
    Reset {
        /// Which one.
        emulator: &'static str,
        /// Its status, or why there was none.
        answer: String,
        /// The end of its log.
        tail: String,
    },
    /// An emulator is asked about that [`Options`](super::Options) left out.
    #[error("{emulator} was not started: add it to the options")]
    NotStarted {
        /// Which one.
        emulator: &'static str,
    },
}

impl LocalAwsError {
    pub(super) fn file(what: &'static str, source: io::Error) -> Self {
        Self::File { what, source }
    }
}
