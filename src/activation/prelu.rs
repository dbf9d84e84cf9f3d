//! PReLU: LeakyReLU whose slope is learned. Chapter `activation/prelu`.
//!
//! ```text
//! y = x  where x > 0, else w x
//! x̄ = ȳ  where x > 0, else w ȳ        w̄ = Σ x ȳ over all x <= 0 that w scaled
//! ```
//!
//! The input and the weight are saved. At x = 0 the slope is the negative
//! side's, w, as in PyTorch.
//!
//! K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers",
//! ICCV 2015, eq. 1 and section 2.

use rand::{Rng, RngExt};
use smallvec::smallvec;

use crate::error::{Error, Result};
use crate::kernel::prelu::{self as kernel, Slopes};
use crate::module::{
    About, Args, Argument, Case, Choice, Family, Kind, Kink, Layer, Module, State, StateMut, Value,
    random_shape,
};
use crate::real::Real;
use crate::tape::{Cotangents, Op, Parameter, Saved, Var};
use crate::tensor::Tensor;
use crate::tensor::storage::buffer;

/// Negative values are scaled by a learned slope: one for all, or one for each
/// channel (dimension 1; an input of rank 0 or 1 is one channel).
///
/// | | shape |
/// |---|---|
/// | input, output | any, `[N, C, ..]` with C slopes |
/// | `weight` | `[1]` or `[C]`, initially 0.25 |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::PReLU};
///
/// let mut prelu = PReLU::<f64>::default();
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::new([-2.0, 3.0]));
/// let y = prelu.forward(x)?;
/// assert_eq!(y.value().to_vec(), [-0.5, 3.0]);
/// let gradients = y.sum().backward()?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [0.25, 1.0]);
/// assert_eq!(gradients.of(&prelu.weight)?.to_vec(), [-2.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PReLU<T: Real> {
    /// The slopes.
    pub weight: Parameter<T>,
}

/// One slope, 0.25.
impl<T: Real> Default for PReLU<T> {
    fn default() -> Self {
        Self::new(1, 0.25)
    }
}

impl<T: Real> PReLU<T> {
    /// `num_parameters` slopes, all of them `init` at first.
    pub fn new(num_parameters: usize, init: f64) -> Self {
        let slopes = Tensor::full([num_parameters], T::from_f64(init));
        PReLU { weight: Parameter::new("weight", slopes) }
    }
}

/// [`PReLU`] as a function of input and slopes. Refuses slopes that are neither
/// one nor one for each channel.
pub fn prelu<'t, T: Real>(x: Var<'t, T>, weight: Var<'t, T>) -> Result<Var<'t, T>> {
    let (input, slopes) = (x.value(), weight.value());
    let channels = if input.rank() < 2 { 1 } else { input.shape()[1] };
    let fits = slopes.rank() <= 1 && (slopes.numel() == 1 || slopes.numel() == channels);
    if !fits {
        return Err(Error::shape(
            "prelu",
            format!(
                "weight {} does not fit input {}: give one slope, or one for each channel, \
                 of which it has {channels} (dim 1; a single one where the rank is below 2)",
                slopes.shape(),
                input.shape()
            ),
        ));
    }
    // ANCHOR: forward
    let input = input.contiguous();
    let inner = if slopes.numel() == 1 { 1 } else { input.shape()[2..].iter().product() };
    let mut y = buffer(input.numel());
    if !y.is_empty() {
        let slopes = slopes.contiguous();
        let slopes = Slopes { slopes: slopes.contiguous_slice(), inner };
        kernel::prelu(input.contiguous_slice(), &mut y, slopes);
    }
    let y = input.with_buffer(y);
    // ANCHOR_END: forward
    x.tape().record(&[x, weight], y, || PReluOp { input, slopes, inner })
}

impl<'t, T: Real> Var<'t, T> {
    /// [`prelu`] as a method.
    pub fn prelu(self, weight: Var<'t, T>) -> Result<Var<'t, T>> {
        prelu(self, weight)
    }
}

#[derive(Debug)]
struct PReluOp<T: Real> {
    input: Tensor<T>,
    slopes: Tensor<T>,
    /// How many numbers side by side have one slope.
    inner: usize,
}

impl<T: Real> Op<T> for PReluOp<T> {
    fn name(&self) -> &'static str {
        "prelu"
    }

    fn grad_fn(&self) -> String {
        "PreluKernelBackward0".to_owned()
    }

    fn saved(&self) -> Saved<T> {
        Saved::new().and("input", &self.input).and("weight", &self.slopes)
    }

    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let (g, slopes) = (grad_output.contiguous(), self.slopes.contiguous());
        let mut dx = buffer(self.input.numel());
        let sums = if dx.is_empty() {
            vec![T::Wide::ZERO; slopes.numel()]
        } else {
            let slopes = Slopes { slopes: slopes.contiguous_slice(), inner: self.inner };
            let x = self.input.contiguous_slice();
            kernel::prelu_backward(x, g.contiguous_slice(), &mut dx, slopes)
        };
        let grad_weight = sums.into_iter().map(T::narrow).collect();
        smallvec![Some(self.input.with_buffer(dx)), Some(self.slopes.with_buffer(grad_weight)),]
    }
}

impl<T: Real> Module<T> for PReLU<T> {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        x.tape().all_or_nothing(|| prelu(x, x.tape().parameter(&self.weight)))
    }

    fn state(&self) -> Vec<(String, State<'_, T>)> {
        vec![("weight".to_owned(), State::Parameter(&self.weight))]
    }

    fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        vec![("weight".to_owned(), StateMut::Parameter(&mut self.weight))]
    }

    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: 0.0, slope: Choice::Left }]
    }
}

impl<T: Real> Layer<T> for PReLU<T> {
    const ABOUT: About = About {
        name: "PReLU",
        stem: "prelu",
        family: Family::Activation,
        summary: "negative values are scaled by a learned slope",
        arguments: &[
            Argument {
                name: "num_parameters",
                kind: Kind::Int,
                default: Some(Value::Int(1)),
                meaning: "how many slopes: 1, or one for each channel (dim 1)",
            },
            Argument {
                name: "init",
                kind: Kind::Float,
                default: Some(Value::Float(0.25)),
                meaning: "every slope's initial value",
            },
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(Self::new(args.size("num_parameters")?, args.float("init")?))
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        let shape = random_shape(rng, 0..=4, 0..=4);
        let channels: usize = if shape.len() < 2 { 1 } else { shape[1] };
        let slopes = if rng.random() { channels } else { 1 };
        Case { args: Args::new().with("num_parameters", slopes as i64), shape }
    }
}
