//! [`Activity`](crate::model::activity::Activity) → usage: who used what, when, how often, with which outcome.
//!
//! The truth is the set of log objects. A *cell* is one hour of one recipient account: an [`Hour`](hour::Hour)
//! with its rows and the set of objects that they were folded from. A cell is replaced, and only by one whose
//! object set contains its own; nothing is ever added to what is stored. So order, repetition, two workers at
//! once and a crash between two writes cannot matter: what is kept is a function of the objects that were
//! folded. Days and totals are sums over cells ([`rollup`]).
//!
//! ```text
//!  Activity ──► fold::HourFold ──► hour::Hour ──► form (bytes) ──► store
//!                                     └──► rollup ──► csv
//!  objects  ──► coverage::LogDay (which days, regions and hours have logs)
//! ```
//!
//! What could grow without limit within a cell (resources of a call, sessions and origins of a principal) is
//! bounded by rules that look at the whole set, never at the order in which it came.

pub mod coverage;
pub mod csv;
pub mod day;
pub mod fold;
pub mod form;
pub mod hour;
pub mod object;
pub mod parent;
pub mod rollup;
pub mod row;
pub mod stands;
pub mod tally;
mod texts;
