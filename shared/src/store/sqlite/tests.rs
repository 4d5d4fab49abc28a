//! What only a store in a file can do wrong.
