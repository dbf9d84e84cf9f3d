//! Joining tensors and taking them apart.

use super::storage::{buffer, try_buffer};
use super::{Shape, Tensor};
use crate::error::{Error, Result};
use crate::kernel::strided::{Runs, run};
use crate::real::{Element, Real};

impl<T: Element> Tensor<T> {
    /// Joins tensors along an existing dimension; all other sizes must agree.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let (a, b) = (Tensor::<f32>::new([[1.0], [2.0]]), Tensor::new([[3.0, 4.0], [5.0, 6.0]]));
    /// assert_eq!(Tensor::cat(&[&a, &b], 1)?.to_vec(), [1.0, 3.0, 4.0, 2.0, 5.0, 6.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn cat(tensors: &[&Self], dim: isize) -> Result<Self> {
        let Some(first) = tensors.first() else {
            return Err(Error::argument("cat", "got no tensors; give at least one"));
        };
        let axis = first.shape().dim("cat", dim)?;
        for tensor in tensors {
            let fits = tensor.rank() == first.rank()
                && first.rank() > 0
                && tensor.shape().with(axis, 0) == first.shape().with(axis, 0);
            if !fits {
                return Err(Error::shape(
                    "cat",
                    format!(
                        "{} does not join {} along dim {dim}; all other sizes must agree, \
                         and scalars are to be stacked",
                        tensor.shape(),
                        first.shape()
                    ),
                ));
            }
        }
        Self::join("cat", tensors, axis)
    }

    /// Joins tensors, at least one, that agree in all sizes but along `axis`.
    pub(super) fn join(op: &str, tensors: &[&Self], axis: usize) -> Result<Self> {
        let joined = tensors.iter().fold(0_usize, |sum, t| sum.saturating_add(t.shape()[axis]));
        let shape = tensors[0].shape().with(axis, joined);
        let mut out = try_buffer(op, &shape)?;
        let strides = shape.contiguous_strides();
        let mut offset = 0;
        for tensor in tensors {
            let place = (offset, strides.as_slice());
            tensor.write_into(&mut out, place);
            offset += tensor.shape()[axis] * strides[axis] as usize;
        }
        Ok(Tensor::contiguous_from(out, shape))
    }

    /// Joins tensors of one shape along a new dimension.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let (a, b) = (Tensor::<f32>::new([1.0, 2.0]), Tensor::new([3.0, 4.0]));
    /// assert_eq!(Tensor::stack(&[&a, &b], 0)?.shape(), &[2, 2]);
    /// assert_eq!(Tensor::stack(&[&a, &b], 1)?.to_vec(), [1.0, 3.0, 2.0, 4.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn stack(tensors: &[&Self], dim: isize) -> Result<Self> {
        let Some(first) = tensors.first() else {
            return Err(Error::argument("stack", "got no tensors; give at least one"));
        };
        if let Some(other) = tensors.iter().find(|tensor| tensor.shape() != first.shape()) {
            return Err(Error::shape(
                "stack",
                format!(
                    "{} differs from {}; all shapes must be equal",
                    other.shape(),
                    first.shape()
                ),
            ));
        }
        let rows = tensors
            .iter()
            .map(|tensor| tensor.unsqueeze_named("stack", dim))
            .collect::<Result<Vec<_>>>()?;
        let axis = rows[0].shape().dim("stack", dim)?;
        Self::join("stack", &rows.iter().collect::<Vec<_>>(), axis)
    }

    /// Copies this tensor into a buffer at an offset with given strides.
    pub(super) fn write_into(&self, out: &mut [T], (offset, strides): (usize, &[isize])) {
        let runs = Runs::new(self.shape(), [(self.offset(), self.strides()), (offset, strides)]);
        let (len, [step, out_step]) = (runs.len, runs.steps);
        for [start, out_start] in runs {
            for (i, value) in run(self.storage.as_slice(), start, step, len).enumerate() {
                out[out_start + i * out_step as usize] = value;
            }
        }
    }

    /// Zeros of `shape` with this tensor at every `step`-th entry of `dim`
    /// from `start` on: the adjoint of a slice, whose place was checked there.
    pub(crate) fn within_zeros(&self, shape: &Shape, dim: usize, start: usize, step: usize) -> Self
    where
        T: Real,
    {
        let mut out = buffer(shape.numel());
        out.fill(T::ZERO);
        let mut strides = shape.contiguous_strides();
        let offset = start * strides[dim] as usize;
        strides[dim] = strides[dim].saturating_mul(step as isize);
        self.write_into(&mut out, (offset, strides.as_slice()));
        Tensor::contiguous_from(out, shape.clone())
    }

    /// Consecutive views of the given sizes along one dimension, which must
    /// add up to its size.
    pub fn split(&self, sizes: &[usize], dim: isize) -> Result<Vec<Self>> {
        let size = self.shape()[self.non_scalar_dim("split", dim)?];
        let total = sizes.iter().try_fold(0_usize, |sum, &n| sum.checked_add(n));
        if total != Some(size) {
            return Err(Error::argument(
                "split",
                format!(
                    "sizes {sizes:?} must add up to {size}, dim {dim} of shape {}",
                    self.shape()
                ),
            ));
        }
        let mut start = 0;
        sizes
            .iter()
            .map(|&len| {
                let piece = self.narrow(dim, start, len);
                start += len;
                piece
            })
            .collect()
    }

    /// At most `chunks` views of equal size along one dimension, the last one
    /// smaller where the size does not divide (`torch.chunk`). A dimension
    /// without entries gives `chunks` empty views.
    ///
    /// ```
    /// let x = handgrad::Tensor::<f32>::arange(0.0, 5.0, 1.0)?;
    /// let parts = x.chunk(3, 0)?;
    /// assert_eq!(parts.iter().map(|p| p.numel()).collect::<Vec<_>>(), [2, 2, 1]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn chunk(&self, chunks: usize, dim: isize) -> Result<Vec<Self>> {
        let size = self.shape()[self.non_scalar_dim("chunk", dim)?];
        if chunks == 0 {
            return Err(Error::argument("chunk", "asked for 0 chunks; ask for at least 1"));
        }
        let each = size.div_ceil(chunks);
        let count = if size == 0 { chunks } else { size.div_ceil(each) };
        let mut views = Vec::new();
        if views.try_reserve_exact(count).is_err() {
            return Err(Error::argument(
                "chunk",
                format!("{count} views do not fit in memory; ask for fewer"),
            ));
        }
        for i in 0..count {
            views.push(self.narrow(dim, i * each, each.min(size - i * each))?);
        }
        Ok(views)
    }

    /// This tensor within a larger one filled with `value`: `(before, after)`
    /// entries are added to each dimension.
    ///
    /// ```
    /// let x = handgrad::Tensor::<f32>::new([[1.0, 2.0]]);
    /// assert_eq!(x.pad(&[(0, 1), (1, 0)], 0.0)?.to_vec(), [0.0, 1.0, 2.0, 0.0, 0.0, 0.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn pad(&self, padding: &[(usize, usize)], value: T) -> Result<Self> {
        if padding.len() != self.rank() {
            return Err(Error::argument(
                "pad",
                format!(
                    "got padding {padding:?} for shape {}; \
                     give one (before, after) pair for each dim",
                    self.shape()
                ),
            ));
        }
        let shape: Shape = self
            .shape()
            .iter()
            .zip(padding)
            .map(|(size, (before, after))| size.saturating_add(*before).saturating_add(*after))
            .collect();
        let mut out = try_buffer("pad", &shape)?;
        out.fill(value);
        if self.numel() > 0 {
            let strides = shape.contiguous_strides();
            let steps = padding.iter().zip(&strides).map(|((before, _), s)| before * *s as usize);
            self.write_into(&mut out, (steps.sum(), strides.as_slice()));
        }
        Ok(Tensor::contiguous_from(out, shape))
    }
}
