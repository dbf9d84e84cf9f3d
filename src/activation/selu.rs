//! SELU: an ELU scaled so that mean 0 and variance 1 reproduce themselves.
//! Chapter `activation/selu`.
//!
//! ```text
//! y = λ x  where x > 0, else λ α (e^x - 1)
//! x̄ = λ ȳ  where x > 0, else λ α e^x ȳ        λ = 1.0507.., α = 1.6733..
//! ```
//!
//! The two numbers are the only ones for which a standard normal x gives a y of
//! mean 0 and variance 1. The input is saved and not the output, for the first
//! of the reasons that `elu.rs` gives. At 0 the slope is the negative side's,
//! λ α = 1.7581, as in PyTorch.
//!
//! G. Klambauer, T. Unterthiner, A. Mayr and S. Hochreiter, "Self-normalizing
//! neural networks", NIPS 2017, arXiv:1706.02515, eq. 2.

use super::{Activation, INPLACE};
use crate::error::Result;
use crate::module::{About, Args, Choice, Family, Kink};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// The paper's λ, to the digits of an f64.
pub const SELU_SCALE: f64 = 1.050_700_987_355_480_5;

/// The paper's α, to the digits of an f64.
pub const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

/// An ELU with fixed constants, of which a deep stack keeps mean 0 and variance 1.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::activation::{SELU, SELU_ALPHA, SELU_SCALE};
/// use handgrad::{Module, Tape, Tensor};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([f64::NEG_INFINITY, 0.0, 1.0]));
/// let y = SELU.forward(x)?;
/// assert_eq!(y.value().to_vec(), [-SELU_SCALE * SELU_ALPHA, 0.0, SELU_SCALE]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, SELU_SCALE * SELU_ALPHA, SELU_SCALE]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SELU;

/// [`SELU`] as a function.
pub fn selu<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(SELU)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`SELU`](crate::activation::SELU) as a method.
    pub fn selu(self) -> Var<'t, T> {
        selu(self)
    }
}

// ANCHOR: selu
impl Pointwise for SELU {
    const NAME: &'static str = "selu";
    const SAVES: Saves = Saves::Input;

    fn grad_fn(self) -> Option<&'static str> {
        Some("EluBackward0")
    }

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let (scale, below) = (T::from_f64(SELU_SCALE), T::from_f64(SELU_SCALE * SELU_ALPHA));
        if x <= T::ZERO { below * x.exp_m1() } else { scale * x }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let (scale, below) = (T::from_f64(SELU_SCALE), T::from_f64(SELU_SCALE * SELU_ALPHA));
        if x <= T::ZERO { below * x.exp_down() * grad_output } else { scale * grad_output }
    }
}
// ANCHOR_END: selu

impl Activation for SELU {
    const ABOUT: About = About {
        name: "SELU",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "an ELU of which a deep stack keeps mean 0 and variance 1",
        arguments: &[INPLACE],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(SELU)
    }

    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: 0.0, slope: Choice::Left }]
    }
}
