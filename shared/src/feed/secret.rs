//! The secrets that requests are signed with: one, or two while they are rotated.

use std::fmt;

use aws_config::SdkConfig;
use serde::Deserialize;

use crate::aws::error::{Fault, classify};
use crate::port::PortError;

/// The fewest characters of a secret: what is shorter can be guessed from one request that was seen.
const LEAST: usize = 24;

/// The signing secrets. They are in no message, log or debug output.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    current: String,
    previous: Option<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// What is wrong with a secret. It does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the signing secret cannot be used: it is one text of at least {LEAST} visible ASCII characters, or JSON like \
     {{\"current\": \"…\", \"previous\": \"…\"}}"
)]
pub struct SecretsError;

/// A secret in Secrets Manager that holds two.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    current: String,
    previous: Option<String>,
}

impl Secrets {
    /// These secrets. `previous` is the one that receivers knew before `current`; both sign, so that
    /// receivers may change over when they like.
    ///
    /// # Errors
    ///
    /// When one is too short, or has blanks or other characters that do not survive being copied.
    pub fn new(current: &str, previous: Option<&str>) -> Result<Self, SecretsError> {
        let check = |text: &str| {
            let fits = text.len() >= LEAST && text.bytes().all(|byte| byte.is_ascii_graphic());
            fits.then(|| text.to_owned()).ok_or(SecretsError)
        };
        Ok(Self { current: check(current)?, previous: previous.map(check).transpose()? })
    }

    /// Reads what a secret store holds: one secret as it is, or two as JSON.
    ///
    /// # Errors
    ///
    /// As [`Secrets::new`].
    pub fn read(text: &str) -> Result<Self, SecretsError> {
        let text = text.trim();
        if !text.starts_with('{') {
            return Self::new(text, None);
        }
        let Pair { current, previous } = serde_json::from_str(text).map_err(|_| SecretsError)?;
        Self::new(&current, previous.as_deref())
    }

    /// Asks Secrets Manager for the secret with this ARN or name.
    ///
    /// # Errors
    ///
    /// [`PortError`] as any call; [`PortError::Failed`] if it is no signing secret.
    pub async fn fetch(config: &SdkConfig, id: &str) -> Result<Self, PortError> {
        let what = format!("the signing secret {id} (secretsmanager:GetSecretValue)");
        let client = aws_sdk_secretsmanager::Client::new(config);
        let answer = match client.get_secret_value().secret_id(id).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let fault = classify(&error, false).fault;
                let source = error.into();
                return Err(match fault {
                    Fault::Denied(_) => PortError::Denied { what, source },
                    Fault::Throttled | Fault::Unavailable => PortError::Busy { what, source },
                    _ => PortError::Failed { what, source },
                });
            }
        };
        Self::read(answer.secret_string().unwrap_or_default())
            .map_err(|error| PortError::Failed { what, source: error.into() })
    }

    /// The secrets, the current one first.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.current.as_str()).chain(self.previous.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef01234567";
    const TWO: &str = "76543210fedcba9876543210";

    #[test]
    fn one_secret_or_two() {
        let rows = [
            (ONE.to_owned(), vec![ONE]),
            (format!(" {ONE}\n"), vec![ONE]),
            (format!(r#"{{"current":"{ONE}"}}"#), vec![ONE]),
            (format!(r#"{{"current":"{ONE}","previous":"{TWO}"}}"#), vec![ONE, TWO]),
            (format!(r#"{{"current":"{ONE}","previous":null}}"#), vec![ONE]),
        ];
        for (text, expected) in rows {
            assert_eq!(Secrets::read(&text).unwrap().all().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn what_is_no_secret_is_refused_and_not_repeated() {
        let rows = [
            String::new(),
            "s3cr3t".to_owned(),
            format!("{ONE} s3cr3t"),
            format!("{ONE}é-s3cr3t"),
            format!(r#"{{"current":"{ONE}","previous":"s3cr3t"}}"#),
            format!(r#"{{"previous":"{ONE}s3cr3t"}}"#),
            format!(r#"{{"current":"{ONE}","s3cr3t":1}}"#),
            "{s3cr3t".to_owned(),
        ];
        for text in rows {
            let error = Secrets::read(&text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
        }
        assert!(!format!("{:?}", Secrets::new(ONE, Some(TWO)).unwrap()).contains(ONE));
    }
}
