//! What every backward owes beyond right numbers: to answer in its input's shape, the
//! same each time, whatever the strides, and to leave alone what it is given.

use std::fmt;

use super::subject::{Answers, Evaluate, Subject};
use crate::error::Result;
use crate::tensor::{Shape, Tensor};

/// A promise that was not kept.
///
/// That a gradient has its input's type is no promise but the compiler's business, and
/// that nobody writes to a tensor that others hold is [`Tensor::make_mut`]'s.
#[derive(Clone, Debug, PartialEq)]
pub enum Breach {
    /// The sweep refused what the backward returned: a gradient that is not of its
    /// input's shape, or too few of them. The tape's message.
    Refused(String),
    /// Two forwards of the same numbers differ.
    NotDeterministic,
    /// A second backward of the same cotangent differs from the first. The tensor, and
    /// the ratio of the two where there is one.
    DependsOnEarlierCalls {
        /// The tensor whose gradient changed.
        name: String,
        /// Second over first, where that is one number.
        ratio: Option<f64>,
    },
    /// Views of the same numbers with other strides are answered differently. What
    /// differs: `output`, or the name of a gradient.
    DependsOnStrides(String),
    /// An input had changed after the backward.
    Mutated(String),
    /// In f64 the same numbers come out otherwise.
    OnlyInF32,
    /// The output is not that of the layer, so the gradient is of another function.
    OtherForward {
        /// The first place where they differ.
        index: Shape,
        /// The output that was given.
        given: f64,
        /// The layer's.
        expected: f64,
    },
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Breach::Refused(message) => {
                write!(f, "the tape refuses what the backward returned: {message}")
            }
            Breach::NotDeterministic => write!(
                f,
                "two forwards of the same input differ; a function that draws must draw the same \
                 numbers each time, so make its generator inside it, from a seed"
            ),
            Breach::DependsOnEarlierCalls { name, ratio } => {
                write!(f, "a second backward of the same cotangent gives {name} ")?;
                match ratio {
                    Some(ratio) => write!(f, "{ratio:.4} times the first gradient")?,
                    None => write!(f, "another gradient")?,
                }
                write!(f, "; a backward must not add to what an earlier one left behind")
            }
            Breach::DependsOnStrides(name) => write!(
                f,
                "{name} differs where input and cotangent are views with other strides; read them \
                 by index, or call contiguous() first"
            ),
            Breach::OnlyInF32 => write!(
                f,
                "right in f64 and wrong in f32: look for the difference of two large numbers (a \
                 one-pass variance, 1 - p near 1), for what overflows, and for sums kept in f32"
            ),
            Breach::OtherForward { index, given, expected } => write!(
                f,
                "the output differs from the layer's, at {index} {given} for {expected}; the gradient \
                 is of another function, so mend the forward or the arguments first"
            ),
            Breach::Mutated(name) => {
                write!(f, "{name} had other values after the backward; it must only be read")
            }
        }
    }
}

/// What [`hold`] found.
pub(super) struct Kept {
    pub(super) breaches: Vec<Breach>,
    /// The gradients, unless the sweep refused them.
    pub(super) answers: Option<Answers<f64>>,
}

/// Holds a function to its contract at its point.
pub(super) fn hold<S: Evaluate<f64>>(
    subject: &Subject<S>,
    output: &Tensor<f64>,
    cotangent: &Tensor<f64>,
) -> Result<Kept> {
    let mut breaches = Vec::new();
    let again = subject.evaluate.output(&subject.points)?;
    if !same_bits(output, &again) {
        breaches.push(Breach::NotDeterministic);
    }
    // Copies of the elements: clones would share their buffer with what is watched.
    let before: Vec<Tensor<f64>> = subject.points.iter().map(|point| point.map(|x| x)).collect();
    let twice = [cotangent.clone(), cotangent.clone()];
    let swept = match subject.evaluate.sweeps(&subject.points, &twice) {
        Ok(swept) => swept,
        Err(error) => {
            breaches.push(Breach::Refused(error.to_string()));
            return Ok(Kept { breaches, answers: None });
        }
    };
    let (first, second) = (&swept[0], &swept[1]);
    for (which, name) in subject.names.iter().enumerate() {
        if !same_bits(&subject.points[which], &before[which]) {
            breaches.push(Breach::Mutated(name.clone()));
        }
        if !same_answer(first[which].as_ref(), second[which].as_ref(), same_bits) {
            let ratio = ratio(first[which].as_ref(), second[which].as_ref());
            breaches.push(Breach::DependsOnEarlierCalls { name: name.clone(), ratio });
        }
    }
    if breaches.is_empty() {
        breaches.extend(stride_breach(subject, output, cotangent, first)?);
    }
    Ok(Kept { breaches, answers: Some(swept.into_iter().next().unwrap_or_default()) })
}

/// The same computation on views that go backwards through memory.
fn stride_breach<S: Evaluate<f64>>(
    subject: &Subject<S>,
    output: &Tensor<f64>,
    cotangent: &Tensor<f64>,
    answers: &Answers<f64>,
) -> Result<Option<Breach>> {
    let points = subject.points.iter().map(backwards).collect::<Result<Vec<_>>>()?;
    if !nearly(output, &subject.evaluate.output(&points)?) {
        return Ok(Some(Breach::DependsOnStrides("output".to_owned())));
    }
    let swept = subject.evaluate.sweeps(&points, &[backwards(cotangent)?])?;
    let differing = subject.names.iter().enumerate().find(|&(which, _)| {
        !same_answer(answers[which].as_ref(), swept[0][which].as_ref(), nearly)
    });
    Ok(differing.map(|(_, name)| Breach::DependsOnStrides(format!("the gradient of {name}"))))
}

/// The same numbers in a buffer that runs the other way.
fn backwards(tensor: &Tensor<f64>) -> Result<Tensor<f64>> {
    let dims: Vec<isize> = (0..tensor.rank() as isize).collect();
    tensor.flip(&dims)?.contiguous().flip(&dims)
}

fn same_bits(a: &Tensor<f64>, b: &Tensor<f64>) -> bool {
    a.shape() == b.shape() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}

/// Another order of summation may round differently.
fn nearly(a: &Tensor<f64>, b: &Tensor<f64>) -> bool {
    let finite = a.iter().filter(|a| a.is_finite());
    let scale = finite.fold(1.0, |scale: f64, a| scale.max(a.abs()));
    a.iter()
        .zip(b)
        .all(|(a, b)| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * scale)
}

fn same_answer(
    a: Option<&Tensor<f64>>,
    b: Option<&Tensor<f64>>,
    same: fn(&Tensor<f64>, &Tensor<f64>) -> bool,
) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// The one factor from a tensor to another.
fn ratio(a: Option<&Tensor<f64>>, b: Option<&Tensor<f64>>) -> Option<f64> {
    let (a, b) = (a?, b?);
    let largest = a.iter().zip(b).max_by(|x, y| x.0.abs().total_cmp(&y.0.abs()))?;
    let ratio = largest.1 / largest.0;
    nearly(&a.scale(ratio), b).then_some(ratio).filter(|ratio| ratio.is_finite())
}
