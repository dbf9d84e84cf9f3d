//! Tensors against a naive reference, in every layout.

mod broadcast;
mod compare;
mod create;
mod elementwise;
mod erf;
mod errors;
mod index;
mod iterate;
mod join;
mod matmul;
mod npy;
mod random;
mod reduce;
mod refusals;
mod reshape;
mod safetensors;
mod views;
