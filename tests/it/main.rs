//! The integration tests, as one crate.

mod examples;
