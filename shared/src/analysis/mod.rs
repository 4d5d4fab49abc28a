//! What follows from a snapshot: who owns a thing, who or what an identity stands for, which entries are one
//! person, what nobody uses. One question per file, each a pure function; nothing of it is stored, so a setting that changes
//! changes the answers and nothing else.

pub mod class;
pub mod owner;
pub mod person;
pub mod unused;

pub use class::{Class, Rule};
pub use owner::{Owner, owner};
pub use person::{Person, people};
