//! Iteration in row-major order, whatever the strides.

use super::{Shape, Tensor};
use crate::kernel::strided::Runs;
use crate::real::Element;

/// A tensor's elements in row-major order.
#[derive(Clone, Debug)]
pub struct Iter<'a, T> {
    data: &'a [T],
    runs: Runs<1>,
    at: isize,
    left_in_run: usize,
    remaining: usize,
}

impl<T: Element> Tensor<T> {
    /// The elements in row-major order.
    ///
    /// ```
    /// let x = handgrad::Tensor::<f64>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.t().iter().collect::<Vec<_>>(), [1.0, 3.0, 2.0, 4.0]);
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter {
            data: self.storage.as_slice(),
            runs: Runs::new(self.shape(), [(self.offset(), self.strides())]),
            at: 0,
            left_in_run: 0,
            remaining: self.numel(),
        }
    }

    /// The elements in row-major order, each with its index.
    ///
    /// ```
    /// let x = handgrad::Tensor::<f64>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// let largest = x.indexed_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    /// assert_eq!(largest, Some(([1, 1].into(), 4.0)));
    /// ```
    pub fn indexed_iter(&self) -> impl Iterator<Item = (Shape, T)> + '_ {
        self.iter().enumerate().map(|(flat, x)| (self.unravel(flat), x))
    }

    /// The index of the `flat`-th element in row-major order.
    pub(crate) fn unravel(&self, mut flat: usize) -> Shape {
        let mut index = self.shape().clone();
        for (dim, &size) in self.shape().iter().enumerate().rev() {
            index.set(dim, flat % size);
            flat /= size;
        }
        index
    }
}

impl<T: Copy> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.left_in_run == 0 {
            let [start] = self.runs.next()?;
            self.at = start as isize;
            self.left_in_run = self.runs.len;
        }
        let value = self.data[self.at as usize];
        self.at += self.runs.steps[0];
        self.left_in_run -= 1;
        self.remaining -= 1;
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.remaining, Some(self.remaining))
    }
}

impl<T: Copy> ExactSizeIterator for Iter<'_, T> {}

impl<'a, T: Element> IntoIterator for &'a Tensor<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}
