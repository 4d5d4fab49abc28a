//! The program as a person and a script meet it: what it prints, how it ends, what it leaves behind.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests"
)]

#[path = "cli/accounts.rs"]
mod accounts;
#[path = "cli/bad_input.rs"]
mod bad_input;
#[path = "cli/bucket.rs"]
mod bucket;
#[path = "cli/canaries.rs"]
mod canaries;
#[path = "cli/collecting.rs"]
mod collecting;
#[path = "cli/credentials.rs"]
mod credentials;
#[path = "cli/disks.rs"]
mod disks;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/evaluate.rs"]
mod evaluate;
#[path = "cli/exporting.rs"]
mod exporting;
#[path = "cli/feeding.rs"]
mod feeding;
#[path = "cli/findings.rs"]
mod findings;
#[path = "cli/hostile.rs"]
mod hostile;
#[path = "cli/importing.rs"]
mod importing;
#[path = "cli/interrupting.rs"]
mod interrupting;
#[path = "cli/logs.rs"]
mod logs;
#[path = "cli/policy.rs"]
mod policy;
#[path = "cli/reach.rs"]
mod reach;
#[path = "cli/resources.rs"]
mod resources;
#[path = "cli/screens.rs"]
mod screens;
#[path = "cli/settings.rs"]
mod settings;
#[path = "cli/setup.rs"]
mod setup;
#[path = "cli/table.rs"]
mod table;
#[path = "cli/unused.rs"]
mod unused;
#[path = "cli/verbs.rs"]
mod verbs;
#[path = "cli/world.rs"]
mod world;
