//! Views: new strides, and shapes to go with them, over the same buffer.

use std::ops::Range;

use smallvec::SmallVec;

use super::{Shape, Strides, Tensor};
use crate::error::{Error, Result};
use crate::real::Element;

impl<T: Element> Tensor<T> {
    /// Exchanges two dimensions.
    pub fn transpose(&self, dim0: isize, dim1: isize) -> Result<Self> {
        let (a, b) = (self.shape().dim("transpose", dim0)?, self.shape().dim("transpose", dim1)?);
        let mut order: SmallVec<[isize; 8]> = (0..self.rank() as isize).collect();
        if self.rank() > 0 {
            order.swap(a, b);
        }
        self.permute(&order)
    }

    /// Exchanges the last two dimensions (PyTorch's `mT`); a tensor of rank 0
    /// or 1 stays as it is.
    // ANCHOR: t
    pub fn t(&self) -> Self {
        let (mut shape, mut strides) = (self.shape().clone(), Strides::from_slice(self.strides()));
        if let Some(last) = self.rank().checked_sub(1).filter(|&last| last > 0) {
            shape = shape.with(last, self.shape()[last - 1]).with(last - 1, self.shape()[last]);
            strides.swap(last - 1, last);
        }
        self.view_as(self.offset(), shape, strides)
    }
    // ANCHOR_END: t

