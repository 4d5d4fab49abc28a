//! What setting up asks of AWS, and where it remembers how far it is.
//!
//! [`Landscape`] finds out what is there, [`Cloud`] changes it, [`SetupStore`] keeps the one run that is under way. No
//! call waits: whoever starts something asks again how it ended. Everything that is started has a token, so that
//! starting it again after a crash starts nothing twice.

mod landscape;
pub(crate) mod spelled;
mod stack;
mod store;

pub use self::landscape::{
    BusFound, Landscape, MemberAccount, Notification, OrganizationFound, Standing, TrailFound,
    TrustedAccess,
};
pub use self::stack::{
    Cloud, Instance, InstanceFailure, Model, Operation, OperationState, Preferences, Stack,
    StackOrder, StackSet, StackSetOrder, StackStatus, Targets,
};
pub use self::store::{SetupClaim, SetupRun, SetupRunState, SetupStore, StepRecord, StepState};

use serde::{Deserialize, Serialize};

use super::BoxError;
use crate::model::{AccountId, Region};

/// An account and a region of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The account.
    #[serde(with = "spelled")]
    pub account: AccountId,
    /// The region.
    #[serde(with = "spelled")]
    pub region: Region,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.account, self.region)
    }
}

/// Why AWS did not do what setting up asked for.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// Too much at once, or a passing fault: the same call may succeed later.
    #[error("{action} is busy")]
    Busy {
        /// The IAM action.
        action: &'static str,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// The caller may not do this.
    #[error("{action} was denied in {place}")]
    Denied {
        /// The IAM action, as `service:Action`.
        action: String,
        /// Account and region, in words.
        place: String,
        /// What AWS said.
        #[source]
        source: BoxError,
    },
    /// It is there already (`AlreadyExistsException`, `NameAlreadyExistsException`).
    #[error("it exists already")]
    Exists,
    /// It is not there.
    #[error("it does not exist")]
    Missing,
    /// The call with this token was made before (`TokenAlreadyExistsException`, `OperationIdAlreadyExistsException`).
    #[error("it was asked for before")]
    Repeated,
    /// Another operation on the same StackSet is under way (`OperationInProgressException`).
    #[error("another operation is under way")]
    Occupied,
    /// There is nothing to update (`No updates are to be performed`).
    #[error("there is nothing to change")]
    Unchanged,
    /// AWS refuses it as it is, and will again.
    #[error("{action} was refused: {message}")]
    Refused {
        /// The IAM action.
        action: &'static str,
        /// What AWS said.
        message: String,
    },
    /// Anything else; the chain says what.
    #[error("{action} failed")]
    Failed {
        /// The IAM action.
        action: &'static str,
        /// The cause.
        #[source]
        source: BoxError,
    },
}

#[cfg(test)]
mod tests;
