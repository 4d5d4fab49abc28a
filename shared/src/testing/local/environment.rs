//! Pinned virtual environments: built on first use, found again afterwards.
//!
//! The directory is named by the hash of the requirement list and the Python version, so a changed pin is a
//! new directory and an old one is never half updated. A virtual environment cannot be moved, so it is built
//! in place under a file lock and counts only once its `ready` marker is written, last.

use std::{
    collections::VecDeque,
    ffi::OsString,
    fs::{self, File, TryLockError},
    io::{self, BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use sha2::{Digest as _, Sha256};
use tokio::{process::Command, sync::mpsc};

use super::LocalAwsError;

/// What goes into a virtual environment.
#[derive(Debug)]
pub(in crate::testing) struct Requirements {
    /// What the directory's name begins with.
    pub(in crate::testing) name: &'static str,
    /// The list as pip reads it, every version pinned.
    pub(in crate::testing) list: &'static str,
    /// Further arguments of `pip install`.
    pub(in crate::testing) arguments: &'static [&'static str],
    /// What is told when it is built.
    pub(in crate::testing) told: &'static str,
}

/// Both emulators.
pub(super) const EMULATORS: Requirements = Requirements {
    name: "local-aws",
    list: include_str!("requirements.txt"),
    arguments: &[],
    told: "first use: building the local AWS (a minute or two, about 400 MB)",
};

const VERSION: &str = "import sys; print('%d.%d' % sys.version_info[:2])";
const OLDEST: (u32, u32) = (3, 11);
const TAIL_LINES: usize = 30;

type Progress<'a> = &'a (dyn Fn(&str) + Sync);

/// A virtual environment.
#[derive(Debug)]
pub(in crate::testing) struct Environment {
    directory: PathBuf,
}

impl Environment {
    /// Finds the environment or builds it.
    pub(in crate::testing) async fn prepare(
        requirements: &Requirements,
        python: &str,
        cache: Option<&Path>,
        progress: Progress<'_>,
    ) -> Result<Self, LocalAwsError> {
        let cache = match cache {
            Some(given) => given.to_owned(),
            None => cache_directory(|name| std::env::var_os(name))
                .ok_or(LocalAwsError::NoCacheDirectory)?,
        };
        let version = python_version(python).await?;
        let environment = Self { directory: cache.join(directory_name(requirements, &version)) };
        if !environment.is_ready() {
            environment.build(requirements, python, progress).await?;
        }
        Ok(environment)
    }

    /// The interpreter that sees what is installed.
    pub(super) fn python(&self) -> PathBuf {
        self.program("python")
    }

    /// An installed program.
    pub(in crate::testing) fn program(&self, name: &str) -> PathBuf {
        self.directory.join("bin").join(name)
    }

    fn marker(&self) -> PathBuf {
        self.directory.join("ready")
    }

    fn is_ready(&self) -> bool {
        self.marker().is_file()
    }

    async fn build(
        &self,
        requirements: &Requirements,
        python: &str,
        progress: Progress<'_>,
    ) -> Result<(), LocalAwsError> {
        let file = |source| LocalAwsError::file("cache directory", source);
        if let Some(parent) = self.directory.parent() {
            fs::create_dir_all(parent).map_err(file)?;
        }
        let lock = File::create(self.directory.with_extension("lock")).map_err(file)?;
        wait_for(&lock, progress).await.map_err(file)?;
        // Another process may have built it while this one waited.
        if self.is_ready() {
            return Ok(());
        }
        progress(requirements.told);
        let mut create = Command::new(python);
        create.args(["-m", "venv", "--clear"]).arg(&self.directory);
        let advice = "on Debian and Ubuntu, install the package `python3-venv`";
        run("creating the virtual environment", advice, create, &|_| ()).await?;

        let list = self.directory.join("requirements.txt");
        fs::write(&list, requirements.list).map_err(file)?;
        let mut install = Command::new(self.python());
        install.args(["-m", "pip", "install", "--no-input", "--disable-pip-version-check"]);
        install.args(requirements.arguments).arg("-r").arg(&list);
        let advice = "check that pip reaches a package index, then try again";
        run("installing the packages", advice, install, &|line| {
            if let Some(package) = line.strip_prefix("Collecting ") {
                let name = package.split(" (").next().unwrap_or(package);
                progress(&format!("fetching {name}"));
            } else if line.starts_with("Installing collected") {
                progress("installing the packages");
            }
        })
        .await?;
        fs::write(self.marker(), "").map_err(file)
    }
}

/// `accesstrail`'s cache directory, out of the variables that `lookup` knows.
fn cache_directory(lookup: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name: &str| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("ACCESSTRAIL_CACHE")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("accesstrail")))
        .or_else(|| set("HOME").map(|home| home.join(".cache").join("accesstrail")))
}

