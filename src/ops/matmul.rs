//! The matrix product.

use smallvec::smallvec;

use super::arithmetic::unbroadcast;
use crate::error::Result;
use crate::real::Real;
use crate::tape::{Cotangents, Op, Saved, Var};
use crate::tensor::Tensor;

/// Y = A B: Ā = Ȳ Bᵀ, B̄ = Aᵀ Ȳ. Each factor is kept only where the other's
/// cotangent is wanted.
///
/// A vector is seen as the matrix that the forward made of it, and the sums
/// over broadcast leading dimensions are those of any broadcast operand.
#[derive(Debug)]
struct Matmul<T: Real> {
    a: Tensor<T>,
    b: Tensor<T>,
    needs_a: bool,
    needs_b: bool,
}

impl<T: Real> Op<T> for Matmul<T> {
    fn name(&self) -> &'static str {
        "matmul"
    }
    fn grad_fn(&self) -> String {
        match (self.a.rank(), self.b.rank()) {
            (1, 1) => "DotBackward0",
            (2, 1) => "MvBackward0",
            (2, 2) => "MmBackward0",
            (1, 2) => "SqueezeBackward4",
            _ => "UnsafeViewBackward0",
        }
        .to_owned()
    }
    fn saved(&self) -> Saved<T> {
        Saved::new()
            .and_some("self", self.needs_b.then_some(&self.a))
            .and_some("other", self.needs_a.then_some(&self.b))
    }
    fn backward(&self, g: &Tensor<T>) -> Cotangents<T> {
        self.cotangents(g).expect("the forward has checked the shapes")
    }
}

impl<T: Real> Matmul<T> {
    // ANCHOR: cotangents
    fn cotangents(&self, g: &Tensor<T>) -> Result<Cotangents<T>> {
        let (row, column) = (self.a.rank() == 1, self.b.rank() == 1);
        let a = if row { self.a.unsqueeze(0)? } else { self.a.clone() };
        let b = if column { self.b.unsqueeze(-1)? } else { self.b.clone() };
        let g = if column { g.unsqueeze(-1)? } else { g.clone() };
        let g = if row { g.unsqueeze(-2)? } else { g };
        let back = |product: Tensor<T>, of: &Tensor<T>, as_matrix: &Tensor<T>| {
            unbroadcast(&product, as_matrix.shape()).reshape(of.shape())
        };
        let to_a = self.needs_a.then(|| back(g.matmul(&b.t())?, &self.a, &a)).transpose()?;
        let to_b = self.needs_b.then(|| back(a.t().matmul(&g)?, &self.b, &b)).transpose()?;
        Ok(smallvec![to_a, to_b])
    }
    // ANCHOR_END: cotangents
}

impl<'t, T: Real> Var<'t, T> {
    /// The matrix product; [`Tensor::matmul`] lists the shapes.
    ///
    /// ```
    /// use handgrad::{Tape, Tensor};
    ///
    /// let tape = Tape::new();
    /// let w = tape.leaf(Tensor::<f64>::new([[1.0, 2.0], [3.0, 4.0]]));
    /// let x = tape.leaf(Tensor::new([5.0, 6.0]));
    /// let y = w.matmul(x)?;
    /// assert_eq!(y.value().to_vec(), [17.0, 39.0]);
    /// let gradients = y.backward_with(&Tensor::new([1.0, 0.0]))?;
    /// assert_eq!(gradients.wrt(w)?.to_vec(), [5.0, 6.0, 0.0, 0.0]);
    /// assert_eq!(gradients.wrt(x)?.to_vec(), [1.0, 2.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn matmul(self, other: Var<'t, T>) -> Result<Var<'t, T>> {
        let (a, b) = (self.value(), other.value());
        let product = a.matmul(&b)?;
        let (needs_a, needs_b) = (self.requires_grad(), other.requires_grad());
        self.tape().record(&[self, other], product, || Matmul { a, b, needs_a, needs_b })
    }
}
