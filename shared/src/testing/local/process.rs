//! One emulator process: started on a free port, waited for, killed with its whole group.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, body::Bytes};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::time::{Instant, sleep, timeout};

use super::{
    Emulator, LocalAwsError, LoopbackClient, ManagedPolicies, Options,
    environment::{Environment, tail_of},
};

const LAUNCHER: &str = include_str!("launch.py");
const POLL: Duration = Duration::from_millis(25);
/// Both servers write this only after they have bound the port, so it proves that the answer is ours.
const BOUND: &str = "Running on http";
/// How often a port that somebody took between our look and the emulator's bind is replaced.
const PORT_TRIES: usize = 4;

/// A running emulator.
#[derive(Debug)]
pub(super) struct Process {
    emulator: Emulator,
    child: Child,
    endpoint: String,
    log: PathBuf,
}

impl Process {
    /// Starts an emulator and waits until it answers.
    pub(super) async fn start(
        emulator: Emulator,
        environment: &Environment,
        options: &Options,
        scratch: &Path,
        client: &LoopbackClient,
    ) -> Result<Self, LocalAwsError> {
        let mut left = PORT_TRIES;
        loop {
            left -= 1;
            let mut process = Self::spawn(emulator, environment, options, scratch)?;
            match process.wait_until_ready(client, options.ready_within).await {
                Err(LocalAwsError::Ended { tail, .. }) if left > 0 && port_was_taken(&tail) => {}
                outcome => return outcome.map(|()| process),
            }
        }
    }

    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) async fn reset(&self, client: &LoopbackClient) -> Result<(), LocalAwsError> {
        let answer = match self.ask(client, Method::POST, self.emulator.reset_path()).await {
            Ok(200) => return Ok(()),
            Ok(status) => format!("status {status}"),
            Err(error) => error,
        };
        let tail = tail_of(&self.log);
        Err(LocalAwsError::Reset { emulator: self.emulator.name(), answer, tail })
    }

    fn spawn(
        emulator: Emulator,
        environment: &Environment,
        options: &Options,
        scratch: &Path,
    ) -> Result<Self, LocalAwsError> {
        let file = |source| LocalAwsError::file("files of an emulator", source);
        let scratch = scratch.join(emulator.name());
        fs::create_dir_all(&scratch).map_err(file)?;
        let logs = options.logs.as_deref().unwrap_or(&scratch);
        fs::create_dir_all(logs).map_err(file)?;
        let log = logs.join(format!("{}.log", emulator.name()));
        let output = File::create(&log).map_err(file)?;

        let port = free_port()?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let mut command = Command::new(environment.python());
        command.args(["-c", LAUNCHER]).arg(&scratch);
        // Nothing of the user's shell reaches an emulator, above all no AWS profile and no DOCKER_HOST:
        // ministack stops containers it takes for its own.
        command.env_clear();
        for name in ["PATH", "LD_LIBRARY_PATH", "LANG"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
            .env("HOME", &scratch)
            .env("TMPDIR", &scratch)
            .env("DOCKER_HOST", format!("unix://{}", scratch.join("no-docker.sock").display()))
            .env("PYTHONUNBUFFERED", "1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_REGION", "us-east-1");
        match emulator {
            Emulator::Own => own_account(&mut command, options, &scratch, port),
            Emulator::Organization => organization(&mut command, options, port),
        }
        command.envs(&options.environment).current_dir(&scratch);
        command.stdin(Stdio::piped()).stdout(output.try_clone().map_err(file)?).stderr(output);
        let child = command.process_group(0).spawn().map_err(file)?;
        Ok(Self { emulator, child, endpoint, log })
    }

    async fn wait_until_ready(
        &mut self,
        client: &LoopbackClient,
        within: Duration,
    ) -> Result<(), LocalAwsError> {
        let path = match self.emulator {
            Emulator::Own => "/_ministack/ready",
            Emulator::Organization => "/moto-api/data.json",
        };
        let deadline = Instant::now() + within;
        let emulator = self.emulator.name();
        while Instant::now() < deadline {
            if let Some(status) = self.ended()? {
                let tail = tail_of(&self.log);
                return Err(LocalAwsError::Ended { emulator, status, tail });
            }
            let bound = fs::read_to_string(&self.log).is_ok_and(|log| log.contains(BOUND));
            if bound && self.ask(client, Method::GET, path).await == Ok(200) {
                return Ok(());
            }
            sleep(POLL).await;
        }
        Err(LocalAwsError::NotReady { emulator, waited: within, tail: tail_of(&self.log) })
    }

    fn ended(&mut self) -> Result<Option<ExitStatus>, LocalAwsError> {
        self.child
            .try_wait()
            .map_err(|source| LocalAwsError::file("process of an emulator", source))
    }

    async fn ask(
        &self,
        client: &LoopbackClient,
        method: Method,
        path: &str,
    ) -> Result<u16, String> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.endpoint))
            .body(Full::<Bytes>::default())
            .map_err(|error| error.to_string())?;
        let exchange = async {
            let answer = client.request(request).await.map_err(|error| error.to_string())?;
            let status = answer.status().as_u16();
            // Read to the end, or the connection cannot be used again.
            answer.into_body().collect().await.map_err(|error| error.to_string())?;
            Ok(status)
        };
        // A reset of hundreds of accounts takes moto a while.
        timeout(Duration::from_mins(1), exchange)
            .await
            .unwrap_or_else(|_| Err("no answer within 60 s".to_owned()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The group, not only the process: ministack's Lambda functions are in it.
        if let Some(group) = Pid::from_raw(self.child.id().cast_signed()) {
            // It fails only for a group that has already gone.
            kill_process_group(group, Signal::KILL).unwrap_or_default();
        }
        // It fails only for a child that has already been waited for.
        drop(self.child.wait());
    }
}

fn own_account(command: &mut Command, options: &Options, scratch: &Path, port: u16) {
    command
        .arg("ministack")
        .env("GATEWAY_PORT", port.to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_ACCOUNT_ID", &options.own_account)
        .env("MINISTACK_REGION", "us-east-1")
        // Lambda functions that ministack runs get this one.
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        // Off by default in ministack; said here so that a stale state never comes back.
        .env("PERSIST_STATE", "0")
        .env("S3_PERSIST", "0")
        .env("STATE_DIR", scratch.join("state"))
        .env("S3_DATA_DIR", scratch.join("s3"))
        // Listeners on fixed ports that nothing of ours needs.
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0");
}

fn organization(command: &mut Command, options: &Options, port: u16) {
    let managed = match options.managed_policies {
        ManagedPolicies::Load => "true",
        ManagedPolicies::Skip => "false",
    };
    command
        .args(["moto.server", "-H", "127.0.0.1", "-p"])
        .arg(port.to_string())
        .env("MOTO_IAM_LOAD_MANAGED_POLICIES", managed)
        // Else each account and region takes a second to list its instances.
        .env("MOTO_EC2_LOAD_DEFAULT_AMIS", "false");
}

fn free_port() -> Result<u16, LocalAwsError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|source| LocalAwsError::file("loopback interface", source))
}

fn port_was_taken(log: &str) -> bool {
    let log = log.to_ascii_lowercase();
    log.contains("already in use") || log.contains("is in use")
}
