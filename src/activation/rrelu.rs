//! RReLU: LeakyReLU whose slope is drawn anew for every element in training.
//! Chapter `activation/rrelu`.
//!
//! ```text
//! r ~ U(lower, upper)              training; in evaluation (lower + upper) / 2
//! y = x  where x > 0, else r x     x̄ = ȳ  where x > 0, else r ȳ
//! ```
//!
//! Training saves the slopes, 1 where x > 0, and not the input: the backward
//! must use the numbers that the forward drew. Evaluation is LeakyReLU and saves
//! the input. At 0 the slope is the negative side's, as in PyTorch; a NaN has
//! the slope 1 in training and the mean slope in evaluation, also as in PyTorch.
//!
//! B. Xu, N. Wang, T. Chen and M. Li, "Empirical evaluation of rectified
//! activations in convolutional network", arXiv:1505.00853.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};
use smallvec::smallvec;

use super::{INPLACE, LeakyReLU};
use crate::error::{Error, Result};
use crate::module::{
    About, Args, Argument, Case, Choice, Family, Kind, Kink, Layer, Module, Value, random_shape,
};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::{Cotangents, Op, Saved, Var};
use crate::tensor::Tensor;

const GRAD_FN: &str = "RreluWithNoiseBackward0";

/// Negative values are scaled by random slopes in training, by their mean in
/// evaluation.
///
/// Input and output have the same shape; there are no parameters. A module owns
/// its generator, so that two modules made from the same seed draw the same.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::RReLU};
/// use rand::{SeedableRng, rngs::ChaCha8Rng};
///
/// let mut rrelu = RReLU::new(0.1, 0.3, &mut ChaCha8Rng::seed_from_u64(0))?;
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-1.0, -1.0, 2.0]));
/// let y = rrelu.forward(x)?.value().to_vec();
/// assert!(y[0] != y[1] && y[..2].iter().all(|y| (-0.3..=-0.1).contains(y)) && y[2] == 2.0);
///
/// Module::<f64>::eval(&mut rrelu);
/// assert_eq!(rrelu.forward(x)?.value().to_vec(), [-0.2, -0.2, 2.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Debug)]
pub struct RReLU {
    range: Range,
    rng: ChaCha8Rng,
    training: bool,
}

impl RReLU {
    /// Slopes between `lower` and `upper`, from a generator of its own that is
    /// seeded from `rng`. Refuses bounds that are not finite or `lower > upper`.
    pub fn new<R: Rng + ?Sized>(lower: f64, upper: f64, rng: &mut R) -> Result<Self> {
        let rng = ChaCha8Rng::seed_from_u64(rng.random());
        Ok(RReLU { range: Range::new(lower, upper)?, rng, training: true })
    }
}

/// The slopes' interval.
#[derive(Clone, Copy, Debug)]
struct Range {
    lower: f64,
    upper: f64,
}

impl Range {
    fn new(lower: f64, upper: f64) -> Result<Self> {
        if !(lower.is_finite() && upper.is_finite() && lower <= upper) {
            return Err(Error::argument(
                "rrelu",
                format!("the bounds {lower:?} and {upper:?} must be finite, and lower <= upper"),
            ));
        }
        Ok(Range { lower, upper })
    }

    fn mean(self) -> f64 {
        f64::midpoint(self.lower, self.upper)
    }

    // ANCHOR: draw
    /// A slope; every call takes one number from the generator.
    fn draw(self, rng: &mut dyn Rng) -> f64 {
        self.lower + (self.upper - self.lower) * rng.random::<f64>()
    }
    // ANCHOR_END: draw
}

