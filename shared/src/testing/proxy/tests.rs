//! The proxy against a canned upstream.
