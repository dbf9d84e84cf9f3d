//! Sum, mean, variance and extremes over any dimensions.
//!
//! Every backward here sends the reduced cotangent back to all the elements
//! that went into it, each with its share.

use smallvec::smallvec;

use crate::error::Result;
use crate::real::Real;
use crate::tape::{Cotangents, Op, Saved, Var};
use crate::tensor::{Shape, Tensor};

/// Over which dimensions an operation reduced what shape, so that its backward
/// can spread a cotangent over them again.
#[derive(Debug)]
struct Reduced {
    shape: Shape,
    /// The shape with the reduced dimensions of size 1.
    kept: Shape,
    /// Whether all dimensions were reduced by the form without dims, which
    /// PyTorch names `SumBackward0` rather than `SumBackward1`.
    whole: bool,
}

impl Reduced {
    fn new<T: Real>(x: &Tensor<T>, op: &str, dims: Option<&[isize]>) -> Result<Self> {
        let shape = x.shape().clone();
        let mask = match dims {
            Some(dims) => shape.dim_mask(op, dims)?,
            None => smallvec![true; shape.len()],
        };
        let kept = shape.iter().zip(&mask).map(|(&size, &reduced)| if reduced { 1 } else { size });
        Ok(Reduced { kept: kept.collect(), whole: dims.is_none(), shape })
    }

    /// How many elements went into each result.
    fn count(&self) -> f64 {
        self.shape
            .iter()
            .zip(self.kept.iter())
            .filter(|(n, m)| n != m)
            .map(|(&n, _)| n as f64)
            .product()
    }

    // ANCHOR: spread
    fn spread<T: Real>(&self, reduced: &Tensor<T>) -> Tensor<T> {
        reduced
            .reshape(&self.kept)
            .and_then(|kept| kept.expand(&self.shape))
            .expect("the forward reduced this shape")
    }
    // ANCHOR_END: spread

    fn grad_fn(&self, whole: &str, dims: &str) -> String {
        if self.whole { whole.to_owned() } else { dims.to_owned() }
    }
}

// ANCHOR: sum_and_mean
/// y = Σ x: x̄ = ȳ, for every element.
#[derive(Debug)]
struct Sum(Reduced);

impl<T: Real> Op<T> for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }
    fn grad_fn(&self) -> String {
        self.0.grad_fn("SumBackward0", "SumBackward1")
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        smallvec![Some(self.0.spread(g))]
    }
}

/// y = Σ x / n: x̄ = ȳ / n.
#[derive(Debug)]
struct Mean(Reduced);

impl<T: Real> Op<T> for Mean {
    fn name(&self) -> &'static str {
        "mean"
    }
    fn grad_fn(&self) -> String {
        self.0.grad_fn("MeanBackward0", "MeanBackward1")
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        smallvec![Some(self.0.spread(&(g / self.0.count())))]
    }
}
// ANCHOR_END: sum_and_mean

/// y = Σ (x - mean)² / (n - correction): x̄ = 2 (x - mean) ȳ / (n - correction).
/// The mean's own part vanishes, because the distances from it sum to 0.
#[derive(Debug)]
struct Variance<T: Real> {
    reduced: Reduced,
    input: Tensor<T>,
    divisor: f64,
}

impl<T: Real> Op<T> for Variance<T> {
    fn name(&self) -> &'static str {
        "var"
    }
    fn saved(&self) -> Saved<T> {
        Saved::new().and("input", &self.input)
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let wide = self.input.map(Real::widen);
        let sums = wide.sum_to_shape(&self.reduced.kept).expect("the kept shape expands to x's");
        let distances = &wide - &(&sums / self.reduced.count());
        let g = self.reduced.spread(g);
        let factor = T::Wide::from_f64(2.0 / self.divisor);
        smallvec![Some(distances.zip_same(&g, |d, g| T::narrow(factor * d * g.widen())))]
    }
}

/// y = the largest (or smallest) x: ȳ is shared evenly by all that equal it.
#[derive(Debug)]
struct Extreme<T: Real> {
    reduced: Reduced,
    input: Tensor<T>,
    output: Tensor<T>,
    name: &'static str,
}

