//! The outbound feed: every change of a closed run as an event, to whoever wants to know.
//!
//! ```text
//! store: changes of a run ──► event ──► sink ──► accepted ──► delivery in the store
//!                                        └────► refused, or given up ──► dead letters
//! ```
//!
//! INVARIANT: how far a run was delivered is kept after every event of a page was accepted by the sink or kept
//! as a dead letter, and never before. So a crash at any point sends events again, under the ids that they had,
//! and loses none. A sink that fails never fails the inventory: nothing here is called before a run is closed.

mod bus;
mod dead_letters;
mod deliver;
mod secret;
mod signature;
#[cfg(feature = "testing")]
#[cfg(test)]
mod tests;
mod webhook;

pub use bus::EventBus;
pub use dead_letters::{FileDeadLetters, SqsDeadLetters};
pub use deliver::{Ended, Feed, Told};
pub use secret::{Secrets, SecretsError};
pub use signature::{HEADER, sign};
pub use webhook::{AddressError, Webhook};
