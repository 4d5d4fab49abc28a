//! Builds a function as it is deployed: `cargo lambda build`, with cargo-lambda out of a pinned virtual
//! environment of its own.
//!
//! With `--compiler cargo` the host's own toolchain compiles, so that the binary runs here and neither zig
//! nor Docker is needed.
//!
//! <https://www.cargo-lambda.info/commands/build.html>

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::local::LocalAwsError;
use super::local::environment::{Environment, Requirements, run};

/// cargo-lambda alone: what its package depends on is zig, which nothing of ours runs.
const CARGO_LAMBDA: Requirements = Requirements {
    name: "cargo-lambda",
    list: "cargo-lambda==1.9.2\n",
    arguments: &["--no-deps"],
    told: "first use: fetching cargo-lambda",
};

/// How a function is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quickly: with the features of the whole workspace, so that what a test build has compiled serves here too.
    Dev,
    /// As it is deployed.
    Release,
}

impl Profile {
    fn arguments<'a>(self, packages: &[&'a str]) -> Vec<&'a str> {
        let (first, each) = match self {
            Self::Dev => ("--workspace", "--bin"),
            Self::Release => ("--release", "--package"),
        };
        let each = packages.iter().flat_map(|package| [each, *package]);
        [first].into_iter().chain(each).collect()
    }
}

/// Builds a package of this workspace and returns where its `bootstrap` is. `progress` gets the lines of
/// the build.
pub async fn build(
    package: &str,
    profile: Profile,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<PathBuf, LocalAwsError> {
    let built = build_all(&[package], profile, progress).await?;
    Ok(built.join(package).join("bootstrap"))
}

/// Builds packages of this workspace at once and returns the folder in which each has one of its name, with its
/// `bootstrap`.
pub async fn build_all(
    packages: &[&str],
    profile: Profile,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<PathBuf, LocalAwsError> {
    let environment = Environment::prepare(&CARGO_LAMBDA, "python3", None, progress).await?;
    let workspace = workspace();
    let mut command = Command::new(environment.program("cargo-lambda"));
    command.args(["lambda", "build", "--compiler", "cargo"]).args(profile.arguments(packages));
    command.current_dir(workspace);
    let advice = "the function does not compile, or cargo is not on the PATH";
    run("building the function", advice, command, progress).await?;
    // A relative directory is relative to where cargo runs, which is the workspace.
    let target = std::env::var_os("CARGO_TARGET_DIR").filter(|name| !name.is_empty());
    let target = workspace.join(target.unwrap_or_else(|| "target".into()));
    Ok(target.join("lambda"))
}

fn workspace() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}