fn directory_name(requirements: &Requirements, python: &str) -> String {
    let hash = Sha256::new().chain_update(requirements.list).chain_update(python).finalize();
    let short = hash.iter().take(6).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    format!("{}-{short}", requirements.name)
}

async fn python_version(python: &str) -> Result<String, LocalAwsError> {
    let answer = Command::new(python)
        .args(["-c", VERSION])
        .stdin(Stdio::null())
        .output()
        .await
        .map_err(|source| LocalAwsError::NoPython { python: python.to_owned(), source })?;
    let found = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    let numbers = found
        .split_once('.')
        .and_then(|(major, minor)| Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?)));
    if numbers.is_some_and(|version| version >= OLDEST) {
        Ok(found)
    } else {
        Err(LocalAwsError::OldPython { python: python.to_owned(), found })
    }
}

async fn wait_for(lock: &File, progress: Progress<'_>) -> io::Result<()> {
    let mut told = false;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if told => {}
            Err(TryLockError::WouldBlock) => {
                progress("waiting for another process that builds the same environment");
                told = true;
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Runs a command to its end, line by line; its last lines are in the error.
pub(in crate::testing) async fn run(
    step: &'static str,
    advice: &'static str,
    mut command: Command,
    each: &(dyn Fn(&str) + Sync),
) -> Result<(), LocalAwsError> {
    let file = |source| LocalAwsError::file("output of a command", source);
    let (reader, writer) = io::pipe().map_err(file)?;
    command.stdin(Stdio::null()).stdout(writer.try_clone().map_err(file)?).stderr(writer);
    let mut child = command.kill_on_drop(true).spawn().map_err(file)?;
    // The command holds the pipe's other end, which would never close.
    drop(command);

    let (lines, mut read) = mpsc::channel(64);
    tokio::task::spawn_blocking(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            if lines.blocking_send(text).is_err() {
                return;
            }
            line.clear();
        }
    });
    let mut tail = VecDeque::new();
    while let Some(line) = read.recv().await {
        each(&line);
        if tail.len() == TAIL_LINES {
            tail.pop_front();
        }
        tail.push_back(line);
    }
    let status = child.wait().await.map_err(file)?;
    if status.success() {
        return Ok(());
    }
    let tail = tail.into_iter().collect::<Vec<_>>().join("\n");
    Err(LocalAwsError::Setup { step, status, advice, tail })
}

/// The last lines of a log file; empty if it cannot be read.
pub(super) fn tail_of(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().collect();
    let skipped = lines.len().saturating_sub(TAIL_LINES);
    lines.into_iter().skip(skipped).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_directory_prefers_our_own_variable() {
        let look = |set: &'static [(&str, &str)]| {
            cache_directory(move |name| {
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
            })
        };
        let all = &[("ACCESSTRAIL_CACHE", "/a"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")];
        assert_eq!(look(all), Some(PathBuf::from("/a")));
        assert_eq!(
            look(&[("ACCESSTRAIL_CACHE", ""), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]),
            Some(PathBuf::from("/x/accesstrail"))
        );
        assert_eq!(look(&[("HOME", "/h")]), Some(PathBuf::from("/h/.cache/accesstrail")));
        assert_eq!(look(&[]), None);
    }

    #[test]
    fn every_requirement_is_pinned_exactly() {
        let lines = EMULATORS.list.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            assert!(line.contains("==") && !line.contains(' '), "{line}");
        }
        for asked in
            ["ministack==1.5.33", "moto[server]==5.2.5", "cryptography==", "aws-sam-translator=="]
        {
            assert!(EMULATORS.list.contains(asked), "{asked}");
        }
        assert_ne!(directory_name(&EMULATORS, "3.11"), directory_name(&EMULATORS, "3.12"));
    }

    #[tokio::test]
    async fn a_failing_step_shows_the_end_of_its_output() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo first; echo last >&2; exit 3"]);
        let error = run("trying", "do better", command, &|_| ()).await.unwrap_err().to_string();
        assert!(error.contains("first\nlast") && error.contains("do better"), "{error}");
    }

    #[tokio::test]
    async fn a_missing_python_says_what_to_install() {
        let error = python_version("no-such-python").await.unwrap_err().to_string();
        assert!(error.contains("install Python 3.11"), "{error}");
    }
}
