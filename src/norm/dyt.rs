//! DyT, dynamic tanh: a norm's S-shape without its statistics. Chapter `norm/dyt`.
//!
//! ```text
//! y = w tanh(α x) + b           α one number; w, b one for each column
//!
//! h = ȳ w (1 - tanh²(α x))
//! x̄ = α h,   ᾱ = Σ x h          over all numbers
//! w̄ = Σ ȳ tanh(α x),   b̄ = Σ ȳ  over the samples
//! ```
//!
//! LayerNorm divides every sample by its own deviation, and over many samples the
//! outputs lie along an S. DyT is one such S for all of them: it shrinks what is
//! extreme, but no number depends on another, so there is nothing to reduce in the
//! forward, and x̄ has none of LayerNorm's subtracted terms.
//!
//! The input is saved. tanh is computed again in the backward: keeping it would
//! double the memory. `1 - tanh²` is taken as 4e / (1 + e)² with e = e^(-2|α x|), which
//! keeps its digits where tanh is near 1 and a subtraction would have none. An
//! infinite x adds its limit to ᾱ, 0, where the formula as it stands is infinity
//! times 0.
//!
//! J. Zhu, X. Chen, K. He, Y. LeCun and Z. Liu, "Transformers without
//! normalization", CVPR 2025, arXiv:2503.10622. PyTorch does not have it.

use rand::{Rng, RngExt};
use smallvec::smallvec;

use crate::error::{Error, Result};
use crate::kernel::dyt::{dyt as dyt_rows, dyt_backward};
use crate::module::{
    About, Args, Argument, Case, Family, Kind, Layer, Module, State, StateMut, Value, random_shape,
};
use crate::real::Real;
use crate::tape::{Cotangents, Op, Parameter, Saved, Var};
use crate::tensor::storage::buffer;
use crate::tensor::{Shape, Tensor};

/// The tanh of each number times a learned scale, in place of a norm.
///
/// | | shape |
/// |---|---|
/// | input, output | `[.., normalized_shape]` |
/// | `alpha` | `[1]`, initially `alpha_init_value` |
/// | `weight` | `normalized_shape`, initially 1 |
/// | `bias` | `normalized_shape`, initially 0 |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, norm::DyT};
///
/// let mut dyt = DyT::<f64>::new([3], 0.5)?;
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::new([[-2000.0, 0.0, 2000.0]]));
/// let y = dyt.forward(x)?;
/// assert_eq!(y.value().to_vec(), [-1.0, 0.0, 1.0]);
/// let gradients = y.sum().backward()?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.5, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DyT<T: Real> {
    /// How steep the S is.
    pub alpha: Parameter<T>,
    /// The scale.
    pub weight: Parameter<T>,
    /// The shift.
    pub bias: Parameter<T>,
}

impl<T: Real> DyT<T> {
    /// alpha at `alpha_init_value`, for which the paper has 0.5, the weight 1, the
    /// bias 0. Refuses an empty `normalized_shape`.
    pub fn new(normalized_shape: impl Into<Shape>, alpha_init_value: f64) -> Result<Self> {
        let shape = normalized_shape.into();
        if shape.is_empty() || shape.checked_numel().is_none() {
            return Err(Error::argument(
                "dyt",
                format!("normalized_shape {shape} must have 1 or more dims of possible sizes"),
            ));
        }
        let alpha = Tensor::full([1], T::from_f64(alpha_init_value));
        Ok(DyT {
            alpha: Parameter::new("alpha", alpha),
            weight: Parameter::new("weight", Tensor::ones(&shape)),
            bias: Parameter::new("bias", Tensor::zeros(&shape)),
        })
    }
}

/// [`DyT`] as a function. alpha is one number; weight and bias have the shape of
/// the input's trailing dims, one or more of them.
pub fn dyt<'t, T: Real>(
    x: Var<'t, T>,
    alpha: Var<'t, T>,
    weight: Var<'t, T>,
    bias: Var<'t, T>,
) -> Result<Var<'t, T>> {
    let input = x.value().contiguous();
    refuse_misfit(input.shape(), &alpha.shape(), &weight.shape(), &bias.shape())?;
    let (scale, shift) = (weight.value().contiguous(), bias.value().contiguous());
    let steepness = alpha.value();
    let mut y = buffer(input.numel());
    let (w, b) = (scale.contiguous_slice(), shift.contiguous_slice());
    dyt_rows(input.contiguous_slice(), only(&steepness), w, b, &mut y);
    let y = input.with_buffer(y);
    x.tape().record(&[x, alpha, weight, bias], y, || DytOp { input, alpha: steepness, scale })
}

