//! Where events go that a sink did not take: a queue in the cloud, a file on a laptop.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use async_trait::async_trait;
use aws_config::SdkConfig;
use serde_json::{Value, json};

use crate::aws::error::{Fault, classify};
use crate::port::{DeadLetter, DeadLetters, PortError};

/// The schema of a dead letter, with its version.
const SCHEMA: &str = "accesstrail.dead-letter/1";

/// How many characters of a reason are kept.
const MOST_REASON: usize = 1_000;

/// A letter as JSON text.
fn write(letter: &DeadLetter) -> String {
    let event: Value = serde_json::from_str(&letter.event.body).unwrap_or_default();
    let reason: String = letter.reason.chars().take(MOST_REASON).collect();
    json!({
        "schema": SCHEMA,
        "sink": letter.sink,
        "reason": reason,
        "at": letter.at.to_string(),
        "event": event,
    })
    .to_string()
}

/// A file with a letter on each line.
#[derive(Clone, Debug)]
pub struct FileDeadLetters {
    path: PathBuf,
}

impl FileDeadLetters {
    /// The file at `path`. It is made with the first letter.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

#[async_trait]
impl DeadLetters for FileDeadLetters {
    async fn keep(&self, letters: &[DeadLetter]) -> Result<(), PortError> {
        let path = self.path.clone();
        let text: String = letters.iter().map(|letter| write(letter) + "\n").collect();
        let append = move || {
            let mut file = OpenOptions::new().append(true).create(true).open(path)?;
            file.write_all(text.as_bytes())?;
            // Before the delivery is kept, the letters must be.
            file.sync_all()
        };
        let kept = tokio::task::spawn_blocking(append).await.map_err(std::io::Error::other);
        kept.flatten().map_err(|source| PortError::Failed {
            what: format!("the file of dead letters `{}`", self.path.display()),
            source: source.into(),
        })
    }
}

/// An SQS queue with a letter in each message.
#[derive(Clone, Debug)]
pub struct SqsDeadLetters {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl SqsDeadLetters {
    /// The queue at `url`.
    pub fn new(config: &SdkConfig, url: &str) -> Self {
        Self { client: aws_sdk_sqs::Client::new(config), url: url.to_owned() }
    }
}

#[async_trait]
impl DeadLetters for SqsDeadLetters {
    async fn keep(&self, letters: &[DeadLetter]) -> Result<(), PortError> {
        // One by one: there are few, and each may be as large as a message may be.
        for letter in letters {
            let send = self.client.send_message().queue_url(&self.url);
            send.message_body(write(letter)).send().await.map_err(|error| {
                let what = format!("queue {} (sqs:SendMessage)", self.url);
                let fault = classify(&error, false).fault;
                let source = error.into();
                match fault {
                    Fault::Denied(_) => PortError::Denied { what, source },
                    Fault::Throttled | Fault::Unavailable => PortError::Busy { what, source },
                    _ => PortError::Failed { what, source },
                }
            })?;
        }
        Ok(())
    }
}
