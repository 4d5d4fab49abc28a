//! From nothing to streaming, by one plan that can be read, applied, checked, upgraded and removed.
//!
//! ```text
//!  facts + wanted ──► plan ──► file with a hash ──► machine ──► Cloud
//!                                                     └──► SetupStore: which step was begun, with which token
//!  facts + last plan ──► status ◄── watch: what somebody changed since, looked for anew each time
//! ```
//!
//! Pure but for the two ports: no clock, no SDK, and nothing random but the [`external_id`], which is made once. The plan is a function of the facts and of what is
//! wanted; the machine makes the next call that the state of AWS and the store allow, and never waits, so that it goes
//! on after a kill between any two calls. Nothing is written whose name does not begin with `accesstrail-`, but for
//! the few things that [`write_action`] lists with their conditions.

pub mod custom_resource;
pub mod external_id;
pub mod facts;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
pub mod machine;
pub mod names;
pub mod plan;
pub mod print;
pub mod status;
pub mod wanted;
pub mod watch;
pub mod write_action;

#[cfg(test)]
mod tests;
