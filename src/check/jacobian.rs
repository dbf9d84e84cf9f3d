//! All derivatives at one input: complete Jacobians.

use std::fmt;

use super::CheckOptions;
use super::duals::Duals;
use super::evaluate::{FunctionSubject, LayerSubject};
use super::reference::{Column, Reference};
use super::subject::{Answers, Build, Evaluate, Function, Subject};
use super::witness::unit;
use crate::dual::Dual;
use crate::error::Result;
use crate::tensor::Tensor;

/// The Jacobian dy/dx of a layer, `[y.numel(), x.numel()]`: in row i and column j
/// how much output i follows input j, both counted in row-major order.
///
/// It is made by the backward alone: output i alone gets a cotangent, of 1, and
/// what arrives at the input is row i. As for [`gradcheck_layer`](super::gradcheck_layer)
/// the layer's parameters are drawn at random around their initial values, by
/// `options.seed`, and `options.training` is its mode. There is one forward, so
/// all rows are of the same function even where a layer draws at random.
///
/// The Jacobian of a softmax with the probabilities p is diag(p) - p pᵀ:
///
/// ```
/// use handgrad::check::{CheckOptions, jacobian};
/// use handgrad::{Tensor, catalog::Configured, module::Args};
///
/// let softmax = Configured::new("Softmax", Args::new().with("dim", 0))?;
/// let x = Tensor::new([1.0_f64, 2.0, 1.0]).map(f64::ln); // the probabilities are 1/4, 1/2 and 1/4
/// let dy_dx = jacobian(&softmax, &x, &CheckOptions::default())?;
/// assert_eq!(dy_dx.to_string(), "\
/// tensor([[ 0.1875, -0.1250, -0.0625],
///         [-0.1250,  0.2500, -0.1250],
///         [-0.0625, -0.1250,  0.1875]], dtype=torch.float64)");
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn jacobian(
    layer: &impl Build,
    input: &Tensor<f64>,
    options: &CheckOptions,
) -> Result<Tensor<f64>> {
    let layer = LayerSubject::new(layer, options)?;
    let points = std::slice::from_ref(input);
    let output: Tensor<f64> = layer.output(points)?;
    let answers = layer.sweeps(points, &units(&output))?;
    by_rows(answers.iter().map(|answers| answers[0].as_ref()), input)
}

/// One cotangent for each output: 1 there, 0 elsewhere.
fn units(output: &Tensor<f64>) -> Vec<Tensor<f64>> {
    (0..output.numel()).map(|i| unit(output, i)).collect()
}

/// The answers to unit cotangents as the rows of a matrix.
fn by_rows<'a>(
    answers: impl Iterator<Item = Option<&'a Tensor<f64>>>,
    point: &Tensor<f64>,
) -> Result<Tensor<f64>> {
    let (mut entries, mut rows) = (Vec::new(), 0);
    for answer in answers {
        rows += 1;
        match answer {
            Some(gradient) => entries.extend(gradient),
            // The output does not depend on the tensor at all.
            None => entries.resize(entries.len() + point.numel(), 0.0),
        }
    }
    Tensor::from_vec(entries, [rows, point.numel()])
}

/// A tensor's Jacobian by the backward, and by dual numbers, which do not know it. It
/// prints both side by side.
#[derive(Clone, Debug)]
pub struct Jacobians {
    /// The tensor's name.
    pub name: String,
    /// By the backward: `[outputs, elements]`.
    pub backward: Tensor<f64>,
    /// By dual numbers.
    pub reference: Tensor<f64>,
}

impl Jacobians {
    /// The largest difference of two entries, relative to the largest entry of the
    /// reference (or to 1, where that is smaller).
    pub fn difference(&self) -> f64 {
        let entries = self.backward.iter().zip(&self.reference);
        let distance = entries.map(|(a, b)| if a == b { 0.0 } else { (a - b).abs() });
        let scale = self.reference.iter().fold(1.0, |scale: f64, x| scale.max(x.abs()));
        distance.fold(0.0, |largest: f64, d| if d.is_nan() { d } else { largest.max(d) }) / scale
    }
}

impl fmt::Display for Jacobians {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [("backward", &self.backward), ("reference", &self.reference)];
        let texts = texts.map(|(title, matrix)| {
            // Rounded, so that the last bits of the two do not differ to the eye.
            let rounded = matrix.map(|x| (x * 1e4).round() / 1e4 + 0.0);
            let text = format!("{:.4}", rounded.cast::<f32>());
            std::iter::once(title.to_owned())
                .chain(text.lines().map(str::to_owned))
                .collect::<Vec<_>>()
        });
        let [left, right] = texts;
        let width = left.iter().map(String::len).max().unwrap_or(0);
        writeln!(f, "d output / d {}, a row for each output", self.name)?;
        for (left, right) in left.iter().zip(&right) {
            writeln!(f, "  {}", format!("{left:<width$}   {right}").trim_end())?;
        }
        write!(
            f,
            "largest difference {}",
            if self.difference() < 1e-11 {
                "< 1e-11".to_owned()
            } else {
                format!("{:.1e}", self.difference())
            }
        )
    }
}

/// The complete Jacobians of a function by its backward and by dual numbers, one pair for
/// each input.
///
/// ```
/// use handgrad::check::{CheckOptions, Function, jacobians};
/// use handgrad::{Real, Result, Tensor, Var};
///
/// struct Products;
/// impl Function for Products {
///     fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
///         v[0].try_mul(v[1])
///     }
/// }
/// let inputs = [Tensor::new([1.0, 2.0]), Tensor::new([3.0, 4.0])];
/// let pairs = jacobians(&Products, &inputs, &CheckOptions::default())?;
/// assert_eq!(pairs[0].to_string(), "\
/// d output / d input 0, a row for each output
///   backward             reference
///   tensor([[3., 0.],    tensor([[3., 0.],
///           [0., 4.]])           [0., 4.]])
/// largest difference < 1e-11");
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn jacobians<F: Function>(
    function: &F,
    inputs: &[Tensor<f64>],
    options: &CheckOptions,
) -> Result<Vec<Jacobians>> {
    both(&Subject::of_inputs(FunctionSubject(function), inputs, options), options)
}

/// [`jacobians`] of a layer: of its input and of its parameters, which are drawn at
/// random around their initial values.
pub fn jacobians_layer(
    layer: &impl Build,
    input: &Tensor<f64>,
    options: &CheckOptions,
) -> Result<Vec<Jacobians>> {
    both(&LayerSubject::new(layer, options)?.subject(input, options)?, options)
}

fn both<S>(subject: &Subject<S>, options: &CheckOptions) -> Result<Vec<Jacobians>>
where
    S: Evaluate<f64> + Evaluate<Dual<f64>>,
{
    let output: Tensor<f64> = subject.evaluate.output(&subject.points)?;
    let answers: Vec<Answers<f64>> = subject.evaluate.sweeps(&subject.points, &units(&output))?;
    let duals = Duals::new(subject, options);
    let mut all = Vec::new();
    for (which, point) in subject.points.iter().enumerate() {
        let mut columns = Vec::with_capacity(output.numel() * point.numel());
        for place in subject.places(which) {
            // A dual number takes one side at a kink, so there is a slope.
            if let Column::Slope(column) = duals.column(place)? {
                columns.extend(column.iter());
            }
        }
        let columns = Tensor::from_vec(columns, [point.numel(), output.numel()])?;
        all.push(Jacobians {
            name: subject.names[which].clone(),
            backward: by_rows(answers.iter().map(|answers| answers[which].as_ref()), point)?,
            reference: columns.t().contiguous(),
        });
    }
    Ok(all)
}
