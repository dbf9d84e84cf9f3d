//! The integration tests, as one crate.

mod book;
mod book_lint;
mod examples;
