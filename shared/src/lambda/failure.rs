//! How a function fails: in a word for alarms and retries, with the whole chain for people.

use lambda_runtime::Diagnostic;

use crate::aws::error::chain;

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The same invocation may succeed later.
    #[error("{0}")]
    Retry(String),
    /// It cannot succeed as it is: the input or the deployment has to change.
    #[error("{0}")]
    GiveUp(String),
}

impl Failure {
    /// A failure that may pass.
    pub fn retry(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Retry(chain(error))
    }

    /// A failure that stays.
    pub fn give_up(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::GiveUp(chain(error))
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        (&failure).into()
    }
}

impl From<&Failure> for Diagnostic {
    /// The runtime's own conversion keeps only the outermost words and a Rust type name.
    fn from(failure: &Failure) -> Self {
        let error_type = match failure {
            Failure::Retry(_) => "Retry",
            Failure::GiveUp(_) => "GiveUp",
        };
        Self { error_type: error_type.to_owned(), error_message: failure.to_string() }
    }
}
