//! The matrix product of tensors of any rank, as `torch.matmul` has it.

use super::storage::try_buffer;
use super::{Shape, Tensor, broadcast_shapes};
use crate::error::{Error, Result};
use crate::kernel::matmul::{Matrix, matmul};
use crate::kernel::strided::Runs;
use crate::real::Real;

impl<T: Real> Tensor<T> {
    /// The matrix product.
    ///
    /// | this | other | result |
    /// |---|---|---|
    /// | `[k]` | `[k]` | `[]`, the dot product |
    /// | `[m, k]` | `[k]` | `[m]` |
    /// | `[k]` | `[k, n]` | `[n]` |
    /// | `[.., m, k]` | `[.., k, n]` | `[.., m, n]`, leading dims broadcast |
    ///
    /// Strides are taken as they are: a transposed operand is not copied.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let a = Tensor::<f64>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(a.matmul(&Tensor::eye(2))?.to_vec(), a.to_vec());
    /// assert_eq!(a.matmul(&Tensor::new([1.0, 1.0]))?.to_vec(), [3.0, 7.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn matmul(&self, other: &Self) -> Result<Self> {
        if self.rank() == 0 || other.rank() == 0 {
            return Err(Error::shape(
                "matmul",
                format!(
                    "got shapes {} and {}; a scalar has no rows, use * instead",
                    self.shape(),
                    other.shape()
                ),
            ));
        }
        let a = if self.rank() == 1 { self.unsqueeze(0)? } else { self.clone() };
        let b = if other.rank() == 1 { other.unsqueeze(-1)? } else { other.clone() };
        let mut out = self.matrix_product(other, &a, &b)?;
        if other.rank() == 1 {
            out = out.squeeze(-1)?;
        }
        if self.rank() == 1 {
            out = out.squeeze(if other.rank() == 1 { -1 } else { -2 })?;
        }
        Ok(out)
    }

    /// The product of two tensors of rank 2 or more; `self` and `other` are
    /// the operands as given, for the error.
    fn matrix_product(&self, other: &Self, a: &Self, b: &Self) -> Result<Self> {
        let (split_a, split_b) = (a.rank() - 2, b.rank() - 2);
        let (rows, inner) = (a.shape()[split_a], a.shape()[split_a + 1]);
        let (inner_b, columns) = (b.shape()[split_b], b.shape()[split_b + 1]);
        if inner != inner_b {
            return Err(Error::shape(
                "matmul",
                format!(
                    "the columns of {} ({inner}) must equal the rows of {} ({inner_b}); \
                     transpose one of them or check their order",
                    self.shape(),
                    other.shape()
                ),
            ));
        }
        let leading = (Shape::from(&a.shape()[..split_a]), Shape::from(&b.shape()[..split_b]));
        let batch = broadcast_shapes("matmul", &leading.0, &leading.1).map_err(|error| {
            Error::shape(
                "matmul",
                format!(
                    "in the product of {} and {}, the leading {}",
                    self.shape(),
                    other.shape(),
                    error.message()
                ),
            )
        })?;
        let full = |tail: [usize; 2]| batch.iter().copied().chain(tail).collect::<Shape>();
        let shape = full([rows, columns]);
        let mut out = try_buffer("matmul", &shape)?;
        let (a, b) = (a.expand(full([rows, inner]))?, b.expand(full([inner, columns]))?);
        let rank = batch.len();
        let batches = Runs::new(
            &batch,
            [(a.offset(), &a.strides()[..rank]), (b.offset(), &b.strides()[..rank])],
        );
        let (len, steps) = (batches.len as isize, batches.steps);
        let starts = batches.flat_map(|[start_a, start_b]| {
            (0..len)
                .map(move |i| (start_a as isize + i * steps[0], start_b as isize + i * steps[1]))
        });
        for ((start_a, start_b), out) in starts.zip(out.chunks_mut((rows * columns).max(1))) {
            matmul(a.matrix(start_a as usize), b.matrix(start_b as usize), out);
        }
        Ok(Tensor::contiguous_from(out, shape))
    }

    /// The last two dimensions from `offset` on.
    fn matrix(&self, offset: usize) -> Matrix<'_, T> {
        let last = self.rank() - 1;
        Matrix {
            data: self.storage.as_slice(),
            offset,
            rows: self.shape()[last - 1],
            columns: self.shape()[last],
            row_stride: self.strides()[last - 1],
            column_stride: self.strides()[last],
        }
    }
}
