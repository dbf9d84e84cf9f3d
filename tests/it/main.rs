//! The crate as its users see it, tested in one binary so that it links once.

mod activation;
mod book;
mod book_lint;
mod door;
mod examples;
mod naive;
mod norm;
mod numerics;
mod primitives;
mod pytorch;
mod stepper;
mod strategies;
mod tape;
mod tensor;
mod walk;