/// [`RReLU`] as a function: of training where it is given a generator, of
/// evaluation where it is not. Refuses bounds that are not finite or
/// `lower > upper`.
pub fn rrelu<'t, T: Real>(
    x: Var<'t, T>,
    lower: f64,
    upper: f64,
    rng: Option<&mut dyn Rng>,
) -> Result<Var<'t, T>> {
    let range = Range::new(lower, upper)?;
    let Some(rng) = rng else {
        return Ok(x.pointwise(MeanSlope(LeakyReLU { negative_slope: range.mean() })));
    };
    // ANCHOR: forward
    // Positive elements draw too, so that the slope of each depends on the seed
    // and its place alone, not on the signs of those before it.
    let input = x.value();
    let draws = input.iter().map(|x| {
        let slope = T::from_f64(range.draw(rng));
        if x <= T::ZERO { slope } else { T::ONE }
    });
    let slopes = Tensor::contiguous_from(draws.collect(), input.shape().clone());
    let y = input.zip_same(&slopes, |x, slope| x * slope);
    // ANCHOR_END: forward
    Ok(x.record_unary(y, || RReluOp { slopes }))
}

impl<'t, T: Real> Var<'t, T> {
    /// [`rrelu`](crate::activation::rrelu) as a method.
    pub fn rrelu(self, lower: f64, upper: f64, rng: Option<&mut dyn Rng>) -> Result<Var<'t, T>> {
        rrelu(self, lower, upper, rng)
    }
}

// ANCHOR: backward
#[derive(Debug)]
struct RReluOp<T: Real> {
    /// What each element was multiplied by.
    slopes: Tensor<T>,
}

impl<T: Real> Op<T> for RReluOp<T> {
    fn name(&self) -> &'static str {
        "rrelu"
    }

    fn grad_fn(&self) -> String {
        GRAD_FN.to_owned()
    }

    fn saved(&self) -> Saved<T> {
        Saved::new().and("slopes", &self.slopes)
    }

    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        smallvec![Some(self.slopes.zip_same(grad_output, |slope, g| slope * g))]
    }
}
// ANCHOR_END: backward

// ANCHOR: evaluation
/// RReLU in evaluation: LeakyReLU under another name.
#[derive(Clone, Copy, Debug)]
struct MeanSlope(LeakyReLU);

impl Pointwise for MeanSlope {
    const NAME: &'static str = "rrelu";
    const SAVES: Saves = LeakyReLU::SAVES;

    fn grad_fn(self) -> Option<&'static str> {
        Some(GRAD_FN)
    }

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        self.0.forward(x)
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        self.0.backward(x, grad_output)
    }
}
// ANCHOR_END: evaluation

impl<T: Real> Module<T> for RReLU {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        let rng = self.training.then_some(&mut self.rng as &mut dyn Rng);
        rrelu(x, self.range.lower, self.range.upper, rng)
    }

    fn set_training(&mut self, training: bool) {
        self.training = training;
    }

    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: 0.0, slope: Choice::Left }]
    }
}

impl<T: Real> Layer<T> for RReLU {
    const ABOUT: About = About {
        name: "RReLU",
        stem: "rrelu",
        family: Family::Activation,
        summary: "negative values are scaled by random slopes in training",
        arguments: &[
            Argument {
                name: "lower",
                kind: Kind::Float,
                default: Some(Value::Float(1.0 / 8.0)),
                meaning: "the least slope",
            },
            Argument {
                name: "upper",
                kind: Kind::Float,
                default: Some(Value::Float(1.0 / 3.0)),
                meaning: "the greatest slope",
            },
            INPLACE,
        ],
    };

    /// The generator starts from the seed 0.
    fn from_args(args: &Args) -> Result<Self> {
        let (lower, upper) = (args.float("lower")?, args.float("upper")?);
        RReLU::new(lower, upper, &mut ChaCha8Rng::seed_from_u64(0))
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        let lower = rng.random_range(-0.5..0.5);
        let upper = lower + rng.random_range(0.0..1.0);
        let args = Args::new().with("lower", lower).with("upper", upper);
        Case { args, shape: random_shape(rng, 0..=4, 0..=4) }
    }
}
