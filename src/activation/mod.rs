//! Activations, one file each.
//!
//! The elementwise ones are a [`Pointwise`] function and a description; the
//! driver in `ops` records and differentiates them all, in one loop each way.

use rand::Rng;

use crate::error::Result;
use crate::module::{
    About, Args, Argument, Case, Kind, Kink, Layer, Module, Value, layers, random_shape,
};
use crate::ops::Pointwise;
use crate::real::Real;
use crate::tape::Var;

layers! {
    relu: ReLU;
    leaky_relu: LeakyReLU;
    prelu: PReLU<T>;
}

/// A pointwise function that is a layer of the catalog.
///
/// Whatever implements it is a [`Module`] as well.
pub trait Activation: Pointwise {
    /// What it says of itself.
    const ABOUT: About;

    /// The activation from its arguments, all of which are there.
    fn from_args(args: &Args) -> Result<Self>;

    /// Where it is not differentiable.
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
