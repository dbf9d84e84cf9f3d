//! Activations, one file each.
//!
//! The elementwise ones are a [`Pointwise`] function and a description; the
//! driver in `ops` records and differentiates them all, in one loop each way.
//! The gated ones are a pointwise function again, under the driver of
//! [`Var::gated`]. Softmax and its kin have a kernel of their own.

use rand::{Rng, RngExt};

use crate::error::Result;
use crate::module::{
    About, Args, Argument, Case, Kind, Kink, Layer, Module, Value, layers, random_shape,
};
use crate::ops::Pointwise;
use crate::real::Real;
use crate::tape::Var;
use crate::tensor::Shape;

layers! {
    // Rectifiers.
    relu: ReLU;
    relu6: ReLU6;
    leaky_relu: LeakyReLU;
    prelu: PReLU<T>;
    rrelu: RReLU;
    threshold: Threshold;
    squared_relu: SquaredReLU;
    // Exponential below 0.
    elu: ELU;
    celu: CELU;
    selu: SELU;
    // Smooth, and gated by themselves.
    gelu: GELU;
    silu: SiLU;
    mish: Mish;
    hardswish: Hardswish;
    softplus: Softplus;
    // Saturating.
    sigmoid: Sigmoid;
    log_sigmoid: LogSigmoid;
    hardsigmoid: Hardsigmoid;
    tanh: Tanh;
    hardtanh: Hardtanh;
    softsign: Softsign;
    // Shrinks.
    tanhshrink: Tanhshrink;
    hardshrink: Hardshrink;
    softshrink: Softshrink;
    // One half gates the other.
    glu: GLU;
    reglu: ReGLU;
    geglu: GEGLU;
    swiglu: SwiGLU;
    // Over a whole line.
    softmax: Softmax;
    softmin: Softmin;
    softmax2d: Softmax2d;
    log_softmax: LogSoftmax;
}

/// A pointwise function that is a layer of the catalog.
///
/// Whatever implements it is a [`Module`] as well.
pub trait Activation: Pointwise {
    /// What it says of itself.
    const ABOUT: About;

    /// The activation from its arguments, all of which are there.
    fn from_args(args: &Args) -> Result<Self>;

    /// Where it is not smooth.
    fn kinks(&self) -> Vec<Kink> {
        Vec::new()
    }

    /// Random arguments that it accepts.
    fn sample_args(_rng: &mut dyn Rng) -> Args {
        Args::new()
    }
}

impl<T: Real, A: Activation> Module<T> for A {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        Ok(x.pointwise(*self))
    }

    fn kinks(&self) -> Vec<Kink> {
        Activation::kinks(self)
    }
}

impl<T: Real, A: Activation> Layer<T> for A {
    const ABOUT: About = <A as Activation>::ABOUT;

    fn from_args(args: &Args) -> Result<Self> {
        Activation::from_args(args)
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        Case { args: A::sample_args(rng), shape: random_shape(rng, 0..=4, 0..=4) }
    }
}

/// PyTorch's `inplace`, which changes no value: it overwrites the input to save
/// memory. A tape keeps every value that a backward or a reader may ask for, so
/// here it has nothing to do, and is accepted for the signature's sake.
const INPLACE: Argument = Argument {
    name: "inplace",
    kind: Kind::Bool,
    default: Some(Value::Bool(false)),
    meaning: "accepted as in PyTorch; changes nothing, since a tape keeps its values",
};

/// -|x|, with the slope 1 of the negative side at 0, where that of `abs` is 0: a
/// smooth function made of it stays smooth over dual numbers.
#[inline(always)]
fn minus_abs<T: Real>(x: T) -> T {
    if x > T::ZERO { -x } else { x }
}

/// x, but no less than `bound`, where the function has reached its limit: an
/// infinite x then meets no `0 * inf`. A NaN stays.
#[inline(always)]
fn at_least<T: Real>(x: T, bound: f64) -> T {
    let bound = T::from_f64(bound);
    if x < bound { bound } else { x }
}

/// x, but no more than `bound`; see [`at_least`].
#[inline(always)]
fn at_most<T: Real>(x: T, bound: f64) -> T {
    let bound = T::from_f64(bound);
    if x > bound { bound } else { x }
}

/// A random dim of a shape, counted from either end.
fn random_dim(rng: &mut dyn Rng, shape: &Shape) -> i64 {
    let rank = shape.len().max(1) as i64;
    rng.random_range(-rank..rank)
}

/// A random multiple of 1/64 from `low` to `high`. Every float type holds it
/// exactly, so that a kink made of it lies at the same place in all of them.
fn random_dyadic(rng: &mut dyn Rng, low: f64, high: f64) -> f64 {
    f64::from(rng.random_range((low * 64.0) as i32..=(high * 64.0) as i32)) / 64.0
}
