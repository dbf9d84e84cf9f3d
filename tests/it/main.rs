//! The crate as its users see it, tested in one binary so that it links once.

mod activation;
mod atlas;
mod book;
mod book_lint;
mod check;
mod door;
mod examples;
mod large;
mod naive;
mod norm;
mod numerics;
mod primitives;
mod pytorch;
mod stepper;
mod strategies;
mod sweep;
mod tape;
mod tensor;
mod threads;
mod walk;
