//! Reductions over any dimensions.
//!
//! Sums are kept in the wide type and rounded once at the end.

use super::storage::refuse_too_large;
use super::{Shape, Strides, Tensor};
use crate::error::{Error, Result};
use crate::kernel::strided::{Runs, run};
use crate::kernel::sum::sum_by;
use crate::real::{Element, Real};

/// Where each element of a reduction goes: the output's shape and, over the
/// input's dimensions, its strides (0 along the reduced ones).
struct Plan {
    kept: Shape,
    strides: Strides,
    /// How many input elements each output element collects.
    count: usize,
}

impl<T: Element> Tensor<T> {
    fn plan(&self, op: &str, dims: &[isize]) -> Result<Plan> {
        let mask = self.shape().dim_mask(op, dims)?;
        let mut kept = self.shape().clone();
        let mut count = 1;
        for (dim, _) in mask.iter().enumerate().filter(|(_, reduced)| **reduced) {
            count *= self.shape()[dim];
            kept.set(dim, 1);
        }
        // No reduction keeps more for a cell than this, which is arg_extreme's.
        refuse_too_large::<(usize, usize, Option<T>)>(op, &kept)?;
        let mut strides = kept.contiguous_strides();
        for (stride, _) in strides.iter_mut().zip(&mask).filter(|(_, reduced)| **reduced) {
            *stride = 0;
        }
        Ok(Plan { kept, strides, count })
    }

    /// Folds every element into its output cell, in row-major order.
    fn fold<A: Copy>(&self, plan: &Plan, start: A, f: impl Fn(A, T) -> A) -> Vec<A> {
        let mut cells = vec![start; plan.kept.numel()];
        let data = self.storage.as_slice();
        let runs = Runs::new(self.shape(), [(self.offset(), self.strides()), (0, &plan.strides)]);
        let (len, [step, cell_step]) = (runs.len, runs.steps);
        for [start, cell] in runs {
            let values = run(data, start, step, len);
            if cell_step == 0 {
                cells[cell] = values.fold(cells[cell], &f);
            } else {
                for (i, value) in values.enumerate() {
                    let cell = &mut cells[cell + i * cell_step as usize];
                    *cell = f(*cell, value);
                }
            }
        }
        cells
    }

    /// Every dimension, for the reductions of a whole tensor.
    fn all_dims(&self) -> Vec<isize> {
        (0..self.rank() as isize).collect()
    }

    fn finish(&self, data: Vec<T>, plan: &Plan, dims: &[isize], keepdim: bool) -> Result<Self> {
        let out = Tensor::contiguous_from(data.into(), plan.kept.clone());
        if keepdim {
            return Ok(out);
        }
        let mask = self.shape().dim_mask("reduce", dims)?;
        let shape: Shape = self
            .shape()
            .iter()
            .zip(&mask)
            .filter(|(_, reduced)| !**reduced)
            .map(|(n, _)| *n)
            .collect();
        out.reshape(shape)
    }
}

impl<T: Real> Tensor<T> {
    /// The sum of all elements, as a scalar. 0 for an empty tensor.
    pub fn sum(&self) -> Self {
        Tensor::scalar(T::narrow(self.wide_sum()))
    }

    fn wide_sum(&self) -> T::Wide {
        match self.as_slice() {
            Some(x) => sum_by(x, Real::widen),
            // Copied, so that the order of additions does not depend on strides.
            None => sum_by(&self.to_vec(), Real::widen),
        }
    }

