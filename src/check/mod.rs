//! Checking a backward against references that do not know it.
//!
//! Two routes lead to the same vector-Jacobian product without the backward:
//!
//! - **central differences** ([`gradcheck`]): move one element of one input up and
//!   down and see how the output follows. It needs nothing but the forward and
//!   works on anything, within the error of a difference;
//! - **dual numbers** ([`dualcheck`]): run the forward over numbers that carry
//!   their derivative. It needs a forward that is generic over the scalar, and
//!   agrees to rounding.
//!
//! The output's cotangent is always drawn at random. Summing the output instead
//! would be no test of a norm: the sum of a standardized row is constant and its
//! gradient 0, so a backward that answers 0, or forgets the `x_hat` term, passes.
//! The book's chapter on LayerNorm has the table.
//!
//! Both return a [`Report`], which prints as a table and names the worst element
//! of a gradient that is wrong.
//!
//! [`jacobian`] is no check: it is all that the backward says of one input.

mod compare;
mod differences;
mod duals;
mod jacobian;
mod report;
mod subject;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

pub use jacobian::jacobian;
pub use report::{Compared, Report, Row};
pub use subject::{Build, Function};

use crate::error::Result;
use crate::module::{Kink, Module};
use crate::tape::Var;
use crate::tensor::Tensor;
use subject::{Closure, FunctionSubject, LayerSubject, ModuleSubject, Subject};

/// How a check is made.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckOptions {
    /// How far backward and reference may be apart, relative to the largest
    /// entry of the gradient (or to 1, where that is smaller). `None` leaves it
    /// to the method: 1e-6 for differences, 1e-11 for dual numbers.
    pub tolerance: Option<f64>,
    /// The first step of the differences, for an element of size 1 or less;
    /// larger elements take proportionally larger steps.
    pub step: f64,
    /// What to call the inputs of a function; `input`, or `input 0` and so on,
    /// where left out.
    pub names: Vec<String>,
    /// Where the function is not differentiable, as values of its inputs. A
    /// layer's own kinks are known and need not be given.
    pub kinks: Vec<Kink>,
    /// Whether a layer is checked in training mode (`true`) or evaluation.
    pub training: bool,
    /// The seed of the cotangent, and of a layer's parameters.
    pub seed: u64,
}

impl Default for CheckOptions {
    fn default() -> Self {
        CheckOptions {
            tolerance: None,
            step: 2e-5,
            names: Vec::new(),
            kinks: Vec::new(),
            training: true,
            seed: 0,
        }
    }
}

impl CheckOptions {
    fn rng(&self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.seed)
    }
}

/// Checks the backward of a closure against central differences, for every
/// element of every input.
///
/// ```
/// use handgrad::{Tensor, check::{CheckOptions, gradcheck}};
///
/// let inputs = [Tensor::new([1.0, -2.0, 3.0]), Tensor::new([0.5, 0.25, 4.0])];
/// let report = gradcheck(|v| v[0].try_mul(v[1])?.exp().try_add(v[0]), &inputs, &CheckOptions::default())?;
/// assert!(report.passed(), "{report}");
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn gradcheck<F>(function: F, inputs: &[Tensor<f64>], options: &CheckOptions) -> Result<Report>
where
    F: for<'t> Fn(&[Var<'t, f64>]) -> Result<Var<'t, f64>>,
{
    differences::check(&Subject::of_inputs(Closure(function), inputs, options), options)
}

/// Checks the backward of a generic function against dual numbers, for every
/// element of every input.
///
/// ```
/// use handgrad::check::{CheckOptions, Function, dualcheck};
/// use handgrad::{Real, Result, Tensor, Var};
///
/// struct Logistic;
/// impl Function for Logistic {
///     fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
///         Ok(1.0 / ((-v[0]).exp() + 1.0))
///     }
/// }
/// let report = dualcheck(&Logistic, &[Tensor::new([-2.0, 0.0, 3.0])], &CheckOptions::default())?;
/// assert!(report.passed(), "{report}");
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn dualcheck<F: Function>(
    function: &F,
    inputs: &[Tensor<f64>],
    options: &CheckOptions,
) -> Result<Report> {
    duals::check(&Subject::of_inputs(FunctionSubject(function), inputs, options), options)
}

/// Checks the backward of a module against central differences, for every
/// element of its input and of its parameters, at their present values. The
/// module's parameters and buffers are afterwards as they were; it stays in the
/// mode that `options.training` chose.
///
/// ```
/// use handgrad::check::{CheckOptions, gradcheck_module};
/// use handgrad::{Tensor, norm::LayerNorm};
///
/// let x = Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]);
/// let report = gradcheck_module(&mut LayerNorm::new([3])?, &x, &CheckOptions::default())?;
/// assert!(report.passed());
/// assert_eq!(report.rows.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["input", "weight", "bias"]);
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn gradcheck_module(
    module: &mut dyn Module<f64>,
    input: &Tensor<f64>,
    options: &CheckOptions,
) -> Result<Report> {
    module.set_training(options.training);
    let before = module.state_dict();
    let kinks = module.kinks();
    let state = before.clone();
    let subject = Subject::of_module(
        ModuleSubject::new(module, state.clone()),
        input,
        &state,
        kinks,
        options,
    );
    let report = differences::check(&subject, options);
    drop(subject);
    module.load_state_dict(&before)?;
    report
}

/// Checks the backward of a layer against central differences, its parameters
/// drawn at random around their initial values: a weight of 1 would hide a
/// backward that forgets it.
pub fn gradcheck_layer(
    layer: &impl Build,
    input: &Tensor<f64>,
    options: &CheckOptions,
) -> Result<Report> {
    differences::check(
        &Subject::of_layer(LayerSubject::new(layer, options)?, input, options)?,
        options,
    )
}

/// Checks the backward of a layer against dual numbers, its parameters drawn at
/// random around their initial values.
///
/// ```
/// use handgrad::{Tensor, catalog::Configured, module::Args};
/// use handgrad::check::{CheckOptions, dualcheck_layer};
///
/// let layer = Configured::new("LayerNorm", Args::new().with("normalized_shape", 3))?;
/// let x = Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]);
/// let report = dualcheck_layer(&layer, &x, &CheckOptions::default())?;
/// assert!(report.passed(), "{report}");
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn dualcheck_layer(
    layer: &impl Build,
    input: &Tensor<f64>,
    options: &CheckOptions,
) -> Result<Report> {
    duals::check(&Subject::of_layer(LayerSubject::new(layer, options)?, input, options)?, options)
}
