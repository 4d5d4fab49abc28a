//! The verbs, one file each, with what can be typed on top.

mod access;
pub(crate) mod activity;
pub(crate) mod backfill;
mod changes;
mod cloud;
pub(crate) mod collect;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod evaluate;
pub(crate) mod export;
pub(crate) mod feed;
pub(crate) mod gaps;
pub(crate) mod import;
pub(crate) mod list;
mod notices;
pub(crate) mod policy;
pub(crate) mod setup;
pub(crate) mod show;
pub(crate) mod status;
mod trees;
pub(crate) mod unused;
pub(crate) mod usage;
pub(crate) mod verify;