impl<'t, T: Real> Var<'t, T> {
    /// [`dyt`] as a method.
    pub fn dyt(
        self,
        alpha: Var<'t, T>,
        weight: Var<'t, T>,
        bias: Var<'t, T>,
    ) -> Result<Var<'t, T>> {
        dyt(self, alpha, weight, bias)
    }
}

/// The number of a tensor that has only one.
fn only<T: Real>(tensor: &Tensor<T>) -> T {
    tensor.item().expect("alpha was found to be one number")
}

#[derive(Debug)]
struct DytOp<T: Real> {
    input: Tensor<T>,
    alpha: Tensor<T>,
    scale: Tensor<T>,
}

impl<T: Real> Op<T> for DytOp<T> {
    fn name(&self) -> &'static str {
        "dyt"
    }

    fn saved(&self) -> Saved<T> {
        Saved::new().and("input", &self.input).and("alpha", &self.alpha).and("weight", &self.scale)
    }

    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let (x, dy) = (self.input.contiguous_slice(), grad_output.contiguous());
        let (w, dy) = (self.scale.contiguous_slice(), dy.contiguous_slice());
        let mut dx = buffer(x.len());
        let sums = dyt_backward(x, only(&self.alpha), w, dy, &mut dx);
        let of_columns = |sums: Vec<T::Wide>| {
            let narrowed = sums.into_iter().map(T::narrow).collect();
            self.scale.with_buffer(narrowed)
        };
        smallvec![
            Some(self.input.with_buffer(dx)),
            Some(Tensor::full(self.alpha.shape(), T::narrow(sums.alpha))),
            Some(of_columns(sums.weight)),
            Some(of_columns(sums.bias)),
        ]
    }
}

fn refuse_misfit(input: &Shape, alpha: &Shape, weight: &Shape, bias: &Shape) -> Result<()> {
    if alpha.numel() != 1 {
        return Err(Error::shape(
            "dyt",
            format!("alpha has shape {alpha}, it must be one number; give it shape [1]"),
        ));
    }
    let trailing = input.len().checked_sub(weight.len()).map(|start| &input[start..]);
    if weight.is_empty() || trailing != Some(&**weight) {
        return Err(Error::shape(
            "dyt",
            format!(
                "weight has shape {weight}, it must be the trailing dims of the input, which \
                 has shape {input}; give those sizes, at least one"
            ),
        ));
    }
    if bias != weight {
        return Err(Error::shape(
            "dyt",
            format!("bias has shape {bias}, it must have the weight's, {weight}"),
        ));
    }
    Ok(())
}

impl<T: Real> Module<T> for DyT<T> {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        let tape = x.tape();
        tape.all_or_nothing(|| {
            let [alpha, weight, bias] =
                [&self.alpha, &self.weight, &self.bias].map(|parameter| tape.parameter(parameter));
            dyt(x, alpha, weight, bias)
        })
    }

    fn state(&self) -> Vec<(String, State<'_, T>)> {
        let named = [("alpha", &self.alpha), ("weight", &self.weight), ("bias", &self.bias)];
        named.map(|(name, parameter)| (name.to_owned(), State::Parameter(parameter))).into()
    }

    fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        let named =
            [("alpha", &mut self.alpha), ("weight", &mut self.weight), ("bias", &mut self.bias)];
        named.map(|(name, parameter)| (name.to_owned(), StateMut::Parameter(parameter))).into()
    }
}

impl<T: Real> Layer<T> for DyT<T> {
    const ABOUT: About = About {
        name: "DyT",
        stem: "dyt",
        family: Family::Norm,
        summary: "a tanh with a learned scale in place of a norm",
        arguments: &[
            Argument {
                name: "normalized_shape",
                kind: Kind::Shape,
                default: None,
                meaning: "the trailing dims, for each of whose places there is a weight and a bias",
            },
            Argument {
                name: "alpha_init_value",
                kind: Kind::Float,
                default: Some(Value::Float(0.5)),
                meaning: "alpha's initial value",
            },
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Self::new(args.shape("normalized_shape")?, args.float("alpha_init_value")?)
    }

    fn args_for(shape: &Shape) -> Args {
        Args::new().with("normalized_shape", &shape[shape.len().saturating_sub(1)..])
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        let shape = random_shape(rng, 1..=4, 0..=4);
        let trailing = rng.random_range(0..shape.len());
        let args = Args::new()
            .with("normalized_shape", &shape[trailing..])
            .with("alpha_init_value", rng.random_range(-1.0..2.0));
        Case { args, shape }
    }
}
