//! Weight standardization: each output channel's weights are standardized before
//! they are used. Chapter `norm/weight_standardization`.
//!
//! ```text
//! w_hat = (w - mean) / sqrt(var + eps)      over all weights of one output channel
//! ```
//!
//! A reparametrization: the input here is the weight of a Linear `[out, in]` or of
//! a Conv `[out, in, ..]`, and the layer goes on with the output in its place. It
//! is LayerNorm of the weight's rows without weight and bias of their own, and its
//! backward is theirs, in `standardized.rs`: what reaches w is freed of its mean
//! and of its component along w_hat.
//!
//! S. Qiao, H. Wang, C. Liu, W. Shen and A. Yuille, "Micro-batch training with
//! batch-channel normalization and weight standardization", arXiv:1903.10520.
//! Their variance is biased with eps inside the root, as here. The paper's first
//! version has eps outside, and so has the code beside it, whose deviation is
//! unbiased.

use rand::Rng;

use super::affine;
use super::standardized::{Affine, Norm};
use crate::error::{Error, Result};
use crate::kernel::grouping::Grouping;
use crate::kernel::standardize::Center;
use crate::module::{About, Args, Case, Family, Layer, Module, random_shape};
use crate::real::Real;
use crate::tape::Var;

/// Standardizes the weights of each output channel of a Linear or Conv.
///
/// | | shape |
/// |---|---|
/// | input (a weight), output | `[out, in]` or `[out, in, ..]` |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, norm::WeightStandardization};
///
/// let tape = Tape::new();
/// let w = tape.leaf(Tensor::<f64>::new([[1.0, 3.0], [-5.0, 15.0]]));
/// let w_hat = WeightStandardization { eps: 0.0 }.forward(w)?;
/// assert_eq!(w_hat.value().to_vec(), [-1.0, 1.0, -1.0, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightStandardization {
    /// Added to the variance.
    pub eps: f64,
}

impl Default for WeightStandardization {
    fn default() -> Self {
        WeightStandardization { eps: 1e-5 }
    }
}

/// [`WeightStandardization`] as a function. Refuses a weight whose rank is below
/// 2.
pub fn weight_standardization<T: Real>(weight: Var<'_, T>, eps: f64) -> Result<Var<'_, T>> {
    let shape = weight.shape();
    if shape.len() < 2 {
        return Err(Error::shape(
            "weight_standardization",
            format!("the weight {shape} has no dim of inputs; give [out, in] or [out, in, ..]"),
        ));
    }
    // ANCHOR: forward
    let (out, of_one) = shape.split_at(1);
    let norm = Norm {
        name: "weight_standardization",
        grad_fn: "WeightStandardizationBackward0",
        grouping: Grouping::rows(out, of_one),
        sets: out.into(),
    };
    Ok(norm.apply(weight, Affine::none(), Center::Mean, eps)?.0)
    // ANCHOR_END: forward
}

impl<T: Real> Module<T> for WeightStandardization {
    fn forward<'t>(&mut self, weight: Var<'t, T>) -> Result<Var<'t, T>> {
        weight_standardization(weight, self.eps)
    }
}

impl<T: Real> Layer<T> for WeightStandardization {
    const ABOUT: About = About {
        name: "WeightStandardization",
        stem: "weight_standardization",
        family: Family::Norm,
        summary: "standardizes the weights of each output channel",
        arguments: &[affine::EPS],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(WeightStandardization { eps: args.float("eps")? })
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        Case { args: Args::new().with("eps", 1e-3), shape: random_shape(rng, 2..=4, 1..=4) }
    }
}
