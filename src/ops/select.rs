//! Choosing between two vars by a mask, and picking entries by index.

use smallvec::smallvec;

use super::arithmetic::unbroadcast;
use crate::error::Result;
use crate::real::Real;
use crate::tape::{Cotangents, Op, Var};
use crate::tensor::{Shape, Tensor};

/// y = a where the condition holds, b elsewhere: ȳ goes where y came from.
#[derive(Debug)]
struct Where {
    condition: Tensor<bool>,
    shapes: [Shape; 2],
}

impl<T: Real> Op<T> for Where {
    fn name(&self) -> &'static str {
        "where"
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let to = |chosen: bool, shape: &Shape| {
            let kept = self
                .condition
                .zip_map("where", g, |c, g| if c == chosen { g } else { T::ZERO })
                .expect("the condition broadcast in the forward");
            Some(unbroadcast(&kept, shape))
        };
        smallvec![to(true, &self.shapes[0]), to(false, &self.shapes[1])]
    }
}

/// Entries by index: each cotangent is added back to the entry it was read
/// from, as often as it was read.
#[derive(Debug)]
struct IndexSelect {
    dim: isize,
    indices: Vec<usize>,
    size: usize,
}

impl<T: Real> Op<T> for IndexSelect {
    fn name(&self) -> &'static str {
        "index_select"
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        let back = g.index_add(self.dim, &self.indices, self.size);
        smallvec![Some(back.expect("the indices were checked in the forward"))]
    }
}

/// `a` where `condition` holds, `b` elsewhere (`torch.where`), with
/// broadcasting.
///
/// ```
/// use handgrad::{Tape, Tensor, ops::where_};
///
/// let tape = Tape::new();
/// let (a, b) = (tape.leaf(Tensor::<f64>::ones([2])), tape.leaf(Tensor::scalar(5.0)));
/// let y = where_(&Tensor::new([true, false]), a, b)?;
/// assert_eq!(y.value().to_vec(), [1.0, 5.0]);
/// let gradients = y.backward_with(&Tensor::new([10.0, 20.0]))?;
/// assert_eq!(gradients.wrt(a)?.to_vec(), [10.0, 0.0]);
/// assert_eq!(gradients.wrt(b)?.to_vec(), [20.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn where_<'t, T: Real>(
    condition: &Tensor<bool>,
    a: Var<'t, T>,
    b: Var<'t, T>,
) -> Result<Var<'t, T>> {
    let chosen = condition.select_where(&a.value(), &b.value())?;
    a.tape().record(&[a, b], chosen, || Where {
        condition: condition.clone(),
        shapes: [a.shape(), b.shape()],
    })
}

impl<'t, T: Real> Var<'t, T> {
    /// The entries of one dimension at the given indices, which may repeat.
    pub fn index_select(self, dim: isize, indices: &[usize]) -> Result<Var<'t, T>> {
        let x = self.value();
        let picked = x.index_select(dim, indices)?;
        let size = x.shape()[x.shape().dim("index_select", dim)?];
        let op = || IndexSelect { dim, indices: indices.to_vec(), size };
        Ok(self.record_unary(picked, op))
    }
}
