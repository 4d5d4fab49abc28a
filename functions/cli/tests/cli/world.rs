//! What the tests share: the demo's store, made once by `demo` itself, and a live organization.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use accesstrail_shared::testing::company::Company;
use accesstrail_shared::testing::local::{Emulator, LocalAws, Options};
use accesstrail_shared::testing::proxy::{Plan, Proxy};
use accesstrail_shared::testing::visit;
use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// The program in an environment of its own: no credentials, no configuration, no terminal.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_accesstrail"));
    let kept = ["PATH", "ACCESSTRAIL_CACHE", "TMPDIR"];
    let kept = kept.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)));
    command.env_clear().envs(kept.collect::<Vec<_>>()).current_dir(folder);
    command.env("HOME", folder).env("AWS_EC2_METADATA_DISABLED", "true");
    if std::env::var_os("ACCESSTRAIL_CACHE").is_none() {
        // The local AWS is kept in the cache of whoever runs the tests.
        command.envs(std::env::var_os("HOME").map(|home| ("HOME", home)));
    }
    command
}

/// What a run of the program printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// Standard output as one document of a schema.
    pub(crate) fn document(&self, schema: &str) -> Value {
        let document: Value = serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error} in {}\n{}", self.out, self.err));
        assert_eq!(document["schema"], format!("accesstrail.{schema}/1"), "{}", self.out);
        document
    }
}

/// Runs the program.
pub(crate) fn run(command: &mut Command, arguments: &[&str]) -> Ran {
    command.args(arguments).output().unwrap().into()
}

/// A folder in which `demo` has run.
#[derive(Debug)]
pub(crate) struct Demo {
    folder: TempDir,
    pub(crate) document: Value,
}

impl Demo {
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.folder().join("accesstrail-demo.db")
    }

    /// A folder with the same store and logs, to be changed.
    pub(crate) fn copied(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let mut copying = std::process::Command::new("cp");
        copying.arg("-R").arg(self.store()).arg(self.folder().join("accesstrail-demo-logs"));
        assert!(copying.arg(folder.path()).status().unwrap().success());
        folder
    }

    /// Runs the demo once more, in the place of a copy.
    pub(crate) fn again(&self) -> Self {
        demo(self.copied())
    }

    /// Runs a verb on the demo's store.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(&mut program(self.folder()), arguments)
    }

    /// Runs a verb that must succeed, and gives its document.
    pub(crate) fn json(&self, arguments: &[&str], schema: &str) -> Value {
        let ran = run(program(self.folder()).arg("--json"), arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        ran.document(schema)
    }
}

/// Runs the demo in a folder.
fn demo(folder: TempDir) -> Demo {
    let ran = run(&mut program(folder.path()), &["demo", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    Demo { document: ran.document("demo"), folder }
}

/// The demo that the tests read. A static is never dropped; its folder is small.
pub(crate) static DEMO: LazyLock<Demo> = LazyLock::new(|| demo(tempfile::tempdir().unwrap()));

/// A live organization, without what stands in front of it.
#[derive(Debug)]
pub(crate) struct World {
    runtime: tokio::runtime::Runtime,
    upstream: String,
    pub(crate) company: Company,
    _local: LocalAws,
}

/// The live organization. The emulator ends with this process.
pub(crate) static WORLD: LazyLock<World> = LazyLock::new(World::found);

impl World {
    /// An organization of its own, for a test that changes it.
    pub(crate) fn found() -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
        let (local, company) = runtime.block_on(async {
            let options = Options::only(Emulator::Organization);
            let local = LocalAws::start(&options, &|_| ()).await.unwrap();
            let endpoint = local.organization_endpoint().unwrap().to_owned();
            (local, Company::found(&endpoint, &|_| ()).await.unwrap())
        });
        let upstream = local.organization_endpoint().unwrap().to_owned();
        Self { runtime, upstream, company, _local: local }
    }

    /// An entrance of its own, with further faults.
    pub(crate) fn enter(&self, faults: Plan) -> Proxy {
        let plan = faults.and(self.company.plan());
        self.runtime.block_on(Proxy::start(&self.upstream, plan)).unwrap()
    }

    /// `collect --org` through an entrance.
    pub(crate) fn collect(&self, proxy: &Proxy, folder: &Path) -> Command {
        let mut command = self.caller(proxy, folder);
        command.args(["collect", "--org", "--role", visit::ROLE]);
        command.args(["--external-id", visit::EXTERNAL_ID]);
        command
    }

    /// The program with the credentials of the management account.
    pub(crate) fn caller(&self, proxy: &Proxy, folder: &Path) -> Command {
        let mut command = program(folder);
        command
            .env("ACCESSTRAIL_TARGET_ENDPOINT", proxy.endpoint())
            .env("AWS_REGION", self.company.home_region())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        command
    }
}
