//! A place to understand neural-network layers: a tape-based reverse-mode
//! autograd engine in which every activation and every normalization is an
//! operation with a backward written by hand, explained in a chapter of the
//! book, and proved right by tests that could fail.
//!
//! ```
//! use handgrad::{Module, Tape, Tensor, norm::LayerNorm};
//!
//! let mut norm = LayerNorm::<f32>::new([3])?;
//! let tape = Tape::new();
//! let x = tape.leaf(Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
//! let y = norm.forward(x)?;
//! println!("{y}"); // as PyTorch prints it
//!
//! let gradients = y.backward_with(&Tensor::new([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))?;
//! println!("{}", gradients.wrt(x)?);
//! # Ok::<(), handgrad::Error>(())
//! ```
//!
//! # Layout
//!
//! From the top floor to the ground; each imports only from those below it.
//!
//! | module | what is in it |
//! |---|---|
//! | [`catalog`] | the one list of all layers, and building one by its name |
//! | [`check`] | a backward against finite differences and dual numbers |
//! | [`nn`] | what holds a network together |
//! | [`activation`], [`norm`] | the layers, a file each |
//! | [`ops`] | the primitive operations on vars, each with its backward |
//! | [`module`] | modules, their state, and what a layer says of itself |
//! | [`tape`] | the Wengert list, its vars, the reverse sweep, parameters |
//! | [`tensor`] | the strided tensor: views, broadcasting, reductions, printing |
//! | `kernel` | the loops over slices; the only place that knows about speed |
//! | [`Real`], [`Dual`], [`Error`] | the scalars and the one error |
//! | `elementary` | exp, ln, tanh, erf and their kin in `f32`, for loops that vectorise |
//!
//! # Features
//!
//! - `parallel` (on by default): large loops use several threads. Results do
//!   not depend on how many.
//! - `npy`, `safetensors`: reading and writing tensors in these formats.

pub mod activation;
pub mod catalog;
pub mod check;
mod dual;
mod elementary;
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

/// The README's examples are tested like the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
