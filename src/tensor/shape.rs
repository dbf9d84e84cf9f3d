//! Shapes and strides: the numbers that turn a flat buffer into a tensor.

use std::fmt;
use std::ops::Deref;

use smallvec::SmallVec;

use crate::error::{Error, Result};

/// How many elements to step over in storage for one step along each
/// dimension. Negative for a flipped dimension, 0 for an expanded one.
pub type Strides = SmallVec<[isize; 4]>;

/// The sizes of a tensor's dimensions, outermost first. `[]` is a scalar.
///
/// ```
/// use handgrad::Shape;
///
/// let shape = Shape::from([2, 3, 4]);
/// assert_eq!(shape.numel(), 24);
/// assert_eq!(shape.len(), 3); // the rank
/// assert_eq!(shape.to_string(), "[2, 3, 4]");
/// ```
#[derive(Default, PartialEq, Eq, Hash)]
pub struct Shape(SmallVec<[usize; 4]>);

/// As a slice: SmallVec's own clone goes number by number, which a tape of small tensors
/// spent a tenth of its time on.
impl Clone for Shape {
    #[inline]
    fn clone(&self) -> Self {
        Shape(SmallVec::from_slice(&self.0))
    }
}

impl Shape {
    /// The number of elements. A tensor's shape never overflows; for a shape
    /// of other origin see [`checked_numel`](Self::checked_numel).
    pub fn numel(&self) -> usize {
        self.iter().product()
    }

    /// The number of elements, or `None` for a shape that no tensor can have:
    /// where the product of the sizes exceeds `isize::MAX`.
    ///
    /// Sizes of 0 do not count in that product, as in NumPy: a tensor without
    /// elements has strides too, and they must not overflow.
    pub fn checked_numel(&self) -> Option<usize> {
        let product = self.iter().try_fold(1_isize, |product, &size| {
            product.checked_mul(isize::try_from(size.max(1)).ok()?)
        })?;
        Some(if self.contains(&0) { 0 } else { product as usize })
    }

    /// The strides of a row-major tensor of this shape.
    // ANCHOR: contiguous_strides
    pub fn contiguous_strides(&self) -> Strides {
        let mut strides: Strides = SmallVec::from_elem(0, self.len());
        let mut step = 1_isize;
        for (stride, &size) in strides.iter_mut().zip(self.iter()).rev() {
            *stride = step;
            // Only a shape that no tensor can have saturates.
            step = step.saturating_mul(isize::try_from(size.max(1)).unwrap_or(isize::MAX));
        }
        strides
    }
    // ANCHOR_END: contiguous_strides

    /// Turns a dimension that may count from the end (-1 is the last) into an
    /// index. A scalar accepts 0 and -1, as in PyTorch.
    pub fn dim(&self, op: &str, dim: isize) -> Result<usize> {
        let rank = self.len().max(1) as isize;
        if (-rank..rank).contains(&dim) {
            Ok(dim.rem_euclid(rank) as usize)
        } else {
            Err(Error::argument(
                op,
                format!(
                    "dim {dim} is out of range for a tensor of shape {self}; \
                     use {} to {}",
                    -rank,
                    rank - 1
                ),
            ))
        }
    }

    /// A list of dimensions as a mask over all of them; each may be named once.
    pub(crate) fn dim_mask(&self, op: &str, dims: &[isize]) -> Result<SmallVec<[bool; 8]>> {
        // A scalar has no dimension to mark, but may be named as if it had one.
        let mut mask = SmallVec::from_elem(false, self.len().max(1));
        for &dim in dims {
            let index = self.dim(op, dim)?;
            if mask[index] {
                return Err(Error::argument(
                    op,
                    format!("dim {dim} appears twice in {dims:?}; name each dim once"),
                ));
            }
            mask[index] = true;
        }
        mask.truncate(self.len());
        Ok(mask)
    }

    pub(crate) fn insert(&mut self, dim: usize, size: usize) {
        self.0.insert(dim, size);
    }

    pub(crate) fn remove(&mut self, dim: usize) -> usize {
        self.0.remove(dim)
    }

    pub(crate) fn set(&mut self, dim: usize, size: usize) {
        self.0[dim] = size;
    }

    /// The same shape with one dimension of another size.
    pub(crate) fn with(&self, dim: usize, size: usize) -> Shape {
        let mut shape = self.clone();
        shape.0[dim] = size;
        shape
    }
}

impl Deref for Shape {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.as_slice())
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(sizes: [usize; N]) -> Self {
        Shape(SmallVec::from_slice(&sizes))
    }
}

impl From<&[usize]> for Shape {
    fn from(sizes: &[usize]) -> Self {
        Shape(SmallVec::from_slice(sizes))
    }
}

impl From<Vec<usize>> for Shape {
    fn from(sizes: Vec<usize>) -> Self {
        Shape(SmallVec::from_vec(sizes))
    }
}

impl From<&Shape> for Shape {
    fn from(shape: &Shape) -> Self {
        shape.clone()
    }
}

impl FromIterator<usize> for Shape {
    fn from_iter<I: IntoIterator<Item = usize>>(sizes: I) -> Self {
        Shape(sizes.into_iter().collect())
    }
}

impl PartialEq<[usize]> for Shape {
    fn eq(&self, other: &[usize]) -> bool {
        **self == *other
    }
}

impl<const N: usize> PartialEq<[usize; N]> for Shape {
    fn eq(&self, other: &[usize; N]) -> bool {
        **self == *other
    }
}
