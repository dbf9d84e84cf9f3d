//! handgrad

mod dual;
mod error;
mod kernel;
mod real;
pub mod tensor;

pub use dual::Dual;
pub use error::{Error, ErrorKind, Result};
pub use real::{DType, Element, Number, Real};
pub use tensor::{PrintOptions, Shape, Tensor, Tolerance, broadcast_shapes};
