//! The initialization error of the Runtime API: how Lambda hears why a function cannot start.
//!
//! A process that just ends is `Runtime.ExitError` to Lambda, and whoever invokes it learns nothing. The
//! runtime crate reports failures of invocations, not of what comes before its loop.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-initerror>

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use lambda_runtime::Diagnostic;
use serde_json::json;

use super::Failure;

/// Where the Runtime API listens, `host:port`; set by Lambda.
const ADDRESS: &str = "AWS_LAMBDA_RUNTIME_API";

/// How long the Runtime API, which is on the same machine, may take for each step.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reports `failure`. Where that cannot be done it is logged: the process ends for the same reason anyway.
pub(super) fn report(lookup: impl Fn(&str) -> Option<String>, failure: &Failure) {
    let Some(address) = lookup(ADDRESS) else {
        tracing::warn!("{ADDRESS} is not set: nobody can be told that the function cannot start");
        return;
    };
    if let Err(error) = post(&address, failure) {
        tracing::warn!(address, %error, "Lambda could not be told that the function cannot start");
    }
}

/// Nothing else runs in this process any more, so a call that blocks holds nobody up.
fn post(address: &str, failure: &Failure) -> io::Result<()> {
    let Diagnostic { error_type, error_message } = failure.into();
    let body = json!({"errorType": error_type, "errorMessage": error_message, "stackTrace": []});
    let body = body.to_string();
    let mut stream = connect(address)?;
    // Lambda shows a type in its log only in the form `category.reason`.
    write!(
        stream,
        "POST /2018-06-01/runtime/init/error HTTP/1.1\r\n\
         host: {address}\r\n\
         connection: close\r\n\
         content-type: application/json\r\n\
         lambda-runtime-function-error-type: Function.{error_type}\r\n\
         content-length: {length}\r\n\r\n{body}",
        length = body.len(),
    )?;
    stream.flush()?;
    let mut status = String::new();
    BufReader::new(stream).read_line(&mut status)?;
    if status.split_whitespace().nth(1) == Some("202") {
        return Ok(());
    }
    Err(io::Error::other(format!("the Runtime API answered `{}`", status.trim())))
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let no_address = || io::Error::new(io::ErrorKind::AddrNotAvailable, address.to_owned());
    let found = address.to_socket_addrs()?.next().ok_or_else(no_address)?;
    let stream = TcpStream::connect_timeout(&found, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers one request with this status; what was sent, and what came of it.
    fn meet(status: &'static str) -> (String, io::Result<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut sent = Vec::new();
            let mut chunk = [0; 1_024];
            while !sent.ends_with(b"}") {
                let length = stream.read(&mut chunk).unwrap();
                sent.extend_from_slice(&chunk[..length]);
            }
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").unwrap();
            String::from_utf8(sent).unwrap()
        });
        let failure = Failure::GiveUp("ACCESSTRAIL_TABLE is not set; \"x\" — y".to_owned());
        let answer = post(&address, &failure);
        (server.join().unwrap(), answer)
    }

    #[test]
    fn the_request_is_one_that_http_knows() {
        let (sent, answer) = meet("202 Accepted");
        answer.unwrap();
        let (head, body) = sent.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /2018-06-01/runtime/init/error HTTP/1.1\r\n"), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        assert!(head.contains("lambda-runtime-function-error-type: Function.GiveUp"), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["errorType"], "GiveUp");
        assert_eq!(body["errorMessage"], "ACCESSTRAIL_TABLE is not set; \"x\" — y");
    }

    #[test]
    fn a_refusal_is_told() {
        let (_, answer) = meet("403 Forbidden");
        let told = answer.unwrap_err().to_string();
        assert!(told.contains("403 Forbidden"), "{told}");
    }
}
