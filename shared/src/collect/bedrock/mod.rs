//! Bedrock → what a region has of models and of what is built on them. Two collectors, since they are two
//! services that are not offered in the same regions, though IAM calls both of them `bedrock`.
//!
//! No prompt, instruction or document is kept: [`models`] lists, and [`agents`] takes from its answers names,
//! ARNs and roles alone.

pub mod agents;
mod given;
pub mod models;

pub use agents::BedrockAgents;
pub use models::BedrockModels;

/// Items in one answer: the most that AWS gives.
///
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListGuardrails.html>,
/// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent_ListAgents.html>
const PAGE: i32 = 1_000;
