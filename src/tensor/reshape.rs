//! The same elements in another shape.

use smallvec::SmallVec;

use super::storage::try_buffer;
use super::{Shape, Strides, Tensor};
use crate::error::{Error, Result};
use crate::real::Element;

impl<T: Element> Tensor<T> {
    /// The same elements, in row-major order, in another shape: a view where
    /// the strides allow it, a copy where they do not.
    ///
    /// ```
    /// let x = handgrad::Tensor::<f32>::zeros([2, 6]);
    /// assert!(x.reshape([3, 4])?.shares_storage(&x));
    /// assert!(!x.t().reshape([3, 4])?.shares_storage(&x));
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn reshape(&self, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        self.assert_same_numel("reshape", &shape)?;
        if let Some(strides) = self.strides_for(&shape) {
            return Ok(self.view_as(self.offset(), shape, strides));
        }
        let mut out = try_buffer("reshape", &shape)?;
        self.write_into(&mut out, (0, &self.shape().contiguous_strides()));
        Ok(Tensor::contiguous_from(out, shape))
    }

    /// As [`reshape`](Self::reshape), but refuses to copy.
    pub fn view(&self, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        self.assert_same_numel("view", &shape)?;
        match self.strides_for(&shape) {
            Some(strides) => Ok(self.view_as(self.offset(), shape, strides)),
            None => Err(Error::shape(
                "view",
                format!(
                    "{} with strides {:?} cannot be seen as {shape} without copying; use reshape",
                    self.shape(),
                    self.strides()
                ),
            )),
        }
    }

    /// Joins dimensions `start..=end` into one; a scalar becomes one element.
    pub fn flatten(&self, start: isize, end: isize) -> Result<Self> {
        let (first, last) =
            (self.shape().dim("flatten", start)?, self.shape().dim("flatten", end)?);
        if self.rank() == 0 {
            return self.reshape([1]);
        }
        if first > last {
            return Err(Error::argument(
                "flatten",
                format!(
                    "start dim {start} comes after end dim {end} in shape {}; exchange them",
                    self.shape()
                ),
            ));
        }
        let joined = self.shape()[first..=last].iter().product();
        let shape: Shape = self.shape()[..first]
            .iter()
            .copied()
            .chain([joined])
            .chain(self.shape()[last + 1..].iter().copied())
            .collect();
        self.reshape(shape)
    }

    fn assert_same_numel(&self, op: &str, shape: &Shape) -> Result<()> {
        if shape.checked_numel() == Some(self.numel()) {
            return Ok(());
        }
        Err(Error::shape(
            op,
            format!(
                "{} has {} elements, {shape} asks for another number; \
                 the products of the sizes must agree",
                self.shape(),
                self.numel()
            ),
        ))
    }

    /// The strides with which this buffer reads as `shape`, if there are any.
    ///
    /// Old dimensions that walk as one form a block; the new sizes must fill
    /// the blocks one after another.
    fn strides_for(&self, shape: &Shape) -> Option<Strides> {
        if self.is_contiguous() {
            return Some(shape.contiguous_strides());
        }
        let mut blocks: SmallVec<[(usize, isize); 4]> = SmallVec::new();
        for (&size, &stride) in self.shape().iter().zip(self.strides()).filter(|(n, _)| **n != 1) {
            match blocks.last_mut() {
                Some((len, step)) if *step == stride * size as isize => {
                    (*len, *step) = (*len * size, stride);
                }
                _ => blocks.push((size, stride)),
            }
        }
        let mut strides: Strides = SmallVec::from_elem(0, shape.len());
        let mut block = blocks.pop();
        for (stride, &size) in strides.iter_mut().zip(shape.iter()).rev() {
            if size == 1 {
                continue;
            }
            let (len, step) = block?;
            if len % size != 0 {
                return None;
            }
            *stride = step;
            block =
                if len == size { blocks.pop() } else { Some((len / size, step * size as isize)) };
        }
        Some(strides)
    }
}
