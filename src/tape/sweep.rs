//! The reverse sweep, one operation at a time.

use smallvec::SmallVec;

use super::{Cotangents, Gradients, Node, Source, Tape, Var};
use crate::error::{Error, Result};
use crate::real::Real;
use crate::tensor::Tensor;

/// What one operation passed on to one of its inputs.
#[derive(Clone, Debug)]
pub struct Contribution<T: Real> {
    /// The input's number on the tape.
    pub input: usize,
    /// Whether nothing had reached the input before.
    pub is_first: bool,
    /// What this operation adds.
    pub cotangent: Tensor<T>,
    /// What the input has collected so far, this included.
    pub total: Tensor<T>,
}

/// One operation of the reverse sweep.
#[derive(Clone, Debug)]
pub struct Step<T: Real> {
    /// The operation's number on the tape.
    pub node: usize,
    /// Its name.
    pub op: &'static str,
    /// The cotangent of its output, complete: everything computed from it has
    /// been visited.
    pub cotangent: Tensor<T>,
    /// What it passed on, in the order of its inputs. Inputs that do not
    /// require grad get nothing.
    pub contributions: SmallVec<[Contribution<T>; 2]>,
}

/// The reverse sweep over a tape, from one value to every leaf.
///
/// As an iterator it yields each operation's [`Step`]; [`finish`](Self::finish)
/// runs it to its end and gives the [`Gradients`].
///
/// ```
/// use handgrad::{Tape, Tensor};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([3.0]));
/// let y = x * x + x;
/// let mut sweep = y.backward_steps(&Tensor::ones([1]))?;
/// let add = sweep.next().unwrap()?;
/// assert_eq!((add.op, add.contributions[1].total.item()?), ("add", 1.0));
/// let mul = sweep.next().unwrap()?;
/// assert_eq!(mul.contributions[0].total.item()?, 4.0);
/// assert_eq!(mul.contributions[1].total.item()?, 7.0);
/// assert_eq!(sweep.finish()?.wrt(x)?.item()?, 7.0);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Debug)]
pub struct Sweep<'t, T: Real> {
    tape: &'t Tape<T>,
    /// The cotangent collected by each node so far.
    cotangents: Vec<Option<Tensor<T>>>,
    /// Nodes from here on have been visited.
    end: usize,
    keep_intermediates: bool,
}

impl<'t, T: Real> Sweep<'t, T> {
    pub(super) fn start(from: Var<'t, T>, cotangent: &Tensor<T>) -> Result<Self> {
        let shape = from.shape();
        if *cotangent.shape() != shape {
            return Err(Error::shape(
                "backward",
                format!(
                    "the cotangent has shape {}, the value {shape}; they must be equal",
                    cotangent.shape()
                ),
            ));
        }
        if !from.requires_grad() {
            return Err(Error::tape(
                "backward",
                "the value depends on nothing that requires grad; \
                 make an input with tape.leaf, and leave no_grad and detach out of the way",
            ));
        }
        let end = from.id() + 1;
        let mut cotangents = vec![None; end];
        cotangents[from.id()] = Some(cotangent.clone());
        Ok(Sweep { tape: from.tape, cotangents, end, keep_intermediates: false })
    }

    /// Keeps the gradient of every value, not only of leaves and parameters.
    pub fn keep_intermediates(mut self) -> Self {
        self.keep_intermediates = true;
        self
    }

    /// Runs the sweep to its end.
    pub fn finish(mut self) -> Result<Gradients<T>> {
        while self.advance(|_| {})?.is_some() {}
        Ok(Gradients::new(self.tape, self.cotangents))
    }

    /// Visits the next operation that has a cotangent and shows each
    /// contribution to `observe`. Returns the operation's number, its name and
    /// its cotangent.
    fn advance(
        &mut self,
        mut observe: impl FnMut(Visit<'_, T>),
    ) -> Result<Option<(usize, &'static str, Tensor<T>)>> {
        // ANCHOR: advance
        let nodes = self.tape.nodes.borrow();
        while self.end > 0 {
            self.end -= 1;
            let node = &nodes[self.end];
            let Source::Op(op) = &node.source else { continue };
            let slot = &mut self.cotangents[self.end];
            let cotangent = if self.keep_intermediates { slot.clone() } else { slot.take() };
            let Some(cotangent) = cotangent else { continue };
            let contributions = op.backward(&cotangent);
            check_contributions(&nodes, node, op.name(), &contributions)?;
            for (&input, contribution) in node.inputs.iter().zip(contributions) {
                let input = input as usize;
                let Some(contribution) = contribution.filter(|_| nodes[input].requires_grad())
                else {
                    continue;
                };
                // The first contribution is stored, later ones are added: no
                // buffer is ever filled with zeros only to be added to.
                let slot = &mut self.cotangents[input];
                let collected = slot.take();
                let is_first = collected.is_none();
                let (contribution, total) = match collected {
                    None => (None, contribution),
                    Some(total) => {
                        let total = total.accumulate(&contribution);
                        (Some(contribution), total)
                    }
                };
                let total = &*slot.insert(total);
                let contribution = contribution.as_ref().unwrap_or(total);
                observe(Visit { input, is_first, contribution, total });
            }
            return Ok(Some((self.end, op.name(), cotangent)));
        }
        Ok(None)
        // ANCHOR_END: advance
    }
}

/// A [`Contribution`] that nobody keeps: watching a sweep costs nothing unless
/// somebody does.
struct Visit<'a, T: Real> {
    input: usize,
    is_first: bool,
    contribution: &'a Tensor<T>,
    total: &'a Tensor<T>,
}

/// Holds an op's backward to its contract, so that a mistake in one is named
/// where it happens.
fn check_contributions<T: Real>(
    nodes: &[Node<T>],
    node: &Node<T>,
    op: &str,
    contributions: &Cotangents<T>,
) -> Result<()> {
    if contributions.len() != node.inputs.len() {
        return Err(Error::tape(
            op,
            format!(
                "its backward returned {} cotangents for {} inputs; return one for each",
                contributions.len(),
                node.inputs.len()
            ),
        ));
    }
    for (index, (&input, contribution)) in node.inputs.iter().zip(contributions).enumerate() {
        let expected = nodes[input as usize].value.shape();
        if let Some(wrong) = contribution.as_ref().filter(|c| c.shape() != expected) {
            return Err(Error::shape(
                op,
                format!(
                    "its backward returned a cotangent of shape {} for input {index} of shape \
                     {expected}; they must be equal (a broadcast input needs sum_to_shape)",
                    wrong.shape()
                ),
            ));
        }
    }
    Ok(())
}

impl<T: Real> Iterator for Sweep<'_, T> {
    type Item = Result<Step<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut contributions = SmallVec::new();
        let visited = self.advance(|visit| {
            contributions.push(Contribution {
                input: visit.input,
                is_first: visit.is_first,
                cotangent: visit.contribution.clone(),
                total: visit.total.clone(),
            });
        });
        match visited {
            Ok(None) => None,
            Ok(Some((node, op, cotangent))) => {
                Some(Ok(Step { node, op, cotangent, contributions }))
            }
            Err(error) => {
                self.end = 0;
                Some(Err(error))
            }
        }
    }
}
