//! The operation under LayerNorm, GroupNorm, InstanceNorm, BatchNorm, RMSNorm
//! and weight standardization. Each of them says which numbers share statistics
//! (a [`Grouping`]); the rest is the same for all. Chapter `norm/one_formula`.
//!
//! ```text
//! x_hat = (x - mean) rstd,   rstd = 1 / sqrt(var + eps)      var biased: / n
//! y = x_hat w + b                                            w, b by channel
//!
//! b̄ = Σ ȳ,   w̄ = Σ ȳ x_hat            over all numbers of the channel
//! h = ȳ w
//! x̄ = rstd (h - mean(h) - x_hat mean(h x_hat))               means over the set
//! ```
//!
//! The subtracted terms are what reaches x through the mean and through the
//! standard deviation. Saved are the input and two statistics a set; `x_hat` is
//! cheaper to compute again than to keep. The statistics are f64 also for f32,
//! so that a set of mean 10,000 loses nothing (PyTorch keeps f32 there).

use crate::error::{Error, Result};
use crate::kernel::grouping::Grouping;
use crate::kernel::standardize::{Center, Statistics, standardize, standardize_with};
use crate::kernel::standardize_backward::standardize_backward;
use crate::real::Real;
use crate::tape::{Cotangents, Op, Saved, Var};
use crate::tensor::storage::{Buffer, buffer};
use crate::tensor::{Shape, Tensor};

/// What is applied to x_hat, channel by channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine<'t, T: Real> {
    pub(super) weight: Option<Var<'t, T>>,
    pub(super) bias: Option<Var<'t, T>>,
}

impl<T: Real> Affine<'_, T> {
    pub(super) fn none() -> Self {
        Affine { weight: None, bias: None }
    }

    /// Refuses a weight or bias whose shape is not `expected`, which is called
    /// `what`.
    pub(super) fn refuse_misfit(&self, op: &str, expected: &Shape, what: &str) -> Result<()> {
        for (name, var) in [("weight", self.weight), ("bias", self.bias)] {
            if let Some(shape) = var.map(Var::shape).filter(|shape| shape != expected) {
                return Err(Error::shape(
                    op,
                    format!("{name} has shape {shape}, it must have {what} {expected}"),
                ));
            }
        }
        Ok(())
    }
}

impl<T: Real> Affine<'_, T> {
    /// Weight and bias as one number a channel: 1 and 0 where there is none. The 0 is
    /// negative, which leaves the sign of a zero it is added to, where x is not centred:
    /// RMSNorm keeps it in PyTorch, the others do not.
    pub(super) fn by_channel(&self, channels: usize, center: Center) -> (Tensor<T>, Tensor<T>) {
        let zero = if center == Center::Zero { -T::ZERO } else { T::ZERO };
        let value = |var: Option<Var<'_, T>>, otherwise: T| match var {
            Some(var) => var.value().contiguous(),
            None => Tensor::full([channels], otherwise),
        };
        (value(self.weight, T::ONE), value(self.bias, zero))
    }
}

/// A norm's output, and the statistics that made it, one for each set.
pub(super) type WithStatistics<'t, T> = (Var<'t, T>, Vec<Statistics<<T as Real>::Wide>>);

/// One of the norms, for inputs of one shape.
#[derive(Clone, Debug)]
pub(super) struct Norm {
    pub(super) name: &'static str,
    pub(super) grad_fn: &'static str,
    pub(super) grouping: Grouping,
    /// The shape in which the statistics are shown: one for each set.
    pub(super) sets: Shape,
}

