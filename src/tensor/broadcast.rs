//! Broadcasting, as NumPy has it, and its adjoint.

use super::{Shape, Tensor};
use crate::error::{Error, Result};
use crate::real::{Element, Real};

/// The shape two operands broadcast to: aligned at the last dimension, sizes
/// must agree or one of them be 1.
///
/// ```
/// use handgrad::{Shape, broadcast_shapes};
///
/// let (a, b) = (Shape::from([4, 1, 3]), Shape::from([2, 1]));
/// assert_eq!(broadcast_shapes("add", &a, &b)?, [4, 2, 3]);
/// # Ok::<(), handgrad::Error>(())
/// ```
// ANCHOR: broadcast_shapes
pub fn broadcast_shapes(op: &str, a: &Shape, b: &Shape) -> Result<Shape> {
    let rank = a.len().max(b.len());
    let size = |shape: &Shape, dim: usize| {
        (dim + shape.len()).checked_sub(rank).map_or(1, |index| shape[index])
    };
    let joined: Option<Shape> = (0..rank)
        .map(|dim| match (size(a, dim), size(b, dim)) {
            (x, y) if x == y => Some(x),
            (1, y) => Some(y),
            (x, 1) => Some(x),
            _ => None,
        })
        .collect();
    let refused = |why| Err(Error::shape(op, format!("shapes {a} and {b} {why}")));
    match joined {
        Some(shape) if shape.checked_numel().is_some() => Ok(shape),
        Some(_) => refused("broadcast to more elements than memory can address"),
        None => refused("do not broadcast; aligned at the last dim, sizes must agree or be 1"),
    }
}
// ANCHOR_END: broadcast_shapes

impl<T: Element> Tensor<T> {
    /// Both tensors expanded to the shape they broadcast to.
    pub(crate) fn broadcast_with<U: Element>(
        &self,
        op: &str,
        other: &Tensor<U>,
    ) -> Result<(Tensor<T>, Tensor<U>)> {
        let shape = broadcast_shapes(op, self.shape(), other.shape())?;
        Ok((self.expand(&shape)?, other.expand(shape)?))
    }
}

impl<T: Real> Tensor<T> {
    /// The adjoint of [`expand`](Tensor::expand): sums over every dimension
    /// that expanding `shape` to this tensor's shape would repeat.
    ///
    /// Whatever was read several times in the forward collects that many
    /// contributions in the backward.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let g = Tensor::<f64>::new([[1.0, 2.0], [10.0, 20.0]]);
    /// assert_eq!(g.sum_to_shape([2])?.to_vec(), [11.0, 22.0]);
    /// assert_eq!(g.sum_to_shape([2, 1])?.to_vec(), [3.0, 30.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    // ANCHOR: sum_to_shape
    pub fn sum_to_shape(&self, shape: impl Into<Shape>) -> Result<Self> {
        let shape = shape.into();
        if shape == *self.shape() {
            return Ok(self.clone());
        }
        let expands = self.rank().checked_sub(shape.len()).filter(|&new| {
            shape.iter().zip(&self.shape()[new..]).all(|(&to, &from)| to == from || to == 1)
        });
        let Some(new) = expands else {
            return Err(Error::shape(
                "sum_to_shape",
                format!(
                    "cannot sum {} to {shape}; the target must be a shape that expands to {}",
                    self.shape(),
                    self.shape()
                ),
            ));
        };
        let summed: Vec<isize> = (0..self.rank())
            .filter(|&dim| dim < new || shape[dim - new] != self.shape()[dim])
            .map(|dim| dim as isize)
            .collect();
        self.sum_dims(&summed, true)?.reshape(shape)
    }
    // ANCHOR_END: sum_to_shape
}
