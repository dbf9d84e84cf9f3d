//! The primitive operations on vars, each with its backward written by hand.
//!
//! An operation is a struct that owns what it saved; its `impl Op` stands
//! directly below, its formula in the comment above, and the method of
//! [`Var`](crate::Var) that records it in the same file.

mod arithmetic;
mod elementary;
mod gated;
mod join;
mod matmul;
mod number;
mod pointwise;
mod reduce;
mod select;
mod shape;

pub use join::{cat, stack};
pub use pointwise::{Pointwise, Saves};
pub use select::where_;

use crate::tape::grad_fn_name;