    /// Reorders the dimensions: dimension `i` of the result is `dims[i]` of
    /// this tensor. Every dimension must be named once.
    ///
    /// ```
    /// let x = handgrad::Tensor::<f32>::zeros([2, 3, 4]);
    /// assert_eq!(x.permute(&[2, 0, 1])?.shape(), &[4, 2, 3]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn permute(&self, dims: &[isize]) -> Result<Self> {
        if dims.len() != self.rank() {
            return Err(Error::argument(
                "permute",
                format!(
                    "got dims {dims:?} for shape {}; name each of its {} dims once",
                    self.shape(),
                    self.rank()
                ),
            ));
        }
        self.shape().dim_mask("permute", dims)?;
        let order: SmallVec<[usize; 8]> =
            dims.iter().map(|&dim| self.shape().dim("permute", dim)).collect::<Result<_>>()?;
        let shape = order.iter().map(|&dim| self.shape()[dim]).collect();
        let strides = order.iter().map(|&dim| self.strides()[dim]).collect();
        Ok(self.view_as(self.offset(), shape, strides))
    }

    /// `len` entries of one dimension from `start` on.
    pub fn narrow(&self, dim: isize, start: usize, len: usize) -> Result<Self> {
        self.slice_named("narrow", dim, start..start.saturating_add(len), 1)
    }

    /// Every `step`-th entry of one dimension, from `range.start` up to but
    /// not including `range.end`.
    ///
    /// ```
    /// let x = handgrad::Tensor::<f64>::arange(0.0, 10.0, 1.0)?;
    /// assert_eq!(x.slice(0, 1..8, 3)?.to_vec(), [1.0, 4.0, 7.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn slice(&self, dim: isize, range: Range<usize>, step: usize) -> Result<Self> {
        self.slice_named("slice", dim, range, step)
    }

    fn slice_named(&self, op: &str, dim: isize, range: Range<usize>, step: usize) -> Result<Self> {
        let index = self.non_scalar_dim(op, dim)?;
        let size = self.shape()[index];
        if range.start > range.end || range.end > size || step == 0 {
            return Err(Error::argument(
                op,
                format!(
                    "entries {}..{} in steps of {step} do not lie in dim {dim} of shape {}; \
                     use 0 <= start <= end <= {size} and a step of at least 1",
                    range.start,
                    range.end,
                    self.shape()
                ),
            ));
        }
        let shape = self.shape().with(index, (range.end - range.start).div_ceil(step));
        let mut strides = Strides::from_slice(self.strides());
        let mut offset = self.offset();
        if shape.numel() > 0 {
            // An empty slice keeps its offset: there may be no entry at `start`.
            offset = (offset as isize + range.start as isize * strides[index]) as usize;
            // A single entry is never stepped from, and its step may be huge.
            strides[index] = strides[index].saturating_mul(step.min(size) as isize);
        }
        Ok(self.view_as(offset, shape, strides))
    }

    /// One entry of a dimension, which disappears. -1 is the last.
    pub fn select(&self, dim: isize, index: isize) -> Result<Self> {
        let at = self.non_scalar_dim("select", dim)?;
        let size = self.shape()[at] as isize;
        if !(-size..size).contains(&index) {
            let remedy = match size {
                0 => "it has no entries".to_owned(),
                _ => format!("use {} to {}", -size, size - 1),
            };
            return Err(Error::argument(
                "select",
                format!(
                    "index {index} is out of range for dim {dim} of shape {}; {remedy}",
                    self.shape()
                ),
            ));
        }
        let start = index.rem_euclid(size) as usize;
        let one = self.slice_named("select", dim, start..start + 1, 1)?;
        one.squeeze(at as isize)
    }

    /// Repeats dimensions of size 1 (and new leading ones) to `shape`, without
    /// copying: their stride becomes 0.
    ///
    /// ```
    /// let row = handgrad::Tensor::<f32>::new([1.0, 2.0]);
    /// let x = row.expand([3, 2])?;
    /// assert_eq!(x.strides(), [0, 1]);
    /// assert_eq!(x.to_vec(), [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn expand(&self, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        let refused = |why: &str| {
            Err(Error::shape("expand", format!("cannot expand {} to {shape}; {why}", self.shape())))
        };
        let growable = "only dims of size 1 and new leading dims can grow";
        let Some(new) = shape.len().checked_sub(self.rank()) else { return refused(growable) };
        if shape.checked_numel().is_none() {
            return refused("that is more elements than memory can address");
        }
        let mut strides: Strides = SmallVec::from_elem(0, new);
        for (&size, (&old, &stride)) in
            shape[new..].iter().zip(self.shape().iter().zip(self.strides()))
        {
            if size == old {
                strides.push(stride);
            } else if old == 1 {
                strides.push(0);
            } else {
                return refused(growable);
            }
        }
        Ok(self.view_as(self.offset(), shape, strides))
    }

    /// Reverses dimensions: their strides change sign.
    pub fn flip(&self, dims: &[isize]) -> Result<Self> {
        let mask = self.shape().dim_mask("flip", dims)?;
        let mut strides = Strides::from_slice(self.strides());
        let mut offset = self.offset() as isize;
        for (dim, _) in mask.iter().enumerate().filter(|(_, flipped)| **flipped) {
            if self.numel() > 0 {
                offset += (self.shape()[dim] as isize - 1) * strides[dim];
            }
            strides[dim] = -strides[dim];
        }
        Ok(self.view_as(offset as usize, self.shape().clone(), strides))
    }

    /// Removes a dimension of size 1; one of another size stays, as in PyTorch.
    pub fn squeeze(&self, dim: isize) -> Result<Self> {
        let index = self.shape().dim("squeeze", dim)?;
        let (mut shape, mut strides) = (self.shape().clone(), Strides::from_slice(self.strides()));
        if self.shape().get(index) == Some(&1) {
            shape.remove(index);
            strides.remove(index);
        }
        Ok(self.view_as(self.offset(), shape, strides))
    }

    /// Inserts a dimension of size 1 before `dim`; -1 appends one.
    pub fn unsqueeze(&self, dim: isize) -> Result<Self> {
        self.unsqueeze_named("unsqueeze", dim)
    }

    pub(super) fn unsqueeze_named(&self, op: &str, dim: isize) -> Result<Self> {
        let places = self.rank() as isize + 1;
        if !(-places..places).contains(&dim) {
            return Err(Error::argument(
                op,
                format!(
                    "a new dim {dim} does not fit a tensor of shape {}; use {} to {}",
                    self.shape(),
                    -places,
                    places - 1
                ),
            ));
        }
        let index = dim.rem_euclid(places) as usize;
        let mut shape = self.shape().clone();
        let mut strides = Strides::from_slice(self.strides());
        let step = shape.get(index).map_or(1, |&size| strides[index].saturating_mul(size as isize));
        shape.insert(index, 1);
        strides.insert(index, step);
        Ok(self.view_as(self.offset(), shape, strides))
    }

    pub(super) fn non_scalar_dim(&self, op: &str, dim: isize) -> Result<usize> {
        let index = self.shape().dim(op, dim)?;
        if self.rank() == 0 {
            return Err(Error::shape(op, "a scalar has no dims; unsqueeze it first"));
        }
        Ok(index)
    }
}
