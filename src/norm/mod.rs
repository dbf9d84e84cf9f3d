//! Normalizations, one file each.
//!
//! Each standardizes over an index set: subtracts the mean of the elements that
//! share it and divides by their standard deviation.

mod layer_norm;

pub use layer_norm::{LayerNorm, LayerNormConfig, layer_norm};
