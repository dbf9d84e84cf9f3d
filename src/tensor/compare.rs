//! Comparing tensors, and saying where they differ most.

use super::Tensor;
use crate::error::{Error, Result};
use crate::real::Real;

/// How far apart two values may be: `|a - b| <= absolute + relative * |b|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// The distance allowed whatever the size.
    pub absolute: f64,
    /// The distance allowed per unit of the reference's size.
    pub relative: f64,
}

/// PyTorch's defaults for `allclose`: 1e-8 and 1e-5.
impl Default for Tolerance {
    fn default() -> Self {
        Tolerance { absolute: 1e-8, relative: 1e-5 }
    }
}

impl Tolerance {
    /// Whether `a` is close to the reference `b`. Equal infinities are close;
    /// two NaNs are, so that tests can state where NaN is expected.
    pub fn accepts(self, a: f64, b: f64) -> bool {
        a == b
            || (a.is_nan() && b.is_nan())
            || (b.is_finite() && (a - b).abs() <= self.absolute + self.relative * b.abs())
    }
}

impl<T: Real> Tensor<T> {
    /// Whether both have one shape and every element is close to the other's.
    pub fn allclose(&self, reference: &Self, tolerance: Tolerance) -> bool {
        self.assert_close(reference, tolerance).is_ok()
    }

    /// An error that names the worst element, unless every element is close to
    /// the reference's.
    ///
    /// ```
    /// use handgrad::{Tensor, Tolerance};
    ///
    /// let a = Tensor::<f64>::new([[1.0, 2.0], [3.0, 4.5]]);
    /// let b = Tensor::<f64>::new([[1.0, 2.0], [3.0, 4.0]]);
    /// assert_eq!(
    ///     a.assert_close(&b, Tolerance::default()).unwrap_err().to_string(),
    ///     "assert_close: 1 of 4 elements differ; the worst is at [1, 1]: \
    ///      got 4.5, expected 4 (off by 0.5)",
    /// );
    /// ```
    pub fn assert_close(&self, reference: &Self, tolerance: Tolerance) -> Result<()> {
        if self.shape() != reference.shape() {
            return Err(Error::shape(
                "assert_close",
                format!("got shape {}, expected {}", self.shape(), reference.shape()),
            ));
        }
        let mut differing = 0;
        let mut worst: Option<(f64, usize, f64, f64)> = None;
        for (flat, (a, b)) in self.iter().zip(reference).enumerate() {
            let (a, b) = (a.to_f64(), b.to_f64());
            if tolerance.accepts(a, b) {
                continue;
            }
            differing += 1;
            let gap = (a - b).abs();
            // A NaN on one side is worse than any distance.
            let gap = if gap.is_nan() { f64::INFINITY } else { gap };
            if worst.is_none_or(|(largest, ..)| gap > largest) {
                worst = Some((gap, flat, a, b));
            }
        }
        match worst {
            None => Ok(()),
            Some((gap, flat, a, b)) => Err(Error::new(
                crate::ErrorKind::Argument,
                "assert_close",
                format!(
                    "{differing} of {} elements differ; the worst is at {}: \
                     got {a}, expected {b} (off by {gap})",
                    self.numel(),
                    self.unravel(flat)
                ),
            )),
        }
    }
}
