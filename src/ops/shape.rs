//! Views on the tape: reshape, permute, transpose, expand, slice, and kin.
//!
//! A view moves no numbers, so its backward moves the cotangents back: the
//! inverse permutation, the old shape, zeros around a slice, a sum over what
//! was repeated.

use std::ops::Range;

use smallvec::{SmallVec, smallvec};

use super::arithmetic::unbroadcast;
use crate::error::Result;
use crate::real::Real;
use crate::tape::{Cotangents, Op, Var};
use crate::tensor::{Shape, Tensor};

/// The same elements in another shape: x̄ is ȳ in x's shape.
#[derive(Debug)]
struct Reshape {
    name: &'static str,
    grad_fn: &'static str,
    shape: Shape,
}

impl<T: Real> Op<T> for Reshape {
    fn name(&self) -> &'static str {
        self.name
    }
    fn grad_fn(&self) -> String {
        self.grad_fn.to_owned()
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        smallvec![Some(g.reshape(&self.shape).expect("a reshape keeps the number of elements"))]
    }
}

/// Dimensions reordered: x̄ is ȳ in the inverse order.
#[derive(Debug)]
struct Permute {
    name: &'static str,
    inverse: SmallVec<[isize; 8]>,
}

impl<T: Real> Op<T> for Permute {
    fn name(&self) -> &'static str {
        self.name
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        smallvec![Some(g.permute(&self.inverse).expect("the inverse of a permutation is one"))]
    }
}

/// Dimensions repeated: x̄ is ȳ summed over the repetitions.
#[derive(Debug)]
struct Expand {
    shape: Shape,
}

impl<T: Real> Op<T> for Expand {
    fn name(&self) -> &'static str {
        "expand"
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        smallvec![Some(unbroadcast(g, &self.shape))]
    }
}

/// A part of one dimension: x̄ is ȳ there and 0 elsewhere.
#[derive(Debug)]
struct Slice {
    dim: usize,
    start: usize,
    step: usize,
    shape: Shape,
}

impl<T: Real> Op<T> for Slice {
    fn name(&self) -> &'static str {
        "slice"
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        smallvec![Some(g.within_zeros(&self.shape, self.dim, self.start, self.step))]
    }
}

/// Dimensions reversed: x̄ is ȳ, reversed again.
#[derive(Debug)]
struct Flip {
    dims: SmallVec<[isize; 4]>,
}

impl<T: Real> Op<T> for Flip {
    fn name(&self) -> &'static str {
        "flip"
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        smallvec![Some(g.flip(&self.dims).expect("the dims were checked in the forward"))]
    }
}

impl<'t, T: Real> Var<'t, T> {
    fn record_reshape(self, name: &'static str, grad_fn: &'static str, y: Tensor<T>) -> Var<'t, T> {
        let shape = self.shape();
        self.record_unary(y, || Reshape { name, grad_fn, shape })
    }

    /// The same elements, in row-major order, in another shape.
    pub fn reshape(self, shape: impl Into<Shape>) -> Result<Var<'t, T>> {
        let x = self.value();
        let y = x.reshape(shape)?;
        let grad_fn = if y.shares_storage(&x) { "ViewBackward0" } else { "UnsafeViewBackward0" };
        Ok(self.record_reshape("reshape", grad_fn, y))
    }

    /// Joins dimensions `start..=end` into one.
    pub fn flatten(self, start: isize, end: isize) -> Result<Var<'t, T>> {
        let y = self.value().flatten(start, end)?;
        Ok(self.record_reshape("flatten", "ViewBackward0", y))
    }

    /// Removes a dimension of size 1; one of another size stays.
    pub fn squeeze(self, dim: isize) -> Result<Var<'t, T>> {
        let y = self.value().squeeze(dim)?;
        Ok(self.record_reshape("squeeze", "SqueezeBackward1", y))
    }

    /// Inserts a dimension of size 1 before `dim`; -1 appends one.
    pub fn unsqueeze(self, dim: isize) -> Result<Var<'t, T>> {
        let y = self.value().unsqueeze(dim)?;
        Ok(self.record_reshape("unsqueeze", "UnsqueezeBackward0", y))
    }

    /// Reorders the dimensions: dimension `i` of the result is `dims[i]` of
    /// this var.
    pub fn permute(self, dims: &[isize]) -> Result<Var<'t, T>> {
        let x = self.value();
        let y = x.permute(dims)?;
        let mut inverse: SmallVec<[isize; 8]> = smallvec![0; dims.len()];
        for (to, &dim) in dims.iter().enumerate() {
            inverse[x.shape().dim("permute", dim)?] = to as isize;
        }
        Ok(self.record_unary(y, || Permute { name: "permute", inverse }))
    }

    /// Exchanges two dimensions.
    pub fn transpose(self, dim0: isize, dim1: isize) -> Result<Var<'t, T>> {
        let x = self.value();
        let y = x.transpose(dim0, dim1)?;
        let mut order: SmallVec<[isize; 8]> = (0..x.rank() as isize).collect();
        let (a, b) = (x.shape().dim("transpose", dim0)?, x.shape().dim("transpose", dim1)?);
        if x.rank() > 0 {
            order.swap(a, b);
        }
        Ok(self.record_unary(y, || Permute { name: "transpose", inverse: order }))
    }

    /// Exchanges the last two dimensions; a var of rank 0 or 1 stays as it is.
    pub fn t(self) -> Var<'t, T> {
        let x = self.value();
        let mut order: SmallVec<[isize; 8]> = (0..x.rank() as isize).collect();
        if let [.., a, b] = order.as_mut_slice() {
            std::mem::swap(a, b);
        }
        self.record_unary(x.t(), || Permute { name: "t", inverse: order })
    }

    /// Repeats dimensions of size 1 (and new leading ones) to `shape`.
    pub fn expand(self, shape: impl Into<Shape>) -> Result<Var<'t, T>> {
        let x = self.value();
        let y = x.expand(shape)?;
        Ok(self.record_unary(y, || Expand { shape: x.shape().clone() }))
    }

    /// `len` entries of one dimension from `start` on.
    pub fn narrow(self, dim: isize, start: usize, len: usize) -> Result<Var<'t, T>> {
        let y = self.value().narrow(dim, start, len)?;
        self.record_slice(y, dim, start, 1)
    }

    /// Every `step`-th entry of one dimension, from `range.start` up to but
    /// not including `range.end`.
    pub fn slice(self, dim: isize, range: Range<usize>, step: usize) -> Result<Var<'t, T>> {
        let start = range.start;
        let y = self.value().slice(dim, range, step)?;
        self.record_slice(y, dim, start, step)
    }

    fn record_slice(
        self,
        y: Tensor<T>,
        dim: isize,
        start: usize,
        step: usize,
    ) -> Result<Var<'t, T>> {
        let shape = self.shape();
        let dim = shape.dim("slice", dim)?;
        Ok(self.record_unary(y, || Slice { dim, start, step, shape }))
    }

    /// One entry of a dimension, which disappears. -1 is the last.
    pub fn select(self, dim: isize, index: isize) -> Result<Var<'t, T>> {
        let x = self.value();
        x.select(dim, index)?;
        let axis = x.shape().dim("select", dim)?;
        let start = index.rem_euclid(x.shape()[axis] as isize) as usize;
        self.narrow(dim, start, 1)?.squeeze(axis as isize)
    }

    /// Reverses dimensions.
    pub fn flip(self, dims: &[isize]) -> Result<Var<'t, T>> {
        let y = self.value().flip(dims)?;
        Ok(self.record_unary(y, || Flip { dims: SmallVec::from_slice(dims) }))
    }
}
