//! What the demo and the tests stand on: the local AWS, the fault proxy and the representative organization.

pub mod company;
mod http;
pub mod local;
pub mod proxy;
