//! Picking entries by index, and the adjoints that add them back.

use super::storage::try_buffer;
use super::{Shape, Strides, Tensor};
use crate::error::{Error, Result};
use crate::real::{Element, Real};

impl<T: Element> Tensor<T> {
    /// The entries of one dimension at the given indices, which may repeat.
    ///
    /// ```
    /// let x = handgrad::Tensor::<f32>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.index_select(0, &[1, 1, 0])?.to_vec(), [3.0, 4.0, 3.0, 4.0, 1.0, 2.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn index_select(&self, dim: isize, indices: &[usize]) -> Result<Self> {
        let axis = self.non_scalar_dim("index_select", dim)?;
        self.refuse_outside("index_select", axis, indices.iter().copied())?;
        let entries =
            indices.iter().map(|&index| self.narrow(dim, index, 1)).collect::<Result<Vec<_>>>()?;
        if entries.is_empty() {
            return self.narrow(dim, 0, 0);
        }
        Tensor::join("index_select", &entries.iter().collect::<Vec<_>>(), axis)
    }

    /// `out[i][j] = self[index[i][j]][j]` for `dim` 0, and likewise for others
    /// (`torch.gather`): `index` has this tensor's rank and no larger sizes but
    /// along `dim`.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let x = Tensor::<f32>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// let index = Tensor::<usize>::new([[0], [1]]);
    /// assert_eq!(x.gather(1, &index)?.to_vec(), [1.0, 4.0]); // the diagonal
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn gather(&self, dim: isize, index: &Tensor<usize>) -> Result<Self> {
        let places = self.gather_places("gather", dim, index)?;
        let data = places.iter().map(|&at| self.storage.as_slice()[at]).collect();
        Ok(index.with_buffer(data))
    }

    /// Where in storage each gathered element lies.
    fn gather_places(&self, op: &str, dim: isize, index: &Tensor<usize>) -> Result<Vec<usize>> {
        let axis = self.shape().dim(op, dim)?;
        let fits = index.rank() == self.rank()
            && (0..self.rank()).all(|d| d == axis || index.shape()[d] <= self.shape()[d]);
        if !fits || self.rank() == 0 {
            return Err(Error::shape(
                op,
                format!(
                    "index {} does not fit {} along dim {dim}; \
                     it needs the same rank (at least 1) and no larger sizes elsewhere",
                    index.shape(),
                    self.shape()
                ),
            ));
        }
        self.refuse_outside(op, axis, index.iter())?;
        let place = |(mut position, entry): (Shape, usize)| {
            position.set(axis, entry);
            let steps = position.iter().zip(self.strides()).map(|(&i, &s)| i as isize * s);
            (self.offset() as isize + steps.sum::<isize>()) as usize
        };
        Ok(index.indexed_iter().map(place).collect())
    }

    fn refuse_outside(
        &self,
        op: &str,
        axis: usize,
        mut indices: impl Iterator<Item = usize>,
    ) -> Result<()> {
        let size = self.shape()[axis];
        match indices.find(|&index| index >= size) {
            None => Ok(()),
            Some(index) => {
                let remedy = match size.checked_sub(1) {
                    None => "it has no entries".to_owned(),
                    Some(last) => format!("use 0 to {last}"),
                };
                Err(Error::argument(
                    op,
                    format!(
                        "index {index} is outside dim {axis} of shape {}; {remedy}",
                        self.shape()
                    ),
                ))
            }
        }
    }
}

impl<T: Real> Tensor<T> {
    /// The adjoint of [`index_select`](Tensor::index_select): adds each entry
    /// of `self` along `dim` to entry `indices[i]` of a zero tensor with `size`
    /// entries.
    pub fn index_add(&self, dim: isize, indices: &[usize], size: usize) -> Result<Self> {
        let axis = self.shape().dim("index_add", dim)?;
        if self.shape().get(axis) != Some(&indices.len()) {
            return Err(Error::shape(
                "index_add",
                format!(
                    "got {} indices for dim {dim} of shape {}; give one for each entry",
                    indices.len(),
                    self.shape()
                ),
            ));
        }
        let mut out = Tensor::try_zeros("index_add", self.shape().with(axis, size))?;
        out.refuse_outside("index_add", axis, indices.iter().copied())?;
        let strides = Strides::from_slice(out.strides());
        let data = out.make_mut();
        for (mut index, value) in self.indexed_iter() {
            index.set(axis, indices[index[axis]]);
            let at: isize = index.iter().zip(&strides).map(|(&i, &s)| i as isize * s).sum();
            data[at as usize] += value;
        }
        Ok(out)
    }

    /// The adjoint of [`gather`](Tensor::gather): adds each element of `self`
    /// to the place in a zero tensor of shape `like` that it was gathered from.
    pub fn scatter_add(&self, dim: isize, index: &Tensor<usize>, like: &Shape) -> Result<Self> {
        let mut out = Tensor::try_zeros("scatter_add", like.clone())?;
        let places = out.gather_places("scatter_add", dim, index)?;
        if index.shape() != self.shape() {
            return Err(Error::shape(
                "scatter_add",
                format!("index {} and values {} must have one shape", index.shape(), self.shape()),
            ));
        }
        let data = out.make_mut();
        for (at, value) in places.into_iter().zip(self) {
            data[at] += value;
        }
        Ok(out)
    }

    /// Zeros in a shape that an argument gives.
    fn try_zeros(op: &str, shape: Shape) -> Result<Self> {
        let mut zeros = try_buffer(op, &shape)?;
        zeros.fill(T::ZERO);
        Ok(Tensor::contiguous_from(zeros, shape))
    }
}
