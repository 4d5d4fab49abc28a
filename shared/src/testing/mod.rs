//! What the demo and the tests stand on: the local AWS, the fault proxy, stores that fail, sample values and
//! the representative organization.

pub mod bucket;
pub mod cli_answers;
pub mod company;
pub mod deployment;
pub mod faulty;
mod http;
pub mod lambda_build;
pub mod local;
pub mod picture;
pub mod proxy;
pub mod runtime_api;
pub mod sample;
pub mod stack_sets;
pub mod trail;
pub mod visit;
