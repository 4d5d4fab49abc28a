//! The stages of accesstrail, in reading order.
//!
//! ```text
//!  AWS APIs ──────► collect ──► model ──► store ──► model::Snapshot ──► report
//!                                           ├────► changes ──► feed ──► a bus, an endpoint
//!  CloudTrail ────► trail ────► usage ──────┘
//! ```
//!
//! Left of `store` nothing judges; right of `store` nothing asks AWS. The pure rooms (`model`, `form`, `policy`, `usage`,
//! `access`, `findings`, `graph`, `trail`, `port`, `permission`, `realtime`, `setup`) compile without any feature and have no
//! AWS, tokio or runtime crate in their tree; the world is behind the features `aws`, `lambda`, `sqlite` and `testing`.

pub mod access;
pub mod analysis;
#[cfg(feature = "aws")]
pub mod aws;
#[cfg(any(feature = "aws", feature = "sqlite"))]
pub mod backfill;
#[cfg(feature = "aws")]
pub mod collect;
#[cfg(feature = "aws")]
pub mod feed;
pub mod findings;
pub mod form;
pub mod graph;
#[cfg(feature = "aws")]
pub mod import;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg(feature = "aws")]
pub mod live;
pub mod model;
pub mod permission;
pub mod policy;
pub mod port;
pub mod realtime;
pub mod report;
pub mod settings;
pub mod setup;
#[cfg(any(feature = "aws", feature = "sqlite"))]
pub mod store;

#[cfg(feature = "testing")]
pub mod testing;
pub mod trail;
pub mod usage;
