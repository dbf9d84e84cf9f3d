//! handgrad

pub mod activation;
pub mod catalog;
pub mod check;
mod dual;
mod error;
mod kernel;
pub mod module;
pub mod nn;
pub mod norm;
pub mod ops;
mod real;
pub mod tape;
pub mod tensor;

pub use dual::Dual;
pub use error::{Error, ErrorKind, Result};
pub use module::Module;
pub use real::{DType, Element, Number, Real};
pub use tape::{Gradients, Op, Parameter, Tape, Var};
pub use tensor::{PrintOptions, Shape, Tensor, Tolerance, broadcast_shapes};
