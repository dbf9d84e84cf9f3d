//! Joining vars: cat, stack, pad. Each backward takes the cotangent apart
//! where the forward joined.

use smallvec::smallvec;

use crate::error::{Error, Result};
use crate::real::Real;
use crate::tape::{Cotangents, Op, Var};
use crate::tensor::Tensor;

/// Along an existing dimension: each input gets its piece of ȳ.
#[derive(Debug)]
struct Cat {
    dim: isize,
    sizes: Vec<usize>,
}

impl<T: Real> Op<T> for Cat {
    fn name(&self) -> &'static str {
        "cat"
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let pieces = g.split(&self.sizes, self.dim).expect("the sizes add up to the output's");
        pieces.into_iter().map(Some).collect()
    }
}

/// Along a new dimension: each input gets its entry of ȳ.
#[derive(Debug)]
struct Stack {
    dim: isize,
    count: usize,
}

impl<T: Real> Op<T> for Stack {
    fn name(&self) -> &'static str {
        "stack"
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let entry = |i| g.select(self.dim, i).expect("the output has an entry for each input");
        (0..self.count as isize).map(|i| Some(entry(i))).collect()
    }
}

/// Within a border: x̄ is ȳ without the border.
#[derive(Debug)]
struct Pad {
    padding: Vec<(usize, usize)>,
}

impl<T: Real> Op<T> for Pad {
    fn name(&self) -> &'static str {
        "pad"
    }
    fn grad_fn(&self) -> String {
        "ConstantPadNdBackward0".to_owned()
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let mut inner = g.clone();
        for (dim, (before, after)) in self.padding.iter().enumerate() {
            let len = g.shape()[dim] - before - after;
            inner = inner.narrow(dim as isize, *before, len).expect("the output has the border");
        }
        smallvec![Some(inner)]
    }
}

/// Joins vars along an existing dimension; all other sizes must agree.
///
/// ```
/// use handgrad::{Tape, Tensor, ops::cat};
///
/// let tape = Tape::new();
/// let a = tape.leaf(Tensor::<f64>::new([1.0, 2.0]));
/// let b = tape.leaf(Tensor::new([3.0]));
/// let y = cat(&[a, b], 0)?;
/// let gradients = y.backward_with(&Tensor::new([10.0, 20.0, 30.0]))?;
/// assert_eq!(gradients.wrt(b)?.to_vec(), [30.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn cat<'t, T: Real>(vars: &[Var<'t, T>], dim: isize) -> Result<Var<'t, T>> {
    let values: Vec<Tensor<T>> = vars.iter().map(|var| var.value()).collect();
    let joined = Tensor::cat(&values.iter().collect::<Vec<_>>(), dim)?;
    let axis = joined.shape().dim("cat", dim)?;
    let sizes = values.iter().map(|value| value.shape()[axis]).collect();
    first("cat", vars)?.tape().record(vars, joined, || Cat { dim, sizes })
}

/// Joins vars of one shape along a new dimension.
pub fn stack<'t, T: Real>(vars: &[Var<'t, T>], dim: isize) -> Result<Var<'t, T>> {
    let values: Vec<Tensor<T>> = vars.iter().map(|var| var.value()).collect();
    let joined = Tensor::stack(&values.iter().collect::<Vec<_>>(), dim)?;
    first("stack", vars)?.tape().record(vars, joined, || Stack { dim, count: vars.len() })
}

fn first<'t, T: Real>(op: &str, vars: &[Var<'t, T>]) -> Result<Var<'t, T>> {
    vars.first().copied().ok_or_else(|| Error::argument(op, "got no vars; give at least one"))
}

impl<'t, T: Real> Var<'t, T> {
    /// This var within a border of `value`: `(before, after)` entries are
    /// added to each dimension.
    pub fn pad(self, padding: &[(usize, usize)], value: f64) -> Result<Var<'t, T>> {
        let y = self.value().pad(padding, T::from_f64(value))?;
        Ok(self.record_unary(y, || Pad { padding: padding.to_vec() }))
    }
}
