//! Causes, in words.

use std::fmt;

/// A mistake that fits the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What is wrong, in a few words: `the mean term is missing`.
    pub headline: String,
    /// What it means, and where to look.
    pub remedy: String,
}

impl Cause {
    pub(super) fn new(headline: impl Into<String>, remedy: impl Into<String>) -> Self {
        Cause { headline: headline.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.headline, self.remedy)
    }
}
