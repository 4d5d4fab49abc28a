//! The external id of an installation: made once, kept, on every trust statement.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>

use super::wanted::{self, EXTERNAL_ID_BYTES};
use crate::port::PortError;
use crate::port::setup::SetupStore;

/// The name under which it is kept.
const NAME: &str = "external-id";

/// Why there is no external id to go on with.
#[derive(Debug, thiserror::Error)]
pub enum ExternalIdError {
    /// The operating system gives no random bytes.
    #[error("there are no random bytes")]
    NoRandom,
    /// One was given, and another is kept.
    #[error("another external id is kept, which the roles trust already")]
    Other,
    /// The store fails.
    #[error(transparent)]
    Store(#[from] PortError),
}

/// The external id that is kept from now on: what is kept already; else the given one, or else a random one.
///
/// # Errors
///
/// [`ExternalIdError`]; one that is given is never put in the place of what is kept.
pub async fn kept(store: &dyn SetupStore, given: Option<&str>) -> Result<String, ExternalIdError> {
    let fresh = if let Some(given) = given {
        given.to_owned()
    } else {
        let mut bytes = [0; EXTERNAL_ID_BYTES];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| ExternalIdError::NoRandom)?;
        wanted::external_id(bytes)
    };
    let kept = store.keep_once(NAME, &fresh).await?;
    if given.is_some_and(|given| given != kept) {
        return Err(ExternalIdError::Other);
    }
    Ok(kept)
}
