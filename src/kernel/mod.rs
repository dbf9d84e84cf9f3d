//! The loops: over slices and strides, knowing nothing of tensors.
//!
//! This is the only place that knows about speed. What lives here is generic
//! over the scalar, so that it runs over dual numbers too.

pub(crate) mod affine_sums;
pub(crate) mod columns;
pub(crate) mod dyt;
pub(crate) mod elementwise;
pub(crate) mod gate;
pub(crate) mod grouping;
pub(crate) mod lines;
pub(crate) mod matmul;
pub(crate) mod moments;
pub(crate) mod p_norm;
pub(crate) mod parallel;
pub(crate) mod prelu;
pub(crate) mod softmax;
pub(crate) mod standardize;
pub(crate) mod standardize_backward;
pub(crate) mod strided;
pub(crate) mod sum;
pub(crate) mod weight_norm;
pub(crate) mod window;
