//! Setting up the organization in memory.
