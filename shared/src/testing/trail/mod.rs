//! A generator of CloudTrail trees: the same seed gives the same bytes, but for the signatures of digests, whose
//! keys are made anew in each run.
//!
//! ```text
//!  Plan ──► population (who calls what) ──► record ──► file ──► Object ──► sink: a folder, a bucket
//!                                                        └────► digest, signed, chained ──┘
//! ```
//!
//! It uses nothing of the rest of the crate, so that a bench can take it in by path.

mod clock;
mod demo;
mod digest;
mod fault;
mod identity;
mod json;
mod key;
mod logs;
mod object;
mod oddity;
mod operation;
mod plan;
mod population;
mod principal;
mod random;
mod record;
mod template;
#[cfg(test)]
mod tests;
mod tree;

pub use self::{
    clock::Moment,
    fault::{Fault, Faults, Harm, Harmed},
    key::{Keys, SigningKey},
    object::{Kind, Object, Sink, Written},
    plan::{Corpus, Pause, Plan, Shape},
    principal::Actor,
    random::Quantiles,
    tree::{METADATA, PUBLIC_KEYS},
};
