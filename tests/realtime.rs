//! Identity changes in the emulated organization, and the events of them through the real code.
#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    clippy::needless_pass_by_value,
    clippy::indexing_slicing,
    reason = "helpers of tests: what is unexpected ends the test"
)]

#[path = "realtime/act.rs"]
mod act;
#[path = "realtime/meet.rs"]
mod meet;
#[path = "realtime/order.rs"]
mod order;
#[path = "realtime/sent.rs"]
mod sent;
#[path = "realtime/settle.rs"]
mod settle;
#[path = "realtime/stream.rs"]
mod stream;
#[path = "realtime/told.rs"]
mod told;
#[path = "realtime/turns.rs"]
mod turns;
