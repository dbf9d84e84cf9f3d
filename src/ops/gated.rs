//! One driver for every gated linear unit: half of the input times a pointwise
//! function of the other half.
//!
//! ```text
//! x = [a, b],   y = a f(b)        ā = f(b) ȳ,   b̄ = f'(b) a ȳ
//! ```
//!
//! The gate's backward, written once in its own file, takes `a ȳ` for its
//! cotangent. The input is saved, both halves.

use smallvec::smallvec;

use super::pointwise::{Pointwise, Saves};
use crate::error::{Error, Result};
use crate::kernel::elementwise::Binary;
use crate::kernel::gate::{gate, gate_backward};
use crate::kernel::lines::Lines;
use crate::real::Real;
use crate::tape::{Cotangents, Op, Saved, Var};
use crate::tensor::Tensor;
use crate::tensor::storage::buffer;

// ANCHOR: halves
/// y from a and b.
struct Gated<P>(P);

impl<T: Real, P: Pointwise> Binary<T, T, T> for Gated<P> {
    #[inline(always)]
    fn of(&self, a: T, b: T) -> T {
        a * self.0.forward(b)
    }
}

/// a's cotangent from b and y's.
struct ToValue<P>(P);

impl<T: Real, P: Pointwise> Binary<T, T, T> for ToValue<P> {
    #[inline(always)]
    fn of(&self, b: T, grad_output: T) -> T {
        self.0.forward(b) * grad_output
    }
}

/// b's cotangent from b and that of f(b), which is a times y's.
struct ToGate<P>(P);

impl<T: Real, P: Pointwise> Binary<T, T, T> for ToGate<P> {
    #[inline(always)]
    fn of(&self, b: T, grad_gate: T) -> T {
        let saved = if P::SAVES == Saves::Output { self.0.forward(b) } else { b };
        self.0.backward(saved, grad_gate)
    }
}
// ANCHOR_END: halves

#[derive(Debug)]
struct GatedOp<T: Real, P> {
    name: &'static str,
    gate: P,
    input: Tensor<T>,
    lines: Lines,
}

impl<T: Real, P: Pointwise> Op<T> for GatedOp<T, P> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn saved(&self) -> Saved<T> {
        Saved::new().and("input", &self.input)
    }

    // ANCHOR: backward
    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let (x, dy) = (self.input.contiguous_slice(), grad_output.contiguous());
        let mut dx = buffer(x.len());
        let (value, gate) = (&ToValue(self.gate), &ToGate(self.gate));
        gate_backward(x, dy.contiguous_slice(), &mut dx, self.lines, value, gate);
        smallvec![Some(self.input.with_buffer(dx))]
    }
    // ANCHOR_END: backward
}

impl<'t, T: Real> Var<'t, T> {
    /// The first half along `dim` times a function of the second half, as one
    /// operation of that name. Refuses a scalar, and a dim of odd size.
    ///
    /// ```
    /// use handgrad::activation::Tanh;
    /// use handgrad::{Tape, Tensor};
    ///
    /// let tape = Tape::new();
    /// let x = tape.leaf(Tensor::<f64>::new([3.0, 5.0, 0.0, 1000.0]));
    /// let y = x.gated("tanh_gate", Tanh, -1)?;
    /// assert_eq!(y.value().to_vec(), [0.0, 5.0]);
    /// let gradients = y.backward_with(&Tensor::new([1.0, 1.0]))?;
    /// assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 1.0, 3.0, 0.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn gated<P: Pointwise>(
        self,
        name: &'static str,
        function: P,
        dim: isize,
    ) -> Result<Var<'t, T>> {
        let input = self.value().contiguous();
        let shape = input.shape();
        if shape.is_empty() {
            return Err(Error::shape(
                name,
                "a scalar has no halves; give a tensor of rank 1 or more",
            ));
        }
        let at = shape.dim(name, dim)?;
        if shape[at] % 2 == 1 {
            return Err(Error::shape(
                name,
                format!(
                    "dim {at} of the input {shape} has the odd size {}; it is cut in halves, so \
                     give an even one",
                    shape[at]
                ),
            ));
        }
        let lines = Lines::new(shape, at);
        let mut halved = shape.clone();
        halved.set(at, shape[at] / 2);
        let mut y = buffer(halved.numel());
        gate(input.contiguous_slice(), &mut y, lines, &Gated(function));
        let y = Tensor::contiguous_from(y, halved);
        Ok(self.record_unary(y, || GatedOp { name, gate: function, input, lines }))
    }
}