impl Norm {
    /// Records the norm with statistics of x; returns them too.
    pub(super) fn apply<'t, T: Real>(
        self,
        x: Var<'t, T>,
        affine: Affine<'t, T>,
        center: Center,
        eps: f64,
    ) -> Result<WithStatistics<'t, T>> {
        let input = x.value().contiguous();
        let (scale, shift) = affine.by_channel(self.grouping.channels(), center);
        let mut y = buffer(input.numel());
        let statistics = if y.is_empty() {
            Vec::new()
        } else {
            let affine = (scale.contiguous_slice(), shift.contiguous_slice());
            standardize(input.contiguous_slice(), &mut y, &self.grouping, (center, eps), affine)
        };
        let y = self.record(x, affine, y, (input, scale), (center, statistics.clone()))?;
        Ok((y, statistics))
    }

    /// Records the norm with given statistics, one a channel.
    pub(super) fn apply_given<'t, T: Real>(
        self,
        x: Var<'t, T>,
        affine: Affine<'t, T>,
        statistics: Vec<Statistics<T::Wide>>,
    ) -> Result<Var<'t, T>> {
        let input = x.value().contiguous();
        let (scale, shift) = affine.by_channel(self.grouping.channels(), Center::Given);
        let mut y = buffer(input.numel());
        if !y.is_empty() {
            let affine = (scale.contiguous_slice(), shift.contiguous_slice());
            standardize_with(input.contiguous_slice(), &mut y, &self.grouping, &statistics, affine);
        }
        self.record(x, affine, y, (input, scale), (Center::Given, statistics))
    }

    fn record<'t, T: Real>(
        self,
        x: Var<'t, T>,
        affine: Affine<'t, T>,
        y: Buffer<T>,
        (input, scale): (Tensor<T>, Tensor<T>),
        (center, statistics): (Center, Vec<Statistics<T::Wide>>),
    ) -> Result<Var<'t, T>> {
        let inputs: Vec<_> = [Some(x), affine.weight, affine.bias].into_iter().flatten().collect();
        let y = input.with_buffer(y);
        x.tape().record(&inputs, y, || StandardizeOp {
            norm: self,
            input,
            scale,
            center,
            statistics,
            affine: [affine.weight, affine.bias].map(|var| var.map(Var::shape)),
        })
    }
}

#[derive(Debug)]
struct StandardizeOp<T: Real> {
    norm: Norm,
    input: Tensor<T>,
    /// The weight, or ones, by channel.
    scale: Tensor<T>,
    center: Center,
    statistics: Vec<Statistics<T::Wide>>,
    /// The shapes of weight and bias, where they are inputs.
    affine: [Option<Shape>; 2],
}

impl<T: Real> Op<T> for StandardizeOp<T> {
    fn name(&self) -> &'static str {
        self.norm.name
    }

    fn grad_fn(&self) -> String {
        self.norm.grad_fn.to_owned()
    }

    fn saved(&self) -> Saved<T> {
        let saved = Saved::new().and("input", &self.input);
        let saved = saved.and_some("weight", self.affine[0].as_ref().map(|_| &self.scale));
        let rstd = self.by_set(|s| s.rstd);
        match self.center {
            Center::Zero => saved.and_wide("rstd", &rstd),
            _ => saved.and_wide("mean", &self.by_set(|s| s.mean)).and_wide("rstd", &rstd),
        }
    }

    // ANCHOR: backward
    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let (x, dy) = (self.input.contiguous_slice(), grad_output.contiguous());
        let shapes = self.affine.iter().flatten();
        if x.is_empty() {
            return std::iter::once(self.input.shape())
                .chain(shapes)
                .map(|shape| Some(Tensor::zeros(shape)))
                .collect();
        }
        let (statistics, weight) = (self.statistics.as_slice(), self.scale.contiguous_slice());
        let mut dx = buffer(x.len());
        let sums = standardize_backward(
            x,
            dy.contiguous_slice(),
            &mut dx,
            &self.norm.grouping,
            (self.center, statistics),
            weight,
        );
        let grad_input = self.input.with_buffer(dx);
        let wanted = [sums.weight, sums.bias].into_iter().zip(&self.affine);
        let grad_affine = wanted.filter_map(|(sums, shape)| {
            let narrowed = sums.into_iter().map(T::narrow).collect();
            Some(Some(Tensor::contiguous_from(narrowed, shape.clone()?)))
        });
        std::iter::once(Some(grad_input)).chain(grad_affine).collect()
    }
    // ANCHOR_END: backward
}

impl<T: Real> StandardizeOp<T> {
    /// One statistic of every set.
    fn by_set(&self, pick: impl Fn(&Statistics<T::Wide>) -> T::Wide) -> Tensor<T::Wide> {
        if self.statistics.is_empty() {
            // Sets without numbers, of which there may be any number.
            let none = Tensor::scalar(T::Wide::from_f64(f64::NAN));
            return none.expand(&self.norm.sets).expect("a scalar expands to any shape");
        }
        Tensor::contiguous_from(self.statistics.iter().map(pick).collect(), self.norm.sets.clone())
    }
}