    /// The sum over `dims`; `keepdim` leaves them in the shape with size 1.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let x = Tensor::<f64>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(x.sum_dims(&[0], false)?.to_vec(), [4.0, 6.0]);
    /// assert_eq!(x.sum_dims(&[-1], true)?.shape(), &[2, 1]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn sum_dims(&self, dims: &[isize], keepdim: bool) -> Result<Self> {
        let plan = self.plan("sum", dims)?;
        let sums = self.fold(&plan, T::Wide::ZERO, |sum, x| sum + x.widen());
        self.finish(sums.into_iter().map(T::narrow).collect(), &plan, dims, keepdim)
    }

    /// The mean of all elements, as a scalar. NaN for an empty tensor.
    pub fn mean(&self) -> Self {
        Tensor::scalar(T::narrow(self.wide_sum() / T::Wide::from_f64(self.numel() as f64)))
    }

    /// The mean over `dims`.
    pub fn mean_dims(&self, dims: &[isize], keepdim: bool) -> Result<Self> {
        let plan = self.plan("mean", dims)?;
        let means = self.wide_means(&plan).into_iter().map(T::narrow).collect();
        self.finish(means, &plan, dims, keepdim)
    }

    fn wide_means(&self, plan: &Plan) -> Vec<T::Wide> {
        let count = T::Wide::from_f64(plan.count as f64);
        let sums = self.fold(plan, T::Wide::ZERO, |sum, x| sum + x.widen());
        sums.into_iter().map(|sum| sum / count).collect()
    }

    /// The variance of all elements: squared distances from the mean, divided
    /// by n - `correction`. PyTorch's default correction is 1 (Bessel's); norms
    /// use 0.
    pub fn var(&self, correction: f64) -> Self {
        let dims = self.all_dims();
        self.var_dims(&dims, correction, false).expect("all dims of a tensor are valid")
    }

    /// The variance over `dims`. Where n - `correction` is not positive it is
    /// infinite, and NaN if all distances are 0.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let x = Tensor::<f64>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]);
    /// assert_eq!(x.var_dims(&[1], 1.0, false)?.to_vec(), [1.0, 7.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn var_dims(&self, dims: &[isize], correction: f64, keepdim: bool) -> Result<Self> {
        let plan = self.plan("var", dims)?;
        let means = Tensor::contiguous_from(self.wide_means(&plan).into(), plan.kept.clone());
        let squares = self.map(Real::widen).zip_map("var", &means, |x, mean| {
            let distance = x - mean;
            distance * distance
        })?;
        let divisor = T::Wide::from_f64((plan.count as f64 - correction).max(0.0));
        let sums = squares.fold(&plan, T::Wide::ZERO, |sum, x| sum + x);
        let variances = sums.into_iter().map(|sum| T::narrow(sum / divisor)).collect();
        self.finish(variances, &plan, dims, keepdim)
    }

    /// The product of all elements, as a scalar. 1 for an empty tensor.
    pub fn prod(&self) -> Self {
        let product = self.iter().fold(T::Wide::ONE, |product, x| product * x.widen());
        Tensor::scalar(T::narrow(product))
    }

    /// The product over `dims`.
    pub fn prod_dims(&self, dims: &[isize], keepdim: bool) -> Result<Self> {
        let plan = self.plan("prod", dims)?;
        let products = self.fold(&plan, T::Wide::ONE, |product, x| product * x.widen());
        self.finish(products.into_iter().map(T::narrow).collect(), &plan, dims, keepdim)
    }

    /// The largest of all elements, as a scalar; NaN where there is one.
    /// Refuses an empty tensor.
    pub fn max(&self) -> Result<Self> {
        self.extreme("max", &self.all_dims(), false, |a, b| a > b)
    }

    /// The smallest of all elements, as a scalar; NaN where there is one.
    /// Refuses an empty tensor.
    pub fn min(&self) -> Result<Self> {
        self.extreme("min", &self.all_dims(), false, |a, b| a < b)
    }

    /// The largest over `dims`; NaN where there is one. Refuses to reduce no
    /// elements.
    pub fn amax(&self, dims: &[isize], keepdim: bool) -> Result<Self> {
        self.extreme("amax", dims, keepdim, |a, b| a > b)
    }

    /// The smallest over `dims`; NaN where there is one. Refuses to reduce no
    /// elements.
    pub fn amin(&self, dims: &[isize], keepdim: bool) -> Result<Self> {
        self.extreme("amin", dims, keepdim, |a, b| a < b)
    }

    fn extreme(
        &self,
        op: &str,
        dims: &[isize],
        keepdim: bool,
        beats: impl Fn(T, T) -> bool,
    ) -> Result<Self> {
        let plan = self.plan(op, dims)?;
        self.refuse_no_elements(op, &plan)?;
        let best = self.fold(&plan, None, |best: Option<T>, x| match best {
            Some(best) if best.is_nan() || !(beats(x, best) || x.is_nan()) => Some(best),
            _ => Some(x),
        });
        // Every cell has met an element, or there are no cells.
        let best = best.into_iter().flatten().collect();
        self.finish(best, &plan, dims, keepdim)
    }

    /// The index along `dim` of the largest element (the first of several; a
    /// NaN counts as largest). Refuses to reduce no elements.
    ///
    /// ```
    /// let x = handgrad::Tensor::<f32>::new([[1.0, 5.0, 5.0], [9.0, 0.0, 2.0]]);
    /// assert_eq!(x.argmax(1, false)?.to_vec(), [1, 0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn argmax(&self, dim: isize, keepdim: bool) -> Result<Tensor<usize>> {
        self.arg_extreme("argmax", dim, keepdim, |a, b| a > b)
    }

    /// The index along `dim` of the smallest element (the first of several; a
    /// NaN counts as smallest). Refuses to reduce no elements.
    pub fn argmin(&self, dim: isize, keepdim: bool) -> Result<Tensor<usize>> {
        self.arg_extreme("argmin", dim, keepdim, |a, b| a < b)
    }

    fn arg_extreme(
        &self,
        op: &str,
        dim: isize,
        keepdim: bool,
        beats: impl Fn(T, T) -> bool,
    ) -> Result<Tensor<usize>> {
        let plan = self.plan(op, &[dim])?;
        self.refuse_no_elements(op, &plan)?;
        // Cells fill in row-major order, so counting what a cell has met gives
        // the position along the reduced dimension.
        let best =
            self.fold(&plan, (0, 0, None), |(met, at, best): (usize, usize, Option<T>), x| {
                match best {
                    Some(best) if best.is_nan() || !(beats(x, best) || x.is_nan()) => {
                        (met + 1, at, Some(best))
                    }
                    _ => (met + 1, met, Some(x)),
                }
            });
        let indices = Tensor::contiguous_from(
            best.into_iter().map(|(_, at, _)| at).collect(),
            plan.kept.clone(),
        );
        if keepdim { Ok(indices) } else { indices.squeeze(dim) }
    }

    fn refuse_no_elements(&self, op: &str, plan: &Plan) -> Result<()> {
        if plan.count == 0 && plan.kept.numel() > 0 {
            return Err(Error::shape(
                op,
                format!(
                    "shape {} has no elements along the reduced dims; \
                     there is no largest or smallest of none",
                    self.shape()
                ),
            ));
        }
        Ok(())
    }
}
