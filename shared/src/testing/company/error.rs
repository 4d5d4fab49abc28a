//! What can go wrong while the organization is founded.

use crate::port::BoxError;

/// Why the organization was not founded.
#[derive(Debug, thiserror::Error)]
pub enum CompanyError {
    /// The emulator holds an organization already.
    #[error("the emulator holds an organization already: reset it or start a fresh one")]
    Occupied,
    /// The emulator cannot be made to give the same ids every time.
    #[error("{endpoint} does not take a seed: is it moto?")]
    Seed {
        /// What was asked.
        endpoint: String,
        /// Why it failed.
        #[source]
        source: BoxError,
    },
    /// A call failed.
    #[error("{action} of `{what}` failed")]
    Call {
        /// The IAM action.
        action: &'static str,
        /// What it was about.
        what: String,
        /// The SDK's error.
        #[source]
        source: BoxError,
    },
    /// An answer lacks something that AWS always gives.
    #[error("the answer of {action} has no {what}")]
    Missing {
        /// The IAM action.
        action: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// The tables name something that is not in them.
    #[error("the tables have no {what} `{name}`")]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
}

impl CompanyError {
    /// For `map_err` of an SDK call.
    pub(super) fn call<E>(action: &'static str, what: &str) -> impl FnOnce(E) -> Self
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        move |source| Self::Call { action, what: what.to_owned(), source: source.into() }
    }

    pub(super) fn missing(action: &'static str, what: &'static str) -> Self {
        Self::Missing { action, what }
    }

    pub(super) fn unknown(what: &'static str, name: &str) -> Self {
        Self::Unknown { what, name: name.to_owned() }
    }
}
