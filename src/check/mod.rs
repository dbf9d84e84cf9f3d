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
//! Both return a [`Report`]. It prints as a table; and where a gradient is wrong it has
//! the elements furthest off and a [`Diagnosis`], which says what mistake the error looks
//! like and how sure that is. Every check also holds the function to what a backward
//! owes besides right numbers, see [`Breach`].
//!
//! Further:
//!
//! - [`jacobians`] shows complete Jacobians by the backward and by dual numbers, side by
//!   side; [`jacobian`] has the backward's alone;
//! - [`gradgradcheck`] checks second derivatives, and [`hvp`] is one;
//! - [`f32check`] finds what is right in f64 and wrong in f32;
//! - [`fullcheck`] does everything;
//! - [`check_given`] checks gradients that were computed elsewhere;
//! - [`mutants`] are wrong backwards, on which all of this is tried.
//!
//! Most come in two forms: for a [`Function`], which is any code on vars, with operations
//! of your own or not, and with `_layer` for a recipe of a module ([`Build`], which
//! [`Configured`](crate::catalog::Configured) is for the layers of the catalog).
//!
//! A check looks at every element by itself. Dual numbers take one forward for each,
//! differences four, so the time grows with the number of elements times the cost of a
//! forward: for most layers with the square of the size. `cargo bench --bench checks`
//! measures it. A diagnosis takes more, but only a gradient that is wrong is diagnosed.

mod compare;
mod contract;
mod diagnosis;
mod differences;
mod duals;
mod evaluate;
mod fullcheck;
mod given;
mod jacobian;
mod precision;
mod reference;
mod report;
mod second_order;
mod subject;
mod table;
mod witness;

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

pub mod mutants;

pub use contract::Breach;
pub use diagnosis::{Cause, Diagnosis, Sureness};
pub use fullcheck::{FullReport, fullcheck, fullcheck_layer};
pub use given::{Given, check_given};
pub use jacobian::{Jacobians, jacobian, jacobians, jacobians_layer};
pub use precision::{f32check, f32check_layer};
pub use report::{AtKink, Compared, Report, Row};
pub use second_order::{gradgradcheck, gradgradcheck_layer, hvp};
pub use subject::{Build, Function};

use crate::dual::Dual;
use crate::error::Result;
use crate::module::{Kink, Module};
use crate::tape::Var;
use crate::tensor::Tensor;
use differences::Differences;
use duals::Duals;
use evaluate::{Closure, FunctionSubject, LayerSubject, ModuleSubject};
use subject::{Evaluate, Subject};

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
    /// How often differences are extrapolated: 0 for plain central differences, whose
    /// error falls with the step's square; 1, the default, with its fourth power.
    pub extrapolations: u32,
    /// Numbers of the function, by name, that a diagnosis may find in a wrong factor:
    /// `("alpha", 0.5)`.
    pub constants: Vec<(String, f64)>,
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
            extrapolations: 1,
            constants: Vec::new(),
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
    by_differences(&Subject::of_inputs(Closure(function), inputs, options), options)
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
    by_duals(&Subject::of_inputs(FunctionSubject(function), inputs, options), options)
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
    let report = by_differences(&subject, options);
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
    by_differences(&LayerSubject::new(layer, options)?.subject(input, options)?, options)
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
    by_duals(&LayerSubject::new(layer, options)?.subject(input, options)?, options)
}

fn by_differences<S: Evaluate<f64>>(
    subject: &Subject<S>,
    options: &CheckOptions,
) -> Result<Report> {
    compare::check(subject, &Differences { subject, options }, options)
}

fn by_duals<S>(subject: &Subject<S>, options: &CheckOptions) -> Result<Report>
where
    S: Evaluate<f64> + Evaluate<Dual<f64>>,
{
    compare::check(subject, &Duals::new(subject, options), options)
}
