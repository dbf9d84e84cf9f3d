//! Conversion between scalar types.

use super::Tensor;
use crate::dual::Dual;
use crate::error::{Error, Result};
use crate::real::Real;

impl<T: Real> Tensor<T> {
    /// Every element in another type, rounded to the nearest. Tangents of dual
    /// numbers are dropped.
    ///
    /// ```
    /// use handgrad::Tensor;
    ///
    /// let x = Tensor::<f64>::new([0.1, 0.2]);
    /// assert_eq!(x.cast::<f32>().to_vec(), [0.1_f32, 0.2]);
    /// ```
    pub fn cast<U: Real>(&self) -> Tensor<U> {
        self.map(|x| U::from_f64(x.to_f64()))
    }

    /// Dual numbers with these values and the given tangents.
    pub fn with_tangent(&self, tangent: &Tensor<T>) -> Result<Tensor<Dual<T>>> {
        if self.shape() != tangent.shape() {
            return Err(Error::shape(
                "with_tangent",
                format!(
                    "values {} and tangents {} must have one shape",
                    self.shape(),
                    tangent.shape()
                ),
            ));
        }
        Ok(self.zip_same(tangent, Dual::new))
    }
}

impl<T: Real> Tensor<Dual<T>> {
    /// The values, without their tangents.
    pub fn primal(&self) -> Tensor<T> {
        self.map(|x| x.re)
    }

    /// The tangents.
    pub fn tangent(&self) -> Tensor<T> {
        self.map(|x| x.eps)
    }
}