impl<T: Real> Op<T> for Extreme<T> {
    fn name(&self) -> &'static str {
        self.name
    }
    fn grad_fn(&self) -> String {
        match (self.name, self.reduced.whole) {
            ("amax", true) => "MaxBackward1",
            ("amax", false) => "AmaxBackward0",
            (_, true) => "MinBackward1",
            (_, false) => "AminBackward0",
        }
        .to_owned()
    }
    fn saved(&self) -> Saved<T> {
        Saved::new().and("input", &self.input).and("output", &self.output)
    }
    // ANCHOR: ties
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let best = self.reduced.spread(&self.output);
        let taken = self.input.zip_same(&best, |x, best| {
            let equal = x == best || (x.is_nan() && best.is_nan());
            if equal { T::ONE } else { T::ZERO }
        });
        let ties = taken.sum_to_shape(&self.reduced.kept).expect("the kept shape expands to x's");
        let share = &taken / &ties;
        smallvec![Some(&share * &self.reduced.spread(g))]
    }
    // ANCHOR_END: ties
}

impl<'t, T: Real> Var<'t, T> {
    /// The sum of all elements, a scalar.
    pub fn sum(self) -> Var<'t, T> {
        let x = self.value();
        self.record_unary(x.sum(), || Sum(whole(&x, "sum")))
    }

    /// The sum over `dims`; `keepdim` leaves them in the shape with size 1.
    pub fn sum_dims(self, dims: &[isize], keepdim: bool) -> Result<Var<'t, T>> {
        let x = self.value();
        let reduced = Reduced::new(&x, "sum", Some(dims))?;
        Ok(self.record_unary(x.sum_dims(dims, keepdim)?, || Sum(reduced)))
    }

    /// The mean of all elements, a scalar.
    pub fn mean(self) -> Var<'t, T> {
        let x = self.value();
        self.record_unary(x.mean(), || Mean(whole(&x, "mean")))
    }

    /// The mean over `dims`.
    pub fn mean_dims(self, dims: &[isize], keepdim: bool) -> Result<Var<'t, T>> {
        let x = self.value();
        let reduced = Reduced::new(&x, "mean", Some(dims))?;
        Ok(self.record_unary(x.mean_dims(dims, keepdim)?, || Mean(reduced)))
    }

    /// The variance of all elements, divided by n - `correction`.
    pub fn var(self, correction: f64) -> Var<'t, T> {
        let x = self.value();
        self.record_unary(x.var(correction), || variance(whole(&x, "var"), x, correction))
    }

    /// The variance over `dims`, divided by n - `correction`.
    pub fn var_dims(self, dims: &[isize], correction: f64, keepdim: bool) -> Result<Var<'t, T>> {
        let x = self.value();
        let reduced = Reduced::new(&x, "var", Some(dims))?;
        let y = x.var_dims(dims, correction, keepdim)?;
        Ok(self.record_unary(y, || variance(reduced, x, correction)))
    }

    /// The largest of all elements, a scalar; equal ones share the cotangent.
    /// Refuses an empty tensor.
    pub fn max(self) -> Result<Var<'t, T>> {
        let x = self.value();
        let y = x.max()?;
        Ok(self.extreme("amax", whole(&x, "max"), x, y))
    }

    /// The smallest of all elements, a scalar; equal ones share the cotangent.
    /// Refuses an empty tensor.
    pub fn min(self) -> Result<Var<'t, T>> {
        let x = self.value();
        let y = x.min()?;
        Ok(self.extreme("amin", whole(&x, "min"), x, y))
    }

    /// The largest over `dims`; equal ones share the cotangent.
    pub fn amax(self, dims: &[isize], keepdim: bool) -> Result<Var<'t, T>> {
        let x = self.value();
        let reduced = Reduced::new(&x, "amax", Some(dims))?;
        let y = x.amax(dims, keepdim)?;
        Ok(self.extreme("amax", reduced, x, y))
    }

    /// The smallest over `dims`; equal ones share the cotangent.
    pub fn amin(self, dims: &[isize], keepdim: bool) -> Result<Var<'t, T>> {
        let x = self.value();
        let reduced = Reduced::new(&x, "amin", Some(dims))?;
        let y = x.amin(dims, keepdim)?;
        Ok(self.extreme("amin", reduced, x, y))
    }

    fn extreme(
        self,
        name: &'static str,
        reduced: Reduced,
        input: Tensor<T>,
        output: Tensor<T>,
    ) -> Var<'t, T> {
        self.record_unary(output.clone(), || Extreme { reduced, input, output, name })
    }
}

fn whole<T: Real>(x: &Tensor<T>, op: &str) -> Reduced {
    Reduced::new(x, op, None).expect("without dims there is nothing to refuse")
}

fn variance<T: Real>(reduced: Reduced, input: Tensor<T>, correction: f64) -> Variance<T> {
    let divisor = (reduced.count() - correction).max(0.0);
    Variance { reduced, input, divisor }
}
