//! A Lambda Runtime API on a loopback port: feeds a real function binary with events, takes its answers.
//!
//! It speaks the four calls that a runtime makes (next, response, error, init error) and starts the binary
//! itself, in a cleaned environment. It does not freeze the process between invocations.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::port::{Clock as _, SystemClock};

/// How a function ended an invocation.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It answered.
    Response(Value),
    /// It failed, with the runtime's `errorType` and `errorMessage`.
    Error(Value),
    /// It could not start.
    InitError(Value),
    /// It ended, or did not answer in time.
    Gone,
}

#[derive(Debug, Default)]
struct State {
    waiting: Mutex<VecDeque<(String, String, Duration)>>,
    answers: Mutex<BTreeMap<String, Answer>>,
    came: Notify,
    answered: Notify,
    failed_init: Mutex<Option<Value>>,
}

/// The Runtime API and the function that it feeds.
#[derive(Debug)]
pub struct RuntimeApi {
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
    function: Mutex<Option<Child>>,
    invoked: Mutex<u32>,
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        // The function is killed with its handle (`kill_on_drop`).
        self.server.abort();
    }
}

impl RuntimeApi {
    /// Starts the API on a free loopback port.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let server = tokio::spawn(serve(listener, Arc::clone(&state)));
        Ok(Self { address, state, server, function: Mutex::default(), invoked: Mutex::default() })
    }

    /// Starts a function binary with these variables and what Lambda itself sets. Its output goes to
    /// `log`.
    pub fn run_function(
        &self,
        binary: &Path,
        variables: &BTreeMap<String, String>,
        log: std::fs::File,
    ) -> std::io::Result<()> {
        let errors = log.try_clone()?;
        let child = Command::new(binary)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", self.address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "inventory")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_FORMAT", "JSON")
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()?;
        *self.function.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        Ok(())
    }

    /// Kills the function at once, as Lambda does at the deadline.
    pub fn kill_function(&self) {
        drop(self.function.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Waits for the function to end by itself, at most this long; its exit code.
    pub async fn exit_code(&self, patience: Duration) -> Option<i32> {
        let until = tokio::time::Instant::now() + patience;
        while !self.has_ended() && tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut function = self.function.lock().unwrap_or_else(PoisonError::into_inner);
        function.as_mut()?.try_wait().ok()??.code()
    }

    /// Invokes the function and waits for its answer until `deadline`, of which it is told.
    pub async fn invoke(&self, event: &Value, deadline: Duration) -> Answer {
        self.invoke_told(event, deadline, deadline).await
    }

    /// Invokes the function with a deadline that it is told, and waits longer.
    pub async fn invoke_told(
        &self,
        event: &Value,
        deadline: Duration,
        patience: Duration,
    ) -> Answer {
        let id = {
            let mut invoked = self.invoked.lock().unwrap_or_else(PoisonError::into_inner);
            *invoked += 1;
            // Ids of Lambda differ from their first digits on.
            format!("{:08x}-e9f4-41e8-9739-2dfe598c3fcd", invoked.wrapping_mul(0x9e37_79b1))
        };
        let waiting = (id.clone(), event.to_string(), deadline);
        self.state.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(waiting);
        self.state.came.notify_one();
        tokio::time::timeout(patience, self.answer(&id)).await.unwrap_or(Answer::Gone)
    }

    async fn answer(&self, id: &str) -> Answer {
        loop {
            let answered = self.state.answered.notified();
            // Before the answers: what it said last was said before it ended.
            let ended = self.has_ended();
            if let Some(answer) =
                self.state.answers.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
            {
                return answer;
            }
            if let Some(error) =
                self.state.failed_init.lock().unwrap_or_else(PoisonError::into_inner).take()
            {
                return Answer::InitError(error);
            }
            if ended {
                return Answer::Gone;
            }
            // A function that dies says nothing, so look again from time to time.
            drop(tokio::time::timeout(Duration::from_millis(100), answered).await);
        }
    }

    fn has_ended(&self) -> bool {
        let mut function = self.function.lock().unwrap_or_else(PoisonError::into_inner);
        function.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)))
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let state = Arc::clone(&state);
                async move { Ok::<_, Infallible>(respond(request, &state).await) }
            });
            // A connection that breaks is the function's end, which the waiting invocation notices.
            drop(
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await,
            );
        });
    }
}

async fn respond(request: Request<Incoming>, state: &State) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let Some(call) = path.strip_prefix("/2018-06-01/runtime/") else {
        return status(StatusCode::NOT_FOUND);
    };
    if call == "invocation/next" {
        return next(state).await;
    }
    let body = request
        .into_body()
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    if call == "init/error" {
        *state.failed_init.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    } else {
        let (id, answer) =
            match call.strip_prefix("invocation/").and_then(|rest| rest.split_once('/')) {
                Some((id, "response")) => (id, Answer::Response(value)),
                Some((id, "error")) => (id, Answer::Error(value)),
                _ => return status(StatusCode::NOT_FOUND),
            };
        state.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), answer);
    }
    state.answered.notify_waiters();
    status(StatusCode::ACCEPTED)
}

async fn next(state: &State) -> Response<Full<Bytes>> {
    loop {
        let came = state.came.notified();
        let waiting = state.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        if let Some((id, event, deadline)) = waiting {
            let deadline = SystemTime::from(SystemClock.now()) + deadline;
            let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
            return Response::builder()
                .header("lambda-runtime-aws-request-id", id)
                .header("lambda-runtime-deadline-ms", deadline.to_string())
                .header(
                    "lambda-runtime-invoked-function-arn",
                    "arn:aws:lambda:us-east-1:123456789012:function:inventory",
                )
                .header("content-type", "application/json")
                .body(Full::from(event))
                .unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR));
        }
        came.await;
    }
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
