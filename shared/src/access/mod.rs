//! Effective access over a whole organization: who can do what, from collected data alone.
//!
//! ```text
//!  neutral import ──┐
//!  authorization    ├─► Estate ──┬─► can            one question, with its reasons
//!  details          │            ├─► Index          who_can, for everybody at once
//!                  │            ├─► difference     who gains or loses what by a changed policy
//!  Snapshot ────────┘            ├─► what_can       the grants of one principal, by its policies and those of resources
//!                                ├─► Trust, paths   who can become whom
//!                                └─► entrances      who comes into roles from outside
//! ```
//!
//! Pure: an [`Estate`] is a value, and every answer is a function of it. What nobody collected makes the answers that hang
//! on it unknown, with what is missing named; it never makes them a "no".

pub mod batch;
pub mod chain;
pub mod difference;
pub mod escalation;
pub mod estate;
pub mod grants;
pub mod index;
pub mod question;
pub mod show;
pub mod trusted;

mod access_point;
mod assumed;
mod facts;
#[cfg(test)]
pub(crate) mod generate;
mod received;
mod tags;
mod target;
#[cfg(test)]
mod unknown;

pub use assumed::assumed;
pub use chain::{Chain, Trust};
pub use difference::{Access, Changed, Difference, difference};
pub use escalation::{Escalation, Route};
pub use estate::{Estate, Held, Identity, SetAside, Source};
pub use facts::Given;
pub(crate) use facts::OF_SERVICES;
pub(crate) use grants::strange;
pub use grants::{Grant, Grants, what_can};
pub use index::{Index, Plain, Verdict, Who, WhoCan};
pub use question::{Answer, Decided, can};
pub use target::notes;
pub use trusted::{Entrance, Entrances, Outsider};
